/** Lets a number pass only where it is above all of the last ones: what goes on is told once, what grows once more. */

import type { StateBlock } from "./state-block.ts";

const BUCKETS = 16;
const AT = BUCKETS;
const FILLED = BUCKETS + 1;
const BEGUN = BUCKETS + 2;
const SLOTS = BUCKETS + 3;

/** What goes on is told once in so many values, and once in this time. */
const VALUES = 50;
const SPAN = 3 * 3_600_000;

/** The greatest of the last numbers, kept in a few buckets. */
export class Dominance {
  readonly #slots: Float64Array;

  constructor(state: StateBlock) {
    this.#slots = state.doubles(SLOTS);
  }

  /** Gives the number itself where it is above all of the last ones, else 0, and remembers it. */
  pass(at: number, x: number): number {
    const slots = this.#slots;
    let most = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
      const each = slots[bucket] as number;
      if (each > most) most = each;
    }
    let bucket = slots[AT] as number;
    const filled = (slots[FILLED] as number) + 1;
    const isOver = Math.abs(at - (slots[BEGUN] as number)) >= SPAN / (BUCKETS - 1);
    if (filled > VALUES / (BUCKETS - 1) && isOver) {
      bucket = (bucket + 1) % BUCKETS;
      slots[AT] = bucket;
      slots[bucket] = 0;
      slots[FILLED] = 0;
      slots[BEGUN] = at;
    } else {
      slots[FILLED] = filled;
    }
    if (x > (slots[bucket] as number)) slots[bucket] = x;
    return x > most ? x : 0;
  }
}
