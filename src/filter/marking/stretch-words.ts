/** Odd stretches in plain words: for events, service checks and people. */

import type { Series } from "../../model/series.ts";
import { formatSpan } from "../../model/time.ts";
import type { StretchFacts } from "./stretch.ts";

/** Digits that are worth reading. */
const DIGITS = 5;

/** When something is told, and whether the clock knows the date. */
export interface Telling {
  /** Units: milliseconds since 1970. */
  readonly now: number;
  readonly isTrusted: boolean;
}

/** Names a series by its metric, and what tells it from others of its instance. */
export function nameSeries({ metric, tags }: Pick<Series, "metric" | "tags">): string {
  const own = tags.filter((tag) => !/^(?:check|instance|profile):/u.test(tag));
  return own.length === 0 ? metric : `${metric} (${own.join(", ")})`;
}

/** Of which series a stretch is, and beyond what its values are odd at once. */
export interface ToldSeries {
  readonly series: Series;
  /** Units: the canonical one of the series; infinite where there is no limit. */
  readonly limits: readonly [low: number, high: number];
}

/** Says what is odd about a value: how much it is, and what was expected. */
export function describePeak(
  { peakValue, low, high, wasBeyond }: StretchFacts,
  { series: { unit }, limits }: ToldSeries,
): string {
  const value = formatMeasured(peakValue, unit);
  const expected = describeRange(low, high, unit, ", expected ");
  return wasBeyond
    ? `${value}, beyond its threshold${describeLimit(peakValue, limits, unit)}${expected}`
    : value + expected;
}

/** Nothing where the value is within limits that were set anew since. */
function describeLimit(value: number, [low, high]: ToldSeries["limits"], unit: string): string {
  if (value < low) return ` of ${formatMeasured(low, unit)}`;
  return value > high ? ` of ${formatMeasured(high, unit)}` : "";
}

/** A line of a list of what is odd now. */
export function describeOdd(told: ToldSeries, facts: StretchFacts, telling: Telling): string {
  const { begunAt, peakAt, peakScore } = facts;
  const since = `odd since ${describeMoment(begunAt, telling)}`;
  const peak = `${describePeak(facts, told)}, at ${describeMoment(peakAt, telling)}`;
  return `${nameSeries(told.series)}: ${since}. Furthest out: ${peak}. Score ${formatScore(peakScore)}.`;
}

/** A line of a list of what was odd. */
export function describeOver(told: ToldSeries, facts: StretchFacts, telling: Telling): string {
  const { begunAt, lastOddAt, peakAt, peakScore } = facts;
  const from = describeMoment(begunAt, telling);
  const span = formatSpan(lastOddAt - begunAt);
  const peak = `${describePeak(facts, told)}, at ${describeMoment(peakAt, telling)}`;
  const until = `odd from ${from} to ${describeMoment(lastOddAt, telling)}, for ${span}`;
  return `${nameSeries(told.series)}: ${until}. Furthest out: ${peak}. Score ${formatScore(peakScore)}.`;
}

/** Writes a score so that one that is not reached does not look as if it were. */
export function formatScore(score: number): string {
  return (Math.floor(score * 100 + 1e-9) / 100).toFixed(2);
}

/** A date where the clock knows it, else how long ago. */
function describeMoment(at: number, { now, isTrusted }: Telling): string {
  if (!isTrusted) return `${formatSpan(Math.max(0, now - at))} ago`;
  return `${new Date(at).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

function describeRange(low: number, high: number, unit: string, before: string): string {
  if (Number.isNaN(low) || Number.isNaN(high)) return "";
  return `${before}${formatNumber(low)} to ${formatMeasured(high, unit)}`;
}

function formatMeasured(value: number, unit: string): string {
  return `${formatNumber(value)} ${unit}`.trim();
}

function formatNumber(value: number): string {
  return String(Number(value.toPrecision(DIGITS)));
}
