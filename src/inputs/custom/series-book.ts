/**
 * What a check told in a run, to readings of points. It knows of each series what the run before said, so that a
 * counter becomes what it counted and a rate how fast, as the Datadog Agent has it, be it that the process of the check
 * began anew in between.
 *
 * Source: Datadog Agent, pkg/metrics: count.go, monotonic_count.go, rate.go.
 */

import type { Fault, InputPoint, PollOutcome } from "../../model/input.ts";
import { canonicalUnit } from "../../model/metrics.ts";
import { unitFactor } from "../../model/units.ts";
import type { RunReport, ToldReading, ToldSeries } from "../../platform/check-words.ts";

/** So far ahead of the clock a moment is taken for now: clocks are read one after the other. Units: milliseconds. */
const AHEAD_MS = 2000;

/** A moment before is none of a measurement, but a number of something else. Units: milliseconds since 1970. */
const OLDEST_AT = 100_000_000_000;

/** So many series a fault names, and so much of the first its message. Units: of the latter, characters. */
const NAMED_MAX = 100;
const SHOWN_MAX = 200;

/** Why a reading of a known series is left out. */
type Refusal = "moment" | "unit" | "kind" | "huge";

/** One series a check has told. */
interface BookedSeries {
  readonly told: ToldSeries;
  /** Its place among the points; undefined until there is something to say of it, or where there is no room. */
  point: number | undefined;
  /** What is counted in this run, and when it was told last. */
  sum: number;
  at: number;
  isCounted: boolean;
  /** The last reading of a counter or of what grows, and its moment by either clock. */
  last: { readonly value: number; readonly at: number; readonly toldAt: number; readonly isOwnAt: boolean } | undefined;
  /** The reading of this run. */
  current: BookedSeries["last"];
}

/** Readings of one run, and what came of the others. */
export type BookedRun = Required<Pick<PollOutcome, "readings" | "faults" | "dropped">>;

/** When a report came: by the clock of the gateway, and by the one its readings are stamped with. */
export interface ReportMoment {
  readonly now: number;
  readonly receivedAt: number;
}

/** The series of one check. */
export class SeriesBook {
  readonly points: InputPoint[] = [];
  readonly #seriesMax: number;
  readonly #series = new Map<string, BookedSeries>();
  /** By metric and tags: to an intake these are one series, whatever the kind and the unit. */
  readonly #pointOf = new Map<string, number>();
  /** As the process of the check numbers them. */
  #numbered: BookedSeries[] = [];

  /** `seriesMax` is the most points there may be. */
  constructor(seriesMax: number) {
    this.#seriesMax = Math.min(seriesMax, 65_535);
  }

  /** A process numbers so many; it may tell one in several ways. */
  get #numberedMax(): number {
    return 4 * this.#seriesMax;
  }

  /** A process begins, which numbers its series from 0 on. */
  begin(): void {
    this.#numbered = [];
  }

  /** Takes the report of a run. */
  take(report: RunReport, moment: ReportMoment): BookedRun {
    for (const told of report.series) {
      if (this.#numbered.length >= this.#numberedMax) break;
      this.#numbered.push(this.#find(told));
    }
    const run = new RunBuilder(report);
    const touched = new Set<BookedSeries>();
    for (const reading of report.readings) {
      const series = this.#numbered[reading[0]];
      if (series === undefined) {
        run.leaveOut();
        continue;
      }
      const at = momentOf(reading, moment);
      if (at === undefined || !hasUnit(series.told)) {
        run.refuse(series.told, at === undefined ? "moment" : "unit");
        continue;
      }
      this.#enter(series, reading, at, run);
      touched.add(series);
    }
    for (const series of touched) this.#close(series, run);
    return run.end(this.#seriesMax);
  }

  #find(told: ToldSeries): BookedSeries {
    const key = keyOf(told.kind, told);
    let series = this.#series.get(key);
    if (series === undefined) {
      series = { told, point: undefined, sum: 0, at: 0, isCounted: false, last: undefined, current: undefined };
      // What would never become a point is not kept.
      if (this.#series.size < this.#numberedMax) this.#series.set(key, series);
    }
    return series;
  }

  #enter(series: BookedSeries, [, value, toldAt, ownAt, isFlushed]: ToldReading, at: number, run: RunBuilder): void {
    switch (series.told.kind) {
      case "gauge":
        this.#add(series, at, value, run);
        return;
      case "count":
        series.sum += value;
        series.isCounted = true;
        // What was counted at moments of its own stays apart.
        if (ownAt !== null) this.#flush(series, at, run);
        series.at = at;
        return;
      case "monotonic": {
        const before = series.last?.value ?? (isFlushed === 1 ? 0 : undefined);
        if (before !== undefined) {
          // A counter that begins anew tells nothing of what was counted until then.
          series.sum += Math.max(0, value - before);
          series.isCounted = true;
          series.at = at;
        }
        series.last = { value, at, toldAt, isOwnAt: ownAt !== null };
        return;
      }
      case "rate":
        series.current = { value, at, toldAt, isOwnAt: ownAt !== null };
    }
  }

  #close(series: BookedSeries, run: RunBuilder): void {
    if (series.isCounted) this.#flush(series, series.at, run);
    const { current, last } = series;
    if (current === undefined) return;
    series.last = current;
    series.current = undefined;
    if (last === undefined) return;
    const isByClock = current.isOwnAt || last.isOwnAt;
    const elapsed = isByClock ? current.at - last.at : current.toldAt - last.toldAt;
    const growth = current.value - last.value;
    if (elapsed > 0 && growth >= 0) this.#add(series, current.at, (growth / elapsed) * 1000, run);
  }

  #flush(series: BookedSeries, at: number, run: RunBuilder): void {
    this.#add(series, at, series.sum, run);
    series.sum = 0;
    series.isCounted = false;
  }

  #add(series: BookedSeries, at: number, value: number, run: RunBuilder): void {
    // What grew may have grown beyond what a number holds, however small each step was.
    if (!Number.isFinite(value)) {
      run.refuse(series.told, "huge");
      return;
    }
    series.point ??= this.#takePoint(series.told);
    const point = series.point === undefined ? undefined : this.points[series.point];
    if (series.point === undefined || point === undefined) run.leaveOut();
    else if (point.kind !== kindOf(series.told) || point.unit !== unitOf(series.told)) run.refuse(series.told, "kind");
    else run.add(series.point, at, value);
  }

  #takePoint(told: ToldSeries): number | undefined {
    const key = JSON.stringify([told.name, told.tags]);
    const known = this.#pointOf.get(key);
    if (known !== undefined) return known;
    if (this.points.length >= this.#seriesMax) return undefined;
    const { name: metric, tags } = told;
    this.points.push({ name: nameOf(told), metric, unit: unitOf(told), tags, isBare: true, kind: kindOf(told) });
    this.#pointOf.set(key, this.points.length - 1);
    return this.points.length - 1;
  }
}

/** Gathers the readings of one run. */
class RunBuilder {
  readonly #rows: { readonly point: number; readonly at: number; readonly value: number }[] = [];
  readonly #refused: Readonly<Record<Refusal, Map<string, number>>> = {
    ...{ moment: new Map(), unit: new Map(), kind: new Map(), huge: new Map() },
  };
  readonly #lost: RunReport["lost"];
  #leftOut = 0;

  constructor({ lost }: RunReport) {
    this.#lost = lost;
  }

  add(point: number, at: number, value: number): void {
    this.#rows.push({ point, at, value });
  }

  leaveOut(): void {
    this.#leftOut += 1;
  }

  refuse(told: ToldSeries, why: Refusal): void {
    const of = this.#refused[why];
    of.set(nameOf(told), (of.get(nameOf(told)) ?? 0) + 1);
  }

  /** Shape: in the order of their moments, so that an intake that wants them in order gets them so. */
  end(seriesMax: number): BookedRun {
    const rows = this.#rows.toSorted((one, other) => one.at - other.at);
    const { notANumber, flood, seriesLimit } = this.#lost;
    const { moment, unit, kind, huge } = this.#refused;
    const series = seriesLimit + this.#leftOut;
    const refused = sumOf(moment) + sumOf(unit) + sumOf(kind) + sumOf(huge);
    return {
      readings: {
        point: Uint16Array.from(rows, ({ point }) => point),
        at: Float64Array.from(rows, ({ at }) => at),
        value: Float64Array.from(rows, ({ value }) => value),
        flags: new Uint8Array(rows.length),
        count: rows.length,
      },
      dropped: {
        ...(notANumber === 0 ? {} : { "not-a-number": notANumber }),
        ...(flood === 0 ? {} : { backpressure: flood }),
        ...(series === 0 ? {} : { "series-limit": series }),
        ...(refused === 0 ? {} : { "out-of-range": refused }),
      },
      faults: [
        ...refusalsOf(moment, "has a moment ahead of the clock or before 1973, expected now or earlier: mind `at`."),
        ...refusalsOf(unit, "has a unit that its metric cannot be in: docs/metrics.md has the units of its metrics."),
        ...refusalsOf(kind, "was told as something else before: a gauge, a count or in another unit. Name them apart."),
        ...refusalsOf(huge, "grew by more than a number holds, expected what a counter or a sum can be."),
        ...(flood === 0 ? [] : [floodOf(flood)]),
        ...(series === 0 ? [] : [limitOf(series, seriesMax)]),
      ],
    };
  }
}

function refusalsOf(refused: ReadonlyMap<string, number>, what: string): Fault[] {
  if (refused.size === 0) return [];
  const points = [...refused.keys()].slice(0, NAMED_MAX);
  const [first = ""] = points;
  const shown = first.length <= SHOWN_MAX ? first : `${first.slice(0, SHOWN_MAX)}...`;
  const others = refused.size === 1 ? "" : ` So have ${refused.size - 1} more.`;
  return [{ code: "INPUT_BAD_VALUE", message: `${shown} ${what}${others}`, points }];
}

function floodOf(count: number): Fault {
  const message =
    `${count} readings more than one run may bring were dropped: let it tell less in a run, or run more often, ` +
    "by min_collection_interval.";
  return { code: "INPUT_FLOODED", message, points: [] };
}

function limitOf(count: number, seriesMax: number): Fault {
  const message =
    `${count} readings of further series were dropped: the instance has ${seriesMax}, as max_series says. ` +
    "Tags that never come again, such as numbers of orders, make a series each; leave them out, or raise it.";
  return { code: "INPUT_SERIES_LIMIT", message, points: [] };
}

/** The moment of a reading by the clock of the gateway; undefined where it is ahead of that, or can be none. */
function momentOf([, , toldAt, ownAt]: ToldReading, { now, receivedAt }: ReportMoment): number | undefined {
  const at = ownAt ?? now - Math.max(0, receivedAt - toldAt);
  if (at > now + AHEAD_MS || at < OLDEST_AT) return undefined;
  return Math.min(Math.round(at), now);
}

function kindOf({ kind }: ToldSeries): "gauge" | "count" {
  return kind === "count" || kind === "monotonic" ? "count" : "gauge";
}

function unitOf({ name, unit }: ToldSeries): string {
  return unit === "" ? canonicalUnit(name, "") : unit;
}

function hasUnit({ name, unit }: ToldSeries): boolean {
  return unit === "" || unitFactor(unit, canonicalUnit(name, unit)) !== undefined;
}

function keyOf(kind: string, { name, tags, unit }: ToldSeries): string {
  return JSON.stringify([kind, name, unit, tags]);
}

function nameOf({ name, tags }: ToldSeries): string {
  return tags.length === 0 ? name : `${name}{${tags.join(",")}}`;
}

function sumOf(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}
