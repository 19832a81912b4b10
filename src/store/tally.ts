/** Arithmetic of tallies: what was sampled, and of these what was dropped before the log. */

import { DROP_REASONS, type DropCounts, type DropReason, type Tally } from "../model/log.ts";
import type { ByteReader } from "./byte-reader.ts";
import type { ByteWriter } from "./byte-writer.ts";

/** Nothing sampled, nothing dropped. */
export const EMPTY_TALLY: Tally = { sampled: 0, dropped: {} };

/** How many were dropped, whatever the reason. */
export function countDropped(dropped: DropCounts): number {
  let count = 0;
  for (const reason of DROP_REASONS) count += dropped[reason] ?? 0;
  return count;
}

/** The two together. */
export function addTallies(one: Tally, other: Tally): Tally {
  const dropped: Partial<Record<DropReason, number>> = {};
  for (const reason of DROP_REASONS) {
    const count = (one.dropped[reason] ?? 0) + (other.dropped[reason] ?? 0);
    if (count > 0) dropped[reason] = count;
  }
  return { sampled: one.sampled + other.sampled, dropped };
}

/** Writes `struct Tally { varint sampled; varint n; varint dropped[n]; }`, reasons in the order of `DROP_REASONS`. */
export function writeTally(writer: ByteWriter, tally: Tally): void {
  writer.varint(tally.sampled);
  writer.varint(DROP_REASONS.length);
  for (const reason of DROP_REASONS) writer.varint(tally.dropped[reason] ?? 0);
}

/** Reads what `writeTally` wrote; a reason added since then counts as none. */
export function readTally(reader: ByteReader): Tally {
  const sampled = reader.varint();
  const reasonCount = reader.varint();
  const dropped: Partial<Record<DropReason, number>> = {};
  for (const reason of DROP_REASONS.slice(0, reasonCount)) {
    const count = reader.varint();
    if (count > 0) dropped[reason] = count;
  }
  return { sampled, dropped };
}
