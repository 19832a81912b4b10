/** Values and moments as programs write them: numbers as text, true and false, dates in four spellings. */

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/u;

/** What programs write where they have no value. */
const ABSENT = /^(?:|null|nan|none|n\/a|unknown|unavailable)$/iu;

/** Longer text is no number. */
const TEXT_MAX = 64;

/**
 * Makes a number of what was written: NaN where it says that there is none, undefined where it is no number.
 *
 * `states` gives words their numbers, and goes before everything else. True is 1 and false 0, also as words. A number
 * too large for a double is an infinity. Units: as written.
 */
export function looseNumber(value: unknown, states?: ReadonlyMap<string, number>): number | undefined {
  switch (typeof value) {
    case "number":
      return states?.get(String(value)) ?? value;
    case "boolean":
      return states?.get(String(value)) ?? (value ? 1 : 0);
    case "string":
      return numberOfText(value.length > TEXT_MAX ? value : value.trim(), states);
    default:
      return value === null ? Number.NaN : undefined;
  }
}

function numberOfText(text: string, states: ReadonlyMap<string, number> | undefined): number | undefined {
  const named = states?.get(text);
  if (named !== undefined) return named;
  if (text.length > TEXT_MAX) return undefined;
  if (NUMBER.test(text)) return Number(text);
  if (ABSENT.test(text)) return Number.NaN;
  if (/^true$/iu.test(text)) return 1;
  return /^false$/iu.test(text) ? 0 : undefined;
}

/** How a moment is written: by ISO 8601, or as a count since 1970. */
export const TIME_FORMATS = ["auto", "iso", "s", "ms", "us", "ns"] as const;
export type TimeFormat = (typeof TIME_FORMATS)[number];

const PER_MILLISECOND: Readonly<Record<string, number>> = { s: 1e-3, ms: 1, us: 1e3, ns: 1e6 };

/** A date with a time; the zone may be left out, which means UTC. */
const ISO = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?)\s*(Z|[+-]\d\d(?::?\d\d)?)?$/iu;

/**
 * Finds the moment that was written; undefined where it is none. Counts whose unit is not said are told by their size,
 * which is right from 1973 to 5138.
 *
 * Units: whole milliseconds since 1970. Source: ISO 8601.
 */
export function parseMoment(value: unknown, format: TimeFormat): number | undefined {
  const isText = typeof value === "string";
  if (format === "iso" || (format === "auto" && isText && !NUMBER.test(value))) {
    return isText ? parseIso(value.trim()) : undefined;
  }
  const count = isText ? (NUMBER.test(value) ? Number(value) : Number.NaN) : value;
  if (typeof count !== "number" || !Number.isFinite(count)) return undefined;
  return Math.round(count / (PER_MILLISECOND[format === "auto" ? unitBySize(count) : format] ?? 1));
}

function unitBySize(count: number): TimeFormat {
  const size = Math.abs(count);
  if (size < 1e11) return "s";
  if (size < 1e14) return "ms";
  return size < 1e17 ? "us" : "ns";
}

function parseIso(text: string): number | undefined {
  const match = ISO.exec(text);
  if (match === null) return undefined;
  const [, date = "", time, zone = "Z"] = match;
  // A day that no calendar has would roll over into the next month.
  if (!isDay(date)) return undefined;
  const offset = /^[+-]/u.test(zone) ? `${zone.slice(0, 3)}:${zone.slice(3).replace(":", "") || "00"}` : "Z";
  const at = Date.parse(`${date}T${time?.replace(",", ".")}${offset}`);
  return Number.isNaN(at) ? undefined : at;
}

function isDay(date: string): boolean {
  const midnight = new Date(`${date}T00:00:00Z`);
  return !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(date);
}
