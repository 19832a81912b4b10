/** What a number kept to in the last week, by half days. What is younger than half a day does not count yet. */

import type { StateBlock } from "./state-block.ts";

const HALF_DAY = 43_200_000;
const HALF_DAYS = 15;

/** After a week what goes beyond moves the range by so much of its width at most: a fault is not ordinary at once. */
const GROWTH = 1;

const LOWS = 0;
const HIGHS = HALF_DAYS;
const AT = 2 * HALF_DAYS;
const BEGUN = AT + 1;
const PASSED = AT + 2;
const SLOTS = AT + 3;

/** The range of one number. */
export class PastRange {
  readonly #slots: Float64Array;
  readonly #known: number;
  readonly #unitMin: number;
  readonly #unit: number | undefined;

  /**
   * `known` is how many half days it sees before it says anything. Distances are measured in widths of the range, which
   * counts as no narrower than `unitMin`, or in a `unit` that is stated.
   */
  constructor(
    state: StateBlock,
    { known, unitMin = 0, unit }: { known: number; unitMin?: number; unit?: number | undefined },
  ) {
    this.#slots = state.doubles(SLOTS);
    this.#slots[BEGUN] = Number.NaN;
    this.#known = known;
    this.#unitMin = unitMin;
    this.#unit = unit;
  }

  /** How much of the past is known, from 0 to 1 for all that it keeps. */
  get known(): number {
    return (this.#slots[PASSED] as number) / (HALF_DAYS - 1);
  }

  /**
   * Gives how far a number is above the range, below it as a negative number, 0 within or while too little is known;
   * then learns it. NaN is passed over. Units: `at` in milliseconds, widths of the range out.
   */
  take(at: number, x: number): number {
    if (!Number.isFinite(x)) return 0;
    const slots = this.#slots;
    if (!(Math.abs(at - (slots[BEGUN] as number)) < HALF_DAY)) this.#turn(at);
    const now = slots[AT] as number;
    const passed = slots[PASSED] as number;
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    for (let back = 2; back <= passed; back += 1) {
      const then = (now - back + HALF_DAYS) % HALF_DAYS;
      low = Math.min(low, slots[LOWS + then] as number);
      high = Math.max(high, slots[HIGHS + then] as number);
    }
    // What never differed is no measure.
    const unit = this.#unit ?? (high > low ? Math.max(high - low, this.#unitMin) : 0);
    const isKnown = passed >= this.#known && high >= low && unit > 0 && unit < Number.POSITIVE_INFINITY;
    const beyond = !isKnown ? 0 : x > high ? (x - high) / unit : x < low ? (x - low) / unit : 0;
    const growth = passed < HALF_DAYS - 1 ? Number.POSITIVE_INFINITY : GROWTH;
    const kept = beyond > growth ? high + growth * unit : beyond < -growth ? low - growth * unit : x;
    slots[LOWS + now] = Math.min(slots[LOWS + now] as number, kept);
    slots[HIGHS + now] = Math.max(slots[HIGHS + now] as number, kept);
    return beyond;
  }

  #turn(at: number): void {
    const slots = this.#slots;
    if (!Number.isNaN(slots[BEGUN])) {
      slots[AT] = ((slots[AT] as number) + 1) % HALF_DAYS;
      slots[PASSED] = Math.min((slots[PASSED] as number) + 1, HALF_DAYS - 1);
    }
    slots[BEGUN] = at;
    slots[LOWS + (slots[AT] as number)] = Number.POSITIVE_INFINITY;
    slots[HIGHS + (slots[AT] as number)] = Number.NEGATIVE_INFINITY;
  }
}
