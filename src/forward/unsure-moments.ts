/**
 * Samples of which only is known what came before and after them, because no right clock has stamped them. Where they
 * go with a tag that says so, they are of series of their own to an intake, and to all that is known of what it holds.
 */

import type { UnsurePolicy } from "../model/config.ts";
import { FLAG } from "../model/samples.ts";
import type { Series, SeriesId } from "../model/series.ts";

/** What the events of such moments say too. */
const UNSURE_TAG = "clock:untrusted";

/** No series of the log has an id as large. */
const UNSURE_FROM = 2 ** 31;

/** Whether no right clock has stamped a sample, by its flags. */
export function isUnsure(flags: number): boolean {
  return (flags & FLAG.clockUntrusted) !== 0;
}

/** The series that a sample is of to an intake; undefined where it does not go there. */
export function seriesAtIntake(id: SeriesId, flags: number, policy: UnsurePolicy = "flag"): SeriesId | undefined {
  if (policy === "send" || !isUnsure(flags)) return id;
  return policy === "flag" ? id + UNSURE_FROM : undefined;
}

/** Makes what knows the series of an intake from what knows those of the log. */
export function nameAtIntake(seriesOf: (id: SeriesId) => Series): (id: SeriesId) => Series {
  return (id) => {
    if (id < UNSURE_FROM) return seriesOf(id);
    const series = seriesOf(id - UNSURE_FROM);
    return { ...series, tags: [...series.tags, UNSURE_TAG].sort() };
  };
}
