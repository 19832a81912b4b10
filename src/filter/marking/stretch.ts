/**
 * An odd stretch of a series: from the row at which the score reached the operating point to the last odd one. Its
 * state is a few numbers, so that saving it is copying them.
 */

import { FLAG } from "../../model/samples.ts";
import { type Detector, WATCH } from "../detectors/detector.ts";

/**
 * How long a stretch goes in full, from where it began or where the score was reached anew. What lasts longer is a
 * state the machine is in, and means tell of it as well.
 */
export const FULL_SPAN = 3_600_000;

/** What was odd when it fell silent goes on where it is odd again within this time. */
export const SILENCE_MAX = 86_400_000;

/** How far back from the onset the value is looked for that was odd: detectors judge what comes fast by the minute. */
const RECENT_SPAN = 60_000;

const OPEN = 0;
const BEGUN = 1;
const LAST_ODD = 2;
const LAST_FULL = 3;
const FULL_UNTIL = 4;
const PEAK_SCORE = 5;
const PEAK_EXCESS = 6;
const PEAK_VALUE = 7;
const PEAK_AT = 8;
const EXPECTED_LOW = 9;
const EXPECTED_HIGH = 10;
const IS_BEYOND = 11;
const HAS_CROSSED = 12;
const INSIDE_SINCE = 13;
const IS_LAST_ODD = 14;
const LEVEL = 15;
const TOLD = 16;
const RECENT = 17;
const BEFORE = 21;
/** The value that began the stretch, until one is another. */
const UNMOVED = 25;
/** Of a bucket of recent values: when it began, and of the value furthest out the distance, itself and its moment. */
const FROM = 0;
const EXCESS = 1;
const VALUE = 2;
const AT = 3;

/** How many numbers a stretch needs. */
export const STRETCH_SLOTS = 26;

/** The slots that hold moments. */
const MOMENTS = [BEGUN, LAST_ODD, LAST_FULL, FULL_UNTIL, PEAK_AT, INSIDE_SINCE, TOLD, RECENT, RECENT + AT, BEFORE + AT];

/** What is odd, and for how long after it. */
export interface StretchRule {
  /** The score from which on a stretch begins. */
  readonly point: number;
  /** Units: milliseconds. */
  readonly post: number;
  /** Units: the canonical unit of the series; infinite where there is no limit. */
  readonly limits: readonly [low: number, high: number];
}

/** What a stretch looks at of a detector. */
export type Seen = Pick<Detector, "score" | "oddness" | "low" | "high">;

/** What became of the stretch by a row. */
export const STEP = { none: 0, began: 1, ended: 2 } as const;

/** The stretch of one series, under way or over. */
export class Stretch {
  readonly #slots: Float64Array;
  /** The `STEP`s of the last row, added up: one stretch may end at the row that begins another. */
  step: number = STEP.none;
  /** The stretch that ended last, as it stood then. */
  readonly ended: Float64Array = new Float64Array(STRETCH_SLOTS);

  /** Shape: `STRETCH_SLOTS` numbers; all 0 for a series of which nothing is known. */
  constructor(slots: Float64Array) {
    this.#slots = slots;
  }

  /**
   * Takes a row that the detector has just seen, and gives the flags it gets: an onset is each from which on it goes in
   * full anew. Units: `at` milliseconds since 1970.
   */
  judge(at: number, value: number, seen: Seen, rule: StretchRule): number {
    const slots = this.#slots;
    const { point, post, limits } = rule;
    const isBeyond = isOutside(value, limits);
    const wasBeyond = slots[IS_BEYOND] === 1;
    const isReached = isBeyond || seen.score >= point;
    const isLasting = this.#isLasting(at, value);
    const isOdd = isReached || seen.oddness >= WATCH || isLasting;
    this.step = STEP.none;
    this.#remember(at, value, excessOf(value, seen, limits));
    if (slots[OPEN] === 1 && this.#isOver(at, isOdd, post)) this.close();
    const hasRested = !wasBeyond && at - (slots[INSIDE_SINCE] as number) >= post;
    slots[IS_BEYOND] = isBeyond ? 1 : 0;
    if (wasBeyond && !isBeyond) slots[INSIDE_SINCE] = at;
    slots[IS_LAST_ODD] = isOdd ? 1 : 0;
    slots[LEVEL] = isBeyond ? 1 : seen.score;
    const isOnset = slots[OPEN] !== 1;
    if (isOnset && !isReached) return 0;
    if (!isBeyond) slots[LEVEL] = Math.max(seen.score, seen.oddness);
    if (isOnset) this.#begin(at, value, seen);
    if (isOdd) this.#grow(at, seen, limits);
    const isAnew = seen.score >= point || (isBeyond && !wasBeyond && hasRested);
    if (isOnset || isAnew) slots[FULL_UNTIL] = at + FULL_SPAN;
    const isCrossing = isBeyond !== wasBeyond;
    if (isOdd && (isCrossing || at <= (slots[FULL_UNTIL] as number))) {
      slots[LAST_FULL] = at;
      return isOnset || isAnew ? FLAG.anomalous | FLAG.onset : FLAG.anomalous;
    }
    return isCrossing || at - (slots[LAST_FULL] as number) <= post ? FLAG.context : 0;
  }

  /** Ends the stretch that is under way. */
  close(): void {
    this.ended.set(this.#slots);
    this.#slots[OPEN] = 0;
    this.step |= STEP.ended;
  }

  /** Whether a stretch under way is over by so long a silence. Units: milliseconds. */
  isOverAfter(silence: number, post: number): boolean {
    return silence > (this.#slots[IS_LAST_ODD] === 1 ? SILENCE_MAX : post);
  }

  /** Moves all moments, because the clock that gave them was set. Units: milliseconds. */
  shift(by: number): void {
    for (const slot of MOMENTS) this.#slots[slot] = (this.#slots[slot] as number) + by;
  }

  /** Whether one is under way; the time after the last odd row counts as such. */
  get isOpen(): boolean {
    return this.#slots[OPEN] === 1;
  }

  /** How odd the last row was: while a stretch is under way, without regard to what went before. */
  get level(): number {
    return this.#slots[LEVEL] as number;
  }

  /** The stretch that is under way, or was. */
  get facts(): StretchFacts {
    return factsOf(this.#slots);
  }

  /** When it was last told of as one under way; NaN for not at all. Units: milliseconds since 1970. */
  get toldAt(): number {
    return this.#slots[TOLD] as number;
  }

  set toldAt(at: number) {
    this.#slots[TOLD] = at;
  }

  #isOver(at: number, isOdd: boolean, post: number): boolean {
    const gap = at - (this.#slots[LAST_ODD] as number);
    return gap > (isOdd && this.#slots[IS_LAST_ODD] === 1 ? SILENCE_MAX : post);
  }

  /**
   * Whether what began the stretch lasts: the value has not moved since, or is still out of what was expected when it
   * was furthest out, by a third of that. Detectors get used to what lasts within minutes; people want to see it until
   * it is over, or for as long as a stretch goes in full. Where a limit was crossed, that says when it is over.
   */
  #isLasting(at: number, value: number): boolean {
    const slots = this.#slots;
    if (value !== slots[UNMOVED]) slots[UNMOVED] = Number.NaN;
    if (slots[OPEN] !== 1 || slots[HAS_CROSSED] === 1 || at > (slots[FULL_UNTIL] as number)) return false;
    if (value === slots[UNMOVED]) return true;
    const low = slots[EXPECTED_LOW] as number;
    const high = slots[EXPECTED_HIGH] as number;
    const furthest = slots[PEAK_EXCESS] as number;
    const isFar = furthest > 0 && furthest >= (high - low) / 4;
    return isFar && Math.max(low - value, value - high) >= furthest / 3;
  }

  #begin(at: number, value: number, { low, high }: Pick<Seen, "low" | "high">): void {
    const slots = this.#slots;
    slots[OPEN] = 1;
    slots[BEGUN] = at;
    slots[UNMOVED] = value;
    slots[PEAK_SCORE] = 0;
    slots[HAS_CROSSED] = 0;
    slots[TOLD] = Number.NaN;
    slots[EXPECTED_LOW] = low;
    slots[EXPECTED_HIGH] = high;
    const from = (slots[BEFORE + EXCESS] as number) > (slots[RECENT + EXCESS] as number) ? BEFORE : RECENT;
    this.#peak(slots[from + EXCESS] as number, slots[from + VALUE] as number, slots[from + AT] as number);
    this.step |= STEP.began;
  }

  #grow(at: number, { low, high }: Pick<Seen, "low" | "high">, limits: StretchRule["limits"]): void {
    const slots = this.#slots;
    slots[LAST_ODD] = at;
    if (slots[IS_BEYOND] === 1) slots[HAS_CROSSED] = 1;
    slots[PEAK_SCORE] = Math.max(slots[PEAK_SCORE] as number, slots[LEVEL] as number);
    const [excess, value] = [slots[RECENT + EXCESS] as number, slots[RECENT + VALUE] as number];
    if (!(excess > (slots[PEAK_EXCESS] as number))) return;
    // A detector that got used to the fault finds the way back odd as well: that is no new height. A limit is a limit.
    const isExpected = value >= (slots[EXPECTED_LOW] as number) && value <= (slots[EXPECTED_HIGH] as number);
    if (isExpected && !isOutside(value, limits)) return;
    this.#peak(excess, value, slots[RECENT + AT] as number);
    slots[EXPECTED_LOW] = low;
    slots[EXPECTED_HIGH] = high;
  }

  #peak(excess: number, value: number, at: number): void {
    this.#slots[PEAK_EXCESS] = excess;
    this.#slots[PEAK_VALUE] = value;
    this.#slots[PEAK_AT] = at;
  }

  /** Keeps the value furthest out of the last minute, and of the one before. */
  #remember(at: number, value: number, excess: number): void {
    const slots = this.#slots;
    const age = at - (slots[RECENT + FROM] as number);
    if (age >= RECENT_SPAN || age < 0) {
      slots.copyWithin(BEFORE, RECENT, RECENT + 4);
      if (age >= 2 * RECENT_SPAN || age < 0) slots[BEFORE + EXCESS] = Number.NEGATIVE_INFINITY;
      slots[RECENT + FROM] = at;
    } else if (!(excess > (slots[RECENT + EXCESS] as number))) {
      return;
    }
    slots[RECENT + EXCESS] = excess;
    slots[RECENT + VALUE] = value;
    slots[RECENT + AT] = at;
  }
}

/** What can be told of a stretch. Units: moments in milliseconds since 1970, values those of the series. */
export interface StretchFacts {
  readonly begunAt: number;
  /** Of its last odd row. */
  readonly lastOddAt: number;
  readonly peakScore: number;
  /** The value furthest out of what was expected, or of its limits. */
  readonly peakValue: number;
  readonly peakAt: number;
  /** What was expected at the peak; NaN where nothing was. */
  readonly low: number;
  readonly high: number;
  /** Whether a limit was crossed. */
  readonly wasBeyond: boolean;
  /** Whether one is crossed now. */
  readonly isBeyond: boolean;
  /** When it was told of as one under way; NaN for not at all. */
  readonly toldAt: number;
}

/** Reads a stretch. Shape: `STRETCH_SLOTS` numbers. */
export function factsOf(slots: Float64Array): StretchFacts {
  return {
    begunAt: slots[BEGUN] as number,
    lastOddAt: slots[LAST_ODD] as number,
    peakScore: slots[PEAK_SCORE] as number,
    peakValue: slots[PEAK_VALUE] as number,
    peakAt: slots[PEAK_AT] as number,
    low: slots[EXPECTED_LOW] as number,
    high: slots[EXPECTED_HIGH] as number,
    wasBeyond: slots[HAS_CROSSED] === 1,
    isBeyond: slots[IS_BEYOND] === 1,
    toldAt: slots[TOLD] as number,
  };
}

/** Moves the moments of what is told, because the clock that gave them was set. Units: milliseconds. */
export function shiftFacts(facts: StretchFacts, by: number): StretchFacts {
  const { begunAt, lastOddAt, peakAt, toldAt } = facts;
  return { ...facts, begunAt: begunAt + by, lastOddAt: lastOddAt + by, peakAt: peakAt + by, toldAt: toldAt + by };
}

function isOutside(value: number, [least, most]: StretchRule["limits"]): boolean {
  return value < least || value > most;
}

/** How far a value is out of what is expected, or out of its limits; below 0 inside. */
function excessOf(value: number, { low, high }: Pick<Seen, "low" | "high">, [least, most]: readonly [number, number]) {
  const beyond = Math.max(least - value, value - most);
  if (beyond > 0 || Number.isNaN(low) || Number.isNaN(high)) return beyond;
  return Math.max(low - value, value - high);
}
