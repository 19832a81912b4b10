/** From a point of an instance to its series: the one place that decides what a reading is called. */

import type { InstanceConfig } from "./config.ts";
import type { InputPoint } from "./input.ts";
import { canonicalUnit, DELTA_SUFFIX } from "./metrics.ts";
import { type Series, toSortedTags } from "./series.ts";

/**
 * Names the series of a point: the metric under the instance's namespace, and the tags that come by themselves
 * (`check`, `instance`, `profile`, `point`) beside those of the profile and of the user.
 */
export function pointSeries(instance: InstanceConfig, point: InputPoint): Series {
  const own = [`check:${instance.check}`, `instance:${instance.name}`];
  if (point.isBare !== true) own.push(`point:${point.name}`);
  const profile = instance.profile?.id ?? "";
  if (profile !== "") own.push(`profile:${profile}`);
  return {
    metric: instance.namespace === "" ? point.metric : `${instance.namespace}.${point.metric}`,
    tags: toSortedTags([...own, ...point.tags, ...instance.tags]),
    kind: point.kind ?? "gauge",
    unit: canonicalUnit(point.metric, point.unit),
    ...(point.kind === "count" ? { intervalS: Math.max(1, Math.round(instance.interval / 1000)) } : {}),
  };
}

/** What `status` and `check` show of a value beside its series; of a count, that it is one. */
export function valueKindOf({ kind, intervalS }: Series): { readonly kind?: "count"; readonly interval_s?: number } {
  if (kind !== "count") return {};
  return { kind, ...(intervalS === undefined ? {} : { interval_s: intervalS }) };
}

/** Names the series of what a counting point counted from reading to reading. */
export function deltaSeries(instance: InstanceConfig, point: InputPoint): Series {
  const series = pointSeries(instance, point);
  return { ...series, metric: `${series.metric}${DELTA_SUFFIX}` };
}
