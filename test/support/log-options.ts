/** A log as most tests want it, small, synced each second, without history, and how much of a slice is there. */

import type { LogSlice } from "../../src/model/log.ts";
import { millis, seconds } from "../../src/model/time.ts";
import type { LogOptions } from "../../src/store/group-commit-log.ts";

/** Options that tests start from. */
export const LOG_OPTIONS: LogOptions = {
  durability: "interval",
  syncInterval: seconds(1),
  syncIntervalDelivered: seconds(1),
  maxBytes: 1_000_000,
  freeBytesMin: 0,
  whenFull: "drop-oldest",
  history: millis(0),
  lagMax: seconds(1e12),
};

/** Sequences of a slice that have no row. */
export function countMissing({ from, to, batch }: LogSlice): number {
  return to - from - batch.count;
}
