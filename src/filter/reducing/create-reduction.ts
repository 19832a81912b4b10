/** What is done with a series, by its course and its policy. */

import type { FilterPolicy } from "../../model/filter.ts";
import type { Course } from "../../model/metrics.ts";
import type { SeriesId } from "../../model/series.ts";
import type { Millis } from "../../model/time.ts";
import { DeadbandReduction } from "./deadband.ts";
import type { Reduction } from "./reduction.ts";
import { SwingingDoor } from "./swinging-door.ts";
import { TellAll } from "./tell-all.ts";
import { WindowFirst } from "./window-first.ts";
import { WindowMean } from "./window-mean.ts";
import { type StatisticIds, WindowStatistics } from "./window-statistics.ts";

/** What is to be done with a series, and where what is made of it goes. */
export interface ReductionRule {
  readonly policy: Pick<FilterPolicy, "keep" | "window" | "deadband" | "heartbeat">;
  readonly course: Exclude<Course, "delta">;
  /** How often it is read. */
  readonly interval: Millis;
  readonly summary: SeriesId;
  readonly statistics: StatisticIds;
}

/** A band that only the same value is in. */
const NO_BAND = { size: 0, unit: "absolute" } as const;

/** What came longer ago than this is not looked up, whatever a heartbeat says. Units: milliseconds. */
const LOOKED_BACK_MAX = 3_600_000;

/** Rows may come this much after their moment. Units: milliseconds. */
const LATENESS = 10_000;

/** Creates what thins out a series. */
export function createReduction(series: SeriesId, rule: ReductionRule): Reduction {
  const { policy, course, interval, summary, statistics: ids } = rule;
  const { keep, window, deadband = NO_BAND, heartbeat } = policy;
  const statistics = Object.keys(ids).length === 0 ? undefined : new WindowStatistics(ids, window);
  const parts = { series, summary, window, interval, statistics };
  if (course === "total") return new WindowFirst(parts, "falls");
  if (course === "state") return new WindowFirst(parts, "changes");
  if (keep === "deadband") return new DeadbandReduction(parts, deadband, heartbeat);
  if (keep === "swinging-door") return new SwingingDoor(parts, deadband, heartbeat);
  return interval < window ? new WindowMean(parts) : new TellAll(parts);
}

/** How much of the log before the end of a run has to be read to go on from it. Units: milliseconds. */
export function lookBack({ policy, course, interval }: ReductionRule): number {
  const { keep, window, heartbeat } = policy;
  const least = Math.max(2 * window, 4 * interval) + LATENESS;
  const isOfWindows = course !== "measurement" || keep === "mean";
  return isOfWindows ? least : Math.max(least, Math.min(heartbeat + LATENESS, LOOKED_BACK_MAX));
}
