/** What is tried on each series of a log, by the instance and the point it comes from. */

import type { FilterKeys } from "../../config/filter-schema.ts";
import { learningSpan } from "../../filter/detectors/learning-span.ts";
import { inputs } from "../../inputs/registry.ts";
import { anomalyOf, courseOfPoint, expectedOf, statisticOf } from "../../model/companions.ts";
import type { GatewayConfig, InstanceConfig } from "../../model/config.ts";
import { DEFAULT_FILTER, type FilterPolicy, filterOf, STATISTICS } from "../../model/filter.ts";
import type { InputEntry, InputPoint } from "../../model/input.ts";
import { type Course, courseOfSeries } from "../../model/metrics.ts";
import { pointSeries } from "../../model/point-series.ts";
import { type Series, seriesKey } from "../../model/series.ts";
import { isOfLeads, summarizedBy } from "../../model/thinning.ts";
import { type Millis, millis } from "../../model/time.ts";
import { canonicalLimits } from "../../sampling/point-limits.ts";
import { layOver, refuseContradictions, tryOn } from "./tried-settings.ts";

/** What is tried on a series. */
export interface TriedRule {
  readonly policy: FilterPolicy;
  readonly course: Course;
  /** How often it is read; undefined where nothing says it. */
  readonly interval: Millis | undefined;
  /** CHECK:NAME. */
  readonly instance: string;
  /** Units: the canonical one of the series; infinite where there is no limit. */
  readonly limits: readonly [low: number, high: number];
  readonly range?: readonly [low: number, high: number];
}

/** A point of an instance as it is configured now. */
interface KnownPoint {
  readonly instance: InstanceConfig;
  readonly point: InputPoint;
}

/** An instance, and its input. */
interface KnownInstance {
  readonly instance: InstanceConfig;
  readonly entry: InputEntry | undefined;
}

/** Finds what is tried on series. */
export class TriedRules {
  readonly #keys: FilterKeys;
  readonly #points = new Map<string, KnownPoint>();
  readonly #instances = new Map<string, KnownInstance>();

  /** Errors: `CLI_USAGE` for a setting that contradicts itself. */
  constructor({ checks }: Pick<GatewayConfig, "checks">, keys: FilterKeys) {
    this.#keys = keys;
    for (const { input, instances } of checks) {
      const entry = inputs.find(({ name }) => name === input);
      for (const plain of instances) {
        const instance = tryOn(plain, keys);
        this.#instances.set(`${instance.check}:${instance.name}`, { instance, entry });
        const points = instance.profile?.points ?? entry?.pointsOf?.(instance.settings) ?? [];
        for (const point of points) this.#points.set(seriesKey(pointSeries(instance, point)), { instance, point });
      }
    }
    if (this.#instances.size === 0) refuseContradictions(layOver(DEFAULT_FILTER, keys));
  }

  /** The furthest that anything goes in full before what is odd. */
  get preMax(): Millis {
    return millis(Math.max(...this.#policies().map(({ pre }) => pre)));
  }

  /** The longest that a detector learns before it calls anything odd. */
  get learningMax(): Millis {
    return millis(Math.max(...this.#policies().map(({ detector }) => learningSpan(detector))));
  }

  #policies(): readonly FilterPolicy[] {
    const tried = [...this.#instances.values()].flatMap(({ instance: { filter, pointFilters = {} } }) => [
      ...(filter === undefined ? [] : [filter]),
      ...Object.values(pointFilters),
    ]);
    // What is not configured any more is tried too.
    return [layOver(DEFAULT_FILTER, this.#keys), ...tried];
  }

  /**
   * Says what is tried on a series. Undefined for what a filter has made, which is not tried on, and is made anew where
   * the setting makes it.
   */
  of(series: Series): TriedRule | undefined {
    if (summarizedBy(series) !== undefined || isOfLeads(series)) return undefined;
    const known = this.#points.get(seriesKey(series));
    if (known !== undefined) return toRule(known, courseOfPoint(known.point));
    if (this.#isMade(series)) return undefined;
    const check = tagOf(series, "check");
    const name = tagOf(series, "instance");
    const label = `${check}:${name}`;
    const free = { limits: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] as const, instance: label };
    const course = courseOfSeries(series);
    // What the gateway tells of itself passes no filter.
    if (name === undefined) return { ...free, course, policy: DEFAULT_FILTER, interval: undefined };
    const found = this.#find(series);
    if (found === undefined) {
      return { ...free, course, policy: layOver(DEFAULT_FILTER, this.#keys), interval: undefined };
    }
    return toRule(found, courseOfPoint(found.point));
  }

  /** The point a series comes from, as far as the configuration tells; undefined where its instance is gone. */
  #find(series: Series): KnownPoint | undefined {
    const known = this.#instances.get(`${tagOf(series, "check")}:${tagOf(series, "instance")}`);
    const point = known && toPoint(series, known);
    return this.#points.get(seriesKey(series)) ?? (point && { instance: known.instance, point });
  }

  /** Whether it is a companion of another series. */
  #isMade(series: Series): boolean {
    const dots = series.metric.split(".");
    for (let count = dots.length - 1; count > 0; count -= 1) {
      const base = { ...series, metric: dots.slice(0, count).join(".") };
      const { low, high } = expectedOf(base);
      if ([anomalyOf(base), low, high].some(({ metric }) => metric === series.metric)) return true;
      const own = STATISTICS.find((each) => statisticOf(base, each).metric === series.metric);
      if (own === undefined) continue;
      // What is configured has no such point, so an earlier setting made it; of what is found while running only the
      // setting of now tells that. The unit of a count is none of theirs.
      if (this.#points.has(seriesKey(base))) return true;
      const found = this.#isMade(base) ? undefined : this.#find(base);
      if (found !== undefined && filterOf(found.instance, found.point).statistics.includes(own)) return true;
    }
    return false;
  }
}

function toRule({ instance, point }: KnownPoint, course: Course): TriedRule {
  const policy = filterOf(instance, point);
  const { range } = point;
  return {
    policy,
    course,
    interval: instance.pointIntervals?.[point.name] ?? instance.interval,
    instance: `${instance.check}:${instance.name}`,
    limits: canonicalLimits(point, policy.threshold),
    ...(range === undefined ? {} : { range: canonicalLimits(point, { low: range[0], high: range[1] }) }),
  };
}

/** What an input has learned of while it ran, as far as its series and its settings tell. */
function toPoint(series: Series, { instance: { namespace, settings }, entry }: KnownInstance): InputPoint {
  const head = namespace === "" ? "" : `${namespace}.`;
  const metric = series.metric.startsWith(head) ? series.metric.slice(head.length) : series.metric;
  const found = { name: tagOf(series, "point") ?? metric, metric, unit: series.unit, tags: [], kind: series.kind };
  return { ...found, ...entry?.describeMetric?.(settings, metric) };
}

function tagOf({ tags }: Series, key: string): string | undefined {
  return tags.find((tag) => tag.startsWith(`${key}:`))?.slice(key.length + 1);
}
