/** Quality rules before the log: only what is wrong by itself is dropped, and every drop is counted by its reason. */

import type { CounterRule } from "../model/counter.ts";
import type { DropReason } from "../model/log.ts";
import type { SampleBatch, SampleBuilder } from "../model/samples.ts";
import type { SeriesId } from "../model/series.ts";
import type { MutableDropCounts } from "../model/tally.ts";
import { type Millis, type MonotonicMillis, seconds } from "../model/time.ts";
import { Counter, type CounterStep } from "./counter.ts";

/** A counter that goes on and off is not told of more often than this. */
const TOLD_EVERY = seconds(600);

/** Hears what is unusual about a counter. Units: `before` and `value` in the canonical unit of the series. */
export type HearCounter = (series: SeriesId, step: CounterStep, before: number, value: number) => void;

interface WatchedCounter {
  readonly counter: Counter;
  /** The series of what it counts from reading to reading. */
  delta: SeriesId | undefined;
  isHeldTold: boolean;
  heldToldAt: number;
}

/** The rules of all series of a gateway. */
export class QualityFilter {
  readonly #low = new Map<SeriesId, number>();
  readonly #high = new Map<SeriesId, number>();
  readonly #counters = new Map<SeriesId, WatchedCounter>();
  readonly #hear: HearCounter | undefined;

  /** `hear` left out means that nobody wants to know. */
  constructor(hear?: HearCounter) {
    this.#hear = hear;
  }

  /**
   * Sets the believable range of a series, both ends included; undefined means that every number is believable.
   *
   * Units: the canonical unit of the series.
   */
  setRange(series: SeriesId, range: readonly [low: number, high: number] | undefined): void {
    this.#low.set(series, range?.[0] ?? Number.NEGATIVE_INFINITY);
    this.#high.set(series, range?.[1] ?? Number.POSITIVE_INFINITY);
  }

  /**
   * Says of a series what it can do as a counter, and which series tells what it counts from reading to reading;
   * undefined means that it does not count. What was known of it stays known.
   */
  setCounter(series: SeriesId, rule: CounterRule | undefined, delta: SeriesId | undefined): void {
    const known = this.#counters.get(series);
    if (rule === undefined) {
      this.#counters.delete(series);
    } else if (known === undefined) {
      const heldToldAt = Number.NEGATIVE_INFINITY;
      this.#counters.set(series, { counter: new Counter(rule), delta, isHeldTold: false, heldToldAt });
    } else {
      known.counter.rule = rule;
      known.delta = delta;
    }
  }

  /** Says whether a series counts and nothing is known of it yet. */
  isNewCounter(series: SeriesId): boolean {
    const watched = this.#counters.get(series);
    return watched !== undefined && Number.isNaN(watched.counter.value);
  }

  /** Lets a counter go on from the last reading of an earlier run, unless it has begun already. */
  resumeCounter(series: SeriesId, value: number, age: Millis, now: MonotonicMillis): void {
    if (this.isNewCounter(series)) this.#counters.get(series)?.counter.resume(value, age, now);
  }

  /**
   * Copies the samples that pass into `target`, each of a counter with what it counted behind it, and adds the others
   * to `dropped`. Gives the number of samples it made itself.
   */
  pass(batch: SampleBatch, target: SampleBuilder, dropped: MutableDropCounts, now: MonotonicMillis): number {
    let madeCount = 0;
    for (let row = 0; row < batch.count; row += 1) {
      const series = batch.series[row] ?? 0;
      const value = batch.value[row] ?? Number.NaN;
      const watched = this.#counters.get(series);
      let reason = this.#judge(series, value);
      if (reason === undefined && watched !== undefined && this.#isHeld(series, watched, value, now)) {
        reason = "impossible-step";
      }
      if (reason !== undefined) {
        dropped[reason] = (dropped[reason] ?? 0) + 1;
        continue;
      }
      target.push(series, batch.at[row] ?? 0, value, batch.flags[row] ?? 0);
      if (watched?.delta === undefined || Number.isNaN(watched.counter.growth)) continue;
      target.push(watched.delta, batch.at[row] ?? 0, watched.counter.growth, batch.flags[row] ?? 0);
      madeCount += 1;
    }
    return madeCount;
  }

  #judge(series: SeriesId, value: number): DropReason | undefined {
    if (!Number.isFinite(value)) return "not-a-number";
    const low = this.#low.get(series);
    const high = this.#high.get(series);
    if (low !== undefined && high !== undefined && (value < low || value > high)) return "out-of-range";
    return undefined;
  }

  #isHeld(series: SeriesId, watched: WatchedCounter, value: number, now: MonotonicMillis): boolean {
    const before = watched.counter.value;
    const step = watched.counter.take(value, now);
    if (step !== "counted" && step !== "first") this.#tell(series, watched, step, before, value, now);
    return step === "held";
  }

  /** Tells when readings begin to be held and what came of it; of a counter that often does so, only now and then. */
  #tell(
    series: SeriesId,
    watched: WatchedCounter,
    step: CounterStep,
    before: number,
    value: number,
    now: MonotonicMillis,
  ): void {
    if (step === "held") {
      if (watched.isHeldTold || now - watched.heldToldAt < TOLD_EVERY) return;
      watched.isHeldTold = true;
      watched.heldToldAt = now;
    } else if (step === "settled" && !watched.isHeldTold) {
      return;
    } else {
      watched.isHeldTold = false;
    }
    this.#hear?.(series, step, before, value);
  }
}
