/**
 * How rare a number is among those before it: minus log10 of the chance of one so far out, from one fading histogram
 * or from two, of which one remembers longer. Their surprises are added: what is rare in both counts twice.
 */

import { BINS, edgeOf, FadingHistogram, toBin } from "./fading-histogram.ts";
import type { StateBlock } from "./state-block.ts";

/** The last numbers by themselves: they place the grid, and the fade begins behind them. */
const RECENT = 48;

/** The middle half of all numbers is to cover so much of the grid; outside of this the grid is placed anew. */
const HALF_MIN = 0.15;
const HALF_MAX = 10;
const BEYOND_MAX = 0.02;

/** How much finer or coarser a grid may become at a time. */
const RESCALE_MAX = 8;

/** A finer grid still reaches so far: two states may be far apart, and each of them quiet. */
const SPREAD_MAX = 2e4;

/** Fewer different numbers than this among the last ones need no finer grid. */
const DIFFERENT = 8;

/** Least scale, as a part of the middle and by itself: doubles know no finer one. */
const SCALE_PART_MIN = 1e-9;
const SCALE_MIN = 1e-290;

const SEEN = 0;
const MIDDLE = 1;
const SCALE = 2;
const SLOTS = 3;

const sorted = new Float64Array(RECENT);
const first = new Int32Array(BINS);
const last = new Int32Array(BINS);
const recentBins = new Int32Array(RECENT);
const recentEnds = new Int32Array(RECENT);

/** The rank of one quantity. */
export class TailRank {
  readonly #slots: Float64Array;
  readonly #recent: Float64Array;
  readonly #isLagging: boolean;
  readonly #near: FadingHistogram;
  readonly #far: FadingHistogram | undefined;

  /**
   * `memories`: 1 or 2 histograms, or one that lags: it learns what is some forty numbers old, so that what grows
   * slowly does not teach it what it grows to.
   */
  constructor(state: StateBlock, memories: 1 | 2 | "lagging") {
    this.#isLagging = memories === "lagging";
    this.#slots = state.doubles(SLOTS);
    this.#slots[SCALE] = 1;
    this.#recent = state.doubles(RECENT);
    this.#near = new FadingHistogram(state);
    this.#far = memories === 2 ? new FadingHistogram(state) : undefined;
  }

  /** How many numbers it has learned, those it has forgotten included. */
  get seen(): number {
    return this.#slots[SEEN] as number;
  }

  /** From 0 for a constant to 1 for what takes on many different values. */
  get variety(): number {
    return this.#near.variety;
  }

  /** 1 where the last number was above the middle of those before it, -1 below. */
  get side(): number {
    return this.#near.side;
  }

  /**
   * Gives minus log10 of the chance of a number so far out on either side, 0 for an ordinary one or while learning, and
   * learns it. Of two memories it gives the sum. What lies `near` or `far` numbers back counts for a third in them.
   */
  take(x: number, near: number, far = near): number {
    const slots = this.#slots;
    const seen = slots[SEEN] as number;
    const leaving = this.#recent[seen % RECENT] as number;
    this.#recent[seen % RECENT] = x;
    slots[SEEN] = seen + 1;
    if (seen < RECENT) {
      if (seen === RECENT - 1) this.#begin(near, far);
      return 0;
    }
    // Beyond the grid nobody knows how far out others were: there all is equally far.
    const position = Math.min(Math.max(this.#toPosition(x), edgeOf(0)), edgeOf(BINS));
    const bin = toBin(position);
    let surprise = this.#near.surprise(bin, position);
    if (!this.#isLagging) this.#near.add(bin, near);
    else if (seen >= 2 * RECENT) this.#near.add(toBin(this.#toPosition(leaving)), near);
    if (this.#far !== undefined) {
      surprise += this.#far.surprise(bin, position);
      this.#far.add(bin, far);
    }
    if (seen % RECENT === RECENT - 1) this.#survey();
    return surprise;
  }

  /** The number below which a part of what was learned lies, in the longer memory; NaN while learning. */
  quantile(part: number): number {
    if ((this.#slots[SEEN] as number) < RECENT) return Number.NaN;
    return this.#toNumber((this.#far ?? this.#near).quantile(part));
  }

  #toNumber(position: number): number {
    return (this.#slots[MIDDLE] as number) + (this.#slots[SCALE] as number) * position;
  }

  #toPosition(x: number): number {
    return (x - (this.#slots[MIDDLE] as number)) / (this.#slots[SCALE] as number);
  }

  #begin(near: number, far: number): void {
    this.#placeByRecent();
    for (let index = 0; index < RECENT; index += 1) {
      const bin = toBin(this.#toPosition(this.#recent[index] as number));
      this.#near.add(bin, near);
      this.#far?.add(bin, far);
    }
    this.#surveyAll();
    this.#surveyAll();
  }

  #surveyAll(): void {
    this.#near.survey();
    this.#far?.survey();
  }

  #survey(): void {
    const near = this.#near;
    const slots = this.#slots;
    const middle = slots[MIDDLE] as number;
    const scale = slots[SCALE] as number;
    const half = (near.quantile(0.75) - near.quantile(0.25)) / 2;
    if (near.beyond > BEYOND_MAX) {
      this.#placeByRecent();
      this.#move(middle, scale);
    } else if (half > HALF_MAX || (half < HALF_MIN && this.#differ() >= DIFFERENT)) {
      const least = Math.max(1 / RESCALE_MAX, near.spread / SPREAD_MAX);
      const factor = Math.min(Math.max(half, least), RESCALE_MAX);
      if (factor < 0.5 || factor > 1) {
        this.#place(this.#toNumber(near.quantile(0.5)), scale * factor);
        this.#move(middle, scale);
      }
    }
    this.#surveyAll();
  }

  /** How many different numbers there are among the last ones. */
  #differ(): number {
    sorted.set(this.#recent);
    sorted.sort();
    let count = 1;
    for (let index = 1; index < RECENT; index += 1) if (sorted[index] !== sorted[index - 1]) count += 1;
    return count;
  }

  #placeByRecent(): void {
    sorted.set(this.#recent);
    sorted.sort();
    let half = ((sorted[(RECENT * 3) / 4] as number) - (sorted[RECENT / 4] as number)) / 2;
    if (half <= 0) half = ((sorted[RECENT - 1] as number) - (sorted[0] as number)) / 8;
    this.#place(sorted[RECENT / 2] as number, half);
  }

  #place(middle: number, scale: number): void {
    this.#slots[MIDDLE] = middle;
    this.#slots[SCALE] = Math.max(scale, Math.abs(middle) * SCALE_PART_MIN, SCALE_MIN);
  }

  /** Moves what was learned on an old grid to the present one. */
  #move(middle: number, scale: number): void {
    for (let bin = 1; bin < BINS - 1; bin += 1) {
      const low = middle + scale * edgeOf(bin);
      const high = middle + scale * edgeOf(bin + 1);
      const from = toBin(this.#toPosition(low));
      const to = toBin(this.#toPosition(high));
      const only = toBin(this.#toPosition(low + (high - low) / 2));
      first[bin] = to - from < 2 ? only : from;
      last[bin] = to - from < 2 ? only : to;
    }
    for (let index = 0; index < RECENT; index += 1) {
      const x = this.#recent[index] as number;
      recentEnds[index] = toBin((x - middle) / scale);
      recentBins[index] = toBin(this.#toPosition(x));
    }
    this.#near.move(first, last, recentBins, recentEnds);
    this.#far?.move(first, last, recentBins, recentEnds);
  }
}
