/** The series that the filter adds to one of a machine: what they are called, and how many a policy costs. */

import type { InstanceConfig } from "./config.ts";
import { type FilterPolicy, filterOf, type Statistic } from "./filter.ts";
import type { InputPoint } from "./input.ts";
import { type Course, courseOfSeries } from "./metrics.ts";
import { deltaSeries, pointSeries } from "./point-series.ts";
import type { Series } from "./series.ts";
import { fullOf } from "./thinning.ts";

/** How anomalous a series is, from 0 to 1. */
export function anomalyOf({ metric, tags }: Series): Series {
  return { metric: `${metric}.anomaly`, tags, kind: "gauge", unit: "" };
}

/** Where a detector expects the values of a series, from low to high. */
export function expectedOf(series: Series): { readonly low: Series; readonly high: Series } {
  const { metric } = series;
  return {
    low: { ...series, metric: `${metric}.expected.low` },
    high: { ...series, metric: `${metric}.expected.high` },
  };
}

/** What else is told of each window of a series. */
export function statisticOf(series: Series, statistic: Statistic): Series {
  return { ...series, metric: `${series.metric}.${statistic}`, ...(statistic === "count" ? { unit: "" } : {}) };
}

/** All series that a policy adds to one with that course: what an intake bills beside it. */
export function companionsOf(series: Series, course: Course, policy: FilterPolicy): readonly Series[] {
  const { mode, hasExpected, statistics } = policy;
  if (mode === "all" || course !== "measurement") return [];
  const { low, high } = expectedOf(series);
  return [
    anomalyOf(series),
    ...(hasExpected ? [low, high] : []),
    ...(mode === "reduce" ? [fullOf(series), ...statistics.map((each) => statisticOf(series, each))] : []),
  ];
}

/** How the values of a point follow each other: what has names for its values is a state, whatever its metric is. */
export function courseOfPoint({
  metric,
  kind = "gauge",
  states,
}: Pick<InputPoint, "metric" | "kind" | "states">): Course {
  return states === undefined ? courseOfSeries({ metric, kind }) : "state";
}

/** All series that a point costs: its own, what it counts from reading to reading, and what the filter adds. */
export function seriesOfPoint(instance: InstanceConfig, point: InputPoint): readonly Series[] {
  const series = pointSeries(instance, point);
  return [
    series,
    ...(point.counter?.hasDelta ? [deltaSeries(instance, point)] : []),
    ...companionsOf(series, courseOfPoint(point), filterOf(instance, point)),
  ];
}

/** How many series the filter adds to those of points. */
export function countFilterSeries(instance: InstanceConfig, points: readonly InputPoint[]): number {
  return points.reduce((count, point) => {
    const [series, course] = [pointSeries(instance, point), courseOfPoint(point)];
    return count + companionsOf(series, course, filterOf(instance, point)).length;
  }, 0);
}

/** How many series points cost. */
export function countSeries(instance: InstanceConfig, points: readonly InputPoint[]): number {
  return points.reduce((count, point) => count + seriesOfPoint(instance, point).length, 0);
}
