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

  /** Forgets all. */
  clear(): void {
    this.count = 0;
    this.#sum = 0;
    this.#lost = 0;
    this.#low = Number.POSITIVE_INFINITY;
    this.#high = Number.NEGATIVE_INFINITY;
  }
}
