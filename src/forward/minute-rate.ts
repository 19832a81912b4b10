/** How fast something goes, by what went in the last minute. */

import type { MonotonicMillis } from "../model/time.ts";

/** Units: milliseconds. */
const SPAN = 60_000;

/** Parts of a second count as one, so that what went at once is no speed without end. Units: milliseconds. */
const ELAPSED_MIN = 1000;

/** Counts samples. Limits: one entry for each call of `note` within a minute. */
export class MinuteRate {
  readonly #noted: { readonly at: MonotonicMillis; readonly count: number }[] = [];

  /** So many went, in what began then. */
  note(at: MonotonicMillis, count: number): void {
    this.#noted.push({ at, count });
    this.#forget(at);
  }

  /** Undefined where nothing went for a minute. Units: samples per second. */
  perSecond(now: MonotonicMillis): number | undefined {
    this.#forget(now);
    const first = this.#noted[0];
    if (first === undefined) return undefined;
    const sum = this.#noted.reduce((total, { count }) => total + count, 0);
    return (1000 * sum) / Math.max(ELAPSED_MIN, now - first.at);
  }

  #forget(now: MonotonicMillis): void {
    while ((this.#noted[0]?.at ?? now) < now - SPAN) this.#noted.shift();
  }
}
