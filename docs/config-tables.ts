/** The parts of the pages on configuration that say what the schemas say. */

import * as v from "valibot";
import { stringify } from "yaml";
import { checkSchemaOf, MAIN_SCHEMA, PROFILE_SCHEMA, schemaLine } from "../src/config/editor-schemas.ts";
import { keyPathsOf, variableOf } from "../src/config/environment-keys.ts";
import { checkFileSchema, fileSchemaOf, instanceSchemaOf } from "../src/config/instance-schema.ts";
import { INTAKE_SCHEMAS } from "../src/config/intake-schema.ts";
import { mainSchema } from "../src/config/main-schema.ts";
import { qualityField } from "../src/config/quality-fields.ts";
import { fieldSchema, placeEntries, talkEntries } from "../src/config/serial-fields.ts";
import type { Path } from "../src/config/yaml-file.ts";
import type { InputEntry } from "../src/model/input.ts";
import { DEFAULT_VERDICTS, QUALITY_RULES, RULE_REASON } from "../src/model/quality.ts";
import { describeExpectation, schemaAt } from "../src/schema/describe-schema.ts";

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

/** Tells of every rule of quality its key, what to write, its verdict, its reason and its meaning. */
export function qualityRuleRows(): readonly Row[] {
  return QUALITY_RULES.map((rule) => {
    const { phrase, doc } = describeExpectation(qualityField, [rule]) ?? { phrase: "", doc: "" };
    return [`\`${rule}\``, phrase, DEFAULT_VERDICTS[rule], `\`${RULE_REASON[rule]}\``, doc];
  });
}

/** Tells of every key that only one input knows its name, what to write, its default and its meaning. */
export function settingRows(settings: v.GenericSchema): readonly Row[] {
  return withEntries(settings, keyPathsOf(settings)).map((path) => keyRow(settings, path));
}

/** Tells of every key by which an instance, or a profile, describes a device on a serial line. */
export function talkRows(): readonly Row[] {
  return settingRows(v.strictObject(talkEntries));
}

/** Tells of every key of a field of a serial line; what says where something stands is told of once. */
export function fieldRows(): readonly Row[] {
  const places = Object.keys(placeEntries);
  return keyPathsOf(fieldSchema)
    .filter(([, inner]) => !places.includes(String(inner)))
    .map((path) => keyRow(fieldSchema, path));
}

/** Adds to paths of lists those of the keys that each of their entries has; 0 stands for any entry. */
function withEntries(schema: v.GenericSchema, paths: readonly Path[]): readonly Path[] {
  return paths.flatMap((path) => [path, ...withEntries(schema, keyPathsOf(schema, [...path, 0]))]);
}

/** Tells of every key of an entry of `intakes`, by its type, its name, what to write, its default and its meaning. */
export function intakeKeyRows(): readonly Row[] {
  return Object.entries(INTAKE_SCHEMAS).flatMap(([type, schema]) =>
    keyPathsOf(schema).map((path) => [`\`${type}\``, ...keyRow(schema, path)]),
  );
}

/** Tells of files, by where they lie, the line that names their schema to an editor. */
export function schemaLineRows(): readonly Row[] {
  const files = [
    ["tidegate.yaml", MAIN_SCHEMA],
    ["conf.d/modbus.yaml", checkSchemaOf("modbus")],
    ["conf.d/modbus.d/conf.yaml", checkSchemaOf("modbus")],
    ["device-profiles/VENDOR/MODEL.yaml", PROFILE_SCHEMA],
  ] as const;
  return files.map(([path, schema]) => [`\`${path}\``, `\`${schemaLine(path, schema)}\``]);
}

/** Writes the example of a check: every key with a doc, those that may be left out as comments. */
export function renderExample(entry: InputEntry): string {
  const fileSchema = fileSchemaOf(entry);
  const schema = instanceSchemaOf(entry);
  // A key that holds a map shows the whole of it.
  const topKeysOf = (of: v.GenericSchema): readonly Path[] => keyPathsOf(of).filter((path) => path.length === 1);
  const own = topKeysOf(entry.settings);
  const shared = topKeysOf(schema).filter(([key]) => !own.some(([ownKey]) => ownKey === key));
  const isOwnCode = entry.usesCode === true;
  // An entry without any key would be none.
  const isFirst = (path: Path): boolean =>
    isShown(schema, path) || (isOwnCode && path[0] === "min_collection_interval");
  const required = [...own, ...shared].filter(isFirst);
  const optional = [...own, ...shared].filter((path) => !isFirst(path));
  const commonKeys = keyPathsOf(checkFileSchema, ["init_config"]).filter(({ length }) => length === 2);
  return [
    schemaLine(`conf.d/${entry.name}.d/conf.yaml`, checkSchemaOf(entry.name)),
    isOwnCode
      ? "# Rendered by `npm run docs`. Copy this file to conf.d/NAME.yaml where your check is checks.d/NAME.ts, or let\n" +
        "# `tidegate new check NAME` write both. What else an instance says goes to check(instance) as it is."
      : "# Rendered by `npm run docs`. Copy this file to conf.yaml and edit the copy; then run `tidegate configcheck`.",
    "",
    `# ${docAt(fileSchema, "init_config")}`,
    "init_config:",
    ...commonKeys.flatMap((path) => exampleLines(checkFileSchema, path, "  # ", "  # ")),
    "",
    `# ${docAt(fileSchema, "instances")}`,
    "instances:",
    ...required.flatMap((path, index) => exampleLines(schema, path, index === 0 ? "  - " : "    ", "    # ")),
    ...optional.flatMap((path) => exampleLines(schema, path, "    # ", "    # ")),
    "",
  ].join("\n");
}

/** Writes the example of `tidegate.yaml`: every key with a doc, all but the first that one needs as comments. */
export function renderMainExample(): string {
  const lines = keyPathsOf(mainSchema).flatMap((path) => {
    const indent = "  ".repeat(path.length - 1);
    const isMap = keyPathsOf(mainSchema, path).length > 0;
    if (isMap) return ["", ...docLines(mainSchema, path, `${indent}# `), `${indent}# ${String(path.at(-1))}:`];
    const before = isShown(mainSchema, path) ? "" : `${indent}# `;
    const gap = path.length === 1 ? [""] : [];
    return [...gap, ...exampleLines(mainSchema, path, before, `${indent}# `)];
  });
  return [
    schemaLine("tidegate.yaml", MAIN_SCHEMA),
    "# Rendered by `npm run docs`. Copy this file to tidegate.yaml beside conf.d and edit the copy; then run",
    "# `tidegate configcheck`. Every key can be an environment variable too: docs/configuration.md has them all.",
    ...lines,
    "",
  ].join("\n");
}

function docLines(schema: v.GenericSchema, path: Path, before: string): readonly string[] {
  const doc = describeExpectation(schema, path)?.doc ?? "";
  return doc === "" ? [] : [`${before}${doc}`];
}

function docAt(schema: v.GenericSchema, key: string): string {
  return describeExpectation(schema, [key])?.doc ?? "";
}

function exampleLines(schema: v.GenericSchema, path: Path, before: string, beforeDoc: string): readonly string[] {
  const example = stringify(exampleOf(schema, path), { collectionStyle: "flow", lineWidth: 0 }).trim();
  const line = `${before}${String(path.at(-1))}: ${example}`;
  // The first key of an entry stands behind its dash, where nothing may come before it but a line of its own.
  return [...docLines(schema, path, before === "  - " ? "  # " : beforeDoc), line];
}

/** Errors: one that names the key which has neither an example nor a default to show. */
function exampleOf(schema: v.GenericSchema, path: Path): unknown {
  const fallback = defaultOf(schema, path);
  const shown = describeExpectation(schema, path)?.example;
  const example = typeof fallback === "object" ? (shown ?? fallback) : (fallback ?? shown);
  if (example === undefined) throw new Error(`${path.join(".")} has no v.examples and no default`);
  return example;
}

function keyRow(schema: v.GenericSchema, path: Path): Row {
  const expectation = describeExpectation(schema, path);
  const fallback = defaultOf(schema, path);
  const isNone = fallback === undefined || (typeof fallback === "object" && Object.keys(fallback ?? {}).length === 0);
  const text = typeof fallback === "object" ? JSON.stringify(fallback).replaceAll('"', "") : String(fallback);
  const shown = isNone ? "none" : `\`${text}\``;
  return [
    `\`${path.join(".").replaceAll(".0", "[]")}\``,
    expectation?.phrase ?? "",
    isRequired(schema, path) ? "required" : shown,
    expectation?.doc ?? "",
  ];
}

/** Whether an example has a key as it is and not as a comment: where it is required, or the schema says so. */
function isShown(schema: v.GenericSchema, path: Path): boolean {
  const field = schemaAt(schema, path);
  return isRequired(schema, path) || (field !== undefined && v.getMetadata(field)["isShown"] === true);
}

function isRequired(schema: v.GenericSchema, path: Path): boolean {
  return schemaAt(schema, path)?.type !== "optional";
}

function defaultOf(schema: v.GenericSchema, path: Path): unknown {
  return Reflect.get(schemaAt(schema, path) ?? {}, "default");
}
