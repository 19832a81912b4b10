/**
 * How a column of whole numbers is predicted. All predictors are one: a level and a trend, each moved by its gain
 * towards what came. Gains of 0 follow a line, as the moments of a steady poll do; gains of 1 and 0 repeat the number
 * before, gains of 1 and 1 go on as it went; small gains see through noise.
 */

/** Whole numbers up to this, either way, can be predicted and told apart without rounding. */
export const INTEGER_MAX: number = 2 ** 48;

/** The gains of level and trend. */
export const PREDICTORS: readonly (readonly [number, number])[] = [
  [0, 0],
  [1, 0],
  [1, 1],
  [0.5, 0],
  [0.25, 0],
  [0.125, 0],
  [0.5, 0.0625],
];

/** The number before; its errors are never larger than what it is between. */
const REPEATING = 1;

/** A larger error may have been rounded: a line went astray. */
const ERROR_MAX = 2 ** 50;

/** Rows that are looked at to find what is usual. */
const PROBES = 33;

/** Runs of so many rows, taken from everywhere, decide between the predictors. */
const SCOUT_RUNS = 8;
const SCOUT_ROWS = 32;

/** How to predict a column. */
export interface IntegerPlan {
  /** A row of AGREEING in recall.ts. */
  readonly recall: number;
  /** A row of PREDICTORS. */
  readonly predictor: number;
  /** Bits of the largest magnitude. */
  readonly width: number;
  /** The level and the trend to begin with. */
  readonly first: number;
  readonly step: number;
}

/** A plan as its maker sees it: with the mean length of an error, about. Units: bits. */
export interface WeighedPlan extends IntegerPlan {
  readonly errorBits: number;
}

/** Chooses how to predict a column. */
export function planIntegers(wholes: Float64Array): WeighedPlan {
  const usualStep = middleOf(wholes.length - 1, (row) => (wholes[row + 1] ?? 0) - (wholes[row] ?? 0));
  const starts = scoutStarts(wholes.length);
  let best = { predictor: REPEATING, first: wholes[0] ?? 0, step: 0 };
  let bestCost = Number.POSITIVE_INFINITY;
  for (const step of usualStep === 0 ? [0] : [0, usualStep]) {
    const middle = middleOf(wholes.length, (row) => (wholes[row] ?? 0) - row * step);
    for (const [predictor, [gain]] of PREDICTORS.entries()) {
      const isLine = gain === 0 && Math.abs(middle) <= INTEGER_MAX;
      const first = isLine ? middle : (wholes[0] ?? 0);
      let cost = 0;
      for (const from of starts) {
        const level = isLine ? first + (from - 1) * step : (wholes[from] ?? 0) - step;
        cost += weigh(wholes.subarray(from, from + SCOUT_ROWS), predictor, level, step) / starts.length;
      }
      if (cost >= bestCost) continue;
      best = { predictor, first, step };
      bestCost = cost;
    }
  }
  let errorMax = errorMaxOf(wholes, best.predictor, best.first, best.step);
  if (errorMax > ERROR_MAX) {
    best = { predictor: REPEATING, first: wholes[0] ?? 0, step: 0 };
    errorMax = errorMaxOf(wholes, best.predictor, best.first, best.step);
  }
  return { ...best, recall: 0, width: 32 - Math.clz32(magnitudeOf(errorMax)), errorBits: bestCost };
}

const DOUBLE = new Float64Array(1);
const DOUBLE_WORDS = new Uint32Array(DOUBLE.buffer);

/** The upper half of 1 as a double, and by how much it grows when the double doubles. */
const ONE_HIGH = 0x3ff0_0000;
const EXPONENT_STEP = 0x10_0000;

/** The length in bits of a whole number from 0 to 2^53. */
export function magnitudeOf(size: number): number {
  if (size < 2 ** 31) return 32 - Math.clz32(size);
  DOUBLE[0] = size;
  return ((DOUBLE_WORDS[1] ?? 0) >>> 20) - 1022;
}

/** The middle one of some numbers, taken from everywhere; 0 of none. */
function middleOf(count: number, numberOf: (row: number) => number): number {
  const probeCount = Math.min(PROBES, count);
  if (probeCount < 1) return 0;
  const probes = new Float64Array(probeCount);
  for (let index = 0; index < probeCount; index += 1)
    probes[index] = numberOf(Math.floor((index * count) / probeCount));
  return probes.sort()[probeCount >>> 1] ?? 0;
}

/** Where the runs begin that stand for the column; a short one is a single run, or a few that touch. */
function scoutStarts(count: number): number[] {
  const runs = Math.min(SCOUT_RUNS, Math.max(1, Math.ceil(count / SCOUT_ROWS)));
  return Array.from({ length: runs }, (_, run) =>
    Math.floor((run * Math.max(0, count - SCOUT_ROWS)) / (runs - 1 || 1)),
  );
}

/** The mean length of the errors of a predictor, about: the upper half of a double is nearly its logarithm. */
function weigh(wholes: Float64Array, predictor: number, firstLevel: number, step: number): number {
  const [gain, trendGain] = PREDICTORS[predictor] ?? [0, 0];
  let level = firstLevel;
  let trend = step;
  let cost = 0;
  for (let row = 0; row < wholes.length; row += 1) {
    const expected = level + trend;
    const whole = wholes[row] ?? 0;
    DOUBLE[0] = Math.abs(whole - Math.round(expected)) + 1;
    cost += (DOUBLE_WORDS[1] ?? 0) - ONE_HIGH;
    level = expected + gain * (whole - expected);
    trend += trendGain * (whole - expected);
  }
  return wholes.length === 0 ? 0 : cost / wholes.length / EXPONENT_STEP;
}

/** The largest error of a predictor, either way. */
function errorMaxOf(wholes: Float64Array, predictor: number, first: number, step: number): number {
  const [gain, trendGain] = PREDICTORS[predictor] ?? [0, 0];
  let level = first - step;
  let trend = step;
  let errorMax = 0;
  for (let row = 0; row < wholes.length; row += 1) {
    const expected = level + trend;
    const whole = wholes[row] ?? 0;
    const error = Math.abs(whole - Math.round(expected));
    if (error > errorMax) errorMax = error;
    level = expected + gain * (whole - expected);
    trend += trendGain * (whole - expected);
  }
  return errorMax;
}
