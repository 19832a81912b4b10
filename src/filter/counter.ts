/** One counter and what it did: counted on, wrapped round, began anew, or said something that cannot be. */

import { snapDecimal } from "../decode/decimal.ts";
import type { CounterRule } from "../model/counter.ts";
import { type Millis, type MonotonicMillis, millis, seconds } from "../model/time.ts";

/**
 * What came of a reading: `first` of all, `counted` on, `held` back because it cannot be, `settled` after one that was
 * held, or believed because it stayed: `anew` for one below, `jumped` for one above.
 */
export type CounterStep = "first" | "counted" | "settled" | "held" | "anew" | "jumped";

/** A counter wraps from its last quarter into its first one; what else falls back, fell back by itself. */
const LAST_QUARTER = 0.75;
const FIRST_QUARTER = 0.25;

/** The part of a double by which scaling may move it. Source: IEEE 754, DBL_EPSILON of C, four times. */
const DOUBLE_ROUNDING = 2 ** -50;

/** So many readings in a row, and for so long, have to agree before what cannot be is believed. */
const CONFIRMATIONS = 3;
const CONFIRMED_AFTER = seconds(30);

/** Devices renew their registers every now and then: a step may hold as much as is counted in this time. */
const RENEWED_EVERY = seconds(60);

/** The state of one counter from reading to reading. */
export class Counter {
  /** What it can do; a reload may bring another. */
  rule: CounterRule;
  #value = Number.NaN;
  #at = 0;
  #held = Number.NaN;
  #heldAt = 0;
  #heldFrom = 0;
  #heldCount = 0;

  constructor(rule: CounterRule) {
    this.rule = rule;
  }

  /** The last reading that was believed; NaN before the first. */
  get value(): number {
    return this.#value;
  }

  /** What was counted up to the last reading that was believed; NaN where nobody can know. */
  growth = Number.NaN;

  /** Goes on from a reading of an earlier run; `age` may be infinite where nobody knows how old it is. */
  resume(value: number, age: Millis, now: MonotonicMillis): void {
    this.#value = value;
    this.#at = now - age;
  }

  /** Takes a reading and says what came of it. */
  take(value: number, now: MonotonicMillis): CounterStep {
    if (Number.isNaN(this.#value)) return this.#believe(value, now, Number.NaN, "first");
    // It goes on from the higher of the two: what falls little by little is no rounding.
    if (this.#isRounded(this.#value, value)) {
      return this.#believe(this.#value, now, 0, this.#heldCount > 0 ? "settled" : "counted");
    }
    const growth = this.#growthFrom(this.#value, value, now - this.#at);
    if (growth >= 0) return this.#believe(value, now, growth, this.#heldCount > 0 ? "settled" : "counted");
    const isContinued = this.#heldCount > 0 && this.#canFollow(value, now);
    if (!isContinued) {
      this.#heldCount = 0;
      this.#heldFrom = now;
    }
    this.#held = value;
    this.#heldAt = now;
    this.#heldCount += 1;
    if (this.#heldCount < CONFIRMATIONS || now - this.#heldFrom < CONFIRMED_AFTER) return "held";
    const isBelow = value < this.#value;
    return this.#believe(value, now, isBelow ? value : Number.NaN, isBelow ? "anew" : "jumped");
  }

  #believe(value: number, now: MonotonicMillis, growth: number, step: CounterStep): CounterStep {
    this.#value = value;
    this.#at = now;
    this.growth = growth;
    this.#heldCount = 0;
    return step;
  }

  /** Whether a reading goes on from the one that is held. */
  #canFollow(value: number, now: MonotonicMillis): boolean {
    return this.#isRounded(this.#held, value) || this.#growthFrom(this.#held, value, now - this.#heldAt) >= 0;
  }

  /** Whether a reading is below another one only by what it was rounded by. */
  #isRounded(from: number, to: number): boolean {
    return to < from && from - to <= Math.abs(from) * (this.rule.rounding ?? DOUBLE_ROUNDING);
  }

  /** What was counted between two readings; negative where that cannot be. */
  #growthFrom(from: number, to: number, elapsed: number): number {
    const growth = to >= from ? snapDecimal(to - from, to) : this.#growthRound(from, to);
    const most = this.rule.perMillisMax * Math.max(elapsed, RENEWED_EVERY) + this.rule.resolution;
    return growth <= most ? growth : -1;
  }

  #growthRound(from: number, to: number): number {
    const { wrapsAt } = this.rule;
    if (wrapsAt === undefined || from < LAST_QUARTER * wrapsAt || to > FIRST_QUARTER * wrapsAt) return -1;
    return snapDecimal(wrapsAt - from + to, wrapsAt);
  }
}

/** An age that nobody knows. */
export const UNKNOWN_AGE: Millis = millis(Number.POSITIVE_INFINITY);
