/**
 * One point for each series and minute in place of many: what an outage of days looks like from afar, at a sixtieth of
 * the cost.
 *
 * A point stands at the first moment of what it is made of. So where an answer was lost and a part of the same points
 * goes again, what comes takes the place of what came before, and no delta counts twice.
 */

import type { PointBatch } from "../model/intake.ts";
import type { Course } from "../model/metrics.ts";
import type { SeriesId } from "../model/series.ts";

const MINUTE_MS = 60_000;

/** What is rolled up. */
export interface RollUp {
  /** Points from before this moment are. Units: milliseconds since 1970. */
  readonly before: number;
  readonly courseOf: (series: SeriesId) => Course;
}

/** Joins the points of each series and minute: measurements to their mean, deltas to their sum, others to the last. */
export function joinPoints(points: PointBatch, { before, courseOf }: RollUp): PointBatch {
  const { series, moment, value } = points;
  const joined = {
    series: new Uint32Array(points.count),
    moment: new Float64Array(points.count),
    value: new Float64Array(points.count),
  };
  let count = 0;
  let size = 0;
  let course: Course = "measurement";
  let minute = Number.NaN;
  for (let row = 0; row < points.count; row += 1) {
    const id = series[row] as number;
    const at = moment[row] as number;
    const minuteOfRow = at < before ? Math.floor(at / MINUTE_MS) : Number.NaN;
    const isNewSeries = count === 0 || joined.series[count - 1] !== id;
    if (isNewSeries) course = courseOf(id);
    if (isNewSeries || minuteOfRow !== minute) {
      joined.series[count] = id;
      joined.moment[count] = at;
      joined.value[count] = value[row] as number;
      count += 1;
      size = 1;
      minute = minuteOfRow;
      continue;
    }
    size += 1;
    joined.value[count - 1] = join(course, joined.value[count - 1] as number, value[row] as number, size);
  }
  return { ...joined, count };
}

/** Takes one more value into a point that is made of `size` with it. */
function join(course: Course, soFar: number, value: number, size: number): number {
  switch (course) {
    case "measurement":
      return soFar + (value - soFar) / size;
    case "delta":
      return soFar + value;
    case "total":
    case "state":
      return value;
  }
}
