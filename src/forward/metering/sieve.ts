/** Holds back the points that a plan does not carry. */

import type { PointBatch } from "../../model/intake.ts";
import type { DeliveredMoments } from "../../model/log.ts";
import type { SeriesId } from "../../model/series.ts";
import type { SeriesClass } from "../../model/series-class.ts";
import type { Plan, Treatment } from "./plan.ts";

/** Gives the points that go, for an intake that holds what was `sent`. */
export type PointSieve = (points: PointBatch, sent: DeliveredMoments) => PointBatch;

/** What a sieve goes by. */
export interface SieveParts {
  readonly plan: Plan;
  readonly classOf: (series: SeriesId) => SeriesClass;
  /** The last value of each series that was taken, as far as it is known. */
  readonly lastValues: ReadonlyMap<SeriesId, number>;
}

/**
 * Makes a sieve. One point in a span of time is the first one in it: so what was sent tells what is held back, and the
 * same points go where they are sent again.
 */
export function createSieve({ plan, classOf, lastValues }: SieveParts): PointSieve {
  return (points, sent) => {
    const { series, moment, value } = points;
    const carried = {
      series: new Uint32Array(points.count),
      moment: new Float64Array(points.count),
      value: new Float64Array(points.count),
    };
    let count = 0;
    let treatment: Treatment = { kind: "all" };
    let lastMoment: number | undefined;
    let lastValue: number | undefined;
    for (let row = 0; row < points.count; row += 1) {
      const id = series[row] as number;
      const at = moment[row] as number;
      if (row === 0 || series[row - 1] !== id) {
        treatment = plan.of[classOf(id)];
        lastMoment = sent.get(id);
        lastValue = lastValues.get(id);
      }
      if (!isCarried(treatment, at, value[row] as number, lastMoment, lastValue)) continue;
      lastMoment = at;
      lastValue = value[row];
      carried.series[count] = id;
      carried.moment[count] = at;
      carried.value[count] = value[row] as number;
      count += 1;
    }
    return { ...carried, count };
  };
}

function isCarried(
  treatment: Treatment,
  moment: number,
  value: number,
  lastMoment: number | undefined,
  lastValue: number | undefined,
): boolean {
  switch (treatment.kind) {
    case "all":
      return true;
    case "every":
      return lastMoment === undefined || Math.floor(moment / treatment.span) > Math.floor(lastMoment / treatment.span);
    case "changes":
      return value !== lastValue;
    case "none":
      return false;
  }
}
