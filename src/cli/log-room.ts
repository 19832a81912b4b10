/** How long the log lasts, in words: its size says nothing to a person, hours do. */

import type { LogStatus } from "../model/status.ts";
import { formatBytes, formatCount, formatHours } from "./quantities.ts";

/** Says what is wrong with the log: what stands in for it and what to do, and what is in memory only. */
export function describeLogTroubles(log: LogStatus): string[] {
  const { stands_in: standsIn, failure } = log;
  return [
    ...(standsIn === undefined ? [] : [`${standsIn.reason} ${standsIn.remedy}`]),
    ...(failure === null ? [] : [describeUnwritten(log)]),
  ];
}

/** Says what a log holds that cannot be written. */
export function describeUnwritten({ at_risk: atRisk, held }: LogStatus): string {
  const share = held === undefined ? "" : ` (${formatBytes(held.bytes)} of ${formatBytes(held.bytes_max)})`;
  return `The log cannot be written; ${formatCount(atRisk)} samples are in memory only${share}.`;
}

/** Says how many hours of readings the whole log holds; before that was measured, says so. */
export function describeRoom({ bytes_max: bytesMax, bytes_per_s: rate }: LogStatus): string {
  if (rate === null) return "its hours are not measured yet";
  if (rate === 0) return "nothing is written to it at present";
  return `holds ${formatHours(bytesMax / rate)} at this rate`;
}

/** Says when the log is full if nothing leaves it; undefined where that is not known. */
export function describeTimeLeft({
  bytes_when_sealed: bytes,
  bytes_max: bytesMax,
  bytes_per_s: rate,
}: LogStatus): string | undefined {
  if (rate === null || rate === 0) return undefined;
  return bytes >= bytesMax ? "full" : `full in ${formatHours((bytesMax - bytes) / rate)}`;
}

/** Says what the hours rest on; undefined where there are none. */
export function describeAssumption({
  bytes_per_sample: size,
  is_size_sealed: isSealed,
  bytes_per_s: rate,
}: LogStatus): string | undefined {
  if (size === null || rate === null || rate === 0) return undefined;
  const taken = `taking ${size.toFixed(1)} B a reading`;
  return isSealed ? `${taken}, as sealed blocks have shown` : `${taken}, as fresh blocks do; sealed ones take less`;
}

/** Says what a day of writing costs the disk; undefined before that was measured. */
export function describeWear({ daily }: LogStatus): string | undefined {
  if (daily === null) return undefined;
  const bytes = `${Math.ceil((daily.disk_bytes ?? daily.bytes) / 1e6)} MB`;
  return `writes ${bytes} and ${formatCount(daily.syncs)} syncs a day at this rate`;
}
