/** What a value usually is at this time of the day. */

import type { StateBlock } from "./state-block.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const DAY_BINS = 48;

/** So many values of a bin count, at most: with a value each 5 minutes those of the last eight days. */
const MEMORY = 50;

const SLOW = 0;
const COUNT = 1;

/** Usual values of one series by local wall time. */
export class SeasonalMean {
  readonly #slow: Float64Array;
  readonly #mean: Float64Array;
  readonly #count: Float32Array;

  constructor(state: StateBlock) {
    this.#slow = state.doubles(2);
    this.#mean = state.doubles(DAY_BINS);
    this.#count = state.singles(DAY_BINS);
  }

  /** What to expect of a value. Units: `local` in milliseconds of the wall clock. */
  expect(local: number, value: number): number {
    const bin = toBin(local, DAY, DAY_BINS);
    if ((this.#count[bin] as number) > 0) return this.#mean[bin] as number;
    return (this.#slow[COUNT] as number) > 0 ? (this.#slow[SLOW] as number) : value;
  }

  /** Learns a value. Units: `local` in milliseconds of the wall clock. */
  learn(local: number, value: number): void {
    const bin = toBin(local, DAY, DAY_BINS);
    const visits = (this.#count[bin] as number) + 1;
    this.#count[bin] = Math.min(visits, MEMORY);
    const mean = this.#mean[bin] as number;
    this.#mean[bin] = mean + (value - mean) / Math.min(visits, MEMORY);
    const slow = this.#slow;
    const count = Math.min((slow[COUNT] as number) + 1, 500);
    slow[COUNT] = count;
    slow[SLOW] = (slow[SLOW] as number) + (value - (slow[SLOW] as number)) / count;
  }
}

function toBin(local: number, period: number, bins: number): number {
  const phase = local / period;
  const bin = Math.floor((phase - Math.floor(phase)) * bins);
  return bin < bins ? bin : bins - 1;
}
