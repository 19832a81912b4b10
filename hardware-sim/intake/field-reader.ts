/** The rules that fields of all payloads share. */

import { LEAD_SECONDS_MAX, METRIC_LENGTH_MAX, TAG_LENGTH_MAX } from "./limits.ts";

/** An object of a payload, of which nothing is known yet. */
export type Fields = Readonly<Record<string, unknown>>;

const ERRORS_MAX = 20;
const METRIC_PATTERN = /^[A-Za-z][A-Za-z0-9_.]*$/;
const TAG_PATTERN = /^\p{L}[\p{L}\p{N}_\-:./]*$/u;

/**
 * Reads the fields of one payload and notes everything that the real intake would refuse, rewrite or silently throw
 * away. What is read is good for nothing once there are errors.
 */
export class FieldReader {
  /** What is wrong, one sentence each. Limits: the first 20. */
  readonly errors: string[] = [];
  readonly #nowSecond: number;

  /** Units: `nowSecond`, when the payload came, in seconds since 1970. */
  constructor(nowSecond: number) {
    this.#nowSecond = nowSecond;
  }

  /** Notes what is wrong at a place of the payload. */
  note(place: string, what: string): void {
    if (this.errors.length < ERRORS_MAX) this.errors.push(`${place}: ${what}`);
  }

  /** Reads an object; where there is none, one without fields stands for it. */
  fields(place: string, value: unknown): Fields {
    if (isFields(value)) return value;
    this.note(place, `is ${describe(value)}, expected an object`);
    return {};
  }

  /** Reads a text that must be there and not be empty. Units: `lengthMax` in characters. */
  text(place: string, fields: Fields, name: string, lengthMax = Number.POSITIVE_INFINITY): string {
    const value = fields[name];
    if (typeof value !== "string" || value === "") this.note(place, `${name} is ${describe(value)}, expected text`);
    else if (value.length > lengthMax)
      this.note(place, `${name} has ${value.length} characters, expected at most ${lengthMax}`);
    return String(value);
  }

  /** Reads a text that may be left out or empty. Units: `lengthMax` in characters. */
  optionalText(place: string, fields: Fields, name: string, lengthMax?: number): string {
    const value = fields[name];
    return value === undefined || value === "" ? "" : this.text(place, fields, name, lengthMax);
  }

  /** Reads a word that must be one of `words` and may be left out for the first of them. */
  word(place: string, fields: Fields, name: string, words: readonly [string, ...string[]]): string {
    const value = fields[name];
    const found = value === undefined ? words[0] : words.find((word) => word === value);
    if (found === undefined) this.note(place, `${name} is ${describe(value)}, expected one of ${words.join(", ")}`);
    return found ?? words[0];
  }

  /** Reads the name of a metric. */
  metric(place: string, { metric }: Fields): string {
    if (typeof metric !== "string" || !METRIC_PATTERN.test(metric) || metric.length > METRIC_LENGTH_MAX) {
      this.note(place, `metric is ${describe(metric)}, expected a letter, then up to 199 of A-Z a-z 0-9 _ and dot`);
    }
    return String(metric);
  }

  /** Reads a list of tags; gives them sorted and without repeats. */
  tags(place: string, tags: unknown): readonly string[] {
    if (!Array.isArray(tags)) {
      this.note(place, `tags is ${describe(tags)}, expected a list of text`);
      return [];
    }
    for (const tag of tags) {
      if (typeof tag !== "string" || !TAG_PATTERN.test(tag) || tag.endsWith(":") || tag.length > TAG_LENGTH_MAX) {
        const found = `the tag ${describe(tag)} would be refused or rewritten`;
        this.note(place, `${found}: a letter, then letters 0-9 _ - : . /`);
      }
    }
    return [...new Set(tags.map(String))].sort();
  }

  /** Reads a moment that is not too old and not ahead. Units: whole seconds since 1970; `ageMax` in seconds. */
  second(place: string, name: string, value: unknown, ageMax: number): number | undefined {
    if (typeof value !== "number" || !Number.isSafeInteger(value)) {
      this.note(place, `${name} is ${describe(value)}, expected whole seconds since 1970`);
      return undefined;
    }
    if (value < this.#nowSecond - ageMax || value > this.#nowSecond + LEAD_SECONDS_MAX) {
      this.note(place, `${name} is ${value - this.#nowSecond} s from now, expected -${ageMax} to +${LEAD_SECONDS_MAX}`);
    }
    return value;
  }

  /** Reads a moment that may be left out for now. Units: as `second`. */
  optionalSecond(place: string, name: string, value: unknown, ageMax: number): number {
    return (value === undefined ? undefined : this.second(place, name, value, ageMax)) ?? this.#nowSecond;
  }
}

/** Whether a value is an object with fields. */
export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Shows what was found, for a sentence. Limits: 60 characters. */
export function describe(value: unknown): string {
  return value === undefined ? "missing" : JSON.stringify(value).slice(0, 60);
}
