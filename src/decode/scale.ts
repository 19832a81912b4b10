/** Scale and offset in decimal: 2301 * 0.1 is 230.1 here, as everybody but a binary multiplier expects. */

import { snapDecimal } from "./decimal.ts";

/**
 * Multiplies so that decimal factors give the decimal a person expects.
 *
 * Whole numbers times whole factors, and whole numbers times 0.1, 0.01, 0.5 and their like, are exact or the nearest
 * double; anything else is rounded to 15 significant digits. Units: those of `value` times those of `factor`.
 */
export function scaleDecimal(value: number, factor: number): number {
  if (factor === 1) return value;
  if (!Number.isInteger(value)) return snapDecimal(value * factor);
  const divisor = Math.round(1 / factor);
  return 1 / divisor === factor ? value / divisor : snapDecimal(value * factor);
}

/** The powers of ten that a register may scale by. Source: SunSpec Information Model Specification, type sunssf. */
const EXPONENT_MAX = 10;

const POWERS_OF_TEN = Float64Array.from({ length: 2 * EXPONENT_MAX + 1 }, (_, place) =>
  Number(`1e${place - EXPONENT_MAX}`),
);

/**
 * Multiplies by a power of ten that was read from a device. NaN for either means that there is no reading; an exponent
 * beyond 10 either way is none, and gives an infinity.
 *
 * Units: those of `value`.
 */
export function scaleByExponent(value: number, exponent: number): number {
  if (Number.isNaN(value) || Number.isNaN(exponent)) return Number.NaN;
  const power = POWERS_OF_TEN[exponent + EXPONENT_MAX];
  return power === undefined ? Number.POSITIVE_INFINITY : scaleDecimal(value, power);
}

/**
 * Makes a value of a raw one: `raw * scale + offset`. NaN and infinities pass through, and zero has no sign.
 *
 * Units: none in, the profile's unit out.
 */
export function applyScale(raw: number, scale: number, offset: number): number {
  const scaled = scaleDecimal(raw, scale);
  if (offset === 0) return scaled + 0;
  return snapDecimal(scaled + offset, Math.max(Math.abs(scaled), Math.abs(offset)));
}
