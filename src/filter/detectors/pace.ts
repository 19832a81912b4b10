/** How often the values of a series come, and whether one follows on the one before it. */

import type { StateBlock } from "./state-block.ts";

/** A pause this many times the usual one breaks what is measured from value to value, and teaches nothing. */
export const GAP = 5;

/** The estimate follows so slowly in the end, and takes no pause for more than so many times what it is. */
const FOLLOW_MIN = 0.01;
const CLIP = 4;

/** How many values an interval that was stated beforehand counts for. */
const STATED = 32;

const LAST = 0;
const INTERVAL = 1;
const COUNT = 2;
const SLOTS = 3;

/** The interval of one series. */
export class Pace {
  readonly #slots: Float64Array;
  /** The time since the last value; NaN for the first. Units: milliseconds. */
  elapsed = Number.NaN;

  /** `stated` is the interval, where it is known beforehand. Units: milliseconds. */
  constructor(state: StateBlock, stated: number | undefined) {
    this.#slots = state.doubles(SLOTS);
    this.#slots[LAST] = Number.NaN;
    if (stated === undefined || !(stated > 0)) return;
    this.#slots[INTERVAL] = stated;
    this.#slots[COUNT] = STATED;
  }

  /** The usual time between two values; 0 as long as nobody knows. Units: milliseconds. */
  get interval(): number {
    return this.#slots[INTERVAL] as number;
  }

  /** The time since the last value without what was a pause. Units: milliseconds. */
  get passed(): number {
    return this.elapsed > 0 ? Math.min(this.elapsed, GAP * this.interval) : 0;
  }

  /** Takes a moment, and says whether its value follows on the one before: no gap, no clock that was put back. */
  follows(at: number): boolean {
    const slots = this.#slots;
    const elapsed = at - (slots[LAST] as number);
    this.elapsed = elapsed;
    slots[LAST] = at;
    if (!(elapsed > 0)) return elapsed === 0;
    const interval = slots[INTERVAL] as number;
    const count = (slots[COUNT] as number) + 1;
    slots[COUNT] = count;
    if (interval === 0) {
      slots[INTERVAL] = elapsed;
      return true;
    }
    const clipped = Math.min(Math.max(elapsed, interval / CLIP), interval * CLIP);
    slots[INTERVAL] = interval + (clipped - interval) * Math.max(1 / count, FOLLOW_MIN);
    return elapsed <= GAP * interval;
  }
}
