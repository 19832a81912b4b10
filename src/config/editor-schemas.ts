/**
 * The JSON Schemas that editors complete and check configuration with, and the comment line that names one to them.
 *
 * They lie in `conf.d/schema`, as in this repository so beside every `tidegate.yaml`: from a file to its schema the way
 * is the same everywhere.
 */

import { dirname, join, relative } from "node:path";
import type { InputEntry } from "../model/input.ts";
import { fileSchemaOf } from "./instance-schema.ts";
import { type JsonSchema, toJsonSchema } from "./json-schema.ts";
import { mainSchema } from "./main-schema.ts";
import { profileSchema } from "./profile-file.ts";
import { serialProfileSchema } from "./serial-fields.ts";

/** Where the schemas lie, from the folder of `tidegate.yaml`. */
export const SCHEMA_FOLDER = "conf.d/schema";

/** The schema of `tidegate.yaml`. */
export const MAIN_SCHEMA = "tidegate.json";

/** The schema of every file in `device-profiles`. */
export const PROFILE_SCHEMA = "device-profile.json";

/** Names the schema of the checks of an input. */
export function checkSchemaOf(input: string): string {
  return `${input}.json`;
}

/**
 * Renders every schema; gives the texts by their names in `SCHEMA_FOLDER`. `profileIds` are offered to instances of an
 * input.
 */
export function renderEditorSchemas(
  inputs: readonly InputEntry[],
  profileIds: (input: string) => readonly string[],
): ReadonlyMap<string, string> {
  const schemas: [string, JsonSchema][] = [
    [MAIN_SCHEMA, toJsonSchema(mainSchema, { takesReferences: true, isOverlaid: true })],
    ...inputs.map((entry): [string, JsonSchema] => [
      checkSchemaOf(entry.name),
      toJsonSchema(fileSchemaOf(entry, profileIds(entry.name)), { takesReferences: true, isOverlaid: false }),
    ]),
    [PROFILE_SCHEMA, schemaOfProfiles()],
  ];
  return new Map(schemas.map(([name, schema]) => [name, `${JSON.stringify(schema, null, 2)}\n`]));
}

/** What a profile says depends on what its device speaks. */
function schemaOfProfiles(): JsonSchema {
  const traits = { takesReferences: false, isOverlaid: false };
  const { $schema, ...modbus } = toJsonSchema(profileSchema, traits);
  const { $schema: _same, ...serial } = toJsonSchema(serialProfileSchema, traits);
  const speaksSerial = { properties: { protocol: { const: "serial" } }, required: ["protocol"] };
  // biome-ignore lint/suspicious/noThenProperty: it is the word of JSON Schema.
  return { $schema, if: speaksSerial, then: serial, else: modbus };
}

/** Makes the line by which a file names its schema. `path` counts from the folder of `tidegate.yaml`. */
export function schemaLine(path: string, schema: string): string {
  return `# yaml-language-server: $schema=${relative(dirname(path), join(SCHEMA_FOLDER, schema))}`;
}

/** Says whether a file names a schema already, be it another than this. */
export function namesSchema(text: string): boolean {
  return /^\s*#\s*yaml-language-server\s*:.*\$schema=/mu.test(text);
}
