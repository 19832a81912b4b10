/** The keys that every check and every instance has, whatever its input, and how they join with the input's own. */

import assert from "node:assert/strict";
import * as v from "valibot";
import type { InputEntry } from "../model/input.ts";
import { metricField, pointNameField, secondsField, tagsField, wholeNumberField } from "../schema/schema-fields.ts";
import { filterEntry, pointFilterEntry } from "./filter-schema.ts";
import { type MetricQualityKeys, metricQualityField, qualityField } from "./quality-fields.ts";
import { type InlineKeys, inlineEntries } from "./serial-fields.ts";

const NAME_HINT = "The name becomes the tag `instance`, so keep to what a tag can hold: press-1, hall.press_1.";

const intervalField = v.pipe(
  secondsField(0.1, 86_400, 15),
  v.description("Time between two polls; 15 seconds when left out."),
);

const commonEntries = {
  tags: v.pipe(
    tagsField,
    v.examples([["line:3"]]),
    v.description("Put on every series; those of `init_config` and of the instance add up."),
  ),
  service: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^[\p{L}\d][\p{L}\d_./-]*$/u, "a name without spaces, such as press-hall"),
      v.examples(["press-hall"]),
      v.description("Becomes the tag `service:NAME`."),
    ),
  ),
  namespace: v.optional(
    v.pipe(
      v.string(),
      v.regex(
        /^[A-Za-z]\w*(\.\w+)*$/u,
        "letters, digits and underscores, joined by dots\nMetrics become NAMESPACE.METRIC.",
      ),
      v.examples(["plant"]),
      v.description("Metrics become NAMESPACE.METRIC."),
    ),
  ),
  min_collection_interval: v.optional(intervalField),
  max_series: v.optional(
    v.pipe(
      wholeNumberField(1, 1_000_000),
      v.examples([1000]),
      v.description("Most series that one instance may have; 1000 when left out."),
    ),
  ),
  filter: filterEntry,
};

const INIT_CONFIG_DOC =
  "What holds for all instances of this file. Each instance may say it again and wins; tags of both add up.";

/** A whole file of `conf.d`; instances are looked at one by one, each against the schema of its input. */
export const checkFileSchema = v.strictObject({
  init_config: v.nullish(v.pipe(v.strictObject(commonEntries), v.description(INIT_CONFIG_DOC))),
  instances: v.nullish(v.array(v.unknown())),
});

/** The same for the input whose checks are code of the user: what stands in it is theirs to read. */
const openFileSchema = v.looseObject({
  init_config: v.nullish(v.pipe(v.looseObject(commonEntries), v.description(INIT_CONFIG_DOC))),
  instances: v.nullish(v.array(v.unknown())),
});

/** What `init_config` says for all instances of its file. */
export type InstanceDefaults = NonNullable<v.InferOutput<typeof checkFileSchema>["init_config"]>;

const nameField = v.optional(
  v.pipe(
    v.string(),
    v.regex(/^[A-Za-z\d][\w./-]{0,99}$/u, `letters, digits and . _ / -\n${NAME_HINT}`),
    v.examples(["meter-hall-1"]),
    v.description("The tag `instance`; left out, made from the address."),
  ),
);

const pointChangeSchema = v.strictObject({
  enabled: v.optional(v.pipe(v.boolean(), v.description("False leaves the point out.")), true),
  name: v.optional(
    v.pipe(pointNameField, v.examples(["incomer-l1"]), v.description("Another name, and with it another tag `point`.")),
  ),
  metric: v.optional(v.pipe(metricField, v.description("Another metric of the catalogue, whose unit fits."))),
  tags: v.pipe(tagsField, v.description("Added to the point's own; one with the same key takes its place.")),
  min_collection_interval: v.optional(
    v.pipe(secondsField(0.1, 86_400), v.description("Time between two polls of this point.")),
  ),
  max_per_hour: v.optional(
    v.pipe(
      v.number(),
      v.gtValue(0),
      v.examples([50]),
      v.description("The most that it can count in an hour here, in its unit; only of a point that counts."),
    ),
  ),
  filter: pointFilterEntry,
  quality: v.optional(
    v.pipe(qualityField, v.description("What is believed of its readings here; rule by rule before the profile's.")),
  ),
});

/** What an instance changes of one point. */
export type PointChange = v.InferOutput<typeof pointChangeSchema>;

const profileEntries = {
  params: v.optional(
    v.pipe(v.record(v.string(), v.pipe(v.number(), v.finite())), v.description("Values of the profile's params.")),
    {},
  ),
  points: v.optional(
    v.pipe(
      v.record(v.string(), pointChangeSchema),
      v.examples([{ frequency: { enabled: true, tags: ["side:grid"] } }]),
      v.description("Changes to single points, by their names."),
    ),
    {},
  ),
};

/** The profile that the example of a check names, by its input. */
const EXAMPLE_PROFILES: Readonly<Record<string, readonly string[]>> = { serial: ["mettler-toledo/sics"] };

function examplesFor({ name }: InputEntry): readonly string[] {
  return EXAMPLE_PROFILES[name] ?? ["eastron/sdm630"];
}

/** Where a device may be described in its place, a profile is shown all the same: it is the easier way. */
function profileKeyOf(entry: InputEntry, profileIds: readonly string[]) {
  const field = profileFieldOf(profileIds);
  if (entry.takesFields !== true) return field;
  return v.pipe(
    v.optional(field),
    v.metadata({ isShown: true }),
    v.description("The device profile, as VENDOR/MODEL; or say by `fields` what the device sends."),
  );
}

function profileFieldOf(profileIds: readonly string[]) {
  return v.pipe(
    v.string(),
    v.title("the id of a device profile"),
    v.examples([...profileIds]),
    v.description("The device profile, as VENDOR/MODEL."),
  );
}

/** What the common keys of an instance say. */
export interface InstanceKeys extends InstanceDefaults, Partial<InlineKeys> {
  readonly name?: string | undefined;
  /** There whenever the input uses profiles, unless it takes fields instead. */
  readonly profile?: string | undefined;
  readonly params?: Readonly<Record<string, number>>;
  readonly points?: Readonly<Record<string, PointChange>>;
  /** Only of an input without profiles. */
  readonly quality?: MetricQualityKeys | undefined;
}

/**
 * Makes the schema of an instance: the common keys, `profile` where the input uses one, and the input's own keys.
 * `profileIds` are shown as examples.
 */
export function instanceSchemaOf(
  entry: InputEntry,
  profileIds: readonly string[] = examplesFor(entry),
): v.GenericSchema<unknown, InstanceKeys> {
  const entries = {
    name: nameField,
    ...commonEntries,
    ...(entry.usesProfile
      ? { profile: profileKeyOf(entry, profileIds), ...profileEntries }
      : { quality: v.optional(metricQualityField) }),
    ...(entry.takesFields ? inlineEntries : {}),
    ...settingsEntriesOf(entry),
  };
  const schema = entry.usesCode === true ? v.looseObject(entries) : v.strictObject(entries);
  // What the input adds is known only as "some entries", which hides the common ones from the compiler.
  return schema as unknown as v.GenericSchema<unknown, InstanceKeys>;
}

/** The schema of a file of a check but for its instances. */
export function checkFileSchemaOf({ usesCode }: Pick<InputEntry, "usesCode">): typeof checkFileSchema {
  // What it lets through beyond the known keys is no concern of those who read these.
  return usesCode === true ? (openFileSchema as unknown as typeof checkFileSchema) : checkFileSchema;
}

/** Makes the schema of a whole file of a check, to know what is expected at any place of it. */
export function fileSchemaOf(entry: InputEntry, profileIds?: readonly string[]): v.GenericSchema {
  const entries = {
    ...checkFileSchemaOf(entry).entries,
    instances: v.pipe(
      v.array(instanceSchemaOf(entry, profileIds)),
      v.minLength(1),
      v.description("One entry for each device."),
    ),
  };
  return entry.usesCode === true ? v.looseObject(entries) : v.strictObject(entries);
}

/** Takes the keys that belong to the input out of an instance as it was written. */
export function pickSettings(entry: InputEntry, instance: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const own = settingsEntriesOf(entry);
  return Object.fromEntries(Object.entries(instance).filter(([key]) => Object.hasOwn(own, key)));
}

function settingsEntriesOf(entry: InputEntry): v.ObjectEntries {
  assert(
    "entries" in entry.settings && typeof entry.settings.entries === "object" && entry.settings.entries !== null,
    `the settings of input ${entry.name} are an object schema`,
  );
  return entry.settings.entries as v.ObjectEntries;
}
