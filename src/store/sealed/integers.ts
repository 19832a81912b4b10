/**
 * A column of whole numbers: a predictor (integer-plan.ts) says what comes next, and what it was wrong by goes through
 * the range coder.
 *
 * ```
 * struct Integers {           // in the directory, at the head of its column
 *   u8     shape;             // 32 * predictor + 8 * recall + width: rows of PREDICTORS, AGREEING; the tree
 *   zigzag first, step;       // level, after the origin of the column, and trend to begin with
 * }
 * ```
 *
 * An error is coded as its magnitude, which is its length in bits, in a tree of `width` levels under the magnitude
 * before; then its sign; then the bits below its top one, of which three are modelled and the others raw.
 *
 * What repeats after a long time no predictor of this kind sees. Where `recall` is set, each number is first looked for
 * behind the last place where the numbers before it stood, and one bit says whether it is there.
 */

import type { ByteReader } from "../byte-reader.ts";
import type { ByteWriter } from "../byte-writer.ts";
import { type IntegerPlan, magnitudeOf, PREDICTORS } from "./integer-plan.ts";
import { type Contexts, createContexts, type RangeDecoder, type RangeEncoder, resetContexts } from "./range-coder.ts";
import { AGREEING, HITS_MAX, Recall } from "./recall.ts";

/** An error has up to 53 bits. */
const WIDTH_MAX = 6;
const MAGNITUDES = 2 ** WIDTH_MAX;

/** Bits below the top one that are modelled. */
const MODELLED_BITS = 3;

const SIGNS_AT = MAGNITUDES * MAGNITUDES;
const DIGITS_AT = SIGNS_AT + 3 * MAGNITUDES;
const RECALLS_AT = DIGITS_AT + MAGNITUDES * 2 ** MODELLED_BITS;
const CONTEXT_COUNT = RECALLS_AT + HITS_MAX + 1;

/** Writes the head of a column whose first number is told as its difference to `origin`. */
export function writeIntegerPlan(writer: ByteWriter, plan: IntegerPlan, origin: number): void {
  writer.u8(32 * plan.predictor + 8 * plan.recall + plan.width);
  writer.zigzag(plan.first - origin);
  writer.zigzag(plan.step);
}

/** Reads the head of a column; one that no writer made breaks the reader. */
export function readIntegerPlan(reader: ByteReader, origin: number): IntegerPlan {
  const shape = reader.u8();
  const plan = {
    recall: (shape >>> 3) & 3,
    predictor: shape >>> 5,
    width: shape & 7,
    first: origin + reader.zigzag(),
    step: reader.zigzag(),
  };
  const isKnown = plan.predictor < PREDICTORS.length && plan.recall < AGREEING.length && plan.width <= WIDTH_MAX;
  if (!isKnown) reader.isBroken = true;
  return plan;
}

/** What one column has taught so far; made once and used again for the next. */
export class IntegerModel {
  readonly #contexts: Contexts = createContexts(CONTEXT_COUNT);
  readonly #recall = new Recall();
  #plan: IntegerPlan = { recall: 0, predictor: 0, width: 0, first: 0, step: 0 };
  #gain = 0;
  #trendGain = 0;
  #level = 0;
  #trend = 0;
  #magnitude = 0;
  #sign = 0;

  /** Begins a column. */
  start(plan: IntegerPlan): void {
    const [gain, trendGain] = PREDICTORS[plan.predictor] ?? [0, 0];
    this.#plan = plan;
    this.#gain = gain;
    this.#trendGain = trendGain;
    this.#level = plan.first - plan.step;
    this.#trend = plan.step;
    this.#magnitude = 0;
    this.#sign = 0;
    this.#forget(2 ** plan.width);
    if (plan.recall > 0) this.#recall.start(AGREEING[plan.recall] ?? 0);
  }

  /** Forgets what can be used with so many magnitudes: the whole would take longer than a short column. */
  #forget(magnitudes: number): void {
    resetContexts(this.#contexts, 0, magnitudes * magnitudes);
    resetContexts(this.#contexts, SIGNS_AT, 3 * magnitudes);
    resetContexts(this.#contexts, DIGITS_AT, magnitudes * 2 ** MODELLED_BITS);
    resetContexts(this.#contexts, RECALLS_AT, HITS_MAX + 1);
  }

  /** Writes the number in `row`; those before it have been written. */
  write(coder: RangeEncoder, wholes: Float64Array, row: number): void {
    const whole = wholes[row] ?? 0;
    const expected = this.#level + this.#trend;
    if (this.#plan.recall === 0) {
      this.#writeError(coder, whole - Math.round(expected));
    } else {
      const source = this.#recall.find(wholes, row);
      if (source < 0) {
        this.#writeError(coder, whole - Math.round(expected));
      } else {
        const isThere = wholes[source] === whole;
        coder.bit(this.#contexts, RECALLS_AT + this.#recall.hits, isThere ? 1 : 0);
        if (!isThere) this.#writeError(coder, whole - Math.round(expected));
        this.#recall.learn(isThere);
      }
    }
    this.#move(whole, expected);
  }

  /** Reads the number of `row` into its place; those before it have been read. */
  read(coder: RangeDecoder, wholes: Float64Array, row: number): void {
    const expected = this.#level + this.#trend;
    let whole: number;
    if (this.#plan.recall === 0) {
      whole = Math.round(expected) + this.#readError(coder);
    } else {
      const source = this.#recall.find(wholes, row);
      const isThere = source >= 0 && coder.bit(this.#contexts, RECALLS_AT + this.#recall.hits) === 1;
      whole = isThere ? (wholes[source] ?? 0) : Math.round(expected) + this.#readError(coder);
      if (source >= 0) this.#recall.learn(isThere);
    }
    wholes[row] = whole;
    this.#move(whole, expected);
  }

  #writeError(coder: RangeEncoder, error: number): void {
    const contexts = this.#contexts;
    const { width } = this.#plan;
    const size = Math.abs(error);
    const magnitude = magnitudeOf(size);
    coder.tree(contexts, this.#magnitude << width, width, magnitude);
    this.#magnitude = magnitude;
    if (magnitude === 0) return;
    const sign = error < 0 ? 1 : 0;
    coder.bit(contexts, SIGNS_AT + 3 * magnitude + this.#sign, sign);
    this.#sign = 1 + sign;
    const modelled = Math.min(magnitude - 1, MODELLED_BITS);
    const rawWidth = magnitude - 1 - modelled;
    const digits = rawWidth === 0 ? size : Math.floor(size / 2 ** rawWidth);
    coder.tree(contexts, DIGITS_AT + (magnitude << MODELLED_BITS), modelled, digits - (1 << modelled));
    if (rawWidth > 0) coder.raw(size % 2 ** rawWidth, rawWidth);
  }

  #readError(coder: RangeDecoder): number {
    const contexts = this.#contexts;
    const { width } = this.#plan;
    const magnitude = coder.tree(contexts, this.#magnitude << width, width);
    this.#magnitude = magnitude;
    if (magnitude === 0) return 0;
    const sign = coder.bit(contexts, SIGNS_AT + 3 * magnitude + this.#sign);
    this.#sign = 1 + sign;
    const modelled = Math.min(magnitude - 1, MODELLED_BITS);
    const rawWidth = magnitude - 1 - modelled;
    let size = coder.tree(contexts, DIGITS_AT + (magnitude << MODELLED_BITS), modelled) + (1 << modelled);
    if (rawWidth > 0) size = size * 2 ** rawWidth + coder.raw(rawWidth);
    return sign === 0 ? size : -size;
  }

  #move(whole: number, expected: number): void {
    this.#level = expected + this.#gain * (whole - expected);
    this.#trend += this.#trendGain * (whole - expected);
  }
}
