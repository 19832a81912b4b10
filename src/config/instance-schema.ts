/** The keys that every check and every instance has, whatever its input, and how they join with the input's own. */

import assert from "node:assert/strict";
import * as v from "valibot";
import type { InputEntry } from "../model/input.ts";
import { secondsField, tagsField } from "./schema-fields.ts";

const NAME_HINT = "The name becomes the tag `instance`, so keep to what a tag can hold: press-1, hall.press_1.";

const commonEntries = {
  tags: tagsField,
  service: v.optional(
    v.pipe(v.string(), v.regex(/^[\p{L}\d][\p{L}\d_./-]*$/u, "a name without spaces, such as press-hall")),
  ),
  namespace: v.optional(
    v.pipe(
      v.string(),
      v.regex(
        /^[a-z]\w*(\.\w+)*$/iu,
        "letters, digits and underscores, joined by dots\nMetrics become NAMESPACE.METRIC.",
      ),
    ),
  ),
  min_collection_interval: v.optional(secondsField(0.1, 86_400)),
};

/** A whole file of `conf.d`; instances are looked at one by one, each against the schema of its input. */
export const checkFileSchema = v.strictObject({
  init_config: v.nullish(v.strictObject(commonEntries)),
  instances: v.nullish(v.array(v.unknown())),
});

/** What `init_config` says for all instances of its file. */
export type InstanceDefaults = NonNullable<v.InferOutput<typeof checkFileSchema>["init_config"]>;

const nameField = v.optional(
  v.pipe(v.string(), v.regex(/^[a-z\d][\w./-]{0,99}$/iu, `letters, digits and . _ / -\n${NAME_HINT}`)),
);

const profileField = v.pipe(
  v.string(),
  v.title("the id of a device profile"),
  v.description("The device profile, as VENDOR/MODEL."),
);

/** What the common keys of an instance say. */
export interface InstanceKeys extends InstanceDefaults {
  readonly name?: string | undefined;
  /** There whenever the input uses profiles. */
  readonly profile?: string;
}

/** Makes the schema of an instance: the common keys, `profile` where the input uses one, and the input's own keys. */
export function instanceSchemaOf(entry: InputEntry): v.GenericSchema<unknown, InstanceKeys> {
  const schema = v.strictObject({
    name: nameField,
    ...commonEntries,
    ...(entry.usesProfile ? { profile: profileField } : {}),
    ...settingsEntriesOf(entry),
  });
  // What the input adds is known only as "some entries", which hides the common ones from the compiler.
  return schema as unknown as v.GenericSchema<unknown, InstanceKeys>;
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
