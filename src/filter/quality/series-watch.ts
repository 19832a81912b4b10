/** All that the quality rules know of one series. */

import type { CounterRule } from "../../model/counter.ts";
import type { SeriesQuality } from "../../model/quality.ts";
import type { SeriesId } from "../../model/series.ts";
import type { Millis } from "../../model/time.ts";
import { Counter } from "../counter.ts";
import { Pause } from "./pause.ts";
import { RateRule } from "./rate.ts";
import { SpikeRule } from "./spike.ts";
import { StuckRule } from "./stuck.ts";

/** What is known of a counter, beside the counter itself. */
export interface WatchedCounter {
  readonly counter: Counter;
  /** The series of what it counts from reading to reading. */
  delta: SeriesId | undefined;
  isHeldTold: boolean;
  heldToldAt: number;
}

/** The rules of one series, and where each of them stands. */
export class SeriesWatch {
  readonly series: SeriesId;
  rules: SeriesQuality | undefined;
  /** Whether a rule looks at more than the sample itself. */
  hasCourse = false;
  counter: WatchedCounter | undefined;
  readonly pause: Pause;
  rate: RateRule | undefined;
  spike: SpikeRule | undefined;
  stuck: StuckRule | undefined;
  /** Until when the sample that waits may do so. Units: milliseconds of the monotonic clock. */
  holdsUntil = 0;
  /** The number of the sample that waits, counted over all series. */
  heldNumber = 0;

  constructor(series: SeriesId, interval: Millis) {
    this.series = series;
    this.pause = new Pause(interval);
  }

  /** Takes other rules; what is known of the series stays known. */
  setRules(rules: SeriesQuality | undefined, interval: Millis): void {
    this.rules = rules;
    this.pause.interval = interval;
    const { perMillisMax, spike, stuckAfter } = rules ?? {};
    this.hasCourse = perMillisMax !== undefined || spike !== undefined || stuckAfter !== undefined;
    if (perMillisMax !== undefined) this.rate ??= new RateRule();
    if (stuckAfter !== undefined) this.stuck ??= new StuckRule();
    if (spike !== undefined) this.spike ??= new SpikeRule();
    // What waits by a rule that is gone goes before anything else.
    else this.holdsUntil = Number.NEGATIVE_INFINITY;
  }

  /** Takes another rule of a counter, or none. */
  setCounter(rule: CounterRule | undefined, delta: SeriesId | undefined): void {
    if (rule === undefined) {
      this.counter = undefined;
    } else if (this.counter === undefined) {
      const heldToldAt = Number.NEGATIVE_INFINITY;
      this.counter = { counter: new Counter(rule), delta, isHeldTold: false, heldToldAt };
    } else {
      this.counter.counter.rule = rule;
      this.counter.delta = delta;
    }
  }

  /** Goes on from a sample before which nothing counts. Units: `at` in milliseconds since 1970. */
  restart(at: number, value: number): void {
    this.rate?.restart(at, value);
    this.spike?.restart(value);
    this.stuck?.restart(at, value);
  }

  /** Lays all moments on a clock that was set, and leaves of the flags of what waits those that are kept. */
  move(by: number, keptFlags: number): void {
    this.pause.move(by);
    this.rate?.move(by);
    this.spike?.move(by, keptFlags);
    this.stuck?.move(by);
  }
}
