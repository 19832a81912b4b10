/** How likely a meaning of registers is the one that was meant, and what speaks for it. */

import type { Interpretation } from "./interpretations.ts";
import { scaleDecimal } from "./scale.ts";

/** What is expected of a value: about a number, or between two. Units: those of the quantity. */
export type Expectation =
  | { readonly kind: "about"; readonly value: number }
  | { readonly kind: "between"; readonly lowest: number; readonly highest: number };

/** How a value goes on from read to read. */
export type Course = "stays" | "rises" | "moves" | "jumps";

/** A meaning, judged. */
export interface Judged extends Interpretation {
  readonly verdict: "likely" | "possible" | "unlikely";
  readonly score: number;
  /** What the raw number is multiplied by to be as expected; 1 where nothing is expected. */
  readonly scale: number;
  readonly course: Course;
  /** What speaks for or against it, in words. */
  readonly reasons: readonly string[];
}

/** Factors that profiles have, the plain one first. */
const SCALES = [1, 0.1, 0.01, 0.001, 10, 100, 1000] as const;

/** From one read to the next a gauge seldom changes by more than this share of its size. */
const JUMP_SHARE = 0.5;

/** A float of a machine lies between these; of random bits, one in eight does. */
const FLOAT_MIN = 1e-4;
const FLOAT_MAX = 1e8;

/** Whole numbers beyond these are seldom measured. */
const INTEGER_USUAL = 1e8;

/** What marks of its own a type leaves: how unusual it is. */
const RARE_TYPES = /^(bcd|sign|date|u?int\d+-m10k|float32-4q|u?int8$)/u;

/** Judges all meanings, the likeliest first. */
export function judgeInterpretations(
  all: readonly Interpretation[],
  expected: Expectation | undefined,
): readonly Judged[] {
  return all.map((each) => judge(each, expected)).sort((one, other) => other.score - one.score);
}

function judge(meaning: Interpretation, expected: Expectation | undefined): Judged {
  const last = meaning.values.at(-1) ?? Number.NaN;
  const course = courseOf(meaning.values);
  if (!meaning.values.every((value) => Number.isFinite(value))) {
    const reason = Number.isNaN(last) ? "is no number, by which devices say that there is no reading" : "is no value";
    return { ...meaning, verdict: "unlikely", score: -20, scale: 1, course, reasons: [reason] };
  }
  const notes: (readonly [number, string])[] = [...noteType(meaning, last), ...noteCourse(course)];
  let scale = 1;
  if (expected !== undefined) {
    const fit = fitExpectation(
      last,
      expected,
      meaning.types.some((type) => type.startsWith("float")),
    );
    scale = fit.scale;
    notes.push(fit.note);
  }
  const score = notes.reduce((sum, [points]) => sum + points, 0) - orderCost(meaning);
  const isFit = expected === undefined || (notes.at(-1)?.[0] ?? 0) > 0;
  const verdict = isFit && score >= 3 ? "likely" : score >= -2 ? "possible" : "unlikely";
  return { ...meaning, verdict, score, scale, course, reasons: notes.map(([, words]) => words).filter(Boolean) };
}

/** The standard's own order is the one most devices have. */
function orderCost({ wordOrder, byteOrder }: Interpretation): number {
  const words = { "high-word-first": 0, "low-word-first": 0.5, "low-half-first": 2, "low-word-first-in-halves": 2 };
  return words[wordOrder] + (byteOrder === "high-byte-first" ? 0 : 2);
}

function noteType({ types, letters }: Interpretation, value: number): (readonly [number, string])[] {
  const [type = "uint16"] = types;
  const size = Math.abs(value);
  const rare: (readonly [number, string])[] = types.every((each) => RARE_TYPES.test(each)) ? [[-2, ""]] : [];
  if (type.startsWith("date")) return [[value > 946_684_800 ? 3 : 0, "is a date of this century"]];
  if (value === 0) return [...rare, [0, ""]];
  if (type.startsWith("float")) {
    const isUsual = size >= FLOAT_MIN && size <= FLOAT_MAX;
    const note = isUsual
      ? ([4, "has the size of a measured float"] as const)
      : ([-6, "is too large or too small"] as const);
    return [...rare, note];
  }
  if (letters.length <= 2) return rare;
  if (size % 0x1_0000 === 0) return [...rare, [-5, "has nothing in its lower half"]];
  if (size > INTEGER_USUAL) return [...rare, [-4, "is larger than what is usually measured"]];
  return size < 0x1_0000 && !rare.length ? [[1, "has nothing in its upper half"]] : rare;
}

function noteCourse(course: Course): (readonly [number, string])[] {
  if (course === "jumps") return [[-5, "jumps from read to read"]];
  if (course === "rises") return [[1, "rises with each read"]];
  return course === "moves" ? [[1, "moves a little"]] : [];
}

function courseOf(values: readonly number[]): Course {
  const steps = values.slice(1).map((value, index) => value - (values[index] ?? value));
  if (steps.every((step) => step === 0)) return "stays";
  const size = Math.max(...values.map(Math.abs));
  if (steps.some((step) => Math.abs(step) > JUMP_SHARE * size && Math.abs(step) > 2)) return "jumps";
  return steps.length > 1 && steps.every((step) => step > 0) ? "rises" : "moves";
}

/** Floats come as they are; whole numbers are scaled by a power of ten. */
function fitExpectation(
  value: number,
  expected: Expectation,
  isFloat: boolean,
): { readonly scale: number; readonly note: readonly [number, string] } {
  let best = { scale: 1, error: Number.POSITIVE_INFINITY };
  for (const scale of SCALES) {
    const error = errorOf(scaleDecimal(value, scale), expected);
    // A plainer factor is only given up for a much better value.
    if (error < best.error / 4) best = { scale, error };
  }
  const cost = best.scale === 1 ? 0 : isFloat ? 4 : 1;
  if (best.error <= 0.02) return { scale: best.scale, note: [12 - cost, "is as expected"] };
  if (best.error <= 0.1) return { scale: best.scale, note: [3 - cost, "is near what is expected"] };
  return { scale: 1, note: [-8, ""] };
}

/** How far a value is from what is expected, as a share of it; 0 inside a range. */
function errorOf(value: number, expected: Expectation): number {
  if (expected.kind === "about") {
    return Math.abs(value - expected.value) / Math.max(Math.abs(expected.value), 1e-9);
  }
  const { lowest, highest } = expected;
  return value >= lowest && value <= highest ? 0 : 1;
}
