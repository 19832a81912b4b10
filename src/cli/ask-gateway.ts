/** Asks the running gateway where a command can also do without one. */

import { GatewayError } from "../model/errors.ts";
import type { Millis } from "../model/time.ts";
import { askControl, type ControlRequest } from "../platform/control-socket.ts";

/**
 * Gives undefined where no gateway runs.
 *
 * Errors: those of `askControl` but that one: a gateway that may not be asked, or is silent, may run all the same.
 */
export async function askIfRunning(runPath: string, request: ControlRequest, patience?: Millis): Promise<unknown> {
  try {
    return await askControl(runPath, request, patience);
  } catch (error) {
    if (error instanceof GatewayError && error.code === "GATEWAY_NOT_RUNNING") return undefined;
    throw error;
  }
}
