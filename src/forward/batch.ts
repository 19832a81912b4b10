/**
 * From rows of the log to points of an intake, which keeps one value per series and moment.
 *
 * Moments are cut down to what the intake resolves. Rows older than it takes are left out; of several rows of a series
 * and moment the last one goes; of a count their sum. Each row is counted once, so that the books balance for any range
 * of any slice.
 *
 * Where the wall clock went back, readings are stamped with moments the intake may hold of the same series. They do not
 * go: the order of a series holds, and no value that was delivered is replaced. The log keeps them, and they count as
 * collapsed until the clock has caught up, which is after the ten minutes an intake looks ahead at most: a moment
 * beyond those is not believed to be held, so that a clock that was a day ahead costs minutes and not a day. Nor do
 * rows go that come after what the intake holds of a later part of the log.
 *
 * What was counted would be lost by that, and not only told less finely. So a count that falls on a moment the intake
 * holds, or before it, goes at the first one after it.
 *
 * Copies (pre-context.ts) are rows without a sequence of their own. They go only after all that the intake holds of
 * their series, so they take no one's place, and they are in none of the counts: the samples they are copies of are.
 */

import assert from "node:assert/strict";
import type { PointBatch } from "../model/intake.ts";
import type { CursorCounts, DeliveredMoments, Lane, MissingReason } from "../model/log.ts";
import type { SeriesId } from "../model/series.ts";
import type { Millis } from "../model/time.ts";
import type { PointSieve } from "./metering/sieve.ts";
import type { SliceWithCopies } from "./pre-context.ts";
import { joinPoints, type RollUp } from "./roll-up.ts";
import { type RowRange, rowCount } from "./row-range.ts";
import { HELD_BACK, type SampleRoutes } from "./series-at-intake.ts";

/** What becomes of the sequences of a range once its points are accepted; adds up to the length of the range. */
export type RangeCounts = Pick<CursorCounts, "delivered" | "collapsed" | "tooOld" | "heldBack" | MissingReason>;

/** The moments of samples an intake takes now. Units: milliseconds since 1970, all inclusive. */
export interface AgeWindow {
  readonly oldestAt: number;
  readonly newestAt: number;
  /** What is stamped later is of the future, and waits: the intake would take some of it. */
  readonly presentAt: number;
  /** Whether what is older waits until it is taken; leaving it out means that it expires. */
  readonly isHoldingOld?: boolean | undefined;
  /** How finely the intake keeps them. */
  readonly resolution: Millis;
  /** Says of which series the values add up; leaving it out means of none. */
  readonly isCount?: (series: SeriesId) => boolean;
  /** What goes as one point a minute; leaving it out means nothing. */
  readonly rollUp?: RollUp | undefined;
  /** Tells of which series samples go; leaving it out means of their own. */
  readonly routes?: Pick<SampleRoutes, "of"> | undefined;
  /** Holds back what the budget of the uplink does not carry; leaving it out means nothing. */
  readonly sieve?: PointSieve | undefined;
}

/** What a lane knows of what the intake holds. */
export type LaneBounds = Pick<Lane, "moments" | "ceilings">;

/** The points of a range and the count of everything in it. */
export interface RangePoints {
  readonly points: PointBatch;
  readonly counts: RangeCounts;
}

/**
 * Makes points of the rows of a range: sorted by series, then by moment, one for each.
 *
 * Rows before the window are too old. A point that falls on the moment that `moments` has for its series overwrites
 * what the intake holds: it is sent, and counts as collapsed. A row from before that moment, or before that of an
 * earlier row of its series, or from the ceiling of its series on, counts as collapsed and is not sent. Rows of a count
 * are moved on instead, to the first moment after the held one.
 */
export function toPoints(slice: SliceWithCopies, range: RowRange, window: AgeWindow, bounds: LaneBounds): RangePoints {
  const { value } = slice.batch;
  const { rollUp, sieve, isCount = () => false } = window;
  const kept = keepRows(slice, range, window, bounds);
  const order = sortRows(kept.rows, kept.ids, kept.momentOfRow);
  const points = {
    series: new Uint32Array(order.length),
    moment: new Float64Array(order.length),
    value: new Float64Array(order.length),
  };
  const isCopyAt = slice.isCopy && new Uint8Array(order.length);
  let count = 0;
  for (const row of order) {
    const id = kept.ids[row] as number;
    const moment = kept.momentOfRow[row] as number;
    const isSameAsLast = count > 0 && points.series[count - 1] === id && points.moment[count - 1] === moment;
    if (!isSameAsLast) {
      points.series[count] = id;
      points.moment[count] = moment;
      count += 1;
    }
    const before = isSameAsLast && isCount(id) ? (points.value[count - 1] as number) : 0;
    points.value[count - 1] = before + (value[range.firstRow + row] as number);
    if (isCopyAt !== undefined) isCopyAt[count - 1] = slice.isCopy?.[range.firstRow + row] ?? 0;
  }

  const { moments } = bounds;
  const made = { ...points, count };
  const carried = sieve?.(made, moments) ?? made;
  const sent = rollUp === undefined ? carried : joinPoints(carried, rollUp);
  const overwrites = countOverwrites(sent, moments);
  const copies = isCopyAt === undefined ? 0 : countCopies(made, isCopyAt, made);
  const copiesCarried = isCopyAt === undefined ? 0 : countCopies(made, isCopyAt, carried);
  const rows = rowCount(range) - kept.copyRows;
  const missing = range.to - range.from - rows;
  assert(missing >= 0, "a range has more rows than sequences");
  const gone = kept.overtaken + kept.unwanted + kept.left;
  const counts = {
    delivered: sent.count - copiesCarried - overwrites,
    collapsed: kept.sampleCount - (count - copies) + overwrites + kept.overtaken,
    tooOld: rows - kept.sampleCount - gone,
    heldBack: count - copies - (carried.count - copiesCarried) + kept.unwanted,
    unreadable: slice.missing === "unreadable" ? missing : 0,
    thinned: carried.count - sent.count + kept.left + (slice.missing === "thinned" ? missing : 0),
  };
  return { points: sent, counts };
}

/** The rows of a range that make points; rows are counted from the first of the range. */
interface KeptRows {
  readonly rows: Uint32Array<ArrayBuffer>;
  /** Of which series, and at which moment, a row is to the intake. */
  readonly ids: Uint32Array;
  readonly momentOfRow: Float64Array;
  /** Of the rows that are kept, those that are no copies. */
  readonly sampleCount: number;
  /** Rows that are not kept: those that others overtook, that the intake is not to have, and that others tell of. */
  readonly overtaken: number;
  readonly unwanted: number;
  readonly left: number;
  /** Copies among all rows of the range, kept or not. */
  readonly copyRows: number;
}

function keepRows(
  { batch: { series, at, value, flags }, isCopy }: SliceWithCopies,
  { firstRow, endRow }: RowRange,
  window: AgeWindow,
  { moments, ceilings }: LaneBounds,
): KeptRows {
  const { resolution, routes, rollUp, isCount = () => false } = window;
  const ids = new Uint32Array(endRow - firstRow);
  const rows = new Uint32Array(endRow - firstRow);
  const momentOfRow = new Float64Array(endRow - firstRow);
  const held = stillHeld(moments, window);
  const latest = new Map(held);
  const counts = { sampleCount: 0, overtaken: 0, unwanted: 0, left: 0, copyRows: 0 };
  let kept = 0;
  for (let row = 0; row < ids.length; row += 1) {
    const isOfCopy = isCopy !== undefined && isCopy[firstRow + row] === 1;
    if (isOfCopy) counts.copyRows += 1;
    const stamp = at[firstRow + row] as number;
    if (stamp < window.oldestAt) continue;
    assert(Number.isFinite(value[firstRow + row]), "a value that is no number passed the filter");
    const own = series[firstRow + row] as number;
    const id = routes === undefined ? own : routes.of(own, flags[firstRow + row] as number);
    if (id < 0) {
      if (isOfCopy) continue;
      if (id === HELD_BACK) counts.unwanted += 1;
      else counts.left += 1;
      continue;
    }
    const cut = Math.floor(stamp / resolution) * resolution;
    const moment = isCount(id) ? firstFreeMoment(cut, latest.get(id), held.get(id), resolution) : cut;
    const reached = latest.get(id);
    if (isOfCopy && (moment === reached || (rollUp !== undefined && moment < rollUp.before))) continue;
    if (moment < (reached ?? moment) || moment >= (ceilings.get(id) ?? Number.POSITIVE_INFINITY)) {
      if (!isOfCopy) counts.overtaken += 1;
      continue;
    }
    latest.set(id, moment);
    ids[row] = id;
    momentOfRow[row] = moment;
    rows[kept] = row;
    kept += 1;
    if (!isOfCopy) counts.sampleCount += 1;
  }
  return { rows: rows.subarray(0, kept), ids, momentOfRow, ...counts };
}

/** Counts the copies among those points that are left of all. Shape: both sorted; `isCopy` is of all. */
function countCopies(all: PointBatch, isCopy: Uint8Array, left: PointBatch): number {
  let copies = 0;
  let row = 0;
  for (let index = 0; index < left.count; index += 1) {
    while (all.series[row] !== left.series[index] || all.moment[row] !== left.moment[index]) row += 1;
    copies += isCopy[row] as number;
  }
  return copies;
}

/** The first moment, from its own on, at which a count overwrites nothing that is held, nor comes before its last. */
function firstFreeMoment(own: number, reached = own, held = own - 1, resolution: Millis): number {
  return Math.max(own, reached === held ? reached + resolution : reached);
}

/** Sorts rows by series, then by moment; of one moment they stay in their order. */
function sortRows(rows: Uint32Array<ArrayBuffer>, ids: Uint32Array, moments: Float64Array): Uint32Array {
  return rows.sort((a, b) => {
    const bySeries = (ids[a] as number) - (ids[b] as number);
    if (bySeries !== 0) return bySeries;
    const byMoment = (moments[a] as number) - (moments[b] as number);
    return byMoment !== 0 ? byMoment : a - b;
  });
}

function countOverwrites({ series, moment, count }: PointBatch, moments: DeliveredMoments): number {
  let overwrites = 0;
  for (let row = 0; row < count; row += 1) {
    if (moments.get(series[row] as number) === moment[row]) overwrites += 1;
  }
  return overwrites;
}

/** The first moment of each series among points. */
export function earliestOf(points: PointBatch): DeliveredMoments {
  const earliest = new Map<SeriesId, number>();
  for (let row = points.count - 1; row >= 0; row -= 1) {
    earliest.set(points.series[row] as number, points.moment[row] as number);
  }
  return earliest;
}

/**
 * Tells the last moment the intake holds of each series, now that it accepted `points`.
 *
 * Moments outside of the window are forgotten: no sample can fall on them any more because it would be too old, or the
 * clock was far ahead and the intake has not kept them. Where what is too old waits until it is taken, old ones stay.
 *
 * Limits: one entry per series that was active within the window, or at all where what is too old waits.
 */
export function momentsAfter(
  moments: DeliveredMoments,
  points: PointBatch | undefined,
  window: AgeWindow,
): DeliveredMoments {
  const next = stillHeld(moments, window);
  if (points === undefined) return next;
  for (let row = 0; row < points.count; row += 1) {
    next.set(points.series[row] as number, points.moment[row] as number);
  }
  return next;
}

function stillHeld(
  moments: DeliveredMoments,
  { oldestAt, newestAt, resolution, isHoldingOld = false }: AgeWindow,
): Map<SeriesId, number> {
  const held = new Map<SeriesId, number>();
  for (const [id, moment] of moments) {
    if ((isHoldingOld || moment + resolution > oldestAt) && moment <= newestAt) held.set(id, moment);
  }
  return held;
}
