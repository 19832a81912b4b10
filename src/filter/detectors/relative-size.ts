/** How large something is beside what it usually is, as a logarithm: of the mean of a few, or of their spread. */

import type { StateBlock } from "./state-block.ts";

/** What is usual fades as slowly as this; a part of it is too little to be told from nothing. */
const USUAL = 1000;
const NOTHING = 0.02;

const COUNT = 0;
const USUAL_SIZE = 1;
const SURVEYS = 2;
const GATHERED = 3;
const SUM = 4;
const SLOTS = 5;

/** The size of what came last of one quantity. */
export class RelativeSize {
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
    if (!follows) slots.fill(0, GATHERED, SUM + 1);
    if (!follows) slots[COUNT] = 0;
    slots[SUM] = (slots[SUM] as number) + x / this.#gather;
    slots[GATHERED] = (slots[GATHERED] as number) + 1;
    if ((slots[GATHERED] as number) < this.#gather) return Number.NaN;
    const count = slots[COUNT] as number;
    ring[count % ring.length] = slots[SUM] as number;
    slots[COUNT] = count + 1 < 2 * ring.length ? count + 1 : ring.length;
    slots.fill(0, GATHERED, SUM + 1);
    return count + 1 < ring.length ? Number.NaN : this.#compare();
  }

  #compare(): number {
    const slots = this.#slots;
    const { length } = this.#ring;
    let mean = 0;
    for (let index = 0; index < length; index += 1) mean += (this.#ring[index] as number) / length;
    let size = mean;
    if (this.#isSpread) {
      let variance = 0;
      for (let index = 0; index < length; index += 1) variance += ((this.#ring[index] as number) - mean) ** 2 / length;
      size = Math.sqrt(variance);
    }
    const surveys = Math.min((slots[SURVEYS] as number) + 1, USUAL);
    slots[SURVEYS] = surveys;
    const usual = (slots[USUAL_SIZE] as number) + (size - (slots[USUAL_SIZE] as number)) / surveys;
    if (!(usual < Number.POSITIVE_INFINITY)) return Number.NaN;
    slots[USUAL_SIZE] = usual;
    return usual > 0 ? Math.log(size / usual + NOTHING) : Number.NaN;
  }
}
