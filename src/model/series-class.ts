/** How much a series matters where an uplink cannot carry everything. */

import { courseOfSeries } from "./metrics.ts";
import type { Series } from "./series.ts";

/** The classes, from the one that goes last of all without to the one that gives way first. */
export const SERIES_CLASSES = ["alarms", "states", "energy", "analog"] as const;
export type SeriesClass = (typeof SERIES_CLASSES)[number];

/** Words of a metric or point, between dots, dashes and underscores, that tell that something is wrong. */
const ALARM_WORDS: ReadonlySet<string> = new Set(
  "alarm alarms alert alerts emergency error errors estop failure fault faults leak smoke trip tripped warning warnings".split(
    " ",
  ),
);

/** Words that tell of one of a few states a machine can be in. */
const STATE_WORDS: ReadonlySet<string> = new Set(
  "contact door enabled mode online relay running state states status switch".split(" "),
);

/**
 * Tells the class of a series: alarms by the words of its metric and point, energy by its course (totals, and what they
 * grew by), states by their course, or by their words where they have no unit; everything else is analog.
 */
export function seriesClassOf(series: Series): SeriesClass {
  const { metric, tags, unit } = series;
  const point = tags.find((tag) => tag.startsWith("point:"))?.slice("point:".length) ?? "";
  const words = `${metric}.${point}`.toLowerCase().split(/[.\-_]/u);
  const course = courseOfSeries(series);
  const isCounted = course === "total" || course === "delta";
  if (unit === "" && !isCounted && words.some((word) => ALARM_WORDS.has(word))) return "alarms";
  if (isCounted) return "energy";
  if (course === "state" || (unit === "" && words.some((word) => STATE_WORDS.has(word)))) return "states";
  return "analog";
}
