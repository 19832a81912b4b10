import { roundDecimal } from "../../decode/decimal.ts";

const TOLD_DIGITS = 10;

/** Of smaller values no decimals are counted. */
const DECIMALS_MAX = 20;

/**
 * A mean that is right to the last digit or two however many values go into it: a sum that carries along what rounding
 * took from it (Neumaier's), divided once. A running mean would round once for each value, and drift.
 *
 * Source: A. Neumaier, Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen, ZAMM 54, 1974.
 */
export class ExactMean {
  count = 0;
  #sum = 0;
  #lost = 0;
  #low = Number.POSITIVE_INFINITY;
  #high = Number.NEGATIVE_INFINITY;

  /** Takes a finite number. */
  add(value: number): void {
    const sum = this.#sum + value;
    this.#lost += Math.abs(this.#sum) >= Math.abs(value) ? this.#sum - sum + value : value - sum + this.#sum;
    this.#sum = sum;
    if (value < this.#low) this.#low = value;
    if (value > this.#high) this.#high = value;
    this.count += 1;
  }

  /**
   * The mean of what was added; NaN of nothing. It never lies outside of what it is the mean of, so that a constant is
   * its own mean, and that of numbers too large to be added is one all the same.
   */
  get value(): number {
    const mean = (this.#sum + this.#lost) / this.count;
    if (Number.isNaN(mean)) return this.count === 0 ? Number.NaN : this.#low / 2 + this.#high / 2;
    return Math.min(Math.max(mean, this.#low), this.#high);
  }

  /**
   * The mean as it is told: to ten digits of the largest value in it. What machines measure has fewer, and digits that
   * only dividing made cost as many bytes as those that were read.
   */
  get told(): number {
    const mean = this.value;
    const extent = Math.max(Math.abs(this.#low), Math.abs(this.#high));
    const decimals = TOLD_DIGITS - 1 - Math.floor(Math.log10(extent));
    if (!(decimals > 0 && decimals <= DECIMALS_MAX)) return mean;
    return Math.min(Math.max(roundDecimal(mean, decimals), this.#low), this.#high);
  }

  /** Forgets all. */
  clear(): void {
    this.count = 0;
    this.#sum = 0;
    this.#lost = 0;
    this.#low = Number.POSITIVE_INFINITY;
    this.#high = Number.NEGATIVE_INFINITY;
  }
}
