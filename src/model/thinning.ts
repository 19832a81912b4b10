/**
 * What a reader that thins makes of the samples of the log. The log keeps every sample; which of them are ordinary was
 * marked before they came to it, and what tells of those was written beside them. So a reader needs nothing but the
 * flags of a sample and the definition of its series, and remembers nothing.
 *
 * | sample | goes as |
 * | --- | --- |
 * | of a summary | NAME; a reader that does not thin leaves it out |
 * | of a lead | not: it says how long before an onset began what is anomalous there |
 * | ordinary, and anomalous or its context | NAME.full |
 * | ordinary | not: a summary, or an earlier sample, tells of it |
 * | any other | NAME |
 */

import { FULL_SUFFIX } from "./metrics.ts";
import { FLAG } from "./samples.ts";
import { type Series, toSortedTags } from "./series.ts";
import type { Millis } from "./time.ts";

/** Marks the series of summaries in the log. No user can write a tag that begins like it, and no intake sees it. */
const SUMMARY_TAG = "_summary:yes";

/** Names the series in the log of what sums up a series. */
export function summaryOf(series: Series): Series {
  return { ...series, tags: toSortedTags([...series.tags, SUMMARY_TAG]) };
}

/** The series that one of summaries stands for; undefined for any other. */
export function summarizedBy(series: Series): Series | undefined {
  if (!series.tags.includes(SUMMARY_TAG)) return undefined;
  return { ...series, tags: series.tags.filter((tag) => tag !== SUMMARY_TAG) };
}

/** Marks the series of leads in the log, likewise. */
const LEAD_TAG = "_lead:yes";

/** No lead is longer: what is called odd after more is how the machine is by now. */
export const LEAD_MAX = 3_600_000 as Millis;

/**
 * Names the series in the log of what says, at the moment of an onset and right before it, since when what begins there
 * has gone on: how many seconds.
 */
export function leadOf(series: Series): Series {
  return { metric: series.metric, tags: toSortedTags([...series.tags, LEAD_TAG]), kind: "gauge", unit: "s" };
}

/** Whether a series is one of leads, which no intake gets. */
export function isOfLeads(series: Series): boolean {
  return series.tags.includes(LEAD_TAG);
}

/** Names the series by which the anomalous samples of another one go, each of them. */
export function fullOf(series: Series): Series {
  return { ...series, metric: `${series.metric}${FULL_SUFFIX}` };
}

/** Whether a reader that thins sends a sample as it is, by its flags: as NAME, as NAME.full, or not at all. */
export function routeOf(flags: number): "name" | "full" | "none" {
  if ((flags & FLAG.ordinary) === 0) return "name";
  return (flags & (FLAG.anomalous | FLAG.context)) === 0 ? "none" : "full";
}
