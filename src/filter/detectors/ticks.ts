/**
 * Gathers what comes faster than once a minute into ticks: their mean, and the value in them that is furthest from it.
 * What comes more slowly is a tick by itself, at once.
 */

import type { StateBlock } from "./state-block.ts";

/** What comes faster is gathered for so long. Units: milliseconds. */
export const TICK = 60_000;

const BEGUN = 0;
const COUNT = 1;
const MEAN = 2;
const MIN = 3;
const MAX = 4;
const SLOTS = 5;

/** The ticks of one series. */
export class Ticks {
  readonly #slots: Float64Array;
  /** Of the tick that ended last. */
  mean = 0;
  /** Of the tick that ended last: its lowest or its highest value. */
  extreme = 0;

  constructor(state: StateBlock) {
    this.#slots = state.doubles(SLOTS);
  }

  /** The time from tick to tick. Units: milliseconds. */
  static every(interval: number): number {
    return interval > TICK ? interval : TICK;
  }

  /** Takes a value, and says whether a tick ends with it: the next one is expected in the next tick. */
  ends(at: number, value: number, follows: boolean, interval: number): boolean {
    const slots = this.#slots;
    let count = slots[COUNT] as number;
    if (!follows) count = 0;
    if (count === 0) {
      slots[BEGUN] = at;
      slots[MEAN] = value;
      slots[MIN] = value;
      slots[MAX] = value;
    } else {
      slots[MEAN] = (slots[MEAN] as number) + (value - (slots[MEAN] as number)) / (count + 1);
      if (value < (slots[MIN] as number)) slots[MIN] = value;
      if (value > (slots[MAX] as number)) slots[MAX] = value;
    }
    const age = at - (slots[BEGUN] as number);
    // The clock may have been put back within what still counts as following.
    if (age >= 0 && age + 1.01 * interval < TICK) {
      slots[COUNT] = count + 1;
      return false;
    }
    slots[COUNT] = 0;
    const mean = slots[MEAN] as number;
    this.mean = mean;
    this.extreme =
      (slots[MAX] as number) - mean > mean - (slots[MIN] as number) ? (slots[MAX] as number) : (slots[MIN] as number);
    return true;
  }
}
