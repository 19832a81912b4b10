/** What a value usually is at this time of the day. */

import type { StateBlock } from "./state-block.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const DAY_BINS = 48;

/** So many values of a bin count, at most: with a value each 5 minutes those of the last eight days. */
const MEMORY = 50;

/** Usual values of one series by local wall time. */
export class SeasonalMean {
  readonly #mean: Float64Array;
  readonly #count: Float32Array;

  constructor(state: StateBlock) {
    this.#mean = state.doubles(DAY_BINS);
    this.#count = state.singles(DAY_BINS);
  }

  /** What to expect of a value; NaN at a time of the day that was not seen yet. Units: `local` in milliseconds. */
  expect(local: number): number {
    const bin = toBin(local, DAY, DAY_BINS);
    return (this.#count[bin] as number) > 0 ? (this.#mean[bin] as number) : Number.NaN;
  }

  /** Learns a value. Units: `local` in milliseconds of the wall clock. */
  learn(local: number, value: number): void {
    const bin = toBin(local, DAY, DAY_BINS);
    const visits = (this.#count[bin] as number) + 1;
    this.#count[bin] = Math.min(visits, MEMORY);
    const mean = this.#mean[bin] as number;
    this.#mean[bin] = mean + (value - mean) / Math.min(visits, MEMORY);
  }
}

function toBin(local: number, period: number, bins: number): number {
  const phase = local / period;
  const bin = Math.floor((phase - Math.floor(phase)) * bins);
  return bin < bins ? bin : bins - 1;
}
