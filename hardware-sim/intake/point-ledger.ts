import type { AgeMaxOf, IntakePoint } from "./check-series.ts";
import { POINT_AGE_SECONDS_MAX } from "./limits.ts";

/** A point as it stands at the intake: the last value sent for its second. */
export interface LedgerPoint {
  readonly metric: string;
  readonly host: string;
  readonly tags: readonly string[];
  readonly second: number;
  readonly value: number;
  /** Number of the accepted payload that brought it first, from 1. */
  readonly payload: number;
  /** How often it came. */
  readonly arrivals: number;
}

interface Entry {
  value: number;
  readonly payload: number;
  arrivals: number;
}

interface SeriesEntries {
  readonly series: Pick<IntakePoint, "metric" | "host" | "tags">;
  readonly bySecond: Map<number, Entry>;
}

/** Old points are let go of this often. Units: seconds. */
const TRIM_SECONDS = 60;

/**
 * Every point the intake accepted, by metric, tags, host and second.
 *
 * Limits: a point that is too old to come again is let go and stays counted, so per series at most 4,260 points are
 * held and `distinct` stays exact. Of a metric with history everything is held.
 */
export class PointLedger {
  /** Accepted points, repeats included. */
  points = 0;
  /** Accepted points by metric, tags, host and second. */
  distinct = 0;
  /** Accepted payloads. */
  payloads = 0;
  readonly #series = new Map<string, SeriesEntries>();
  readonly #metrics = new Set<string>();
  readonly #ageMaxOf: AgeMaxOf;
  #trimmedAt = 0;

  /** Leaving out `ageMaxOf` means an hour for all metrics. */
  constructor(ageMaxOf: AgeMaxOf = () => POINT_AGE_SECONDS_MAX) {
    this.#ageMaxOf = ageMaxOf;
  }

  /** Says whether a point of a metric ever came. */
  knows(metric: string): boolean {
    return this.#metrics.has(metric);
  }

  /** Takes the points of one accepted payload. Units: `nowSecond` since 1970. */
  record(points: readonly IntakePoint[], nowSecond: number): void {
    this.payloads += 1;
    this.points += points.length;
    for (const point of points) {
      let entries = this.#series.get(point.series);
      if (entries === undefined) {
        const { metric, host, tags } = point;
        this.#metrics.add(metric);
        entries = { series: { metric, host, tags }, bySecond: new Map() };
        this.#series.set(point.series, entries);
      }
      const entry = entries.bySecond.get(point.second);
      if (entry === undefined) {
        this.distinct += 1;
        entries.bySecond.set(point.second, { value: point.value, payload: this.payloads, arrivals: 1 });
      } else {
        entry.value = point.value;
        entry.arrivals += 1;
      }
    }
    this.#trim(nowSecond);
  }

  /** The points still held: per series in the order they arrived. */
  *held(): Iterable<LedgerPoint> {
    for (const { series, bySecond } of this.#series.values()) {
      for (const [second, entry] of bySecond) yield { ...series, second, ...entry };
    }
  }

  /** Forgets everything, counts included. */
  clear(): void {
    this.points = 0;
    this.distinct = 0;
    this.payloads = 0;
    this.#series.clear();
    this.#metrics.clear();
  }

  #trim(nowSecond: number): void {
    if (nowSecond - this.#trimmedAt < TRIM_SECONDS) return;
    this.#trimmedAt = nowSecond;
    for (const [key, { series, bySecond }] of this.#series) {
      const oldest = nowSecond - this.#ageMaxOf(series.metric);
      for (const second of bySecond.keys()) {
        if (second < oldest) bySecond.delete(second);
      }
      if (bySecond.size === 0) this.#series.delete(key);
    }
  }
}
