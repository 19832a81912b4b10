/** What a value usually is at this time of the hour, the day or the week. */

import type { StateBlock } from "./state-block.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** A season: its bins divide its period, and its means are those of the last so many periods. */
export interface Season {
  readonly period: number;
  readonly bins: number;
  readonly memory: number;
  /** It is believed after so many periods. */
  readonly believedAfter: number;
}

/** What comes back each hour, such as a backwash. */
export const HOURLY: Season = { period: HOUR, bins: 30, memory: 72, believedAfter: 24 };
/** What the sun and people do each day. */
export const DAILY: Season = { period: DAY, bins: 48, memory: 8, believedAfter: 0 };
/** How days differ from each other. */
export const WEEKLY: Season = { period: 7 * DAY, bins: 168, memory: 8, believedAfter: 3 };

/** Where values come slowly, means are of at least so many of a bin. */
const MEMORY_VALUES = 50;

/** Usual values of one series by local wall time. Weeks begin where a multiple of seven days since 1970 does. */
export class SeasonalMean {
  readonly #season: Season;
  readonly #mean: Float64Array;
  readonly #count: Float32Array;

  constructor(state: StateBlock, season: Season) {
    this.#season = season;
    this.#mean = state.doubles(season.bins);
    this.#count = state.singles(season.bins);
  }

  /** What to expect of a value; NaN at a time not seen yet. Units: milliseconds, `local` of the wall clock. */
  expect(local: number): number {
    const bin = this.#toBin(local);
    return (this.#count[bin] as number) > 0 ? (this.#mean[bin] as number) : Number.NaN;
  }

  /** The same, but 0 as long as it is not believed. Units: as `learn`. */
  correct(local: number, every: number): number {
    const bin = this.#toBin(local);
    const visits = Math.max((this.#season.believedAfter * this.#season.period) / this.#season.bins / every, 2);
    return (this.#count[bin] as number) >= visits ? (this.#mean[bin] as number) : 0;
  }

  /** The same as `expect`, from the two nearest bins, so that a slope within a bin is no surprise. */
  interpolate(local: number): number {
    const { period, bins } = this.#season;
    const place = within(local, period) / (period / bins) - 0.5;
    const later = Math.floor(place) + 1;
    const share = place - later + 1;
    const first = later === 0 ? bins - 1 : later - 1;
    const second = later === bins ? 0 : later;
    if ((this.#count[first] as number) === 0 || (this.#count[second] as number) === 0) return Number.NaN;
    return (1 - share) * (this.#mean[first] as number) + share * (this.#mean[second] as number);
  }

  /** Learns a value; they come `every` so often. Units: milliseconds, `local` of the wall clock. */
  learn(local: number, value: number, every: number): void {
    const bin = this.#toBin(local);
    const { period, bins, memory } = this.#season;
    const most = Math.max(MEMORY_VALUES, (memory * period) / bins / every);
    const count = Math.min((this.#count[bin] as number) + 1, most);
    this.#count[bin] = count;
    const mean = this.#mean[bin] as number;
    this.#mean[bin] = mean + (value - mean) / count;
  }

  #toBin(local: number): number {
    const { period, bins } = this.#season;
    return Math.floor(within(local, period) / (period / bins));
  }
}

/** The time since the period began, whole milliseconds as they are: a part of a period would be rounded to its left. */
function within(local: number, period: number): number {
  const rest = Math.floor(local) % period;
  return rest < 0 ? rest + period : rest;
}
