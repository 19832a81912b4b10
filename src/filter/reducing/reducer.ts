/**
 * The stage that thins out: it copies every sample, marks those as ordinary that others tell of, and adds what tells
 * of them. What it has gathered and not told when the process is killed, it makes up from the log: a series that is
 * recalled has its samples go to the log as ordinary ones until that is done, and told of after.
 */

import { isDeepStrictEqual } from "node:util";
import { FLAG, type SampleBatch, SampleBuilder } from "../../model/samples.ts";
import type { SeriesId } from "../../model/series.ts";
import { createReduction, lookBack, type ReductionRule } from "./create-reduction.ts";
import type { Reduction } from "./reduction.ts";

/** So many samples may wait for their series to be recalled; where more come, these go on without. */
const AWAITING_MAX = 65_536;

/** The reductions of all series of a gateway. `now` is of the monotonic clock. Units: milliseconds. */
export class Reducer {
  /** By series: a number that counts from 0. */
  readonly #reductions: (Reduction | undefined)[] = [];
  readonly #rules = new Map<SeriesId, ReductionRule>();
  readonly #bySummary = new Map<SeriesId, Reduction>();
  readonly #recalled = new Set<SeriesId>();
  readonly #awaiting = new SampleBuilder();
  readonly #scratch = new SampleBuilder();
  /** What is to go with the next samples. */
  readonly #made = new SampleBuilder();

  /** Says what to do with a series; undefined means nothing. What was gathered by another rule is told of. */
  set(series: SeriesId, rule: ReductionRule | undefined): void {
    const known = this.#rules.get(series);
    if (isDeepStrictEqual(known, rule)) return;
    if (known !== undefined) this.#forget(series, known);
    if (rule === undefined) return;
    // The numbers of series are dense; a list with holes would be slower.
    while (this.#reductions.length < series) this.#reductions.push(undefined);
    const reduction = createReduction(series, rule);
    this.#rules.set(series, rule);
    this.#bySummary.set(rule.summary, reduction);
    this.#reductions[series] = reduction;
  }

  #forget(series: SeriesId, { summary }: ReductionRule): void {
    this.#reductions[series]?.end(this.#made);
    this.#bySummary.delete(summary);
    this.#rules.delete(series);
    this.#reductions[series] = undefined;
  }

  /** How far back from the end of an earlier run its log tells what it had gathered. Units: milliseconds. */
  lookBack(among: Iterable<SeriesId>): number {
    let furthest = 0;
    for (const series of among) {
      const rule = this.#rules.get(series);
      if (rule !== undefined) furthest = Math.max(furthest, lookBack(rule));
    }
    return furthest;
  }

  /** Copies all samples into `target`, with what is added. Gives the number of samples it added. */
  pass(batch: SampleBatch, target: SampleBuilder, now: number): number {
    const before = target.count;
    if (this.#awaiting.count > AWAITING_MAX) this.resume([...this.#recalled], now);
    this.#takeMade(target);
    if (this.#rules.size === 0) target.pushAll(batch);
    else this.#passRows(batch, target, now);
    return target.count - before - batch.count;
  }

  #passRows(batch: SampleBatch, target: SampleBuilder, now: number): void {
    const { series, at, value, flags, count } = batch;
    for (let row = 0; row < count; row += 1) {
      const id = series[row] as number;
      const reduction = this.#reductions[id];
      if (reduction === undefined) target.pushRow(batch, row);
      else if (this.#recalled.size > 0 && this.#recalled.has(id)) this.#wait(batch, row, target);
      else reduction.take(at[row] as number, value[row] as number, flags[row] as number, now, target);
    }
  }

  /** Makes what is due by now although nothing was sampled; call it about each second. */
  flush(now: number): void {
    for (const [series, reduction] of this.#reductions.entries()) {
      if (!this.#recalled.has(series)) reduction?.flush(now, this.#made);
    }
  }

  /** Makes everything that is not told yet. */
  end(now: number): void {
    this.resume([...this.#recalled], now);
    for (const reduction of this.#reductions) reduction?.end(this.#made);
  }

  /** Whether something was made that goes with the next samples, be they none. */
  get hasMade(): boolean {
    return this.#made.count > 0;
  }

  /** Whether nothing is thinned out. */
  get isIdle(): boolean {
    return this.#rules.size === 0 && !this.hasMade;
  }

  /** Lays all moments on a clock that was set, and leaves of the flags those that are kept. Units: milliseconds. */
  move(by: number, keptFlags: number): void {
    for (const reduction of this.#reductions) reduction?.move(by, keptFlags);
    for (const { at, flags, count } of [this.#made, this.#awaiting]) {
      for (let row = 0; row < count; row += 1) {
        at[row] = (at[row] as number) + by;
        flags[row] = (flags[row] as number) & keptFlags;
      }
    }
  }

  /** Makes everything that is not told yet but of series that are recalled: what comes next goes on from nothing. */
  settle(): void {
    for (const [series, reduction] of this.#reductions.entries()) {
      if (!this.#recalled.has(series)) reduction?.end(this.#made);
    }
  }

  /** Has the samples of a series wait until `resume`, while those that the log has are recalled. */
  beginRecall(series: SeriesId): void {
    if (this.#rules.has(series)) this.#recalled.add(series);
  }

  /** The series whose samples tell of these: their own, and those of their summaries. */
  sourcesOf(among: Iterable<SeriesId>): Set<SeriesId> {
    const sources = new Set<SeriesId>();
    for (const series of among) {
      const rule = this.#rules.get(series);
      if (rule !== undefined) sources.add(series).add(rule.summary);
    }
    return sources;
  }

  /** Takes up a sample of the log; they come in its order. */
  recall(series: SeriesId, at: number, value: number, flags: number, seenAt: number): void {
    const summarized = this.#bySummary.get(series);
    const reduction = summarized ?? this.#reductions[series];
    if (reduction === undefined || !this.#recalled.has(reduction.series)) return;
    if (summarized === undefined) reduction.recall(at, value, flags, seenAt);
    else reduction.recallSummary(at, value);
  }

  /** Goes on with series from what was recalled of them. */
  resume(resumed: Iterable<SeriesId>, now: number): void {
    for (const series of resumed) this.#recalled.delete(series);
    const { series, at, value, flags, count } = this.#awaiting;
    this.#awaiting.clear();
    this.#scratch.clear();
    for (let row = 0; row < count; row += 1) {
      const id = series[row] as number;
      const reduction = this.#reductions[id];
      if (this.#recalled.has(id)) this.#awaiting.pushRow(this.#awaiting, row);
      else reduction?.take(at[row] as number, value[row] as number, flags[row] as number, now, this.#scratch);
    }
    for (let row = 0; row < this.#scratch.count; row += 1) this.#makeOfPassed(row);
  }

  /** Samples that have passed as ordinary ones are not passed again: what else they should have been is a summary. */
  #makeOfPassed(row: number): void {
    const flags = this.#scratch.flags[row] as number;
    const rule = this.#rules.get(this.#scratch.series[row] as number);
    if (rule === undefined) this.#made.pushRow(this.#scratch, row);
    else if ((flags & FLAG.ordinary) === 0) {
      this.#made.push(
        rule.summary,
        this.#scratch.at[row] as number,
        this.#scratch.value[row] as number,
        flags & FLAG.clockUntrusted,
      );
    }
  }

  #wait(batch: SampleBatch, row: number, target: SampleBuilder): void {
    const flags = batch.flags[row] as number;
    target.push(
      batch.series[row] as number,
      batch.at[row] as number,
      batch.value[row] as number,
      flags | FLAG.ordinary,
    );
    this.#awaiting.pushRow(batch, row);
  }

  #takeMade(target: SampleBuilder): void {
    if (this.#made.count === 0) return;
    target.pushAll(this.#made);
    this.#made.clear();
  }
}
