/**
 * What a number kept to in the last week, by half days, and how much its ends differ from one half day to the next.
 * What is younger than half a day does not count yet: what grows slowly must not become ordinary as it grows.
 */

import { FAR, OCCASION_SLOTS, Occasions } from "./occasions.ts";
import type { StateBlock } from "./state-block.ts";

const HALF_DAY = 43_200_000;
const HALF_DAYS = 15;

/** So many half days are a week, and then all of them are known. */
const WEEK = 12;

/** After a week what goes beyond moves the range by so many units at most: a fault is not ordinary at once. */
const GROWTH = 4;

/** The widest that the range ever was fades so slowly: by half in 17 days. */
const FADING = 0.98;

/** What came on two occasions is far out by so many units, and so is what lies so many beyond it. */
const ABOUT = 2.5;

const AT = 0;
const BEGUN = 1;
const PASSED = 2;
const LOW = 3;
const HIGH = 4;
const LOW_VARIES = 5;
const HIGH_VARIES = 6;
const WIDEST = 7;
const SLOTS = 8;

/** What distances are measured in. */
export interface PastRangeSettings {
  /** After so many half days it is sure. */
  readonly known: number;
  /** `varies`: by how much that end differs from half day to half day; `fixed`: in what is stated as `unit`. */
  readonly measure: "varies" | "fixed";
  /** The unit, or the least that one may be: of `values` as a part of the widest range, of `logarithms` by itself. */
  readonly unit: number;
  /** What it takes. Logarithms are kept to seven digits. */
  readonly of: "values" | "logarithms";
  /** The ends of which is known how far out they came on two occasions. */
  readonly ends: "low" | "high" | "both";
}

/** The range of one number. */
export class PastRange {
  readonly #slots: Float64Array;
  readonly #lows: Float64Array | Float32Array;
  readonly #highs: Float64Array | Float32Array;
  readonly #below: Occasions | undefined;
  readonly #above: Occasions | undefined;
  readonly #settings: PastRangeSettings;
  #wasFamiliar = false;

  constructor(state: StateBlock, settings: PastRangeSettings) {
    this.#settings = settings;
    this.#slots = state.doubles(SLOTS);
    this.#slots[BEGUN] = Number.NaN;
    this.#slots[LOW] = Number.POSITIVE_INFINITY;
    this.#slots[HIGH] = Number.NEGATIVE_INFINITY;
    const hand = (count: number) => (settings.of === "values" ? state.doubles(count) : state.singles(count));
    this.#lows = hand(HALF_DAYS);
    this.#highs = hand(HALF_DAYS);
    this.#below = settings.ends === "high" ? undefined : new Occasions(hand(OCCASION_SLOTS));
    this.#above = settings.ends === "low" ? undefined : new Occasions(hand(OCCASION_SLOTS));
  }

  /** How many half days it knows. */
  get seen(): number {
    return Math.max((this.#slots[PASSED] as number) - 1, 0);
  }

  /** Whether what it says is more than a first impression. */
  get isSure(): boolean {
    return this.seen >= this.#settings.known;
  }

  /** Whether the number that was taken last is familiar. */
  get wasFamiliar(): boolean {
    return this.#wasFamiliar;
  }

  /** How much of a week it knows, from 0 to 1. */
  get known(): number {
    return Math.min(this.seen / WEEK, 1);
  }

  /** The lowest of the last week; infinite as long as nothing is known. */
  get low(): number {
    return this.#slots[LOW] as number;
  }

  /** From end to end, when that was furthest; 0 as long as nothing is known. */
  get widest(): number {
    return this.#slots[WIDEST] as number;
  }

  /** Whether a number beyond the week is about as far out as others were on two occasions before. */
  isFamiliar(x: number): boolean {
    const slots = this.#slots;
    const low = slots[LOW] as number;
    const high = slots[HIGH] as number;
    if (x > high) return isReached(this.#above, x, high, this.#unit(HIGH_VARIES));
    return x < low && isReached(this.#below, -x, -low, this.#unit(LOW_VARIES));
  }

  /**
   * Gives by how many units a number is above the range, below it as a negative number, 0 within or while nothing is
   * known; then learns it. What is not finite is passed over. Units: `at` in milliseconds.
   */
  take(at: number, x: number): number {
    if (!Number.isFinite(x)) return 0;
    const slots = this.#slots;
    if (!(Math.abs(at - (slots[BEGUN] as number)) < HALF_DAY)) this.#turn(at);
    const low = slots[LOW] as number;
    const high = slots[HIGH] as number;
    const isAbove = x > high;
    const unit = this.#unit(isAbove ? HIGH_VARIES : LOW_VARIES);
    const isMeasured = high >= low && unit > 0 && unit < Number.POSITIVE_INFINITY;
    const beyond = !isMeasured ? 0 : isAbove ? (x - high) / unit : x < low ? (x - low) / unit : 0;
    this.#wasFamiliar = this.isFamiliar(x);
    this.#below?.take(-x);
    this.#above?.take(x);
    this.#learn(
      this.seen < WEEK || Math.abs(beyond) <= GROWTH ? x : (isAbove ? high : low) + Math.sign(beyond) * GROWTH * unit,
    );
    return beyond;
  }

  #unit(end: number): number {
    const { measure, unit, of } = this.#settings;
    const least = of === "values" ? unit * this.widest : unit;
    return measure === "fixed" ? least : Math.max(this.#slots[end] as number, least);
  }

  #learn(x: number): void {
    const now = this.#slots[AT] as number;
    if (x < (this.#lows[now] as number)) this.#lows[now] = x;
    if (x > (this.#highs[now] as number)) this.#highs[now] = x;
  }

  #turn(at: number): void {
    const slots = this.#slots;
    if (!Number.isNaN(slots[BEGUN])) {
      slots[AT] = ((slots[AT] as number) + 1) % HALF_DAYS;
      slots[PASSED] = Math.min((slots[PASSED] as number) + 1, HALF_DAYS - 1);
    }
    this.#below?.turn(this.#unit(LOW_VARIES), -(slots[LOW] as number));
    this.#above?.turn(this.#unit(HIGH_VARIES), slots[HIGH] as number);
    slots[BEGUN] = at;
    this.#lows[slots[AT] as number] = Number.POSITIVE_INFINITY;
    this.#highs[slots[AT] as number] = Number.NEGATIVE_INFINITY;
    slots[LOW] = this.#survey(this.#lows, Math.min, Number.POSITIVE_INFINITY, LOW_VARIES);
    slots[HIGH] = this.#survey(this.#highs, Math.max, Number.NEGATIVE_INFINITY, HIGH_VARIES);
    const width = (slots[HIGH] as number) - (slots[LOW] as number);
    slots[WIDEST] = Math.max(width, FADING * (slots[WIDEST] as number));
  }

  /** Gives the furthest of the ends that count, and keeps how much they vary. */
  #survey(
    ends: Float64Array | Float32Array,
    further: (one: number, other: number) => number,
    none: number,
    varies: number,
  ): number {
    let furthest = none;
    const { seen } = this;
    for (let back = 2; back <= seen + 1; back += 1) furthest = further(furthest, this.#end(ends, back));
    let sum = 0;
    let squares = 0;
    for (let back = 2; back <= seen + 1; back += 1) {
      const away = this.#end(ends, back) - furthest;
      sum += away;
      squares += away * away;
    }
    const variance = seen > 1 ? (squares - (sum * sum) / seen) / (seen - 1) : 0;
    this.#slots[varies] = variance > 0 ? Math.sqrt(variance) : 0;
    return furthest;
  }

  #end(ends: Float64Array | Float32Array, back: number): number {
    return ends[((this.#slots[AT] as number) - back + HALF_DAYS) % HALF_DAYS] as number;
  }
}

/** Whether a number is no further out than two occasions were, which were further out than all of the week. */
function isReached(occasions: Occasions | undefined, x: number, end: number, unit: number): boolean {
  const twice = occasions?.twice ?? Number.NEGATIVE_INFINITY;
  return twice > end + FAR * unit && x <= twice + ABOUT * unit;
}
