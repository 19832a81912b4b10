/**
 * How many samples of the backfill go in one payload: few enough that live samples, for which it is not called back,
 * wait for it no longer than a part of a flush.
 *
 * It begins small and doubles as long as payloads are quick, so that a slow uplink is found out by small ones.
 */

import type { Millis } from "../model/time.ts";

/** What the first payload holds. */
const FIRST_COUNT = 1000;

/** Smaller payloads cost a slow uplink more than they save: most of them is overhead. */
const COUNT_MIN = 100;

/** What an uplink was seen to carry. */
export class UplinkSpeed {
  readonly #span: Millis;
  readonly #countMax: number;
  #sampleCount: number;

  /** A payload takes about `span` at most, and holds `countMax` samples at most. */
  constructor(span: Millis, countMax: number) {
    this.#span = span;
    this.#countMax = countMax;
    this.#sampleCount = Math.min(FIRST_COUNT, countMax);
  }

  /** What the next payload may hold. */
  get sampleCount(): number {
    return this.#sampleCount;
  }

  /** Takes note of how long samples took. What was smaller than it could have been tells only where it was slow. */
  note(sampleCount: number, elapsed: Millis): void {
    const isFull = sampleCount >= this.#sampleCount;
    if (sampleCount === 0 || (elapsed <= this.#span && !isFull)) return;
    const fitting = elapsed === 0 ? Number.POSITIVE_INFINITY : Math.floor((sampleCount * this.#span) / elapsed);
    const wanted = Math.min(fitting, 2 * this.#sampleCount, this.#countMax);
    this.#sampleCount = Math.max(wanted, Math.min(COUNT_MIN, this.#countMax));
  }
}
