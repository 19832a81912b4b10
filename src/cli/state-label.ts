/** The state of an instance in the words of the Agent's layouts, which scripts search for. */

import type { ServiceStatusWord } from "../model/note.ts";

/** A run that came to nothing is an error there; `CRITICAL` is the service check that is sent of it. */
export function stateLabel(state: ServiceStatusWord): string {
  return state === "CRITICAL" ? "ERROR" : state;
}
