/** How large something was lately: the mean of the last few numbers, or how far they spread. */

import type { StateBlock } from "./state-block.ts";

const COUNT = 0;
const GATHERED = 1;
const SUM = 2;
const SLOTS = 3;

/** The size of what came last of one quantity. */
export class RecentSize {
  readonly #slots: Float64Array;
  readonly #ring: Float64Array;
  readonly #isSpread: boolean;
  readonly #gather: number;

  /** Looks at so many numbers, each the mean of `gather` that came. */
  constructor(state: StateBlock, of: "mean" | "spread", { length, gather = 1 }: { length: number; gather?: number }) {
    this.#slots = state.doubles(SLOTS);
    this.#ring = state.doubles(length);
    this.#isSpread = of === "spread";
    this.#gather = gather;
  }

  /** Takes a number, and gives the size; NaN where it is not known yet, or not due. After a gap all begins anew. */
  take(x: number, follows: boolean): number {
    const slots = this.#slots;
    const ring = this.#ring;
    if (!follows) slots.fill(0);
    slots[SUM] = (slots[SUM] as number) + x / this.#gather;
    slots[GATHERED] = (slots[GATHERED] as number) + 1;
    if ((slots[GATHERED] as number) < this.#gather) return Number.NaN;
    const count = slots[COUNT] as number;
    ring[count % ring.length] = slots[SUM] as number;
    slots[COUNT] = count + 1 < 2 * ring.length ? count + 1 : ring.length;
    slots.fill(0, GATHERED);
    return count + 1 < ring.length ? Number.NaN : this.#measure();
  }

  #measure(): number {
    const { length } = this.#ring;
    let mean = 0;
    for (let index = 0; index < length; index += 1) mean += (this.#ring[index] as number) / length;
    if (!this.#isSpread) return mean;
    let variance = 0;
    for (let index = 0; index < length; index += 1) variance += ((this.#ring[index] as number) - mean) ** 2 / length;
    return Math.sqrt(variance);
  }
}
