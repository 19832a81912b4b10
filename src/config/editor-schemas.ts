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

/** Renders every schema; gives the texts by their names in `SCHEMA_FOLDER`. `profileIds` are offered to instances. */
export function renderEditorSchemas(
  inputs: readonly InputEntry[],
  profileIds: readonly string[],
): ReadonlyMap<string, string> {
  const schemas: [string, JsonSchema][] = [
    [MAIN_SCHEMA, toJsonSchema(mainSchema, { takesReferences: true, isOverlaid: true })],
    ...inputs.map((entry): [string, JsonSchema] => [
      checkSchemaOf(entry.name),
      toJsonSchema(fileSchemaOf(entry, profileIds), { takesReferences: true, isOverlaid: false }),
    ]),
    [PROFILE_SCHEMA, toJsonSchema(profileSchema, { takesReferences: false, isOverlaid: false })],
  ];
  return new Map(schemas.map(([name, schema]) => [name, `${JSON.stringify(schema, null, 2)}\n`]));
}

/** Makes the line by which a file names its schema. `path` counts from the folder of `tidegate.yaml`. */
export function schemaLine(path: string, schema: string): string {
  return `# yaml-language-server: $schema=${relative(dirname(path), join(SCHEMA_FOLDER, schema))}`;
}

/** Says whether a file names a schema already, be it another than this. */
export function namesSchema(text: string): boolean {
  return /^\s*#\s*yaml-language-server\s*:.*\$schema=/mu.test(text);
}
