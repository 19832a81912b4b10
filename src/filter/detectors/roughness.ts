/** How far values spread from one moment to the next: nothing where a sensor is stuck, much where something swings. */

import type { StateBlock } from "./state-block.ts";

/** So many values are looked at. */
const LENGTH = 36;

/** What is usual fades as slowly as this; below a part of it everything is still. */
const USUAL = 2000;
const STILL = 0.02;

const MEAN = 0;
const VARIANCE = 1;
const USUAL_SPREAD = 2;
const COUNT = 3;
const SLOTS = 4;

/** The roughness of one series. */
export class Roughness {
  readonly #slots: Float64Array;

  constructor(state: StateBlock) {
    this.#slots = state.doubles(SLOTS);
  }

  /** Takes a value. Where it does not follow, the last few begin anew with it. */
  take(value: number, follows: boolean): void {
    const slots = this.#slots;
    const count = slots[COUNT] as number;
    if (count === 0 || !follows) slots[MEAN] = value;
    const weight = 1 / Math.min(count + 1, LENGTH);
    const away = value - (slots[MEAN] as number);
    slots[MEAN] = (slots[MEAN] as number) + weight * away;
    slots[VARIANCE] = (1 - weight) * ((slots[VARIANCE] as number) + weight * away * away);
    slots[COUNT] = Math.min(count + 1, USUAL);
    const spread = Math.sqrt(slots[VARIANCE] as number);
    const usual = slots[USUAL_SPREAD] as number;
    slots[USUAL_SPREAD] = usual + (spread - usual) / Math.min(count + 1, USUAL);
  }

  /** The present spread beside the usual one, as a logarithm: 0 is usual, -3.9 still; 0 as long as nothing moved. */
  get relative(): number {
    const usual = this.#slots[USUAL_SPREAD] as number;
    return usual > 0 ? Math.log(Math.sqrt(this.#slots[VARIANCE] as number) / usual + STILL) : 0;
  }
}
