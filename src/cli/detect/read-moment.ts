/** Moments of files that other programs wrote. */

const PLAIN = /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d(?::\d\d(?:\.\d+)?)?$/u;
const DATED = /^\d{4}-\d\d-\d\d/u;
const ZONED = /(?:z|utc|gmt|[a-z][sd]t|[+-]\d\d:?\d\d)$/iu;
const HOURS_ZONED = /:[\d:.]+ ?[+-]\d\d$/u;
const NUMBER = /^\d+(?:\.\d+)?$/u;

/** Seconds reach it in the year 5138; milliseconds, microseconds and nanoseconds a thousand times it, and so on. */
const SECONDS_MAX = 1e11;

/**
 * Reads `2026-11-21 10:00:00`, with a `T` or a zone too, or a number of seconds, milliseconds, microseconds or
 * nanoseconds since 1970; without a zone it is UTC. NaN for anything else. Units: milliseconds since 1970.
 */
export function readMoment(text: string): number {
  if (DATED.test(text)) return isDay(text) ? parseDated(text) : Number.NaN;
  if (!NUMBER.test(text)) return Number.NaN;
  const number = Number(text);
  if (number < SECONDS_MAX) return number * 1000;
  if (number < SECONDS_MAX * 1e3) return number;
  return number < SECONDS_MAX * 1e6 ? number / 1e3 : number / 1e6;
}

/** The 31st of February would be taken for the 3rd of March. */
function isDay(text: string): boolean {
  const day = text.slice(8, 10);
  return day <= "28" || new Date(`${text.slice(0, 10)}T00:00Z`).getUTCDate() === Number(day);
}

/** What names no zone, as hours of one digit do, would be taken for local time. */
function parseDated(text: string): number {
  if (PLAIN.test(text)) return Date.parse(`${text.slice(0, 10)}T${text.slice(11)}Z`);
  if (HOURS_ZONED.test(text)) return Date.parse(`${text}:00`);
  return Date.parse(ZONED.test(text) ? text : `${text.replace("T", " ")} Z`);
}
