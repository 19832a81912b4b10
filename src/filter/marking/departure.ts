/**
 * Since when a series is not as it was expected: a detector calls odd what has often begun long before, as a drift does
 * or a value that does not move any more.
 */

import { LEAD_MAX } from "../../model/thinning.ts";
import type { Seen } from "./stretch.ts";

/** Time inside of what was expected counts for so much time outside: some of what is ordinary lies outside too. */
const INSIDE = 2;

/** What was outside for longer has come back after the same time inside. Units: milliseconds. */
const BACK = 300_000;

/** When the values under way began to be judged together, and what they are like. */
const BEGUN = 0;
const COUNT = 1;
const MEAN = 2;
const LEAST = 3;
const MOST = 4;
/** When it left what was expected, and how long it was outside since, less what it was inside. */
const LEFT = 5;
const OUTSIDE = 6;
/** The last value, and since when it is that. */
const VALUE = 7;
const UNMOVED = 8;

/** How many numbers this needs. */
export const DEPARTURE_SLOTS = 9;

/** The slots that hold moments. */
const MOMENTS = [BEGUN, LEFT, UNMOVED];

/** Follows it for one series. Units: moments in milliseconds since 1970. */
export class Departure {
  readonly #slots: Float64Array;

  /** Shape: `DEPARTURE_SLOTS` numbers; all 0 for a series of which nothing is known. */
  constructor(slots: Float64Array) {
    this.#slots = slots;
  }

  /**
   * Takes a value that a detector has just seen. Where it judges those of a while together (`lag`, in milliseconds), it
   * is the one furthest from their mean of which it says what was expected.
   */
  take(at: number, value: number, seen: Pick<Seen, "low" | "high">, lag: number): void {
    const slots = this.#slots;
    const count = slots[COUNT] as number;
    if (value !== slots[VALUE] || count === 0) {
      slots[VALUE] = value;
      slots[UNMOVED] = at;
    }
    if (count > 0 && at - (slots[BEGUN] as number) < lag) {
      slots[COUNT] = count + 1;
      slots[MEAN] = (slots[MEAN] as number) + (value - (slots[MEAN] as number)) / (count + 1);
      if (value < (slots[LEAST] as number)) slots[LEAST] = value;
      if (value > (slots[MOST] as number)) slots[MOST] = value;
      return;
    }
    if (count > 0) this.#judge(at, seen);
    slots[BEGUN] = at;
    slots[COUNT] = 1;
    slots[MEAN] = value;
    slots[LEAST] = value;
    slots[MOST] = value;
  }

  /**
   * How long what is odd at a moment may have lasted by then: since its value moves no more; or since it left what was
   * expected, and as long again before that, as what drifts has set out before it leaves. Units: milliseconds.
   */
  leadAt(at: number): number {
    const slots = this.#slots;
    const outside = (slots[OUTSIDE] as number) > 0 ? 2 * (at - (slots[LEFT] as number)) : 0;
    return Math.min(LEAD_MAX, Math.max(outside, at - (slots[UNMOVED] as number)));
  }

  /** Moves all moments, because the clock that gave them was set. Units: milliseconds. */
  shift(by: number): void {
    for (const slot of MOMENTS) this.#slots[slot] = (this.#slots[slot] as number) + by;
  }

  /** Judges the values until now. */
  #judge(at: number, { low, high }: Pick<Seen, "low" | "high">): void {
    const slots = this.#slots;
    const begun = slots[BEGUN] as number;
    const mean = slots[MEAN] as number;
    const least = slots[LEAST] as number;
    const most = slots[MOST] as number;
    const furthest = most - mean > mean - least ? most : least;
    const outside = slots[OUTSIDE] as number;
    const lasted = Math.min(BACK, at - begun);
    if (furthest < low || furthest > high) {
      if (outside === 0) slots[LEFT] = begun;
      slots[OUTSIDE] = Math.min(BACK, outside + lasted);
    } else {
      slots[OUTSIDE] = Math.max(0, outside - INSIDE * lasted);
    }
  }
}
