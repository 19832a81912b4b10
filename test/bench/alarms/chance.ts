/** Chance of one series: everything in it is drawn from its seed, in the order it is asked for. */

import { createSeededRandom } from "../../support/seeded-random.ts";

/** Draws numbers for one series. */
export class Chance {
  readonly #random;
  #spare = Number.NaN;

  constructor(seed: number) {
    this.#random = createSeededRandom(seed);
  }

  /** Draws evenly from `low` to `high`. */
  between(low: number, high: number): number {
    return low + (high - low) * this.#random.next();
  }

  /** Draws one of a list. Shape: at least one. */
  pick<T>(list: readonly T[]): T {
    const picked = list[Math.floor(this.#random.next() * list.length)];
    if (picked === undefined) throw new RangeError("nothing to pick from");
    return picked;
  }

  /** Draws how long something lasts that may end at any moment, by its mean. */
  lasting(mean: number): number {
    return -mean * Math.log(1 - this.#random.next());
  }

  /** Draws from a normal distribution of variance 1; two come at a time, since a plant takes a billion of them. */
  normal(): number {
    const spare = this.#spare;
    if (!Number.isNaN(spare)) {
      this.#spare = Number.NaN;
      return spare;
    }
    let x = 0;
    let y = 0;
    let square = 0;
    do {
      x = 2 * this.#random.next() - 1;
      y = 2 * this.#random.next() - 1;
      square = x * x + y * y;
    } while (square >= 1 || square === 0);
    const factor = Math.sqrt((-2 * Math.log(square)) / square);
    this.#spare = y * factor;
    return x * factor;
  }
}
