/** What goes wrong in LevelDB, as an error of the store. */

import { GatewayError } from "../model/errors.ts";

/** Says of a folder what could not be done to it, and why. */
export function toStoreError(folder: string, verb: string, cause: unknown): GatewayError {
  const context = { folder };
  if (codeOf(cause) === "LEVEL_LOCKED") {
    return new GatewayError("STORE_LOCKED", `${folder} is open in another process`, { context, cause });
  }
  const message = `${folder} could not be ${verb}: ${messageOf(cause)}`;
  return new GatewayError("STORE_FAILED", message, { context, cause });
}

/** LevelDB's own code; an error of opening hides it in its cause. */
export function codeOf(cause: unknown): unknown {
  const inner = innermost(cause);
  return "code" in inner ? inner.code : undefined;
}

/** What LevelDB says itself. */
export function messageOf(cause: unknown): string {
  return innermost(cause).message;
}

function innermost(cause: unknown): Error {
  if (!(cause instanceof Error)) return new Error(String(cause));
  return cause.cause instanceof Error ? cause.cause : cause;
}
