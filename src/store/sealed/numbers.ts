/**
 * Doubles, given back bit for bit: the values of a series, moments, or the places in a table.
 *
 * ```
 * struct Numbers {            // in the directory
 *   u8       kind;            // 0 to 12: decimals; 48 + s: ordered doubles without their s low bits, s from 15 to 63
 *   u8       parts;           // 16 * (some rows are plain) + the width of the detail of each number, 0 for none
 *   Integers wholes;          // integers.ts
 * }
 * ```
 *
 * A decimal is m / 10^kind for a whole number m. Its detail, of four bits, says by how many doubles the number lies
 * next to it, as those do that were computed: 0.30000000000000004. Ordered doubles are their own bits, read as whole
 * numbers that grow with them; their detail is what differs below the low bits. Floats of 32 bits end in 29 zeros and
 * have none. A row among decimals that is none is plain: 64 raw bits.
 *
 * The detail depends on the whole number as a rule: where the column held the same one before, a bit says that it is
 * the same again.
 */

import type { ByteReader } from "../byte-reader.ts";
import type { ByteWriter } from "../byte-writer.ts";
import {
  commonZeroBits,
  DECIMALS_MAX,
  fromDecimal,
  highOfOrdered,
  lowOfOrdered,
  SHIFT_MAX,
  SHIFT_MIN,
  STEPS_MAX,
  stepFrom,
  stepsBetween,
  toDecimal,
  toOrdered,
} from "./doubles.ts";
import { INTEGER_MAX, type IntegerPlan, planIntegers, type WeighedPlan } from "./integer-plan.ts";
import { IntegerModel, readIntegerPlan, writeIntegerPlan } from "./integers.ts";
import { type Contexts, createContexts, type RangeDecoder, RangeEncoder, resetContexts } from "./range-coder.ts";
import { AGREEING, foretellsChanges, RowMemory } from "./recall.ts";

/** What the head of a column of doubles says. */
export interface NumberPlan {
  /** -1 where the numbers are ordered doubles. */
  readonly decimals: number;
  /** The low bits that ordered doubles go without; 0 for decimals. */
  readonly shift: number;
  readonly hasPlain: boolean;
  readonly detailWidth: number;
  readonly integers: IntegerPlan;
}

/** A plan as its maker sees it. */
export interface WeighedNumberPlan extends NumberPlan {
  readonly integers: WeighedPlan;
}

const ORDERED_KIND = 48;
const PLAIN_PART = 16;

/** Steps from -7 to 7, told as 1 to 15. */
const STEPS_WIDTH = 4;
const STEPS_ZERO = STEPS_MAX + 1;

/** Rows that are looked at before a number of decimals is tried on all. */
const PROBES = 32;

/** One row in this many may be plain before ordered doubles are the better way. */
const PLAIN_SHARE = 8;

const PLAIN_AT = 0;
const SAME_AT = 2;
const STEPS_AT = 3;
const CONTEXT_COUNT = STEPS_AT + 2 ** STEPS_WIDTH;

/** Writes the head of a column whose whole numbers begin near `origin`. */
export function writeNumberPlan(writer: ByteWriter, plan: NumberPlan, origin: number): void {
  writer.u8(plan.decimals < 0 ? ORDERED_KIND + plan.shift : plan.decimals);
  writer.u8((plan.hasPlain ? PLAIN_PART : 0) + plan.detailWidth);
  writeIntegerPlan(writer, plan.integers, origin);
}

/** Reads the head of a column; one that no writer made breaks the reader. */
export function readNumberPlan(reader: ByteReader, origin: number): NumberPlan {
  const kind = reader.u8();
  const parts = reader.u8();
  const isOrdered = kind >= ORDERED_KIND + SHIFT_MIN && kind <= ORDERED_KIND + SHIFT_MAX;
  const detailWidth = parts % PLAIN_PART;
  const isKnown = isOrdered ? parts <= SHIFT_MIN : kind <= DECIMALS_MAX && (detailWidth === 0 || detailWidth === 4);
  if (!isKnown || parts >= 2 * PLAIN_PART) reader.isBroken = true;
  return {
    decimals: isOrdered ? -1 : kind,
    shift: isOrdered ? kind - ORDERED_KIND : 0,
    hasPlain: parts >= PLAIN_PART,
    detailWidth,
    integers: readIntegerPlan(reader, origin),
  };
}

/** Turns columns of doubles into bits and back. It is room to work in, to be made once and used for many columns. */
export class NumberCodec {
  /** What the rows are that are not plain, one after the other. */
  #wholes = new Float64Array(0);
  #details = new Int32Array(0);
  /** Of all rows. */
  #isPlain = new Uint8Array(0);
  readonly #model = new IntegerModel();
  readonly #memory = new RowMemory();
  readonly #contexts: Contexts = createContexts(CONTEXT_COUNT);
  #wholeCount = 0;

  /** Writes a column and says what must stand in its head. */
  write(coder: RangeEncoder, values: Float64Array): WeighedNumberPlan {
    this.#makeRoom(values.length);
    const plan = this.#plan(values);
    const words = new Uint32Array(values.buffer, values.byteOffset, 2 * values.length);
    this.#start(plan);
    let place = 0;
    let wasPlain = 0;
    for (let row = 0; row < values.length; row += 1) {
      if (plan.hasPlain) {
        const isPlain = this.#isPlain[row] ?? 0;
        coder.bit(this.#contexts, PLAIN_AT + wasPlain, isPlain);
        wasPlain = isPlain;
        if (isPlain === 1) {
          coder.raw(words[2 * row + 1] ?? 0, 32);
          coder.raw(words[2 * row] ?? 0, 32);
          continue;
        }
      }
      this.#model.write(coder, this.#wholes, place);
      if (plan.detailWidth > 0) this.#writeDetail(coder, plan, place);
      place += 1;
    }
    return plan;
  }

  /** Reads a column with this head until `values` is full. */
  read(coder: RangeDecoder, plan: NumberPlan, values: Float64Array): void {
    this.#makeRoom(values.length);
    const words = new Uint32Array(values.buffer, values.byteOffset, 2 * values.length);
    this.#start(plan);
    let place = 0;
    let wasPlain = 0;
    for (let row = 0; row < values.length; row += 1) {
      if (plan.hasPlain) {
        wasPlain = coder.bit(this.#contexts, PLAIN_AT + wasPlain);
        if (wasPlain === 1) {
          words[2 * row + 1] = coder.raw(32);
          words[2 * row] = coder.raw(32);
          continue;
        }
      }
      this.#model.read(coder, this.#wholes, place);
      const whole = this.#wholes[place] ?? 0;
      const detail = plan.detailWidth > 0 ? this.#readDetail(coder, plan, place) : 0;
      if (plan.decimals < 0) {
        const low = detail << (plan.shift - plan.detailWidth);
        words[2 * row] = lowOfOrdered(whole, plan.shift) | low;
        words[2 * row + 1] = highOfOrdered(whole, plan.shift);
      } else {
        const value = fromDecimal(whole, plan.decimals);
        values[row] = plan.detailWidth > 0 ? stepFrom(value, detail - STEPS_ZERO) : value;
      }
      place += 1;
    }
  }

  #makeRoom(rows: number): void {
    if (rows <= this.#wholes.length) return;
    this.#wholes = new Float64Array(rows);
    this.#details = new Int32Array(rows);
    this.#isPlain = new Uint8Array(rows);
  }

  #plan(values: Float64Array): WeighedNumberPlan {
    const kind = this.#planDecimals(values) ?? this.#planOrdered(values);
    return { ...kind, integers: this.#addRecall(planIntegers(this.#wholes.subarray(0, this.#wholeCount))) };
  }

  /** Numbers that follow a line do not come back. */
  #addRecall(plain: WeighedPlan): WeighedPlan {
    if (plain.step !== 0) return plain;
    let best = plain;
    let bestSize: number | undefined;
    for (let recall = 1; recall < AGREEING.length; recall += 1) {
      if (!foretellsChanges(this.#wholes, this.#wholeCount, AGREEING[recall] ?? 0)) continue;
      const plan = { ...plain, recall };
      const size = this.#sizeUnder(plan);
      bestSize ??= this.#sizeUnder(plain);
      if (size >= bestSize) continue;
      best = plan;
      bestSize = size;
    }
    return best;
  }

  #planDecimals(values: Float64Array): Omit<NumberPlan, "integers"> | undefined {
    let best = -1;
    let bestCount = Math.ceil(values.length / PLAIN_SHARE);
    let latest = -1;
    for (let decimals = 0; decimals <= DECIMALS_MAX && bestCount > 0; decimals += 1) {
      if (!looksDecimal(values, decimals)) continue;
      const plainCount = this.#toDecimals(values, decimals);
      latest = decimals;
      if (plainCount >= bestCount) continue;
      best = decimals;
      bestCount = plainCount;
    }
    if (best < 0) return undefined;
    if (best !== latest) this.#toDecimals(values, best);
    const details = this.#details.subarray(0, this.#wholeCount);
    const detailWidth = details.every((detail) => detail === STEPS_ZERO) ? 0 : STEPS_WIDTH;
    return { decimals: best, shift: 0, hasPlain: bestCount > 0, detailWidth };
  }

  /** Makes decimals of all rows; those that are none are marked as plain and counted. */
  #toDecimals(values: Float64Array, decimals: number): number {
    let place = 0;
    for (let row = 0; row < values.length; row += 1) {
      const value = values[row] ?? 0;
      const whole = toDecimal(value, decimals);
      const steps = fitsInteger(whole) ? stepsBetween(fromDecimal(whole, decimals), value) : Number.NaN;
      const isPlain = Number.isNaN(steps);
      this.#isPlain[row] = isPlain ? 1 : 0;
      if (isPlain) continue;
      this.#wholes[place] = whole;
      this.#details[place] = STEPS_ZERO + steps;
      place += 1;
    }
    this.#wholeCount = place;
    return values.length - place;
  }

  #planOrdered(values: Float64Array): Omit<NumberPlan, "integers"> {
    const words = new Uint32Array(values.buffer, values.byteOffset, 2 * values.length);
    const zeroBits = commonZeroBits(words);
    const shift = Math.max(zeroBits, SHIFT_MIN);
    const detailWidth = shift - zeroBits;
    for (let row = 0; row < values.length; row += 1) {
      const low = words[2 * row] ?? 0;
      this.#wholes[row] = toOrdered(low, words[2 * row + 1] ?? 0, shift);
      this.#details[row] = (low >>> zeroBits) & (2 ** detailWidth - 1);
    }
    this.#wholeCount = values.length;
    return { decimals: -1, shift, hasPlain: false, detailWidth };
  }

  #sizeUnder(plan: IntegerPlan): number {
    const coder = new RangeEncoder();
    this.#model.start(plan);
    for (let place = 0; place < this.#wholeCount; place += 1) this.#model.write(coder, this.#wholes, place);
    return coder.finish().length;
  }

  #start(plan: NumberPlan): void {
    this.#model.start(plan.integers);
    resetContexts(this.#contexts, 0, CONTEXT_COUNT);
    if (plan.detailWidth > 0) this.#memory.start();
  }

  #writeDetail(coder: RangeEncoder, plan: NumberPlan, place: number): void {
    const detail = this.#details[place] ?? 0;
    const source = this.#memory.swap(this.#wholes, place);
    if (source >= 0) {
      const isSame = this.#details[source] === detail;
      coder.bit(this.#contexts, SAME_AT, isSame ? 1 : 0);
      if (isSame) return;
    }
    if (plan.decimals < 0) coder.raw(detail, plan.detailWidth);
    else coder.tree(this.#contexts, STEPS_AT, STEPS_WIDTH, detail);
  }

  #readDetail(coder: RangeDecoder, plan: NumberPlan, place: number): number {
    const source = this.#memory.swap(this.#wholes, place);
    const isSame = source >= 0 && coder.bit(this.#contexts, SAME_AT) === 1;
    let detail = isSame ? (this.#details[source] ?? 0) : 0;
    if (!isSame) {
      const isOrdered = plan.decimals < 0;
      detail = isOrdered ? coder.raw(plan.detailWidth) : coder.tree(this.#contexts, STEPS_AT, STEPS_WIDTH);
    }
    this.#details[place] = detail;
    return detail;
  }
}

function fitsInteger(whole: number): boolean {
  return whole <= INTEGER_MAX && whole >= -INTEGER_MAX;
}

/** Says whether most of some rows, taken from everywhere, are decimals. */
function looksDecimal(values: Float64Array, decimals: number): boolean {
  const probeCount = Math.min(PROBES, values.length);
  let misfits = 0;
  for (let index = 0; index < probeCount; index += 1) {
    const value = values[Math.floor((index * values.length) / probeCount)] ?? 0;
    const whole = toDecimal(value, decimals);
    if (!fitsInteger(whole) || Number.isNaN(stepsBetween(fromDecimal(whole, decimals), value))) misfits += 1;
  }
  return misfits <= Math.ceil(probeCount / PLAIN_SHARE);
}
