/**
 * How often what was seen, on a grid that is fine in the middle and wide far out; what is older counts less and less.
 *
 * The grid is even in asinh of a number, so a few hundred bins hold any spread. Positions on it are numbers that were
 * moved and scaled beforehand, by `TailRank`, so that half of them lie between about -1 and 1.
 */

import type { StateBlock } from "./state-block.ts";

/** Bins of a grid; the first and the last hold what is beyond it. */
export const BINS = 320;
const BLOCK = 16;
const BLOCKS = BINS / BLOCK;
const WIDTH = 0.075;
const HALF = (BINS * WIDTH) / 2;

/** The tail whose form is continued beyond what was seen. */
const TAIL = 0.05;

/**
 * How heavy a tail is, as long as little was seen of it: those of load, traffic and counts are heavier, those of noise
 * lighter. What was seen counts against so many numbers that were as heavy as this.
 */
const HEAVINESS = 0.25;
const HEAVINESS_KNOWN = 200;
const HEAVINESS_MIN = 0.05;
const HEAVINESS_MAX = 0.8;

/** A tail is at least so wide, as a part of all that was seen: a deadband has none of its own. */
const FLOOR = 0.02;

/** Fewer different numbers than this say little of what others there may be: a valve that opens once a week. */
const VARIETY = 8;

/** Masses are brought down when what one number weighs has grown to this. */
const WEIGHT_MAX = 2 ** 20;

/** Less than this part of one number is forgotten. */
const FORGOTTEN = 1e-6;

/** What is spread over is what is not nearly forgotten. */
const REMEMBERED = 0.05;

const LOG2 = Math.log10(2);

const TOTAL = 0;
const WEIGHT = 1;
const SPREAD = 2;
const VARIETY_NOW = 3;
const VARIETY_BEFORE = 4;
const SLOTS = 5;

const edges = Float64Array.from({ length: BINS + 1 }, (_, bin) => Math.sinh(bin * WIDTH - HALF));
const middles = Float64Array.from({ length: BINS }, (_, bin) => Math.sinh((bin + 0.5) * WIDTH - HALF));
const moved = new Float64Array(BINS);

/** Finds the bin of a position on the grid. */
export function toBin(position: number): number {
  const bin = ((toArsinh(position) + HALF) / WIDTH) | 0;
  return bin < 0 ? 0 : bin >= BINS ? BINS - 1 : bin;
}

/** Several times as fast as `Math.asinh`, and exact enough for bins; what is far beyond the grid stays beyond it. */
function toArsinh(x: number): number {
  if (x < 0) return x < -1e9 ? -21 : -Math.log(Math.sqrt(x * x + 1) - x);
  return x > 1e9 ? 21 : Math.log(Math.sqrt(x * x + 1) + x);
}

/** Gives the lower edge of a bin, or for the number of bins the upper edge of the last. */
export function edgeOf(bin: number): number {
  return edges[bin] as number;
}

/** One fading histogram. */
export class FadingHistogram {
  readonly #slots: Float64Array;
  readonly #bins: Float32Array;
  readonly #blocks: Float64Array;
  /** 1 where the last position judged was above the middle of what was seen, -1 below. */
  side = 0;

  constructor(state: StateBlock) {
    this.#slots = state.doubles(SLOTS);
    this.#bins = state.singles(BINS);
    this.#blocks = state.doubles(BLOCKS);
    this.#slots[WEIGHT] = 1;
  }

  /** From 0 for a constant to 1 for what takes on many different values. */
  get variety(): number {
    return Math.min(this.#slots[VARIETY_NOW] as number, this.#slots[VARIETY_BEFORE] as number);
  }

  /** Adds a number; what lies `horizon` numbers back counts for a third. */
  add(bin: number, horizon: number): void {
    const slots = this.#slots;
    const weight = (slots[WEIGHT] as number) / (1 - 1 / horizon);
    slots[WEIGHT] = weight;
    this.#bins[bin] = (this.#bins[bin] as number) + weight;
    const block = (bin / BLOCK) | 0;
    this.#blocks[block] = (this.#blocks[block] as number) + weight;
    slots[TOTAL] = (slots[TOTAL] as number) + weight;
    if (weight > WEIGHT_MAX) this.#lighten(weight);
  }

  /** Minus log10 of the chance of a number so far out on either side; 0 for an ordinary one. */
  surprise(bin: number, position: number): number {
    const total = this.#slots[TOTAL] as number;
    const below = this.#below(bin);
    const own = this.#bins[bin] as number;
    const above = total - below - own;
    const rank = above < below ? above + own : below + own;
    this.side = above < below ? 1 : -1;
    if (2 * rank >= total) return 0;
    if (rank > TAIL * total) return -Math.log10((2 * rank) / total);
    const surprise = above < below ? this.#beyondTop(position) : this.#beyondBottom(position);
    return surprise > LOG2 ? (surprise - LOG2) * this.variety : 0;
  }

  /** The position below which a part of what was seen lies. */
  quantile(part: number): number {
    const bins = this.#bins;
    let rest = part * (this.#slots[TOTAL] as number);
    let block = 0;
    while (block < BLOCKS - 1 && (this.#blocks[block] as number) <= rest) {
      rest -= this.#blocks[block] as number;
      block += 1;
    }
    let bin = block * BLOCK;
    const last = bin + BLOCK - 1;
    while (bin < last && (bins[bin] as number) <= rest) {
      rest -= bins[bin] as number;
      bin += 1;
    }
    const own = bins[bin] as number;
    const inside = own > 0 ? Math.min(Math.max(rest, 0) / own, 1) : 0.5;
    return (edges[bin] as number) + inside * ((edges[bin + 1] as number) - (edges[bin] as number));
  }

  /** The part of what was seen that lies beyond the grid. */
  get beyond(): number {
    return ((this.#bins[0] as number) + (this.#bins[BINS - 1] as number)) / (this.#slots[TOTAL] as number);
  }

  /** How far all that was seen lies apart, on the grid. */
  get spread(): number {
    return (this.#slots[SPREAD] as number) / FLOOR;
  }

  /** Now and then: how many different numbers there are, and how far they spread. */
  survey(): void {
    const slots = this.#slots;
    const bins = this.#bins;
    const least = REMEMBERED * (slots[WEIGHT] as number);
    let variety = 0;
    let low = BINS;
    let high = 0;
    for (let bin = 0; bin < BINS; bin += 1) {
      if ((bins[bin] as number) < least) continue;
      variety += 1;
      if (low === BINS) low = bin;
      high = bin;
    }
    slots[VARIETY_BEFORE] = slots[VARIETY_NOW] as number;
    slots[VARIETY_NOW] = variety > 1 ? Math.min((variety - 1) / (VARIETY - 1), 1) : 0;
    slots[SPREAD] = low < high ? FLOOR * ((middles[high] as number) - (middles[low] as number)) : 0;
  }

  /**
   * Moves everything to another grid: `first` and `last` say of each bin which ones it goes to, in equal parts. What
   * lay beyond goes to the bins `recent` of the last numbers that lay beyond the same of the `ends`, or stays beyond.
   */
  move(first: Int32Array, last: Int32Array, recent: Int32Array, ends: Int32Array): void {
    const bins = this.#bins;
    moved.fill(0);
    for (let bin = 1; bin < BINS - 1; bin += 1) {
      const mass = bins[bin] as number;
      if (mass <= 0) continue;
      const from = first[bin] as number;
      const to = last[bin] as number;
      for (let at = from; at <= to; at += 1) moved[at] = (moved[at] as number) + mass / (to - from + 1);
    }
    for (const end of [0, BINS - 1]) {
      const mass = bins[end] as number;
      let count = 0;
      for (let index = 0; index < ends.length; index += 1) if (ends[index] === end) count += 1;
      if (count === 0) moved[end] = (moved[end] as number) + mass;
      for (let index = 0; index < ends.length; index += 1) {
        const at = recent[index] as number;
        if (ends[index] === end) moved[at] = (moved[at] as number) + mass / count;
      }
    }
    bins.set(moved);
    this.#sum();
  }

  #below(bin: number): number {
    const block = (bin / BLOCK) | 0;
    let sum = 0;
    for (let index = 0; index < block; index += 1) sum += this.#blocks[index] as number;
    for (let index = block * BLOCK; index < bin; index += 1) sum += this.#bins[index] as number;
    return sum;
  }

  /** The tail is what lies above the bin with which it would be more than a twentieth. */
  #beyondTop(position: number): number {
    const bins = this.#bins;
    const room = TAIL * (this.#slots[TOTAL] as number);
    let mass = 0;
    let moment = 0;
    let outerMass = 0;
    let outerMoment = 0;
    let bin = BINS - 1;
    for (; bin > 0; bin -= 1) {
      if (bin % BLOCK === BLOCK - 1 && (this.#blocks[(bin / BLOCK) | 0] as number) <= 0) {
        bin -= BLOCK - 1;
        continue;
      }
      const own = bins[bin] as number;
      if (mass + own > room) break;
      const outer = own * (mass + own / 2);
      outerMass += outer;
      outerMoment += outer * (middles[bin] as number);
      mass += own;
      moment += own * (middles[bin] as number);
    }
    const edge = edges[bin + 1] as number;
    return this.#tail(position - edge, mass, moment - edge * mass, outerMoment - edge * outerMass);
  }

  #beyondBottom(position: number): number {
    const bins = this.#bins;
    const room = TAIL * (this.#slots[TOTAL] as number);
    let mass = 0;
    let moment = 0;
    let outerMass = 0;
    let outerMoment = 0;
    let bin = 0;
    for (; bin < BINS - 1; bin += 1) {
      if (bin % BLOCK === 0 && (this.#blocks[bin / BLOCK] as number) <= 0) {
        bin += BLOCK - 1;
        continue;
      }
      const own = bins[bin] as number;
      if (mass + own > room) break;
      const outer = own * (mass + own / 2);
      outerMass += outer;
      outerMoment += outer * (middles[bin] as number);
      mass += own;
      moment += own * (middles[bin] as number);
    }
    const edge = edges[bin] as number;
    return this.#tail(edge - position, mass, edge * mass - moment, edge * outerMass - outerMoment);
  }

  /**
   * `beyond` the edge of a tail of a `mass`, of which the excesses over the edge add up to `excess`, and to `outer`
   * where each is weighed with what lies further out.
   *
   * Source: Hosking and Wallis, Parameter and quantile estimation for the generalized Pareto distribution, 1987.
   */
  #tail(beyond: number, mass: number, excess: number, outer: number): number {
    const slots = this.#slots;
    const weight = slots[WEIGHT] as number;
    const chance = (mass + weight) / ((slots[TOTAL] as number) + weight);
    const least = slots[SPREAD] as number;
    const mean = mass > 0 ? Math.max(excess / mass, least) : least;
    if (!(beyond > 0 && mean > 0)) return -Math.log10(chance);
    let heaviness = HEAVINESS;
    if (mass > 0) {
      const inner = excess / mass - (2 * outer) / (mass * mass);
      const seen = inner > 0 ? Math.max(2 - excess / mass / inner, -0.5) : -0.5;
      const count = mass / weight;
      heaviness = (HEAVINESS_KNOWN * HEAVINESS + count * seen) / (HEAVINESS_KNOWN + count);
      heaviness = Math.min(Math.max(heaviness, HEAVINESS_MIN), HEAVINESS_MAX);
    }
    return Math.log10(1 + (heaviness * beyond) / (mean * (1 - heaviness))) / heaviness - Math.log10(chance);
  }

  /** Weights grow instead of masses fading, which would touch every bin each time. */
  #lighten(by: number): void {
    const bins = this.#bins;
    for (let bin = 0; bin < BINS; bin += 1) {
      const mass = (bins[bin] as number) / by;
      bins[bin] = mass > FORGOTTEN ? mass : 0;
    }
    this.#slots[WEIGHT] = (this.#slots[WEIGHT] as number) / by;
    this.#sum();
  }

  #sum(): void {
    let total = 0;
    for (let block = 0; block < BLOCKS; block += 1) {
      let sum = 0;
      for (let bin = block * BLOCK; bin < (block + 1) * BLOCK; bin += 1) sum += this.#bins[bin] as number;
      this.#blocks[block] = sum;
      total += sum;
    }
    this.#slots[TOTAL] = total;
  }
}
