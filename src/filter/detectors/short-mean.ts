/** The mean of the last few values, without those before a gap. */

import type { StateBlock } from "./state-block.ts";

const AT = 0;
const COUNT = 1;

/** A short mean of one series. */
export class ShortMean {
  readonly #slots: Float64Array;
  readonly #ring: Float64Array;

  constructor(state: StateBlock, length: number) {
    this.#slots = state.doubles(2);
    this.#ring = state.doubles(length);
  }

  /** Takes a value and gives the mean of the last ones. Where it does not follow, they begin anew with it. */
  take(value: number, follows: boolean): number {
    const slots = this.#slots;
    const ring = this.#ring;
    if (!follows) {
      slots[AT] = 0;
      slots[COUNT] = 0;
    }
    let at = slots[AT] as number;
    ring[at] = value;
    at += 1;
    if (at === ring.length) at = 0;
    slots[AT] = at;
    const count = Math.min((slots[COUNT] as number) + 1, ring.length);
    slots[COUNT] = count;
    // Summed anew each time: a running sum would keep what 1e300 has rounded away.
    let mean = 0;
    for (let index = 0; index < count; index += 1) mean += (ring[index] as number) / count;
    return mean;
  }
}
