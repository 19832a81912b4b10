/**
 * What stays of a block when the log is full and its policy is to thin: half of what was ordinary, all that was an
 * event. What that means depends on how the values of a series follow each other, its course in the catalogue.
 *
 * | course | what stays |
 * | --- | --- |
 * | measurement | every other sample |
 * | total | the first and the last, and both sides of a fall, where the device began again; the rest lies between |
 * | delta | every other sample, to which the one before it is added |
 * | state | the first, the last, and each that differs from the one before it |
 *
 * What a filter has marked comes before that:
 *
 * | sample | what stays |
 * | --- | --- |
 * | anomalous, its context, an onset | each |
 * | of a summary, of a lead | each: it is as thin already as what it tells of can become |
 * | ordinary | every other one of a measurement; of a total and a state what its course asks for |
 * | any other, of a series with several ordinary ones in the block | each: others tell of the ordinary, so these go |
 */

import type { Course } from "../model/metrics.ts";
import { FLAG, type SampleBatch, SampleBuilder } from "../model/samples.ts";
import type { SeriesId } from "../model/series.ts";
import { routeOf } from "../model/thinning.ts";
import type { Block } from "./block.ts";
import { type BlockEntry, endOf } from "./block-index.ts";
import { countWithin, type Stretch } from "./gaps.ts";

/** Stands in the books for the series of samples of which nobody knows it. */
const NO_SERIES: SeriesId = 2 ** 32 - 1;

/** Stays whatever the course of its series. */
const ODD = FLAG.anomalous | FLAG.context | FLAG.onset;

/** How the values of a series follow each other, or that they tell of those of another. */
export type StoredCourse = Course | "summary" | "lead";

/** Says it of a series. */
export type CourseOf = (series: SeriesId) => StoredCourse;

/** What one series lost. Units: moments as the block stores them, or in milliseconds since 1970. */
export interface SeriesLoss {
  readonly count: number;
  readonly fromAt: number;
  readonly toAt: number;
}

/** A block that was thinned, and what it cost. */
export interface ThinnedBlock {
  readonly block: Block;
  readonly lost: ReadonlyMap<SeriesId, SeriesLoss>;
}

/** Thins a block once more; undefined when nothing can go without losing an event. */
export function thinBlock(block: Block, courseOf: CourseOf): ThinnedBlock | undefined {
  const { batch, offsets } = block;
  const thinner = new Thinner(batch, courseOf);
  const kept = new SampleBuilder(batch.count);
  const keptOffsets = new Uint32Array(batch.count);
  const lost = new Map<SeriesId, LossSum>();
  for (let row = 0; row < batch.count; row += 1) {
    const series = batch.series[row] ?? 0;
    const at = batch.at[row] ?? 0;
    const value = thinner.pass(row);
    if (value === undefined) countLost(lost, series, at);
    else {
      keptOffsets[kept.count] = offsets?.[row] ?? row;
      kept.push(series, at, value, batch.flags[row] ?? 0);
    }
  }
  if (kept.count === batch.count) return undefined;
  return { block: { ...block, batch: kept, offsets: keptOffsets.slice(0, kept.count) }, lost };
}

/** Counts what goes when a whole block does, of what somebody still needs. Shape: `needed` as `LogStorage` has it. */
export function countWhole({ first, batch, offsets }: Block, needed: readonly Stretch[]): Map<SeriesId, SeriesLoss> {
  const lost = new Map<SeriesId, LossSum>();
  let stretch = 0;
  for (let row = 0; row < batch.count; row += 1) {
    const sequence = first + (offsets?.[row] ?? row);
    while (sequence >= (needed[stretch]?.to ?? Number.POSITIVE_INFINITY)) stretch += 1;
    const { from } = needed[stretch] ?? { from: 0 };
    if (sequence >= from) countLost(lost, batch.series[row] ?? 0, batch.at[row] ?? 0);
  }
  return lost;
}

/** Counts what goes with a block that nobody can read, of what somebody still needs, under no series. */
export function countUnread(entry: BlockEntry, needed: readonly Stretch[]): Map<SeriesId, SeriesLoss> {
  const count = Math.min(entry.count, countWithin(needed, entry.first, endOf(entry)));
  if (count === 0) return new Map();
  return new Map([[NO_SERIES, { count, fromAt: entry.minAt, toAt: entry.maxAt }]]);
}

/** Adds to `sum` what series lost in a block whose epoch adds `offset` to its moments. */
export function addLosses(
  sum: Map<SeriesId, SeriesLoss>,
  lost: ReadonlyMap<SeriesId, SeriesLoss>,
  offset: number,
): void {
  for (const [series, { count, fromAt, toAt }] of lost) {
    const before = sum.get(series);
    sum.set(series, {
      count: (before?.count ?? 0) + count,
      fromAt: Math.min(before?.fromAt ?? Number.POSITIVE_INFINITY, fromAt + offset),
      toAt: Math.max(before?.toAt ?? Number.NEGATIVE_INFINITY, toAt + offset),
    });
  }
}

type LossSum = { -readonly [Key in keyof SeriesLoss]: SeriesLoss[Key] };

function countLost(lost: Map<SeriesId, LossSum>, series: SeriesId, at: number): void {
  const sum = lost.get(series);
  if (sum === undefined) {
    lost.set(series, { count: 1, fromAt: at, toAt: at });
    return;
  }
  sum.count += 1;
  if (at < sum.fromAt) sum.fromAt = at;
  if (at > sum.toAt) sum.toAt = at;
}

/** What is known of a series while its rows pass by. */
interface Passing {
  readonly course: StoredCourse;
  readonly lastRow: number;
  /** Ordinary rows, of which others tell: all there are, and those that have passed. */
  ordinaryCount: number;
  ordinaryPassed: number;
  /** Rows that have passed. */
  count: number;
  /** Of the row that passed last. */
  value: number;
  /** The sum of deltas that went and that no sample has taken up yet. */
  carry: number;
}

class Thinner {
  readonly #batch: SampleBatch;
  readonly #passing = new Map<SeriesId, Passing>();
  /** 1 for the last row of a series, and for one after which its value falls. */
  readonly #isBeforeBreak: Uint8Array;

  constructor(batch: SampleBatch, courseOf: CourseOf) {
    this.#batch = batch;
    this.#isBeforeBreak = new Uint8Array(batch.count);
    for (let row = batch.count - 1; row >= 0; row -= 1) {
      const id = batch.series[row] ?? 0;
      const value = batch.value[row] ?? 0;
      let series = this.#passing.get(id);
      if (series === undefined || value > series.value) this.#isBeforeBreak[row] = 1;
      if (series === undefined) {
        const none = { count: 0, ordinaryCount: 0, ordinaryPassed: 0, carry: 0 };
        series = { course: courseOf(id), lastRow: row, value, ...none };
        this.#passing.set(id, series);
      }
      series.value = value;
      if (isOrdinary(batch.flags[row] ?? 0)) series.ordinaryCount += 1;
    }
  }

  /** The value that stays of the next row; undefined when the row goes. */
  pass(row: number): number | undefined {
    const series = this.#passing.get(this.#batch.series[row] ?? 0);
    const value = this.#batch.value[row] ?? 0;
    if (series === undefined) return value;
    const flags = this.#batch.flags[row] ?? 0;
    const isKept = this.#isKept(series, row, value, flags);
    series.count += 1;
    if (isOrdinary(flags)) series.ordinaryPassed += 1;
    series.value = value;
    if (series.course !== "delta") return isKept ? value : undefined;
    const sum = series.carry + value;
    series.carry = isKept ? 0 : sum;
    return isKept ? sum : undefined;
  }

  #isKept(series: Passing, row: number, value: number, flags: number): boolean {
    const { course, lastRow, count, value: before } = series;
    if (course === "summary" || course === "lead" || (flags & ODD) !== 0) return true;
    const isFiltered = series.ordinaryCount > 1;
    if (isFiltered && !isOrdinary(flags)) return true;
    switch (course) {
      case "measurement":
        return (isFiltered ? series.ordinaryPassed : count) % 2 === 0;
      case "total":
        return count === 0 || value < before || this.#isBeforeBreak[row] === 1;
      case "delta":
        return count % 2 === 1 || row === lastRow;
      case "state":
        return count === 0 || row === lastRow || !Object.is(value, before);
    }
  }
}

/** Whether others tell of a sample with these flags, and it is nothing odd. */
function isOrdinary(flags: number): boolean {
  return routeOf(flags) === "none";
}
