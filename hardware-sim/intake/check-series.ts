/** The checks of a payload of series: everything the real intake would refuse, rewrite or silently throw away. */

import { AGE_SECONDS_MAX, LEAD_SECONDS_MAX, METRIC_LENGTH_MAX, TAG_LENGTH_MAX, TYPE_GAUGE } from "./limits.ts";

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
  /** Limits: the first 20 sentences. */
  readonly errors: readonly string[];
}

const ERRORS_MAX = 20;
const METRIC_PATTERN = /^[A-Za-z][A-Za-z0-9_.]*$/;
const TAG_PATTERN = /^\p{L}[\p{L}\p{N}_\-:./]*$/u;

/** Checks a payload of `POST /api/v2/series` that came at `nowSecond`. Units: seconds since 1970. */
export function checkSeries(json: unknown, nowSecond: number): CheckedSeries {
  const check = new SeriesCheck(nowSecond);
  check.payload(json);
  return { points: check.points, errors: check.errors };
}

type Fields = Readonly<Record<string, unknown>>;

class SeriesCheck {
  readonly points: IntakePoint[] = [];
  readonly errors: string[] = [];
  readonly #nowSecond: number;
  readonly #seen = new Set<string>();

  constructor(nowSecond: number) {
    this.#nowSecond = nowSecond;
  }

  payload(json: unknown): void {
    const list = isFields(json) ? json["series"] : undefined;
    if (!Array.isArray(list)) {
      this.#say("payload", `series is ${describe(list)}, expected a list`);
      return;
    }
    if (list.length === 0) this.#say("payload", "series is empty");
    for (const [index, entry] of list.entries()) this.#series(`series[${index}]`, entry);
  }

  #series(place: string, entry: unknown): void {
    if (!isFields(entry)) {
      this.#say(place, `is ${describe(entry)}, expected an object`);
      return;
    }
    const metric = this.#metric(place, entry["metric"]);
    const host = this.#host(place, entry["resources"]);
    const tags = this.#tags(place, entry["tags"]);
    if (entry["type"] !== TYPE_GAUGE) this.#say(place, `type is ${describe(entry["type"])}, expected 3 (gauge)`);
    if (entry["unit"] !== undefined && typeof entry["unit"] !== "string") {
      this.#say(place, `unit is ${describe(entry["unit"])}, expected text`);
    }
    const points = entry["points"];
    if (!Array.isArray(points) || points.length === 0) {
      this.#say(place, `points is ${describe(points)}, expected a list with at least one point`);
      return;
    }
    const series = JSON.stringify([metric, host, ...tags]);
    for (const [index, point] of points.entries()) {
      const read = this.#point(`${place}.points[${index}]`, point, series);
      if (read !== undefined) this.points.push({ series, metric, host, tags, ...read });
    }
  }

  #metric(place: string, metric: unknown): string {
    if (typeof metric !== "string" || !METRIC_PATTERN.test(metric) || metric.length > METRIC_LENGTH_MAX) {
      this.#say(place, `metric is ${describe(metric)}, expected a letter, then up to 199 of A-Z a-z 0-9 _ and dot`);
    }
    return String(metric);
  }

  #host(place: string, resources: unknown): string {
    const entries = Array.isArray(resources) ? resources.filter(isFields) : [];
    const names = entries.filter((entry) => entry["type"] === "host").map((entry) => entry["name"]);
    const [name] = names;
    if (names.length === 1 && typeof name === "string" && name !== "") return name;
    this.#say(place, `resources is ${describe(resources)}, expected exactly one of type host with a name`);
    return "";
  }

  #tags(place: string, tags: unknown): readonly string[] {
    if (!Array.isArray(tags)) {
      this.#say(place, `tags is ${describe(tags)}, expected a list of text`);
      return [];
    }
    for (const tag of tags) {
      if (typeof tag !== "string" || !TAG_PATTERN.test(tag) || tag.endsWith(":") || tag.length > TAG_LENGTH_MAX) {
        this.#say(
          place,
          `the tag ${describe(tag)} would be refused or rewritten: a letter, then letters 0-9 _ - : . /`,
        );
      }
    }
    return [...new Set(tags.map(String))].sort();
  }

  #point(place: string, point: unknown, series: string): { second: number; value: number } | undefined {
    const { timestamp, value } = isFields(point) ? point : {};
    if (typeof timestamp !== "number" || !Number.isSafeInteger(timestamp)) {
      this.#say(place, `timestamp is ${describe(timestamp)}, expected whole seconds since 1970`);
      return undefined;
    }
    if (timestamp < this.#nowSecond - AGE_SECONDS_MAX || timestamp > this.#nowSecond + LEAD_SECONDS_MAX) {
      this.#say(place, `timestamp is ${timestamp - this.#nowSecond} s from now, expected -3600 to +600`);
    }
    if (typeof value !== "number" || !Number.isFinite(value)) {
      this.#say(place, `value is ${describe(value)}, expected a finite number`);
      return undefined;
    }
    const key = `${series}@${timestamp}`;
    if (this.#seen.has(key)) this.#say(place, `timestamp ${timestamp} comes twice for this series in one payload`);
    this.#seen.add(key);
    return { second: timestamp, value };
  }

  #say(place: string, what: string): void {
    if (this.errors.length < ERRORS_MAX) this.errors.push(`${place}: ${what}`);
  }
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function describe(value: unknown): string {
  return value === undefined ? "missing" : JSON.stringify(value).slice(0, 60);
}
