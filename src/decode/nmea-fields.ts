/**
 * Fields of a sentence. An empty one, or one that is no number, is absent: what a receiver does not know it leaves out,
 * and what it cannot write is no reading.
 */

import { snapDecimal } from "./decimal.ts";

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)$/u;

/** The arithmetic of degrees is rounded to a tenth of a millimetre on the ground. */
const DEGREES_PER_UNIT = 1e9;

const TIME = /^(\d{2})(\d{2})(\d{2})(\.\d*)?$/u;

const DAY_MS = 86_400_000;

/** A day of the calendar; months count from 1. */
export interface CalendarDay {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

/** Parses a number. Units: those of the field. */
export function parseNumber(field: string | undefined): number | undefined {
  const text = field?.trim() ?? "";
  return NUMBER.test(text) ? Number(text) : undefined;
}

/** Parses a number that cannot be negative, such as a speed. Units: those of the field. */
export function parseSize(field: string | undefined): number | undefined {
  const value = parseNumber(field);
  return value !== undefined && value >= 0 ? value : undefined;
}

/** Parses a direction. Units: degrees, from 0 up to 360. */
export function parseDirection(field: string | undefined): number | undefined {
  const value = parseSize(field);
  if (value === undefined || value > 360) return undefined;
  return value === 360 ? 0 : value;
}

/** Parses degrees and minutes, `ddmm.mmmm`, and `N` or `S`. Units: degrees, north positive. */
export function parseLatitude(field: string | undefined, side: string | undefined): number | undefined {
  return parseAngle(field, 90, side === "N" ? 1 : side === "S" ? -1 : undefined);
}

/** Parses degrees and minutes, `dddmm.mmmm`, and `E` or `W`. Units: degrees, east positive. */
export function parseLongitude(field: string | undefined, side: string | undefined): number | undefined {
  return parseAngle(field, 180, side === "E" ? 1 : side === "W" ? -1 : undefined);
}

/** Some receivers leave out leading zeros, so what counts is where the point is. */
function parseAngle(field: string | undefined, degreesMax: number, sign: 1 | -1 | undefined): number | undefined {
  const value = parseSize(field);
  if (value === undefined || sign === undefined) return undefined;
  const degrees = Math.floor(value / 100);
  const minutes = snapDecimal(value - 100 * degrees, value);
  const angle = degrees + minutes / 60;
  if (minutes >= 60 || angle > degreesMax) return undefined;
  return (sign * Math.round(angle * DEGREES_PER_UNIT)) / DEGREES_PER_UNIT;
}

/** Parses `hhmmss.ss`. Units: milliseconds since midnight in UTC; a leap second is the one after it. */
export function parseTimeOfDay(field: string | undefined): number | undefined {
  const [, hours, minutes, whole, part = ""] = TIME.exec(field?.trim() ?? "") ?? [];
  if (Number(hours) > 23 || Number(minutes) > 59 || Number(whole) > 60 || hours === undefined) return undefined;
  const fraction = part.length > 1 ? Number(part) : 0;
  const time = Number(hours) * 3_600_000 + Number(minutes) * 60_000 + Math.round((Number(whole) + fraction) * 1000);
  return time % DAY_MS;
}

/** The satellites tell the time since 1980; a receiver that has lost its date begins somewhere after that. */
const OLDEST_YEAR = 80;

/** Parses `ddmmyy`. */
export function parseDay(field: string | undefined): CalendarDay | undefined {
  const [, day, month, year] = /^(\d{2})(\d{2})(\d{2})$/u.exec(field?.trim() ?? "") ?? [];
  const century = Number(year) >= OLDEST_YEAR ? 1900 : 2000;
  return day === undefined ? undefined : toDay(century + Number(year), Number(month), Number(day));
}

/** Parses day, month and a year of four digits, each a field. */
export function parseLongDay(day = "", month = "", year = ""): CalendarDay | undefined {
  if (!/^\d{1,2}$/u.test(day) || !/^\d{1,2}$/u.test(month) || !/^[12]\d{3}$/u.test(year)) return undefined;
  return toDay(Number(year), Number(month), Number(day));
}

/** Gives the moment of a time on a day. Units: milliseconds since 1970; `timeOfDay` since midnight. */
export function toMoment({ year, month, day }: CalendarDay, timeOfDay: number): number {
  return Date.UTC(year, month - 1, day) + timeOfDay;
}

function toDay(year: number, month: number, day: number): CalendarDay | undefined {
  const date = new Date(Date.UTC(year, month - 1, day));
  const isReal = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return isReal ? { year, month, day } : undefined;
}
