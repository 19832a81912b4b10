/**
 * How rare a number is among those before it, from a fading histogram: minus log10 of the chance of one so far out.
 *
 * The bins are even in asinh of the distance from the middle: fine where most numbers lie and wide far out, so that a
 * few hundred hold any spread. Beyond the last twentieth the chance falls off exponentially in that scale, which is a
 * power law far out: a number far beyond all others is rarer than one just beyond them.
 */

import type { StateBlock } from "./state-block.ts";

const BINS = 320;
const BLOCK = 16;
const BLOCKS = BINS / BLOCK;
const WIDTH = 0.075;
const HALF = (BINS * WIDTH) / 2;

/** The last numbers by themselves: they place the grid, and the fade begins behind them. */
const RECENT = 64;

/** The tail whose form is extrapolated. */
const TAIL = 0.05;

/** A tail is at least so wide, as a part of the spread of nearly all numbers: a deadband has none of its own. */
const FLOOR = 0.015;

/** With fewer different numbers than this, what is rare is not yet odd: a valve that opens once a week. */
const VARIETY = 8;

/** Masses are brought down when what one number weighs has grown to this. */
const WEIGHT_MAX = 2 ** 20;

const LOG2 = Math.log10(2);

const SEEN = 0;
const TOTAL = 1;
const WEIGHT = 2;
const MIDDLE = 3;
const SCALE = 4;
const VARIETY_SEEN = 5;
const SPREAD = 6;
const SLOTS = 7;

const sorted = new Float64Array(RECENT);
const remapped = new Float64Array(BINS);

/** The histogram of one quantity. */
export class TailRank {
  readonly #slots: Float64Array;
  readonly #recent: Float64Array;
  readonly #bins: Float32Array;
  readonly #blocks: Float64Array;
  /** 1 where the last number judged was above the middle of those before it, -1 below. */
  side = 0;

  constructor(state: StateBlock) {
    this.#slots = state.doubles(SLOTS);
    this.#recent = state.doubles(RECENT);
    this.#bins = state.singles(BINS);
    this.#blocks = state.doubles(BLOCKS);
    this.#slots[WEIGHT] = 1;
    this.#slots[SCALE] = 1;
  }

  /** How many numbers were learned, without fading. */
  get seen(): number {
    return this.#slots[SEEN] as number;
  }

  /**
   * Gives minus log10 of the chance of a number so far out on either side, 0 for an ordinary one or while learning, and
   * learns it; what lies `horizon` numbers back counts for a third.
   */
  take(x: number, horizon: number): number {
    const slots = this.#slots;
    const seen = slots[SEEN] as number;
    this.#recent[seen % RECENT] = x;
    slots[SEEN] = seen + 1;
    if (seen < RECENT) {
      if (seen === RECENT - 1) this.#begin();
      return 0;
    }
    const u = this.#toGrid(x);
    const bin = toBin(u);
    const surprise = this.#surprise(u, bin);
    const weight = (slots[WEIGHT] as number) / (1 - 1 / horizon);
    slots[WEIGHT] = weight;
    this.#add(bin, weight);
    if (weight > WEIGHT_MAX) this.#lighten(weight);
    if (seen % RECENT === RECENT - 1) this.#survey();
    return surprise;
  }

  #begin(): void {
    this.#place();
    for (let index = 0; index < RECENT; index += 1) this.#add(toBin(this.#toGrid(this.#recent[index] as number)), 1);
    this.#survey();
  }

  #surprise(u: number, bin: number): number {
    const slots = this.#slots;
    const total = slots[TOTAL] as number;
    const below = this.#below(bin);
    const own = this.#bins[bin] as number;
    const above = total - below - own;
    const rank = above < below ? above + own : below + own;
    this.side = above < below ? 1 : -1;
    if (2 * rank >= total) return 0;
    if (rank > TAIL * total) return -Math.log10((2 * rank) / total);
    const surprise = above < below ? this.#beyondTop(u) : this.#beyondBottom(u);
    return surprise > LOG2 ? (surprise - LOG2) * (slots[VARIETY_SEEN] as number) : 0;
  }

  /** From 0 for a constant to 1 for what takes on many different values, each more than once. */
  get variety(): number {
    return this.#slots[VARIETY_SEEN] as number;
  }

  /** The number below which a part of what was learned lies; NaN while learning. */
  quantile(part: number): number {
    const slots = this.#slots;
    if ((slots[SEEN] as number) < RECENT) return Number.NaN;
    return this.#fromGrid(this.#gridQuantile(part));
  }

  #gridQuantile(part: number): number {
    let rest = part * (this.#slots[TOTAL] as number);
    let block = 0;
    while (block < BLOCKS - 1 && (this.#blocks[block] as number) <= rest) {
      rest -= this.#blocks[block] as number;
      block += 1;
    }
    let bin = block * BLOCK;
    const last = bin + BLOCK - 1;
    while (bin < last && (this.#bins[bin] as number) <= rest) {
      rest -= this.#bins[bin] as number;
      bin += 1;
    }
    const own = this.#bins[bin] as number;
    const inside = own > 0 ? Math.min(rest / own, 1) : 0.5;
    return (bin + inside) * WIDTH - HALF;
  }

  #below(bin: number): number {
    let sum = 0;
    const block = (bin / BLOCK) | 0;
    for (let index = 0; index < block; index += 1) sum += this.#blocks[index] as number;
    for (let index = block * BLOCK; index < bin; index += 1) sum += this.#bins[index] as number;
    return sum;
  }

  /** The tail is what lies above the bin that has more than a twentieth above itself and in it. */
  #beyondTop(u: number): number {
    const bins = this.#bins;
    const room = TAIL * (this.#slots[TOTAL] as number);
    let mass = 0;
    let moment = 0;
    let bin = BINS - 1;
    for (; bin > 0; bin -= 1) {
      if (bin % BLOCK === BLOCK - 1 && (this.#blocks[(bin / BLOCK) | 0] as number) <= 0) {
        bin -= BLOCK - 1;
        continue;
      }
      const own = bins[bin] as number;
      if (mass + own > room) break;
      mass += own;
      moment += own * bin;
    }
    let next = bin - 1;
    while (next >= 0 && (bins[next] as number) <= 0) next -= 1;
    const edge = (bin + 1) * WIDTH - HALF;
    const excess = mass > 0 ? (moment / mass - bin - 0.5) * WIDTH : 0;
    const step = next < 0 ? Number.POSITIVE_INFINITY : (bin - next) * WIDTH;
    return this.#tail(u - edge, mass, Math.max(excess, step), edge);
  }

  #beyondBottom(u: number): number {
    const bins = this.#bins;
    const room = TAIL * (this.#slots[TOTAL] as number);
    let mass = 0;
    let moment = 0;
    let bin = 0;
    for (; bin < BINS - 1; bin += 1) {
      if (bin % BLOCK === 0 && (this.#blocks[bin / BLOCK] as number) <= 0) {
        bin += BLOCK - 1;
        continue;
      }
      const own = bins[bin] as number;
      if (mass + own > room) break;
      mass += own;
      moment += own * bin;
    }
    let next = bin + 1;
    while (next < BINS && (bins[next] as number) <= 0) next += 1;
    const edge = bin * WIDTH - HALF;
    const excess = mass > 0 ? (bin - moment / mass - 0.5) * WIDTH : 0;
    const step = next >= BINS ? Number.POSITIVE_INFINITY : (next - bin) * WIDTH;
    return this.#tail(edge - u, mass, Math.max(excess, step), -edge);
  }

  #tail(beyond: number, mass: number, excess: number, edge: number): number {
    const slots = this.#slots;
    const weight = slots[WEIGHT] as number;
    const chance = (mass + weight) / ((slots[TOTAL] as number) + weight);
    const floor = toArsinh(Math.sinh(edge) + (slots[SPREAD] as number) / (slots[SCALE] as number)) - edge;
    return -Math.log10(chance) + Math.max(beyond, 0) / Math.max(excess, floor) / Math.LN10;
  }

  #add(bin: number, weight: number): void {
    this.#bins[bin] = (this.#bins[bin] as number) + weight;
    const block = (bin / BLOCK) | 0;
    this.#blocks[block] = (this.#blocks[block] as number) + weight;
    this.#slots[TOTAL] = (this.#slots[TOTAL] as number) + weight;
  }

  /** Weights grow instead of masses fading, which would touch every bin. */
  #lighten(by: number): void {
    const bins = this.#bins;
    for (let bin = 0; bin < BINS; bin += 1) {
      const mass = (bins[bin] as number) / by;
      bins[bin] = mass > 1e-6 ? mass : 0;
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

  #toGrid(x: number): number {
    return toArsinh((x - (this.#slots[MIDDLE] as number)) / (this.#slots[SCALE] as number));
  }

  #fromGrid(u: number): number {
    return (this.#slots[MIDDLE] as number) + (this.#slots[SCALE] as number) * Math.sinh(u);
  }

  /** Places the grid by the last numbers alone. */
  #place(): void {
    sorted.set(this.#recent);
    sorted.sort();
    const middle = sorted[RECENT / 2] as number;
    let spread = ((sorted[(RECENT * 3) / 4] as number) - (sorted[RECENT / 4] as number)) / 2;
    if (spread <= 0) spread = ((sorted[RECENT - 1] as number) - (sorted[0] as number)) / 8;
    this.#slots[MIDDLE] = middle;
    this.#slots[SCALE] = Math.max(spread, Math.abs(middle) * 1e-9, 1e-290);
  }

  /** Now and then: how many different numbers there are, how far they spread, and whether the grid still fits. */
  #survey(): void {
    const slots = this.#slots;
    const bins = this.#bins;
    const total = slots[TOTAL] as number;
    if ((bins[0] as number) + (bins[BINS - 1] as number) > 0.02 * total) {
      const middle = slots[MIDDLE] as number;
      const scale = slots[SCALE] as number;
      this.#place();
      this.#remap(middle, scale);
    } else {
      const low = this.#gridQuantile(0.25);
      const high = this.#gridQuantile(0.75);
      const inBins = (high - low) / WIDTH;
      const middle = slots[MIDDLE] as number;
      const scale = slots[SCALE] as number;
      if ((inBins < 4 && this.#recentVariety() >= VARIETY) || inBins > 80) {
        const half = (this.#fromGrid(high) - this.#fromGrid(low)) / 2;
        slots[MIDDLE] = this.#fromGrid(this.#gridQuantile(0.5));
        slots[SCALE] = Math.max(Math.min(Math.max(half, scale / 8), scale * 8), Math.abs(middle) * 1e-9, 1e-290);
        if (slots[SCALE] !== scale || Math.abs((slots[MIDDLE] as number) - middle) > scale) this.#remap(middle, scale);
        else slots[MIDDLE] = middle;
      }
    }
    let variety = 0;
    const twice = 1.5 * (slots[WEIGHT] as number);
    for (let bin = 0; bin < BINS && variety < VARIETY; bin += 1) if ((bins[bin] as number) > twice) variety += 1;
    slots[VARIETY_SEEN] = variety > 1 ? (variety - 1) / (VARIETY - 1) : 0;
    slots[SPREAD] = FLOOR * (this.quantile(0.99) - this.quantile(0.01));
  }

  #recentVariety(): number {
    sorted.set(this.#recent);
    sorted.sort();
    let variety = 1;
    for (let index = 1; index < RECENT; index += 1) if (sorted[index] !== sorted[index - 1]) variety += 1;
    return variety;
  }

  /** Moves what was learned on an old grid to the present one, each bin spread over those it covers. */
  #remap(middle: number, scale: number): void {
    const bins = this.#bins;
    remapped.fill(0);
    for (let bin = 1; bin < BINS - 1; bin += 1) {
      const mass = bins[bin] as number;
      if (mass <= 0) continue;
      const low = this.#toGrid(middle + scale * Math.sinh(bin * WIDTH - HALF));
      const high = this.#toGrid(middle + scale * Math.sinh((bin + 1) * WIDTH - HALF));
      const first = toBin(low);
      const last = toBin(high);
      if (last - first < 2) {
        const only = toBin((low + high) / 2);
        remapped[only] = (remapped[only] as number) + mass;
      } else {
        for (let at = first; at <= last; at += 1) remapped[at] = (remapped[at] as number) + mass / (last - first + 1);
      }
    }
    this.#remapBeyond(middle, scale, 0);
    this.#remapBeyond(middle, scale, BINS - 1);
    bins.set(remapped);
    this.#sum();
  }

  /** What lay beyond the old grid goes to where the last numbers of that side are, or stays beyond. */
  #remapBeyond(middle: number, scale: number, end: number): void {
    const mass = this.#bins[end] as number;
    if (mass <= 0) return;
    let count = 0;
    for (let index = 0; index < RECENT; index += 1) {
      if (toBin(toArsinh(((this.#recent[index] as number) - middle) / scale)) === end) count += 1;
    }
    if (count === 0) remapped[end] = (remapped[end] as number) + mass;
    for (let index = 0; index < RECENT; index += 1) {
      const x = this.#recent[index] as number;
      if (toBin(toArsinh((x - middle) / scale)) !== end) continue;
      const bin = toBin(this.#toGrid(x));
      remapped[bin] = (remapped[bin] as number) + mass / count;
    }
  }
}

function toBin(u: number): number {
  const bin = Math.floor((u + HALF) / WIDTH);
  return bin < 0 ? 0 : bin >= BINS ? BINS - 1 : bin;
}

/** Several times as fast as `Math.asinh`, and exact enough for bins; what is far beyond the grid stays beyond it. */
function toArsinh(x: number): number {
  if (x < 0) return x < -1e9 ? -21 : -Math.log(Math.sqrt(x * x + 1) - x);
  return x > 1e9 ? 21 : Math.log(Math.sqrt(x * x + 1) + x);
}
