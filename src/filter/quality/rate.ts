/** The rule `rate_max`: no value changes faster than the thing it is measured on can. */

import { exceeds } from "./exceeds.ts";

/** A new level is believed once so many samples in a row agree on it: then it was a step, and no slip. */
const CONFIRMATIONS = 3;

/** The course of one series. Units: `at` in milliseconds since 1970. */
export class RateRule {
  #value = Number.NaN;
  #at = 0;
  #doubtfulValue = Number.NaN;
  #doubtfulAt = 0;
  #doubtfulCount = 0;

  /** Goes on from a sample that nothing can be held against. */
  restart(at: number, value: number): void {
    this.#value = value;
    this.#at = at;
    this.#doubtfulCount = 0;
  }

  /** Takes the next sample and says whether it changed too fast from the last one that was believed. */
  isTooFast(at: number, value: number, perMillisMax: number): boolean {
    // Of two values of one moment nobody knows the rate.
    if (at <= this.#at && !Number.isNaN(this.#value)) return false;
    if (!exceeds(value, this.#value, perMillisMax * (at - this.#at))) {
      this.restart(at, value);
      return false;
    }
    const isAgreed =
      this.#doubtfulCount > 0 && !exceeds(value, this.#doubtfulValue, perMillisMax * (at - this.#doubtfulAt));
    this.#doubtfulCount = isAgreed ? this.#doubtfulCount + 1 : 1;
    this.#doubtfulValue = value;
    this.#doubtfulAt = at;
    if (this.#doubtfulCount < CONFIRMATIONS) return true;
    this.restart(at, value);
    return false;
  }

  /** Moves the moments, because the clock was set. Units: milliseconds. */
  move(by: number): void {
    this.#at += by;
    this.#doubtfulAt += by;
  }
}
