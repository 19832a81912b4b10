/** Arithmetic of tallies: what was sampled, and of these what was dropped before the log. */

import { DROP_REASONS, type DropCounts, type DropReason, type Tally } from "./log.ts";

/** Drop counts that are still being added up. */
export type MutableDropCounts = Partial<Record<DropReason, number>>;

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
  const dropped: MutableDropCounts = {};
  for (const reason of DROP_REASONS) {
    const count = (one.dropped[reason] ?? 0) + (other.dropped[reason] ?? 0);
    if (count > 0) dropped[reason] = count;
  }
  return { sampled: one.sampled + other.sampled, dropped };
}
