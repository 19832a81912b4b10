/** Fields that several schemas of the configuration share. */

import * as v from "valibot";
import { METRICS } from "../model/metrics.ts";
import { RESERVED_TAG_KEYS } from "../model/series.ts";
import { millis } from "../model/time.ts";
import { UNIT_SYMBOLS } from "../model/units.ts";
import { joinChoice } from "./describe-schema.ts";

/** A tag: `key:value`, or a word alone. Source: Datadog documentation, Getting Started with Tags, Define tags. */
export const tagField = v.pipe(
  v.string(),
  v.title("a tag such as site:berlin"),
  v.regex(/^\p{L}/u, "a tag that begins with a letter"),
  v.regex(/^[^\s,]+$/u, "a tag without spaces and commas\nWrite each tag on a line of its own, as `- site:berlin`."),
  v.regex(/[^:]$/u, "a value after the colon"),
  v.maxLength(200, "a tag of at most 200 characters"),
  v.check(
    (tag) => !RESERVED_TAG_KEYS.includes(tag.toLowerCase().split(":", 1)[0] ?? ""),
    `a tag with another key than ${joinChoice(RESERVED_TAG_KEYS)}\nThe gateway sets these by itself; choose another key.`,
  ),
);

/** A list of tags; leaving it out means none. */
export const tagsField = v.optional(v.array(tagField), []);

/** Makes a field for a duration, written as a number of seconds, such as `example`, and read as milliseconds. */
export function secondsField(minimum: number, maximum: number, example: number = minimum) {
  return v.pipe(
    v.number(),
    v.minValue(minimum),
    v.maxValue(maximum),
    v.examples([example]),
    v.title(`a number of seconds from ${minimum} to ${maximum}`),
    v.transform((count) => millis(Math.round(count * 1000))),
  );
}

/** Makes a field for a number with limits. */
export function numberField(minimum: number, maximum: number) {
  return v.pipe(v.number(), v.minValue(minimum), v.maxValue(maximum));
}

/** Makes a field for a whole number with limits. */
export function wholeNumberField(minimum: number, maximum: number) {
  return v.pipe(v.number(), v.integer(), v.minValue(minimum), v.maxValue(maximum));
}

/** The name of a metric. Which there are is checked where its unit is known; editors offer them all. */
export const metricField = v.pipe(
  v.string(),
  v.minLength(1),
  v.title("a metric of the catalogue"),
  v.metadata({ editor: { enum: Object.keys(METRICS) } }),
);

/** The symbol of a unit. Which there are is checked where its metric is known; editors offer them all. */
export const unitField = v.pipe(
  v.string(),
  v.minLength(1),
  v.title("a unit such as kWh"),
  v.metadata({ editor: { enum: UNIT_SYMBOLS } }),
);

/** What the numbers of a state are called. */
export const statesField = v.record(
  v.pipe(v.string(), v.regex(/^-?\d+$/u, "a whole number, such as 3")),
  v.pipe(v.string(), v.minLength(1)),
);

const BYTES_OF: Readonly<Record<string, number>> = {
  "": 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
};

const SIZE_MIN = 1e6;

const SIZE = /^(\d+(?:\.\d+)?)\s*([kKmMgG][iI]?[bB])?$/u;

/** Makes a field for a size, written as a number of bytes or with a unit, such as `example`, and read as bytes. */
export function sizeField(example: string) {
  const pattern = SIZE.source;
  return v.pipe(
    v.union([v.number(), v.string()]),
    v.title("a size of at least 1MB, such as 500MB or 2GiB"),
    v.examples([example]),
    v.metadata({
      editor: {
        anyOf: [
          { type: "number", minimum: SIZE_MIN },
          { type: "string", pattern, patternErrorMessage: "Expected a size such as 500MB or 2GiB" },
        ],
      },
    }),
    v.check((size) => parseBytes(size) >= SIZE_MIN, ""),
    v.transform(parseBytes),
  );
}

/** A size of many megabytes. */
export const bytesField = sizeField("500MB");

/** Gives NaN, which is at least nothing, for what is no size. */
function parseBytes(size: number | string): number {
  const match = SIZE.exec(String(size));
  return Math.round(Number(match?.[1]) * (BYTES_OF[match?.[2]?.toLowerCase() ?? ""] ?? Number.NaN));
}

/** The name of a point. */
export const pointNameField = v.pipe(
  v.string(),
  v.regex(/^[a-z\d]+(-[a-z\d]+)*$/u, "a name in kebab-case, such as voltage-l1"),
);
