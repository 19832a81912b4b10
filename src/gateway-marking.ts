/** The detectors of a gateway: which series they watch, what they know beyond a restart, and what is told of them. */

import { Marker, type StretchListener } from "./filter/marking/marker.ts";
import type { Moment, WatchedSeries, WatchedSpec } from "./filter/marking/watched-series.ts";
import { LearnedStates } from "./gateway-learned.ts";
import { Oddities } from "./gateway-oddities.ts";
import { instanceLabel } from "./gateway-reload.ts";
import { anomalyOf, courseOfPoint, expectedOf } from "./model/companions.ts";
import type { InstanceConfig } from "./model/config.ts";
import { GatewayError } from "./model/errors.ts";
import { DEFAULT_FILTER, filterOf } from "./model/filter.ts";
import type { InputPoint } from "./model/input.ts";
import type { Log } from "./model/log.ts";
import type { SampleBatch, SampleBuilder } from "./model/samples.ts";
import { type Series, type SeriesId, seriesKey } from "./model/series.ts";
import type { FilterStatus, OddStatus } from "./model/status.ts";
import { leadOf } from "./model/thinning.ts";
import { type Clock, type Millis, seconds, type Timer } from "./model/time.ts";
import type { SideFile } from "./platform/side-file.ts";
import type { DefinedSeries } from "./sampling/part-poller.ts";
import { canonicalLimits } from "./sampling/point-limits.ts";
import type { Logger } from "./telemetry/logger.ts";

/** What comes together is told together. */
const LOOK_INTERVAL = seconds(10);

/** More often would wear a card out, and a detector loses little in an hour. */
const SAVE_INTERVAL = seconds(3600);

/** Odd series that `status` names. */
const NAMED_MAX = 20;

/** What this is built from. */
export interface MarkingParts {
  readonly log: Pick<Log, "defineSeries" | "events" | "putServiceCheck">;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Where detectors keep what they have learned; leaving it out means nowhere. */
  readonly learned?: Pick<SideFile, "read" | "replace">;
  /** Where stretches stand that have begun or ended since; leaving it out means nowhere. */
  readonly stretches?: Pick<SideFile, "read" | "replace">;
  /** What to add to a moment to have the wall clock of the place; leaving it out means nothing. Units: milliseconds. */
  readonly zoneOffset?: (at: number) => number;
}

/** All that is done by detectors. */
export class GatewayMarking {
  readonly #parts: MarkingParts;
  readonly #marker: Marker;
  readonly #oddities: Oddities;
  readonly #states: LearnedStates;
  /** Which series are watched, by the labels of their instances. */
  readonly #watched = new Map<string, Set<SeriesId>>();
  #anewCount = 0;
  #lookTimer: Timer | undefined;
  #saveTimer: Timer | undefined;

  constructor(parts: MarkingParts) {
    this.#parts = parts;
    this.#oddities = new Oddities({
      raise: (event) => void parts.log.events.put(event).catch((error) => this.#tellOfRefusal("an event", error)),
      say: (check) =>
        void parts.log.putServiceCheck(check).catch((error) => this.#tellOfRefusal("a service check", error)),
    });
    const { zoneOffset } = parts;
    this.#states = new LearnedStates(parts);
    const listener = toBoth(this.#oddities, this.#states);
    this.#marker = new Marker({ listener, ...(zoneOffset === undefined ? {} : { zoneOffset }) });
  }

  /** Reads what detectors know from before. */
  async open(): Promise<void> {
    await this.#states.open();
  }

  /** Begins to tell, and to save. */
  start(): void {
    this.#lookLater();
    this.#saveLater();
  }

  /** Tells what is left to tell. */
  stop(): void {
    this.#lookTimer?.cancel();
    this.#saveTimer?.cancel();
    this.#look();
  }

  /** Saves what detectors know. */
  async save(): Promise<void> {
    await this.#states.save(this.#marker.series);
  }

  /** Watches those of an instance's series that its filter is for. */
  define(
    instance: InstanceConfig,
    points: readonly InputPoint[],
    { series, seriesIds }: DefinedSeries,
    interval: Millis,
  ): void {
    const label = instanceLabel(instance);
    const ids = this.#watched.get(label) ?? new Set<SeriesId>();
    for (const [index, point] of points.entries()) {
      const spec = this.#specOf(instance, point, series[index] as Series, seriesIds[index] as SeriesId, interval);
      if (spec === undefined) continue;
      if (ids.size === 0) this.#oddities.follow(instance);
      ids.add(spec.id);
      this.#watch(spec);
    }
    if (ids.size > 0) this.#watched.set(label, ids);
  }

  /** Gives up an instance; what is not watched anew by the time of `settle` is forgotten then. */
  release(instance: InstanceConfig): void {
    this.#watched.delete(instanceLabel(instance));
  }

  /** Forgets the series that were given up, and has what was known of them saved. */
  settle(): void {
    const kept = new Set([...this.#watched.values()].flatMap((ids) => [...ids]));
    const gone = [...this.#marker.series].filter(({ spec }) => !kept.has(spec.id));
    if (gone.length === 0) return;
    for (const watched of gone) {
      this.#states.rest(watched);
      this.#marker.unwatch(watched.spec.id);
    }
    for (const label of new Set(gone.map(({ spec }) => spec.instance))) {
      if (!this.#watched.has(label)) this.#oddities.leave(label);
    }
    this.#look();
    void this.save();
  }

  /** Whether any series is watched. */
  get isWatching(): boolean {
    return this.#marker.isWatching;
  }

  /** Copies all samples into `target` with their marks and companions. Gives how many companions there are. */
  pass(batch: SampleBatch, target: SampleBuilder): number {
    return this.#marker.pass(batch, target, this.#now());
  }

  /** How much of before goes in full with what is odd of a series; of one that is watched no more, as by default. */
  preOf(series: Series): Millis {
    return (this.#marker.get(this.#parts.log.defineSeries(series))?.spec.policy ?? DEFAULT_FILTER).pre;
  }

  /** What `status` says of the detectors of an instance; empty where it has none. */
  statusOf(instance: InstanceConfig): { readonly filter?: FilterStatus } {
    const label = instanceLabel(instance);
    const ids = this.#watched.get(label);
    if (ids === undefined) return {};
    const odd = this.#oddities.oddOf(label);
    const left = [...ids].flatMap((id) => this.#marker.get(id)?.learningLeft() ?? []).filter((each) => each > 0);
    return {
      filter: {
        watched: ids.size,
        learning: left.length,
        learning_left_s: left.length === 0 ? null : Math.round(Math.max(...left) / 1000),
        odd: odd.length,
        worst: odd.slice(0, NAMED_MAX).map(toOddStatus),
      },
    };
  }

  #watch(spec: WatchedSpec): void {
    const known = this.#marker.get(spec.id);
    const saved = known === undefined ? this.#states.take(seriesKey(spec.series)) : undefined;
    const watched = this.#marker.watch(spec, this.#now(), saved);
    if (watched === known) return;
    if ((known ?? saved) !== undefined && !watched.isRestored) this.#anewCount += 1;
    if (watched.stretch.isOpen) this.#oddities.resumed(watched);
  }

  #specOf(
    instance: InstanceConfig,
    point: InputPoint,
    series: Series,
    id: SeriesId,
    interval: Millis,
  ): WatchedSpec | undefined {
    const policy = filterOf(instance, point);
    if (policy.mode === "all" || courseOfPoint(point) !== "measurement") return undefined;
    const { log } = this.#parts;
    const expected = expectedOf(series);
    return {
      ...{ id, series, policy, interval },
      instance: instanceLabel(instance),
      limits: canonicalLimits(point, policy.threshold),
      ...(point.range === undefined
        ? {}
        : { range: canonicalLimits(point, { low: point.range[0], high: point.range[1] }) }),
      companions: {
        anomaly: log.defineSeries(anomalyOf(series)),
        ...(policy.mode === "reduce" ? { lead: log.defineSeries(leadOf(series)) } : {}),
        ...(policy.hasExpected
          ? { expected: { low: log.defineSeries(expected.low), high: log.defineSeries(expected.high) } }
          : {}),
      },
    };
  }

  #lookLater(): void {
    this.#lookTimer = this.#parts.clock.after("what is odd", LOOK_INTERVAL, () => {
      this.#look();
      this.#lookLater();
    });
  }

  #look(): void {
    const { clock, logger } = this.#parts;
    if (this.#anewCount > 0) {
      logger.info(
        `${this.#anewCount} series learn anew: their detectors, or how these are set, are not those of before`,
      );
    }
    this.#anewCount = 0;
    const now = this.#now();
    const { wall, monotonic } = now;
    this.#marker.lapse(now);
    this.#oddities.look({ now: wall, monotonic, isTrusted: clock.isTrusted() });
    void this.#states.keepStretches();
  }

  #saveLater(): void {
    this.#saveTimer = this.#parts.clock.after("what detectors have learned", SAVE_INTERVAL, () => {
      void this.save();
      this.#saveLater();
    });
  }

  #now(): Moment {
    const { clock } = this.#parts;
    return { wall: clock.now(), monotonic: clock.monotonic() };
  }

  #tellOfRefusal(what: string, error: unknown): void {
    if (!(error instanceof GatewayError)) throw error;
    this.#parts.logger.warn(`${what} about what is odd could not be kept: ${error.message}`);
  }
}

/** Hears of stretches, and has those kept that changed. */
function toBoth(oddities: Oddities, states: LearnedStates): StretchListener {
  return {
    began: (series) => {
      oddities.began(series);
      states.noteStretch(series);
    },
    ended: (series, stretch) => {
      oddities.ended(series, stretch);
      states.noteStretch(series);
    },
    forgotten: (series) => oddities.forgotten(series),
    moved: (by) => oddities.moved(by),
  };
}

function toOddStatus({ spec, stretch }: WatchedSeries): OddStatus {
  const { begunAt, lastOddAt, peakScore, peakValue, peakAt, low, high, isBeyond } = stretch.facts;
  const isKnown = !Number.isNaN(low) && !Number.isNaN(high);
  return {
    metric: spec.series.metric,
    tags: spec.series.tags,
    unit: spec.series.unit,
    since: begunAt,
    score: peakScore,
    value: peakValue,
    at: peakAt,
    expected: isKnown ? { low, high } : null,
    last_odd_at: lastOddAt,
    is_beyond_threshold: isBeyond,
    threshold: toThreshold(spec.limits),
  };
}

function toThreshold([low, high]: WatchedSpec["limits"]): OddStatus["threshold"] {
  const [least, most] = [Number.isFinite(low) ? low : null, Number.isFinite(high) ? high : null];
  return least === null && most === null ? null : { low: least, high: most };
}
