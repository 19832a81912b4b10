/**
 * Binary floating point brought back to the decimal a person expects, by arithmetic: on the hot path a number is never
 * printed and parsed again, except far outside of what machines measure.
 */

/** The powers of ten that a double holds exactly. */
const POWERS_OF_TEN = [
  1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
  1e21, 1e22,
] as const;

const EXPONENT_EXACT_MAX = POWERS_OF_TEN.length - 1;

/** Every decimal of this many digits survives a double. Source: IEEE 754, DBL_DIG of C. */
const DOUBLE_DIGITS = 15;

/** Every decimal of this many digits survives a single. Source: IEEE 754, FLT_DIG of C. */
const SINGLE_DIGITS = 6;

/** No single needs more digits than this. Source: IEEE 754, FLT_DECIMAL_DIG of C. */
const SINGLE_DIGITS_MAX = 9;

/**
 * Rounds to the 15 significant digits that a double can promise, which takes off what arithmetic in binary left behind:
 * 0.1 + 0.2 becomes 0.3.
 *
 * `magnitude` is the size of the largest number that went into `value`; leaving it out means `value` itself. After a
 * subtraction it matters: 273.2 - 273.15 has lost three digits, and only with the magnitude 273.2 becomes 0.05.
 * Units: none.
 */
export function snapDecimal(value: number, magnitude = Math.abs(value)): number {
  if (Number.isInteger(value) || !Number.isFinite(value)) return value;
  const decimals = DOUBLE_DIGITS - 1 - Math.floor(Math.log10(magnitude));
  if (decimals <= 0) return value;
  return decimals > EXPONENT_EXACT_MAX ? Number(value.toPrecision(DOUBLE_DIGITS)) : roundTo(value, decimals);
}

/**
 * Finds the decimal with the fewest digits that a device's single stands for: 230.1, not 230.10000610351562.
 *
 * `single` is a value that a single can hold; NaN and infinities come back as they are. Units: none.
 */
export function shortestDecimal(single: number): number {
  const size = Math.abs(single);
  if (Number.isInteger(single) && size < 2 ** 24) return single;
  if (!(size >= 1e-9 && size < 1e21)) return shortestDecimalByText(single);
  const exponent = Math.floor(Math.log10(size));
  for (let digits = SINGLE_DIGITS; digits < SINGLE_DIGITS_MAX; digits += 1) {
    const candidate = roundTo(single, digits - 1 - exponent);
    if (Math.fround(candidate) === single) return candidate;
  }
  return roundTo(single, SINGLE_DIGITS_MAX - 1 - exponent);
}

/** Rounds to so many digits behind the point; what is too large to have any stays as it is. Units: none. */
export function roundDecimal(value: number, decimals: number): number {
  return Math.abs(value) < 1e15 / (POWERS_OF_TEN[decimals] ?? 1) ? roundTo(value, decimals) : value;
}

/** Rounds to a number of decimals, negative ones left of the point; the one division makes it the nearest double. */
function roundTo(value: number, decimals: number): number {
  const power = POWERS_OF_TEN[Math.abs(decimals)] ?? Number.NaN;
  return decimals >= 0 ? Math.round(value * power) / power : Math.round(value / power) * power;
}

function shortestDecimalByText(single: number): number {
  for (let digits = 1; digits < SINGLE_DIGITS_MAX; digits += 1) {
    const candidate = Number(single.toPrecision(digits));
    if (Math.fround(candidate) === single) return candidate;
  }
  return Number.isFinite(single) ? Number(single.toPrecision(SINGLE_DIGITS_MAX)) : single;
}
