/** What a value usually is at this time of the day. */

import type { StateBlock } from "./state-block.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const DAY_BINS = 48;

/** What is usual is the mean of this time, or of so many values of a bin where they come slowly. */
const MEMORY = 8 * DAY;
const MEMORY_VALUES = 50;

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

  /** The same from the two nearest bins, so that a slope within a bin is no surprise. Units: as `expect`. */
  interpolate(local: number): number {
    const place = (local / DAY - Math.floor(local / DAY)) * DAY_BINS - 0.5;
    const later = Math.floor(place) + 1;
    const share = place - later + 1;
    const first = later === 0 ? DAY_BINS - 1 : later - 1;
    const second = later === DAY_BINS ? 0 : later;
    if ((this.#count[first] as number) === 0 || (this.#count[second] as number) === 0) return Number.NaN;
    return (1 - share) * (this.#mean[first] as number) + share * (this.#mean[second] as number);
  }

  /** Learns a value; they come `every` so often. Units: milliseconds, `local` of the wall clock. */
  learn(local: number, value: number, every: number): void {
    const bin = toBin(local, DAY, DAY_BINS);
    const visits = (this.#count[bin] as number) + 1;
    const memory = Math.max(MEMORY_VALUES, MEMORY / DAY_BINS / every);
    const count = Math.min(visits, memory);
    this.#count[bin] = count;
    const mean = this.#mean[bin] as number;
    this.#mean[bin] = mean + (value - mean) / count;
  }
}

function toBin(local: number, period: number, bins: number): number {
  const phase = local / period;
  const bin = Math.floor((phase - Math.floor(phase)) * bins);
  return bin < bins ? bin : bins - 1;
}
