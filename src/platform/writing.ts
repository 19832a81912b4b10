/** Why something could not be written, and what to do about it. */

import { GatewayError } from "../model/errors.ts";

/** What a person put wrong when naming the place; all else is the disk's. */
const MISTAKES: Readonly<Record<string, string>> = {
  ENOENT: "no such folder; make it, or name another place",
  ENOTDIR: "no such folder; name another place",
  EISDIR: "a folder is there; name another place",
  EEXIST: "something else is there already; move it away, or name another place",
  EACCES: "this user may not write there; run this as one who may, or name another place",
  EPERM: "this user may not write there; run this as one who may, or name another place",
};

const TROUBLES: Readonly<Record<string, string>> = {
  ENOSPC: "its disk is full; make room there, or write to another disk, and run this again",
  EDQUOT: "this user has used up its share of the disk; make room there, or write to another disk, and run this again",
  EFBIG: "no larger file is allowed here; raise the limit (`ulimit -f`), or write less, and run this again",
  EROFS: "its disk is only read; write to another one, or mount it for writing, and run this again",
};

/**
 * Does what writes to `name`, and puts in words why it could not.
 *
 * Errors: `CLI_USAGE` where another place must be named; `CLI_OUTPUT_FAILED` where the disk takes no more.
 */
export function writeTo<T>(name: string, write: () => T): T {
  try {
    return write();
  } catch (cause) {
    throw toError(name, cause);
  }
}

function toError(name: string, cause: unknown): unknown {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : undefined;
  if (code === undefined) return cause;
  const mistake = MISTAKES[code];
  if (mistake !== undefined) return new GatewayError("CLI_USAGE", `${name} cannot be written: ${mistake}.`, { cause });
  const trouble = TROUBLES[code] ?? `its disk does not take it (${code}); write to another one, and run this again`;
  return new GatewayError("CLI_OUTPUT_FAILED", `${name} cannot be written: ${trouble}.`, { cause });
}
