/**
 * How new a step is within a known range: the range is cut into a few levels, and it is remembered which levels were
 * ever reached, and which one ever followed on which others. What never was is the rarer the longer nothing was new.
 *
 * Three ways of cutting go side by side, so that no value is at an edge of all of them.
 */

import type { StateBlock } from "./state-block.ts";

const CUTS = [8, 10, 12] as const;

/** A level by itself, after one other, and after two others. */
const ORDERS = 3;

const COUNT = 0;
const FIRSTS = 1;
const BEFORE = FIRSTS + CUTS.length * ORDERS;
const SLOTS = BEFORE + 2;

const BITS = CUTS.reduce((sum, levels) => sum + levels + levels ** 2 + levels ** 3, 0);
const BYTES = Math.ceil(BITS / 64) * 8;

/** The novelty of the values of one series in its range. */
export class Novelty {
  readonly #slots: Float64Array;
  readonly #seen: Uint8Array;
  readonly #low: number;
  readonly #span: number;

  /** Nothing is new where there is no range. */
  constructor(state: StateBlock, range: readonly [low: number, high: number] | undefined) {
    this.#slots = state.doubles(SLOTS);
    this.#seen = state.bytes(BYTES);
    this.#low = range?.[0] ?? 0;
    this.#span = range === undefined ? 0 : range[1] - range[0];
  }

  /** Gives minus log10 of the chance of something as new, added up over all orders; 0 where nothing is. */
  take(value: number): number {
    if (!(this.#span > 0)) return 0;
    const slots = this.#slots;
    const count = slots[COUNT] as number;
    slots[COUNT] = count + 1;
    const part = (value - this.#low) / this.#span;
    const ordersMax = Math.min(count + 1, ORDERS);
    let sum = 0;
    let begin = 0;
    for (let cut = 0; cut < CUTS.length; cut += 1) {
      const levels = CUTS[cut] as number;
      let place = toLevel(part, levels);
      let size = levels;
      for (let order = 0; order < ORDERS; order += 1) {
        if (order > 0) {
          place += size * toLevel(slots[BEFORE + order - 1] as number, levels);
          size *= levels;
        }
        if (order < ordersMax) sum += this.#first(begin + place, FIRSTS + cut * ORDERS + order, count);
        begin += size;
      }
    }
    slots[BEFORE + 1] = slots[BEFORE] as number;
    slots[BEFORE] = part;
    return sum / CUTS.length;
  }

  /** Source: Good, The population frequencies of species, 1953: the next is new as often as the last ones were. */
  #first(bit: number, slot: number, count: number): number {
    const byte = bit >> 3;
    const mask = 1 << (bit & 7);
    const before = this.#seen[byte] as number;
    if ((before & mask) !== 0) return 0;
    this.#seen[byte] = before | mask;
    const firsts = (this.#slots[slot] as number) + 1;
    this.#slots[slot] = firsts;
    return -Math.log10(firsts / (count + 1));
  }
}

function toLevel(part: number, levels: number): number {
  const level = Math.floor(part * levels);
  return level < 0 ? 0 : level >= levels ? levels - 1 : level;
}
