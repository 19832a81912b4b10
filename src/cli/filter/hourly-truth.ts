/**
 * Whether NAME still tells the truth by the hour: of measurements the average, of deltas the sum, of totals where each
 * hour begins, of states the part of the hour in each. Each is held against the same of all readings.
 */

import type { Course } from "../../model/metrics.ts";
import type { SeriesId } from "../../model/series.ts";

const HOUR = 3_600_000;

/** Hours that are not compared yet, as what belongs to them may still come: windows are an hour long at most. */
const OPEN_HOURS = 3;

/** An hour that lacks less than this is whole. Units: milliseconds. */
const NEARLY = 60_000;

/** One hour of a series, told by some points. */
interface Hour {
  count: number;
  sum: number;
  magnitude: number;
  first: number;
  /** What a state was, times how long. */
  area: number;
}

/** One side of the comparison. */
interface Side {
  readonly hours: Map<number, Hour>;
  lastAt: number;
  lastValue: number;
}

/** Where NAME differs most from all readings. */
export interface Deviation {
  readonly series: SeriesId;
  /** When the hour began. Units: milliseconds since 1970. */
  readonly hourAt: number;
  /** As a part of what it should be. */
  readonly part: number;
}

/** Compares a stretch of time; hours that are not whole in it are left out. Units: milliseconds since 1970. */
export class HourlyTruth {
  /** How many hours of series were compared. */
  hourCount = 0;
  readonly #courseOf: (series: SeriesId) => Course;
  readonly #sides = [new Map<SeriesId, Side>(), new Map<SeriesId, Side>()] as const;
  readonly #worst = new Map<SeriesId, Deviation>();
  #from = Number.POSITIVE_INFINITY;
  #settledTo = Number.NEGATIVE_INFINITY;

  constructor(courseOf: (series: SeriesId) => Course) {
    this.#courseOf = courseOf;
  }

  /** Takes one of all readings. */
  takeReading(series: SeriesId, at: number, value: number): void {
    this.#from = Math.min(this.#from, at);
    this.#take(this.#sides[0], series, at, value);
  }

  /** Takes a point of NAME. */
  takePoint(series: SeriesId, at: number, value: number): void {
    this.#take(this.#sides[1], series, at, value);
  }

  /** Compares the hours that are over for long enough, when it is `now`. */
  settle(now: number): void {
    this.#settleTo(Math.floor(now / HOUR) - OPEN_HOURS);
  }

  /** Compares what is left, of a stretch that ends at `to`. */
  end(to: number): void {
    this.#settleTo(Math.floor((to + NEARLY) / HOUR));
  }

  /** The hour of a series in which NAME differs most; undefined where no hour was compared. */
  worstOf(series: SeriesId): Deviation | undefined {
    return this.#worst.get(series);
  }

  /** The hour of all series in which NAME differs most. */
  get worst(): Deviation | undefined {
    let worst: Deviation | undefined;
    for (const each of this.#worst.values()) if (worst === undefined || each.part > worst.part) worst = each;
    return worst;
  }

  #take(sides: Map<SeriesId, Side>, series: SeriesId, at: number, value: number): void {
    const side = sides.get(series) ?? { hours: new Map(), lastAt: Number.NaN, lastValue: Number.NaN };
    sides.set(series, side);
    if (at > side.lastAt && this.#courseOf(series) === "state") addArea(side, at);
    const hour = hourOf(side, Math.floor(at / HOUR));
    if (hour.count === 0) hour.first = value;
    hour.count += 1;
    hour.sum += value;
    hour.magnitude += Math.abs(value);
    if (at < side.lastAt) return;
    side.lastAt = at;
    side.lastValue = value;
  }

  #settleTo(end: number): void {
    const begin = Math.ceil((this.#from - NEARLY) / HOUR);
    if (!(end > this.#settledTo)) return;
    for (const [series, { hours }] of this.#sides[0]) {
      const told = this.#sides[1].get(series)?.hours;
      for (const [index, hour] of hours) {
        if (index >= end) continue;
        if (index >= begin) this.#compare(series, index, hour, told?.get(index));
        hours.delete(index);
        told?.delete(index);
      }
    }
    this.#settledTo = end;
  }

  #compare(series: SeriesId, index: number, hour: Hour, told: Hour | undefined): void {
    if (hour.count === 0) return;
    this.hourCount += 1;
    const part = told === undefined || told.count === 0 ? 1 : deviate(this.#courseOf(series), hour, told);
    const known = this.#worst.get(series);
    if (known === undefined || part > known.part) this.#worst.set(series, { series, hourAt: index * HOUR, part });
  }
}

function deviate(course: Course, hour: Hour, told: Hour): number {
  switch (course) {
    case "measurement":
      return partOf(hour.sum / hour.count - told.sum / told.count, hour.magnitude / hour.count);
    case "delta":
      return partOf(hour.sum - told.sum, hour.magnitude);
    case "total":
      return partOf(hour.first - told.first, Math.abs(hour.first));
    case "state":
      return partOf(hour.area - told.area, HOUR);
  }
}

function partOf(difference: number, whole: number): number {
  if (difference === 0) return 0;
  return whole === 0 ? 1 : Math.abs(difference) / whole;
}

/** A state lasts until the next point; each hour gets its share. */
function addArea(side: Side, to: number): void {
  for (let from = side.lastAt; from < to; ) {
    const index = Math.floor(from / HOUR);
    const until = Math.min(to, (index + 1) * HOUR);
    hourOf(side, index).area += side.lastValue * (until - from);
    from = until;
  }
}

function hourOf({ hours }: Side, index: number): Hour {
  const known = hours.get(index);
  if (known !== undefined) return known;
  const hour = { count: 0, sum: 0, magnitude: 0, first: Number.NaN, area: 0 };
  hours.set(index, hour);
  return hour;
}
