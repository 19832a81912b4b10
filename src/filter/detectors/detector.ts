/**
 * What a streaming detector is: one value at a time, no look ahead, a state of fixed size, and nothing but its
 * arguments to know the time from.
 */

import type { DetectorKind } from "../../model/filter.ts";

/**
 * From here on a score is worth a look: in ordinary operation a series comes here about every fifth to tenth day. See
 * `docs/anomaly.md` for what was measured.
 */
export const WATCH = 0.5;

/**
 * From here on a score may wake someone: in ordinary operation at most once in 1,000 days of a series. See
 * `docs/anomaly.md` for what was measured.
 */
export const ALARM = 0.9;

/** What may be said of a series beforehand; all of it may be left out. */
export interface DetectorSettings {
  /** How wide the expected range is, in standard deviations of a normal spread: 2 holds 95 % of what was. */
  readonly bounds?: number;
  /** Above 1 odd things are found earlier and more often, below 1 later and more rarely. */
  readonly sensitivity?: number;
  /** The range the sensor can give, such as what 4 and 20 mA stand for. Units: those of the values. */
  readonly range?: readonly [low: number, high: number];
  /** `threshold`: what is allowed; learned where it is left out. Units: those of the values. */
  readonly limits?: readonly [low: number, high: number];
  /** `rate`: the fastest change that is allowed; learned where it is left out. Units: those of the values, a second. */
  readonly rateMax?: number;
  /** How long to learn at least; left out, that of its kind. Units: milliseconds. */
  readonly learningSpan?: number;
  /** How often values come, where that is known. Units: milliseconds. */
  readonly interval?: number;
  /** What to add to a moment to have the wall clock of the place, daylight saving included. Units: milliseconds. */
  readonly zoneOffset?: (at: number) => number;
}

/** One detector for one series. After the same values with the same settings it is in the same state, bit for bit. */
export interface Detector {
  readonly kind: DetectorKind;
  /**
   * Takes the next value. What is not a finite number is passed over: nothing is learned of it, and the score is 0.
   *
   * Units: `at` in milliseconds since 1970; it may jump ahead, stand still or go back.
   */
  take(at: number, value: number): void;
  /**
   * How odd the last value is, where it is more than what the last hours held already; else 0. An odd stretch has few
   * values with a score, the first and those that go beyond it. Compare it with `WATCH` and `ALARM`; 0 while learning.
   */
  readonly score: number;
  /** The same without regard to what went before: stays up for as long as things are odd. */
  readonly oddness: number;
  /** Lower end of what was expected of the last value, from those before it; NaN while learning. */
  readonly low: number;
  /** Upper end of what was expected of the last value, from those before it; NaN while learning. */
  readonly high: number;
  /** Whether too little was seen to call anything odd. */
  readonly isLearning: boolean;
  /** What `save` gives; small arrays take about as much again in memory. Units: bytes. */
  readonly stateBytes: number;
  /** Gives the state as bytes, to go on from with `restoreDetector`. */
  save(): Uint8Array;
}
