/** The median of the last few values: what lasts, whatever single values do. Without those before a gap. */

import type { StateBlock } from "./state-block.ts";

const AT = 0;
const COUNT = 1;
const SLOTS = 2;

/** A short median of one series. */
export class ShortMedian {
  readonly #slots: Float64Array;
  readonly #ring: Float64Array;
  readonly #sorted: Float64Array;

  constructor(state: StateBlock, length: number) {
    this.#slots = state.doubles(SLOTS);
    this.#ring = state.doubles(length);
    this.#sorted = state.doubles(length);
  }

  /** Takes a value and gives the median of the last ones. Where it does not follow, they begin anew with it. */
  take(value: number, follows: boolean): number {
    const slots = this.#slots;
    const ring = this.#ring;
    if (!follows) {
      slots[AT] = 0;
      slots[COUNT] = 0;
    }
    const at = slots[AT] as number;
    let count = slots[COUNT] as number;
    if (count === ring.length) {
      this.#remove(ring[at] as number, count);
      count -= 1;
    }
    this.#insert(value, count);
    count += 1;
    ring[at] = value;
    slots[AT] = at + 1 === ring.length ? 0 : at + 1;
    slots[COUNT] = count;
    return this.#sorted[count >> 1] as number;
  }

  #remove(value: number, count: number): void {
    const sorted = this.#sorted;
    let at = 0;
    while (at < count - 1 && sorted[at] !== value) at += 1;
    for (; at < count - 1; at += 1) sorted[at] = sorted[at + 1] as number;
  }

  #insert(value: number, count: number): void {
    const sorted = this.#sorted;
    let at = count;
    for (; at > 0 && (sorted[at - 1] as number) > value; at -= 1) sorted[at] = sorted[at - 1] as number;
    sorted[at] = value;
  }
}
