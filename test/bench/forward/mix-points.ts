/** Points of the stated mix as the forwarder hands them to an intake: a flush, or so many seconds, in one payload. */

import { toPoints } from "../../../src/forward/batch.ts";
import type { PointBatch } from "../../../src/model/intake.ts";
import { seconds } from "../../../src/model/time.ts";
import { mixRows } from "../store/stated-mix.ts";
import { cut } from "../store/stored-size.ts";

/** Series that are read once a second. */
export const SERIES_COUNT = 100;

const SEED = 22;

/** Gives `batchCount` batches, each of so many seconds; they follow each other. */
export function mixPoints(batchCount: number, secondsEach: number): readonly PointBatch[] {
  const rows = mixRows(SERIES_COUNT, batchCount * secondsEach, "each reading", SEED);
  const rowsEach = SERIES_COUNT * secondsEach;
  return Array.from({ length: batchCount }, (_, index) => {
    const batch = cut(rows, index * rowsEach, (index + 1) * rowsEach);
    const sequences = Float64Array.from({ length: rowsEach }, (_, row) => row);
    const slice = { from: 0, to: rowsEach, batch, sequences, missing: "unreadable" } as const;
    const range = { from: 0, to: rowsEach, firstRow: 0, endRow: rowsEach };
    const window = {
      oldestAt: 0,
      newestAt: Number.POSITIVE_INFINITY,
      presentAt: Number.POSITIVE_INFINITY,
      resolution: seconds(1),
    };
    return toPoints(slice, range, window, { moments: new Map(), ceilings: new Map() }).points;
  });
}
