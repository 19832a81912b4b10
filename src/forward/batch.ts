/**
 * From rows of the log to points of an intake, which keeps one value per series and second.
 *
 * Rows older than the intake takes are left out; of several rows of one series and second the last one goes. Each row
 * is counted once, so that the books balance for any range of any slice.
 */

import assert from "node:assert/strict";
import type { PointBatch } from "../model/intake.ts";
import type { CursorCounts, DeliveredSeconds, LogSlice } from "../model/log.ts";
import type { SeriesId } from "../model/series.ts";
import { type RowRange, rowCount } from "./row-range.ts";

/** What becomes of the sequences of a range once its points are accepted; adds up to the length of the range. */
export type RangeCounts = Pick<CursorCounts, "delivered" | "collapsed" | "tooOld" | "unreadable">;

/** The points of a range and the count of everything in it. */
export interface RangePoints {
  readonly points: PointBatch;
  readonly counts: RangeCounts;
}

/**
 * Makes points of the rows of a range: sorted by series, then by second, one for each.
 *
 * Rows before `oldestAt` are too old. A point that falls on the second `seconds` has for its series overwrites what the
 * intake holds: it is sent, and counts as collapsed.
 *
 * Units: `oldestAt` is milliseconds since 1970.
 */
export function toPoints(slice: LogSlice, range: RowRange, oldestAt: number, seconds: DeliveredSeconds): RangePoints {
  const series = slice.batch.series.subarray(range.firstRow, range.endRow);
  const at = slice.batch.at.subarray(range.firstRow, range.endRow);
  const value = slice.batch.value.subarray(range.firstRow, range.endRow);
  const rows = new Uint32Array(series.length);
  const secondOfRow = new Float64Array(series.length);
  let kept = 0;
  for (let row = 0; row < series.length; row += 1) {
    const moment = at[row] as number;
    if (moment < oldestAt) continue;
    assert(Number.isFinite(value[row]), "a value that is no number passed the filter");
    secondOfRow[row] = Math.floor(moment / 1000);
    rows[kept] = row;
    kept += 1;
  }
  const order = rows.subarray(0, kept).sort((a, b) => {
    const bySeries = (series[a] as number) - (series[b] as number);
    if (bySeries !== 0) return bySeries;
    const bySecond = (secondOfRow[a] as number) - (secondOfRow[b] as number);
    return bySecond !== 0 ? bySecond : a - b;
  });

  const points = { series: new Uint32Array(kept), second: new Float64Array(kept), value: new Float64Array(kept) };
  let count = 0;
  let overwrites = 0;
  for (const row of order) {
    const id = series[row] as number;
    const second = secondOfRow[row] as number;
    const isSameAsLast = count > 0 && points.series[count - 1] === id && points.second[count - 1] === second;
    if (!isSameAsLast) {
      if (seconds.get(id) === second) overwrites += 1;
      points.series[count] = id;
      points.second[count] = second;
      count += 1;
    }
    points.value[count - 1] = value[row] as number;
  }

  const delivered = count - overwrites;
  const unreadable = range.to - range.from - rowCount(range);
  assert(unreadable >= 0, "a range has more rows than sequences");
  return {
    points: { ...points, count },
    counts: { delivered, collapsed: kept - delivered, tooOld: rowCount(range) - kept, unreadable },
  };
}

/**
 * Tells the last second the intake holds of each series, now that it accepted `points`.
 *
 * Seconds that no sample can fall on any more, because it would be too old, are forgotten. Where the wall clock went
 * back by more than a batch, the newest second of the latest batch stands.
 *
 * Limits: one entry per series that was active since `oldestAt`.
 * Units: `oldestAt` is milliseconds since 1970.
 */
export function secondsAfter(
  seconds: DeliveredSeconds,
  points: PointBatch | undefined,
  oldestAt: number,
): DeliveredSeconds {
  const next = new Map<SeriesId, number>();
  for (const [id, second] of seconds) {
    if ((second + 1) * 1000 > oldestAt) next.set(id, second);
  }
  if (points === undefined) return next;
  for (let row = 0; row < points.count; row += 1) {
    next.set(points.series[row] as number, points.second[row] as number);
  }
  return next;
}
