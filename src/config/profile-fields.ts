/** What both kinds of profiles say of a point and of the device. */

import * as v from "valibot";
import { PROTOCOLS, TRUST_LEVELS } from "../model/profile.ts";
import { metricField, statesField, tagField, unitField, wholeNumberField } from "../schema/schema-fields.ts";
import { qualityField, rangeField } from "./quality-fields.ts";

const pointTagsField = v.pipe(
  v.union([v.array(v.string()), v.record(v.string(), v.union([v.string(), v.number()]))]),
  v.title("a map such as {phase: l1}"),
  v.transform((tags) => (Array.isArray(tags) ? tags : Object.entries(tags).map(([key, value]) => `${key}:${value}`))),
  v.array(tagField),
);

const counterField = v.pipe(
  v.strictObject({
    wraps_at: v.optional(
      v.pipe(
        v.number(),
        v.integer(),
        v.minValue(2),
        v.examples([100_000_000]),
        v.description("The raw number at which it begins again at 0; left out, the range of an unsigned type."),
      ),
    ),
    max_per_hour: v.optional(
      v.pipe(v.number(), v.gtValue(0), v.description("The most that it can count in an hour, in the unit.")),
    ),
    delta: v.optional(
      v.pipe(v.boolean(), v.description("True sends what was counted since the reading before, as METRIC.delta.")),
    ),
  }),
  v.description("For a point that counts; {} will do. A step it cannot make is held back until it proves true."),
);

const textField = v.pipe(v.string(), v.minLength(1));

/** What a point says of its value and its name, wherever it is read. */
export const sharedPointEntries = {
  scale: v.optional(
    v.pipe(
      v.number(),
      v.finite(),
      v.notValue(0, "a number other than 0\nLeave it out for a scale of 1."),
      v.description("What the number is multiplied by to be in the unit."),
    ),
  ),
  offset: v.optional(v.pipe(v.number(), v.finite(), v.description("Added after the scale."))),
  decimals: v.optional(
    v.pipe(wholeNumberField(0, 9), v.description("Digits behind the point that the value is rounded to.")),
  ),
  scale_by: v.optional(
    v.pipe(
      v.union([textField, v.array(textField)]),
      v.title("a param of the profile, or a list of them"),
      v.transform((names) => (Array.isArray(names) ? names : [names])),
      v.description("Params that multiply scale, offset and range."),
    ),
  ),
  states: v.optional(
    v.pipe(
      statesField,
      v.examples([{ 0: "stopped", 1: "running" }]),
      v.description("What the numbers of a state are called; shown beside them."),
    ),
  ),
  counter: v.optional(counterField),
  unit: v.optional(v.pipe(unitField, v.description("The unit after scale and offset."))),
  metric: v.optional(
    v.pipe(metricField, v.description("What the quantity is called; phases, sides and parts are tags.")),
  ),
  tags: v.optional(v.pipe(pointTagsField, v.description("Put on the series of this point."))),
  range: v.optional(
    v.pipe(rangeField, v.description("A reading outside of it is dropped and counted; `quality` has more rules.")),
  ),
  quality: v.optional(qualityField),
  page: v.optional(
    v.pipe(
      v.union([v.string(), v.number()]),
      v.title("a page or section"),
      v.transform(String),
      v.description("Where in the source it was read."),
    ),
  ),
};

const finiteField = v.pipe(v.number(), v.finite());

const paramSchema = v.strictObject({
  default: finiteField,
  min: v.optional(finiteField),
  max: v.optional(finiteField),
  doc: v.pipe(textField, v.description("What the number is, and where to read it off.")),
});

const sourceField = v.strictObject({ title: textField, edition: v.optional(textField), url: v.optional(textField) });

/** What a profile says of the device, whatever that speaks. */
export const profileBasicEntries = {
  id: v.optional(v.pipe(textField, v.description("VENDOR/MODEL, as the path of the file."))),
  description: v.optional(v.pipe(textField, v.description("What the device is, in a few words."))),
  source: v.optional(
    v.pipe(sourceField, v.description("The manual the registers were read from, so that others can check them.")),
  ),
  trust: v.optional(
    v.pipe(
      v.picklist(TRUST_LEVELS),
      v.description(
        "How well the registers are founded: on a recording of a real device, on two sources that agree, or on one.",
      ),
    ),
  ),
  confirmed_by: v.optional(
    v.pipe(sourceField, v.description("The recording, or the second source, that the trust level rests on.")),
  ),
  extends: v.optional(
    v.pipe(
      v.array(v.string()),
      v.description("Parts this file builds on, such as _three-phase-meter; later ones win."),
    ),
  ),
  protocol: v.optional(
    v.pipe(v.picklist(PROTOCOLS), v.description("What the device speaks: the input that reads it.")),
  ),
  params: v.optional(
    v.record(v.pipe(v.string(), v.regex(/^[a-z][a-z\d_]*$/u, "a name in snake_case, such as ct_ratio")), paramSchema),
  ),
};

const basicSchema = v.strictObject(profileBasicEntries);

/** What a file says of the device, whatever that speaks. */
export type BasicKeys = v.InferOutput<typeof basicSchema>;

const sharedPointSchema = v.strictObject(sharedPointEntries);

/** What a file says of a point, wherever it is read. */
export type SharedPointKeys = v.InferOutput<typeof sharedPointSchema>;
