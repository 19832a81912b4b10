/** How long the log lasts, in words: its size says nothing to a person, hours do. */

import type { LogStatus } from "../model/status.ts";
import { formatHours } from "./quantities.ts";

/** Says how many hours of readings the whole log holds; before that was measured, says so. */
export function describeRoom({ bytes_max: bytesMax, bytes_per_s: rate }: LogStatus): string {
  if (rate === null) return "its hours are not measured yet";
  if (rate === 0) return "nothing is written to it at present";
  return `holds ${formatHours(bytesMax / rate)} at this rate`;
}

/** Says when the log is full if nothing leaves it; undefined where that is not known. */
export function describeTimeLeft({ bytes, bytes_max: bytesMax, bytes_per_s: rate }: LogStatus): string | undefined {
  if (rate === null || rate === 0) return undefined;
  return bytes >= bytesMax ? "full, the oldest go" : `full in ${formatHours((bytesMax - bytes) / rate)}`;
}
