/** How far the last values spread: nothing where a sensor is stuck, much where something swings. */

import type { StateBlock } from "./state-block.ts";

/** So many values are looked at. */
const LENGTH = 30;

/** What is usual fades as slowly as this; below a part of it everything is still. */
const USUAL = 2000;
const STILL = 0.02;

const AT = 0;
const COUNT = 1;
const USUAL_SPREAD = 2;
const SURVEYS = 3;
const SLOTS = 4;

/** The roughness of one series. */
export class Roughness {
  readonly #slots: Float64Array;
  readonly #ring: Float64Array;

  constructor(state: StateBlock) {
    this.#slots = state.doubles(SLOTS);
    this.#ring = state.doubles(LENGTH);
  }

  /** Takes a value. Where it does not follow, the last ones begin anew with it. */
  take(value: number, follows: boolean): void {
    const slots = this.#slots;
    const at = follows ? (slots[AT] as number) : 0;
    this.#ring[at] = value;
    slots[AT] = at + 1 === LENGTH ? 0 : at + 1;
    slots[COUNT] = follows ? Math.min((slots[COUNT] as number) + 1, LENGTH) : 1;
  }

  /** The present spread beside the usual one, as a logarithm: 0 is usual, -3.9 still; NaN where nobody knows. */
  survey(): number {
    const slots = this.#slots;
    const ring = this.#ring;
    if ((slots[COUNT] as number) < LENGTH) return Number.NaN;
    let mean = 0;
    for (let index = 0; index < LENGTH; index += 1) mean += (ring[index] as number) / LENGTH;
    let variance = 0;
    for (let index = 0; index < LENGTH; index += 1) variance += ((ring[index] as number) - mean) ** 2 / LENGTH;
    const spread = Math.sqrt(variance);
    const surveys = Math.min((slots[SURVEYS] as number) + 1, USUAL);
    slots[SURVEYS] = surveys;
    const usual = (slots[USUAL_SPREAD] as number) + (spread - (slots[USUAL_SPREAD] as number)) / surveys;
    slots[USUAL_SPREAD] = usual;
    return usual > 0 && usual < Number.POSITIVE_INFINITY ? Math.log(spread / usual + STILL) : Number.NaN;
  }
}
