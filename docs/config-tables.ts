/** The parts of the pages on configuration that say what the schemas say. */

import * as v from "valibot";
import { stringify } from "yaml";
import { describeExpectation, schemaAt } from "../src/config/describe-schema.ts";
import { keyPathsOf, variableOf } from "../src/config/environment-keys.ts";
import { checkFileSchema, instanceSchemaOf } from "../src/config/instance-schema.ts";
import { mainSchema } from "../src/config/main-schema.ts";
import type { Path } from "../src/config/yaml-file.ts";
import type { InputEntry } from "../src/model/input.ts";

type Row = readonly string[];

/** Tells of every key of `tidegate.yaml` its name, its variable, what to write, its default and its meaning. */
export function mainKeyRows(): readonly Row[] {
  return keyPathsOf(mainSchema)
    .filter((path) => keyPathsOf(mainSchema, path).length === 0)
    .map((path) => {
      const [key = "", ...cells] = keyRow(mainSchema, path);
      return [key, `\`${variableOf(path)}\``, ...cells];
    });
}

/** Tells of every key that instances of all inputs share its name, what to write, its default and its meaning. */
export function instanceKeyRows(): readonly Row[] {
  const schema = instanceSchemaOf({
    name: "",
    usesProfile: true,
    settings: v.object({}),
    defaultName: () => "",
    load: () => Promise.reject(new Error("nothing to load")),
  });
  const ofPoint = keyPathsOf(schema, ["points", "NAME"]);
  return [...keyPathsOf(schema), ...ofPoint].map((path) => keyRow(schema, path));
}

/** Tells of every key that only one input knows its name, what to write, its default and its meaning. */
export function settingRows(settings: v.GenericSchema): readonly Row[] {
  return keyPathsOf(settings).map((path) => keyRow(settings, path));
}

/** Writes the example of a check: every key with a doc, those that may be left out as comments. */
export function renderExample(entry: InputEntry): string {
  const schema = instanceSchemaOf(entry);
  const own = keyPathsOf(entry.settings);
  const shared = keyPathsOf(schema).filter(([key]) => !own.some(([ownKey]) => ownKey === key));
  const required = [...own, ...shared].filter((path) => isRequired(schema, path));
  const optional = [...own, ...shared].filter((path) => !isRequired(schema, path));
  const commonKeys = keyPathsOf(checkFileSchema, ["init_config"]);
  return [
    `# Rendered by \`npm run docs\`. Copy this file to conf.yaml and edit the copy; then run \`tidegate configcheck\`.`,
    "",
    "# What holds for all instances of this file. Each instance may say it again and wins; tags of both add up.",
    "init_config:",
    ...commonKeys.flatMap((path) => exampleLines(checkFileSchema, path, "  # ", "  # ")),
    "",
    "# One entry for each device.",
    "instances:",
    ...required.flatMap((path, index) => exampleLines(schema, path, index === 0 ? "  - " : "    ", "    # ")),
    ...optional.flatMap((path) => exampleLines(schema, path, "    # ", "    # ")),
    "",
  ].join("\n");
}

function exampleLines(schema: v.GenericSchema, path: Path, before: string, beforeDoc: string): readonly string[] {
  const doc = describeExpectation(schema, path)?.doc ?? "";
  const example = stringify(exampleOf(schema, path), { collectionStyle: "flow", lineWidth: 0 }).trim();
  const line = `${before}${String(path.at(-1))}: ${example}`;
  // The first key of an entry stands behind its dash, where nothing may come before it but a line of its own.
  return doc === "" ? [line] : [`${before === "  - " ? "  # " : beforeDoc}${doc}`, line];
}

/** Errors: one that names the key which has neither an example nor a default to show. */
function exampleOf(schema: v.GenericSchema, path: Path): unknown {
  const expectation = describeExpectation(schema, path);
  const example = expectation?.example ?? defaultOf(schema, path);
  if (example === undefined) throw new Error(`${path.join(".")} has no v.examples and no default`);
  return example;
}

function keyRow(schema: v.GenericSchema, path: Path): Row {
  const expectation = describeExpectation(schema, path);
  const fallback = defaultOf(schema, path);
  const shown = fallback === undefined || typeof fallback === "object" ? "none" : `\`${String(fallback)}\``;
  return [
    `\`${path.join(".")}\``,
    expectation?.phrase ?? "",
    isRequired(schema, path) ? "required" : shown,
    expectation?.doc ?? "",
  ];
}

function isRequired(schema: v.GenericSchema, path: Path): boolean {
  return schemaAt(schema, path)?.type !== "optional";
}

function defaultOf(schema: v.GenericSchema, path: Path): unknown {
  return Reflect.get(schemaAt(schema, path) ?? {}, "default");
}
