/** The checks of a payload of series, in either version of the API. */

import { describe, FieldReader, type Fields, isFields } from "./field-reader.ts";
import { POINT_AGE_SECONDS_MAX } from "./limits.ts";
import { SERIES_V2, type SeriesDialect } from "./series-dialects.ts";

/** One point as the intake keeps it. Units: `second` since 1970. */
export interface IntakePoint {
  /** Metric, host and sorted tags in one string: the series. */
  readonly series: string;
  readonly metric: string;
  readonly host: string;
  readonly tags: readonly string[];
  readonly second: number;
  readonly value: number;
}

/** What a payload holds, and what is wrong with it. A payload with one error is refused whole. */
export interface CheckedSeries {
  readonly points: readonly IntakePoint[];
  readonly errors: readonly string[];
}

/** How old points of a metric may be. Units: seconds. */
export type AgeMaxOf = (metric: string) => number;

/**
 * Checks a payload of series that came at `nowSecond`. Leaving out `ageMaxOf` means an hour for all metrics. Units:
 * seconds since 1970.
 */
export function checkSeries(
  json: unknown,
  nowSecond: number,
  dialect: SeriesDialect = SERIES_V2,
  ageMaxOf: AgeMaxOf = () => POINT_AGE_SECONDS_MAX,
): CheckedSeries {
  const reader = new FieldReader(nowSecond);
  const check = new SeriesCheck(dialect, reader, ageMaxOf);
  check.payload(json);
  return { points: check.points, errors: reader.errors };
}

class SeriesCheck {
  readonly points: IntakePoint[] = [];
  readonly #dialect: SeriesDialect;
  readonly #reader: FieldReader;
  readonly #ageMaxOf: AgeMaxOf;
  readonly #seen = new Set<string>();

  constructor(dialect: SeriesDialect, reader: FieldReader, ageMaxOf: AgeMaxOf) {
    this.#dialect = dialect;
    this.#reader = reader;
    this.#ageMaxOf = ageMaxOf;
  }

  payload(json: unknown): void {
    const list = isFields(json) ? json["series"] : undefined;
    if (!Array.isArray(list)) {
      this.#reader.note("payload", `series is ${describe(list)}, expected a list`);
      return;
    }
    if (list.length === 0) this.#reader.note("payload", "series is empty");
    for (const [index, entry] of list.entries()) this.#series(`series[${index}]`, entry);
  }

  #series(place: string, value: unknown): void {
    const reader = this.#reader;
    const entry = reader.fields(place, value);
    const metric = reader.metric(place, entry);
    const host = this.#dialect.host(place, entry, reader);
    const tags = reader.tags(place, entry["tags"]);
    this.#kind(place, entry);
    reader.optionalText(place, entry, "unit");
    const points = entry["points"];
    if (!Array.isArray(points) || points.length === 0) {
      reader.note(place, `points is ${describe(points)}, expected a list with at least one point`);
      return;
    }
    const series = JSON.stringify([metric, host, ...tags]);
    const ageMax = this.#ageMaxOf(metric);
    for (const [index, point] of points.entries()) {
      const read = this.#point(`${place}.points[${index}]`, point, series, ageMax);
      if (read !== undefined) this.points.push({ series, metric, host, tags, ...read });
    }
  }

  #kind(place: string, { type, interval }: Fields): void {
    const { gauge, count } = this.#dialect;
    if (type !== gauge && type !== count) {
      this.#reader.note(
        place,
        `type is ${describe(type)}, expected ${describe(gauge)} for a gauge or ${describe(count)} for a count`,
      );
    }
    const isFit = type === count && Number.isSafeInteger(interval) && Number(interval) > 0;
    if (interval !== undefined && !isFit) {
      this.#reader.note(place, `interval is ${describe(interval)}, expected whole seconds, and of a count only`);
    }
  }

  #point(place: string, point: unknown, series: string, ageMax: number): { second: number; value: number } | undefined {
    const { timestamp, value } = this.#dialect.point(point);
    const second = this.#reader.second(place, "timestamp", timestamp, ageMax);
    if (second === undefined) return undefined;
    if (typeof value !== "number" || !Number.isFinite(value)) {
      this.#reader.note(place, `value is ${describe(value)}, expected a finite number`);
      return undefined;
    }
    const key = `${series}@${second}`;
    if (this.#seen.has(key)) this.#reader.note(place, `timestamp ${second} comes twice for this series in one payload`);
    this.#seen.add(key);
    return { second, value };
  }
}
