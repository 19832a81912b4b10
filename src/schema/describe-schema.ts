/** Says in words what a valibot schema accepts, so that every problem can tell the whole of what was expected. */

import type { GenericSchema } from "valibot";
import { actionsOf, docOf, examplesOf, type SchemaShape, unwrap } from "./schema-shape.ts";

/** What is expected at a place. */
export interface Expectation {
  /** A phrase that fits after "expected". */
  readonly phrase: string;
  /** The doc of the key, as its `v.description` says; empty when it has none. */
  readonly doc: string;
  /** The first of its `v.examples`; undefined when it has none. */
  readonly example: unknown;
  /** The keys, where a map is expected. */
  readonly keys: readonly string[];
  /** The texts to choose from, where there is a choice. */
  readonly options: readonly string[];
  /** Whether it is a list whose entries are single values, as tags are. */
  readonly isListOfTexts: boolean;
  /** The keys of its entries, where it is a list of maps. */
  readonly entryKeys: readonly string[] | undefined;
  /** Whether it is a map, whatever its keys are. */
  readonly isMap: boolean;
}

/** Where a key is known: in the map `parent`, in each entry of that list, or under each name of that map. */
export interface PlaceOfKey {
  readonly parent: string;
  readonly kind: "map" | "entry" | "named";
}

/**
 * Finds the schema of what stands at `path`; undefined where the path leads out of what the schema knows. Of several
 * variants it is that of `value`, the whole of what stands there; the first one where it is left out, or is none.
 */
export function schemaAt(
  schema: GenericSchema,
  path: readonly (string | number)[],
  value?: unknown,
): GenericSchema | undefined {
  let shape: SchemaShape | undefined = schema as unknown as SchemaShape;
  let there = value;
  for (const part of path) {
    const inner: SchemaShape = variantOf(unwrap(shape), there);
    shape = inner.entries?.[part] ?? inner.items?.[Number(part)] ?? inner.item ?? inner.value;
    if (shape === undefined) return undefined;
    there = typeof there === "object" && there !== null ? Reflect.get(there, part) : undefined;
  }
  return shape as unknown as GenericSchema;
}

/** The variant that a value is meant as; what is no choice of variants stays as it is. */
function variantOf(shape: SchemaShape, value: unknown): SchemaShape {
  if (shape.type !== "variant") return shape;
  const variants = (shape.options ?? []) as readonly SchemaShape[];
  const name = String(shape.key);
  const meant: unknown = typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
  const literals = variants.map(({ entries }) => unwrap(entries?.[name] ?? shape).literal);
  const variant = variants[Math.max(0, literals.indexOf(meant))] ?? shape;
  const choice = { ...variant.entries?.[name], type: "picklist", options: literals.map(String) };
  return { ...variant, entries: { ...variant.entries, [name]: choice } };
}

/** Describes what `schema` expects at `path`, as `schemaAt` finds it. */
export function describeExpectation(
  schema: GenericSchema,
  path: readonly (string | number)[],
  value?: unknown,
): Expectation | undefined {
  const shape = schemaAt(schema, path, value) as unknown as SchemaShape | undefined;
  if (shape === undefined) return undefined;
  const there: unknown = path.reduce<unknown>(
    (outer, part) => (typeof outer === "object" && outer !== null ? Reflect.get(outer, part) : undefined),
    value,
  );
  const inner = variantOf(unwrap(shape), there);
  return {
    phrase: describeShape(shape),
    doc: path.length === 0 ? "" : docOf(shape),
    example: examplesOf(shape)[0],
    keys: Object.keys(inner.entries ?? {}),
    options: (inner.options ?? []).filter((option) => typeof option === "string"),
    isListOfTexts: inner.item?.type === "string",
    entryKeys: inner.item?.entries === undefined ? undefined : Object.keys(inner.item.entries),
    isMap: inner.entries !== undefined || inner.type === "record",
  };
}

/** Finds the places one storey below the map at `path` in which a key is known. */
export function placesBelow(
  schema: GenericSchema,
  path: readonly (string | number)[],
  key: string,
  value?: unknown,
): readonly PlaceOfKey[] {
  const shape = schemaAt(schema, path, value) as unknown as SchemaShape | undefined;
  const { entries = {} } = shape === undefined ? {} : variantOf(unwrap(shape), undefined);
  return Object.entries(entries).flatMap(([parent, child]) => {
    const { entries: own, item, value: named } = unwrap(child);
    const inner = [
      [own, "map"],
      [item && unwrap(item).entries, "entry"],
      [named && unwrap(named).entries, "named"],
    ] as const;
    const found = inner.find(([keys]) => keys !== undefined && Object.hasOwn(keys, key));
    return found === undefined ? [] : [{ parent, kind: found[1] }];
  });
}

/** Joins phrases to a choice: `a, b or c`. */
export function joinChoice(choices: readonly string[]): string {
  const last = choices.at(-1) ?? "";
  return choices.length < 2 ? last : `${choices.slice(0, -1).join(", ")} or ${last}`;
}

/** Says what a shape accepts, as a phrase that fits after "expected". */
export function describeShape(shape: SchemaShape): string {
  const actions = actionsOf(shape);
  const title = actions.findLast((action) => action.type === "title")?.title;
  if (title !== undefined) return title;
  if (shape.wrapped !== undefined) return describeShape(shape.wrapped);
  switch (shape.type) {
    case "number":
      return describeNumber(actions);
    case "string":
      return "a text";
    case "boolean":
      return "true or false";
    case "literal":
      return String(shape.literal);
    case "picklist":
      return joinChoice((shape.options ?? []).map(String));
    case "union":
      return joinChoice((shape.options ?? []).map((option) => describeShape(option as SchemaShape)));
    case "array":
    case "tuple":
    case "strict_tuple":
      return "a list, each entry on a line of its own after `- `";
    case "object":
    case "strict_object":
    case "loose_object":
    case "variant":
    case "record":
      return "a map of `key: value` lines";
    default:
      return "another value";
  }
}

function describeNumber(actions: readonly SchemaShape[]): string {
  const limit = (type: string): unknown => actions.find((action) => action.type === type)?.requirement;
  const noun = actions.some((action) => action.type === "integer") ? "a whole number" : "a number";
  const [min, max, above] = [limit("min_value"), limit("max_value"), limit("gt_value")];
  if (min !== undefined && max !== undefined) return `${noun} from ${String(min)} to ${String(max)}`;
  if (min !== undefined) return `${noun} of at least ${String(min)}`;
  if (above !== undefined) return `${noun} above ${String(above)}`;
  if (max !== undefined) return `${noun} of at most ${String(max)}`;
  return noun;
}
