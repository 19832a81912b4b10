import { type Millis, millis } from "./time.ts";

/** How long pauses are. */
export interface BackoffSteps {
  /** The pause after the first failure; each further one in a row has twice the one before. */
  readonly first: Millis;
  /** No pause is longer. */
  readonly max: Millis;
  /** So many failures in a row have no pause at all; leaving it out means none of them. */
  readonly freeCount?: number;
}

/** How long to leave something alone that fails again and again. It counts, and knows neither time nor chance. */
export class Backoff {
  readonly #steps: BackoffSteps;
  #failures = 0;

  constructor(steps: BackoffSteps) {
    this.#steps = steps;
  }

  /** How many failures there were in a row. */
  get failures(): number {
    return this.#failures;
  }

  /** Counts a failure, and gives the pause after it. */
  fail(): Millis {
    const { first, max, freeCount = 0 } = this.#steps;
    const doublings = this.#failures - freeCount;
    this.#failures += 1;
    return millis(doublings < 0 ? 0 : Math.min(first * 2 ** doublings, max));
  }

  /** Forgets the failures: it worked. */
  clear(): void {
    this.#failures = 0;
  }
}
