/** A profile as one instance wants it: its params filled in, its points renamed, tagged anew, left out or regrouped. */

import { snapDecimal } from "../decode/decimal.ts";
import { METRICS, machineMetricOf } from "../model/metrics.ts";
import type { Profile, SharedPoint } from "../model/profile.ts";
import type { Millis } from "../model/time.ts";
import { unitFactor } from "../model/units.ts";
import { joinChoice } from "../schema/describe-schema.ts";
import { didYouMean } from "./did-you-mean.ts";
import type { PointChange } from "./instance-schema.ts";
import { scaleCounter } from "./point-counter.ts";
import { checkQuality, mergeQuality, scaleQuality } from "./point-quality.ts";
import type { Complaint } from "./problems.ts";
import { toQualityRules } from "./quality-fields.ts";
import type { Path } from "./yaml-file.ts";

/** Objects to what stands at a path below the instance: to its key, or to its value. */
export type ComplainAt = (path: Path, complaint: Complaint, at?: "key" | "value") => void;

/** What an instance says of its profile. */
export interface ProfileWishes {
  readonly params: Readonly<Record<string, number>>;
  readonly points: Readonly<Record<string, PointChange>>;
}

/** A profile as an instance wants it. */
export interface ShapedProfile {
  readonly profile: Profile;
  /** By the names of points; absent where none has an interval of its own. */
  readonly pointIntervals?: Readonly<Record<string, Millis>>;
}

/** Shapes the profile. */
export function shapeProfile(profile: Profile, wishes: ProfileWishes, complain: ComplainAt): ShapedProfile {
  const values = fillParams(profile, wishes.params, complain);
  checkPointNames(profile, wishes.points, complain);
  const changes = new Map(Object.entries(wishes.points));
  const points: Profile["points"][number][] = [];
  const intervals = new Map<string, Millis>();
  for (const point of profile.points) {
    const change = changes.get(point.name);
    if (change?.enabled === false) continue;
    const changed = changePoint(scalePoint(point, values), change, complain);
    const interval = change?.min_collection_interval;
    if (interval !== undefined) intervals.set(changed.name, interval);
    if (points.some(({ name }) => name === changed.name)) {
      const at = change?.name === undefined ? ["points"] : ["points", point.name, "name"];
      const hint = "Give one of the two another name.";
      complain(at, { found: `two points named ${changed.name}`, expected: "a name of its own for each point", hint });
    }
    points.push(changed);
  }
  if (points.length === 0) {
    const hint = "Enable at least one, or delete the instance.";
    complain(["points"], { found: "every point disabled", expected: "something to read", hint });
  }
  // The points are those of the profile, changed in what all points have.
  const shaped = { ...profile, points } as Profile;
  return intervals.size === 0
    ? { profile: shaped }
    : { profile: shaped, pointIntervals: Object.fromEntries(intervals) };
}

function fillParams(
  profile: Profile,
  written: ProfileWishes["params"],
  complain: ComplainAt,
): ReadonlyMap<string, number> {
  const params = profile.params ?? {};
  const names = Object.keys(params);
  for (const name of Object.keys(written)) {
    if (Object.hasOwn(params, name)) continue;
    const near = didYouMean(name, names);
    const expected = names.length === 0 ? `no params, because ${profile.id} has none` : joinChoice(names);
    const hint = near === undefined ? "Delete it." : `Did you mean ${near}?`;
    complain(["params", name], { found: "an unknown param", expected, hint }, "key");
  }
  return new Map(
    Object.entries(params).map(([name, { default: fallback, min, max, doc }]) => {
      const value = (Object.hasOwn(written, name) ? written[name] : undefined) ?? fallback;
      if (value === 0 || value < (min ?? -Infinity) || value > (max ?? Infinity)) {
        const limits = [min === undefined ? "" : ` of at least ${min}`, max === undefined ? "" : ` of at most ${max}`];
        const expected = `a number${joinLimits(limits)} other than 0`;
        complain(["params", name], { found: String(value), expected, hint: doc });
      }
      return [name, value];
    }),
  );
}

function joinLimits(limits: readonly string[]): string {
  return limits.filter((limit) => limit !== "").join(" and");
}

function checkPointNames(profile: Profile, changes: ProfileWishes["points"], complain: ComplainAt): void {
  const names = profile.points.map(({ name }) => name);
  for (const name of Object.keys(changes)) {
    if (names.includes(name)) continue;
    const near = didYouMean(name, names);
    const hint = near === undefined ? `There are ${names.join(", ")}.` : `Did you mean ${near}?`;
    complain(["points", name], { found: "an unknown point", expected: `a point of ${profile.id}`, hint }, "key");
  }
}

/** What a param multiplies is the value: scale, offset, and with them the range it is held against. */
function scalePoint<Each extends SharedPoint>(point: Each, values: ReadonlyMap<string, number>): Each {
  const factor = (point.scaleBy ?? []).reduce((product, name) => product * (values.get(name) ?? 1), 1);
  if (factor === 1) return point;
  const ends = point.range?.map((end) => snapDecimal(end * factor)).toSorted((a, b) => a - b);
  const [low, high] = ends ?? [];
  return {
    ...point,
    scale: snapDecimal(point.scale * factor),
    offset: snapDecimal(point.offset * factor),
    ...(low === undefined || high === undefined ? {} : { range: [low, high] as const }),
    ...(point.quality && { quality: scaleQuality(point.quality, (limit) => snapDecimal(limit * factor)) }),
    ...(point.counter === undefined ? {} : { counter: scaleCounter(point.counter, factor) }),
  };
}

function changePoint<Each extends SharedPoint>(
  point: Each,
  change: PointChange | undefined,
  complain: ComplainAt,
): Each {
  if (change === undefined) return point;
  const { name = point.name, metric = point.metric, tags, max_per_hour: perHourMax } = change;
  const quality =
    change.quality === undefined ? point.quality : mergeQuality(point.quality, toQualityRules(change.quality));
  const complaint = complainOfMetric(metric, point);
  if (complaint !== undefined) complain(["points", point.name, "metric"], complaint);
  if (change.quality !== undefined && quality !== undefined) {
    const at = ["points", point.name, "quality"];
    checkQuality(quality, { ...point, metric }, (path, found) => complain([...at, ...path], found, "key"));
  }
  const changed = { ...point, name, metric, tags: mergeTags(point.tags, tags), ...(quality && { quality }) };
  if (perHourMax === undefined) return changed;
  if (point.counter === undefined) {
    const expected = "one whose profile says `counter`";
    const found = "a limit for a point that does not count";
    complain(["points", point.name, "max_per_hour"], { found, expected, hint: "Delete it." }, "key");
    return changed;
  }
  return { ...changed, counter: { ...point.counter, perHourMax } };
}

function complainOfMetric(name: string, point: SharedPoint): Complaint | undefined {
  const metric = machineMetricOf(name);
  if (metric === undefined) {
    const near = didYouMean(name, Object.keys(METRICS));
    const hint = near === undefined ? "Choose one whose unit fits." : `Did you mean ${near}?`;
    return { found: `"${name}"`, expected: "a metric of the catalogue", hint };
  }
  if (unitFactor(point.unit, metric.unit) !== undefined) return undefined;
  return {
    found: `${name}, which is kept in ${metric.unit || "no unit"}`,
    expected: `a metric that ${point.unit || "a number without unit"} can be kept in`,
    hint: "Choose another metric of the catalogue.",
  };
}

/** A tag takes the place of those with its key. */
function mergeTags(tags: readonly string[], own: readonly string[]): readonly string[] {
  const keyOf = (tag: string): string => tag.toLowerCase().split(":", 1)[0] ?? "";
  const keys = new Set(own.map(keyOf));
  return [...tags.filter((tag) => !keys.has(keyOf(tag))), ...own];
}
