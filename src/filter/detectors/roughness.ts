/** How much a value moves from one to the next: near zero where a sensor is stuck, large where something swings. */

import type { StateBlock } from "./state-block.ts";

/** So many moves are averaged. */
const LENGTH = 36;

/** What is usual fades as slowly as this; below a part of it everything is still. */
const USUAL = 2000;
const STILL = 0.02;

const LAST = 0;
const MOVES = 1;
const USUAL_MOVES = 2;
const COUNT = 3;
const SLOTS = 4;

/** The roughness of one series. */
export class Roughness {
  readonly #slots: Float64Array;

  constructor(state: StateBlock) {
    this.#slots = state.doubles(SLOTS);
  }

  /** Takes a value. What comes after a gap has moved from nowhere. */
  take(value: number, follows: boolean): void {
    const slots = this.#slots;
    if (follows && (slots[COUNT] as number) > 0) {
      const move = Math.abs(value - (slots[LAST] as number));
      const count = slots[COUNT] as number;
      slots[MOVES] = (slots[MOVES] as number) + (move - (slots[MOVES] as number)) / Math.min(count, LENGTH);
      slots[USUAL_MOVES] =
        (slots[USUAL_MOVES] as number) + (move - (slots[USUAL_MOVES] as number)) / Math.min(count, USUAL);
    }
    slots[LAST] = value;
    slots[COUNT] = Math.min((slots[COUNT] as number) + 1, USUAL);
  }

  /** The present roughness beside the usual one, as a logarithm: 0 is usual, -3.9 still; 0 as long as nothing moved. */
  get relative(): number {
    const usual = this.#slots[USUAL_MOVES] as number;
    return usual > 0 ? Math.log((this.#slots[MOVES] as number) / usual + STILL) : 0;
  }
}
