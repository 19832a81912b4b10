/** What is said of a block that goes into quarantine. */

import { type Finding, UNKNOWN_SERIES } from "../model/log-care.ts";
import type { Series, SeriesId } from "../model/series.ts";

/** Looks a series up; undefined when its definition is lost. */
export type FindSeries = (id: SeriesId) => Series | undefined;

/** Says what was found and exactly what it costs: how many samples, of what, from when to when. */
export function describeLoss(finding: Finding, findSeries: FindSeries): string {
  const { what, from, to, fromAt, toAt, count, series } = finding;
  if (count === 0) return `${what} It is taken out, and nothing is lost.`;
  const range =
    fromAt === undefined || toAt === undefined
      ? "nobody knows from when"
      : `from ${new Date(fromAt).toISOString()} to ${new Date(toAt).toISOString()}`;
  const parts = series.map((of) => `${of.count} of ${nameSeries(of.series, findSeries)}`).join(", ");
  return `${what} Its ${count} samples, sequences ${from} to ${to - 1}, are lost, ${range}: ${parts}.`;
}

/** A series as a sentence names it. */
export function nameSeries(id: SeriesId, findSeries: FindSeries): string {
  const series = id === UNKNOWN_SERIES ? undefined : findSeries(id);
  if (series === undefined) return "what nobody knows any more";
  return series.tags.length === 0 ? series.metric : `${series.metric}{${series.tags.join(",")}}`;
}
