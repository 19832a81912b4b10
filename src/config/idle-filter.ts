/** Keys under `filter` that nobody means so: they change nothing, or hold for what was not thought of. */

import { courseOfPoint } from "../model/companions.ts";
import type { InstanceConfig } from "../model/config.ts";
import { DEFAULT_FILTER, type FilterPolicy, filterOf } from "../model/filter.ts";
import { matchesGlob } from "../model/glob.ts";
import type { InputPoint } from "../model/input.ts";
import type { Course } from "../model/metrics.ts";
import { didYouMean } from "./did-you-mean.ts";
import type { FilterKeys } from "./filter-schema.ts";

const MODE_ALL_IDLE = "`mode: all`, which is how it is left out, looks at nothing; add `mode: mark` or `reduce`";

/** What only a measurement has use for, as it alone has a detector. */
const OF_MEASUREMENTS = ["detector", "sensitivity", "threshold", "keep", "deadband", "expected", "statistics"];

/** So many metrics are named. */
const NAMED_MAX = 8;

/**
 * Says of keys which of them change nothing, and why; undefined where each does. With `mode: all` beside them they were
 * put aside on purpose.
 */
export function describeIdleKeys(policy: FilterPolicy, keys: FilterKeys): string | undefined {
  const said = keysOf(keys);
  if (policy.mode === "all") return keys.mode === "all" ? undefined : describe(said, MODE_ALL_IDLE);
  if (policy.mode === "mark") {
    return describe(
      said.filter((key) => ["keep", "deadband", "statistics"].includes(key)),
      "`mode: mark` thins nothing out; `reduce` does",
    );
  }
  if (policy.keep !== "mean") return undefined;
  return describe(
    said.filter((key) => key === "deadband"),
    "`keep: mean` goes by windows; add `keep: deadband` or `swinging-door`",
  );
}

/** Says of the keys of a point which of them change nothing because it is no measurement. */
export function describeIdlePoint(course: Course, keys: FilterKeys): string | undefined {
  if (course === "measurement") return undefined;
  return describe(
    keysOf(keys).filter((key) => OF_MEASUREMENTS.includes(key)),
    `this point is a ${course}, and only measurements are watched and averaged`,
  );
}

/** Says of globs which of them fit none of the metrics that an instance has, and what was meant instead. */
export function describeIdleGlobs(
  { only = [], except = [] }: FilterKeys,
  metrics: readonly string[],
): string | undefined {
  const idle = [...only, ...except].filter((glob) => !metrics.some((metric) => matchesGlob(glob, metric)));
  const [first] = idle;
  if (first === undefined) return undefined;
  const names = [...new Set(metrics)].toSorted();
  const near = didYouMean(first, names);
  const more = names.length > NAMED_MAX ? ` and ${names.length - NAMED_MAX} more` : "";
  const advice = near === undefined ? `it has ${names.slice(0, NAMED_MAX).join(", ")}${more}` : `did you mean ${near}?`;
  return `${idle.join(", ")} under filter ${idle.length === 1 ? "fits" : "fit"} no metric of this instance: ${advice}`;
}

/** Says of limits which hold for points of several units, and so are right for one of them at most. */
export function describeMixedThreshold(instance: InstanceConfig, points: readonly InputPoint[]): string | undefined {
  const { filter = DEFAULT_FILTER, pointFilters = {} } = instance;
  if (filter.mode === "all" || Object.keys(filter.threshold).length === 0) return undefined;
  const held = points.filter(
    (point) =>
      courseOfPoint(point) === "measurement" && filterOf(instance, point) === filter && !(point.name in pointFilters),
  );
  const units = [...new Set(held.map(({ unit }) => unit))].filter((unit) => unit !== "").toSorted();
  if (units.length < 2) return undefined;
  return `threshold under filter holds here for points in ${units.join(", ")} alike: write it under \`points: NAME: filter\`, or name by \`only\` what it is for.`;
}

/** The keys that are said; which mode it is and which metrics it is for change nothing by themselves. */
function keysOf({ mode: _mode, only: _only, except: _except, ...others }: FilterKeys): readonly string[] {
  return Object.entries(others).flatMap(([key, value]) => (value === undefined ? [] : [key]));
}

function describe(idle: readonly string[], why: string): string | undefined {
  if (idle.length === 0) return undefined;
  return `${idle.join(", ")} under filter ${idle.length === 1 ? "does" : "do"} nothing: ${why}.`;
}
