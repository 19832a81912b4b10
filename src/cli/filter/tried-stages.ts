/**
 * The stages before the log, on samples that are in it: what earlier settings marked is taken off, and the tried one
 * marks and sums up anew. Time is that of the samples.
 */

import { Marker, type StretchListener } from "../../filter/marking/marker.ts";
import type { WatchedSeries } from "../../filter/marking/watched-series.ts";
import type { ReductionRule } from "../../filter/reducing/create-reduction.ts";
import { Reducer } from "../../filter/reducing/reducer.ts";
import type { StatisticIds } from "../../filter/reducing/window-statistics.ts";
import { anomalyOf, expectedOf, statisticOf } from "../../model/companions.ts";
import { FLAG, type SampleBatch, SampleBuilder } from "../../model/samples.ts";
import type { Series, SeriesId } from "../../model/series.ts";
import { leadOf, summaryOf } from "../../model/thinning.ts";
import { epochMillis, type Millis, type MonotonicMillis, seconds } from "../../model/time.ts";
import type { ReplaySeries } from "./series-table.ts";
import type { TriedRule } from "./tried-rules.ts";

/** Where neither the configuration nor the log says how often a series is read. */
const INTERVAL_ASSUMED = seconds(1);

/** As often as a gateway looks for what is due. Units: milliseconds. */
const TICK = 1000;

/** As often as it looks for what has fallen silent. Units: milliseconds. */
const LOOK_INTERVAL = 10_000;

const MARKS = FLAG.anomalous | FLAG.ordinary | FLAG.context | FLAG.onset;

/** What the stages are made of. */
export interface StageParts {
  readonly series: ReplaySeries;
  readonly listener: StretchListener;
  /** Takes what came in and what became of it, when it is `now`. Units: milliseconds since 1970. */
  readonly emit: (came: SampleBatch, became: SampleBatch, now: number) => Promise<void>;
}

/** Detectors and reductions of all series. */
export class TriedStages {
  readonly #parts: StageParts;
  readonly #marker: Marker;
  readonly #reducer = new Reducer();
  /** The series that each companion is of. */
  readonly #owners = new Map<SeriesId, SeriesId>();
  readonly #came = new SampleBuilder();
  readonly #marked = new SampleBuilder();
  readonly #became = new SampleBuilder();
  #now = Number.NEGATIVE_INFINITY;
  #lookAt = Number.NEGATIVE_INFINITY;

  constructor(parts: StageParts) {
    this.#parts = parts;
    this.#marker = new Marker({ listener: parts.listener });
  }

  /** The latest moment of all samples. Units: milliseconds since 1970. */
  get now(): number {
    return this.#now;
  }

  /** Those that a detector looks at. */
  get watched(): Iterable<WatchedSeries> {
    return this.#marker.series;
  }

  /** The series that one is a companion of; undefined for any other. */
  ownerOf(id: SeriesId): SeriesId | undefined {
    return this.#owners.get(id);
  }

  /** Takes a series in; `gap` is the time between two of its samples, if it is known. Units: milliseconds. */
  define(series: Series, rule: TriedRule, at: number, gap: number | undefined): SeriesId {
    const id = this.#parts.series.defineSeries(series);
    const { policy, course } = rule;
    const interval = rule.interval ?? ((gap ?? INTERVAL_ASSUMED) as Millis);
    if (policy.mode !== "all" && course === "measurement") this.#watch(id, series, rule, interval, at);
    if (policy.mode === "reduce" && course !== "delta") {
      this.#reducer.set(id, this.#toReduction(id, series, rule, course, interval));
    }
    return id;
  }

  /** Whether what came is to pass before a sample of this moment. Units: milliseconds since 1970. */
  isDue(at: number): boolean {
    return this.#came.count > 0 && Math.floor(at / TICK) > Math.floor(this.#now / TICK);
  }

  /** Takes a sample; samples come in the order of the log. Units: `at` milliseconds since 1970. */
  take(id: SeriesId, at: number, value: number, flags: number): void {
    if (at > this.#now) this.#now = at;
    this.#came.push(id, at, value, flags & ~MARKS);
  }

  /** Passes what came. */
  async pass(): Promise<void> {
    const now = this.#now;
    this.#marked.clear();
    this.#became.clear();
    const moment = { wall: epochMillis(now), monotonic: now as MonotonicMillis };
    this.#marker.pass(this.#came, this.#marked, moment);
    this.#reducer.pass(this.#marked, this.#became, now);
    if (now >= this.#lookAt) {
      this.#marker.lapse(moment);
      this.#lookAt = now + LOOK_INTERVAL;
    }
    this.#reducer.flush(now);
    await this.#parts.emit(this.#came, this.#became, now);
    this.#came.clear();
  }

  /** Passes what is left, and what is gathered. */
  async end(): Promise<void> {
    await this.pass();
    this.#reducer.end(this.#now);
    await this.pass();
  }

  #watch(id: SeriesId, series: Series, rule: TriedRule, interval: Millis, at: number): void {
    const { policy, limits, range, instance } = rule;
    const { low, high } = expectedOf(series);
    const spec = {
      ...{ id, series, instance, policy, limits, interval },
      ...(range === undefined ? {} : { range }),
      companions: {
        anomaly: this.#own(id, anomalyOf(series)),
        ...(policy.mode === "reduce" ? { lead: this.#parts.series.defineSeries(leadOf(series)) } : {}),
        ...(policy.hasExpected ? { expected: { low: this.#own(id, low), high: this.#own(id, high) } } : {}),
      },
    };
    this.#marker.watch(spec, { wall: epochMillis(at), monotonic: at as MonotonicMillis });
  }

  #toReduction(
    id: SeriesId,
    series: Series,
    { policy }: TriedRule,
    course: ReductionRule["course"],
    interval: Millis,
  ): ReductionRule {
    const statistics: Record<string, SeriesId> = {};
    if (course === "measurement") {
      for (const each of policy.statistics) statistics[each] = this.#own(id, statisticOf(series, each));
    }
    const { keep, window, deadband, heartbeat } = policy;
    return {
      policy: { keep, window, deadband, heartbeat },
      course,
      interval,
      summary: this.#parts.series.defineSeries(summaryOf(series)),
      statistics: statistics satisfies StatisticIds,
    };
  }

  #own(owner: SeriesId, companion: Series): SeriesId {
    const id = this.#parts.series.defineSeries(companion);
    this.#owners.set(id, owner);
    return id;
  }
}
