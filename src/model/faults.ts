/** Faults and errors that every input has in the same words. */

import { GatewayError } from "./errors.ts";
import type { Fault } from "./input.ts";

/** Makes the fault of an error that costs `points`; leaving them out means that the device as a whole is concerned. */
export function faultOf(
  { code, message }: Pick<Fault, "code" | "message">,
  points: readonly { readonly name: string }[] = [],
): Fault {
  return { code, message, points: points.map(({ name }) => name) };
}

/** Makes the error for who asks an input that was disposed of; `name` says what it read. */
export function stoppedError(name: string): GatewayError {
  return new GatewayError("INPUT_LINK_CLOSED", `${name} is not used any more: its instance was stopped.`);
}
