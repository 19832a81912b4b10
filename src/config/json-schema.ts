/**
 * Says what a valibot schema accepts as JSON Schema, for editors.
 *
 * It may accept more than the schema, never less: what only code can tell (`v.check`, what an address leads to) is left
 * to the gateway, and a file the gateway takes shows no mistake in an editor.
 */

import assert from "node:assert/strict";
import type { GenericSchema } from "valibot";
import { describeShape } from "../schema/describe-schema.ts";
import { actionsOf, docOf, examplesOf, type SchemaShape, unwrap } from "../schema/schema-shape.ts";
import { REFERENCE_PATTERN } from "./references.ts";

/** A JSON Schema, or a part of one. Source: JSON Schema draft-07, which the YAML language server knows best. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** How the files of a schema differ from each other. */
export interface JsonSchemaTraits {
  /** Whether a text with a reference may stand in the place of any value. */
  readonly takesReferences: boolean;
  /** Whether what a file leaves out may be said elsewhere, so that no key is required. */
  readonly isOverlaid: boolean;
}

const REFERENCE = { title: `a reference such as \${env:NAME}`, type: "string", pattern: REFERENCE_PATTERN };

/** Makes the JSON Schema of a whole file. Errors: none; a part of valibot that it does not know is a bug. */
export function toJsonSchema(schema: GenericSchema, traits: JsonSchemaTraits): JsonSchema {
  const root = new Renderer(traits).form(schema as unknown as SchemaShape);
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    ...root,
    ...(traits.takesReferences ? { definitions: { reference: REFERENCE } } : {}),
  };
}

class Renderer {
  readonly #traits: JsonSchemaTraits;

  constructor(traits: JsonSchemaTraits) {
    this.#traits = traits;
  }

  /** What may stand somewhere, with the words an editor shows for it. */
  place(shape: SchemaShape): JsonSchema {
    const form = this.form(shape);
    const isAnyText = form["type"] === "string" && Object.keys(form).length === 1;
    const choices = [
      form,
      ...(isNullish(shape) ? [{ type: "null" }] : []),
      ...(this.#traits.takesReferences && !isAnyText ? [{ $ref: "#/definitions/reference" }] : []),
    ];
    return { ...wordsOf(shape), ...(choices.length === 1 ? form : { anyOf: choices }) };
  }

  /** What may stand somewhere when it is neither nothing nor a reference. */
  form(shape: SchemaShape): JsonSchema {
    const inner = unwrap(shape);
    return editorOf(inner) ?? { ...this.#typeOf(inner), ...constraintsOf(inner) };
  }

  #typeOf(shape: SchemaShape): JsonSchema {
    switch (shape.type) {
      case "string":
      case "number":
      case "boolean":
        return { type: shape.type };
      case "bigint":
        return { type: "integer" };
      case "picklist":
        return { enum: shape.options };
      case "literal":
        return { const: shape.literal };
      case "union":
      case "variant":
        return this.#unionOf((shape.options ?? []) as readonly SchemaShape[]);
      case "array":
        return { type: "array", ...(shape.item === undefined ? {} : { items: this.place(shape.item) }) };
      case "tuple":
        return {
          type: "array",
          items: (shape.items ?? []).map((item) => this.place(item)),
          minItems: shape.items?.length,
        };
      case "strict_object":
        return this.#objectOf(shape.entries ?? {});
      case "loose_object":
        return { ...this.#objectOf(shape.entries ?? {}), additionalProperties: true };
      case "record":
        return this.#recordOf(shape);
      default:
        return assert.fail(`src/config/json-schema.ts does not know the schema ${shape.type} of valibot`);
    }
  }

  /** Options that look alike in JSON, as numbers and bigints do, are one. */
  #unionOf(options: readonly SchemaShape[]): JsonSchema {
    const forms = options.map((option) => this.form(option));
    const distinct = [...new Map(forms.map((form) => [JSON.stringify(form), form])).values()];
    return distinct.length === 1 ? { ...distinct[0] } : { anyOf: distinct };
  }

  #objectOf(entries: Readonly<Record<string, SchemaShape>>): JsonSchema {
    const required = Object.keys(entries).filter((key) => !isOptional(entries[key]));
    return {
      type: "object",
      properties: this.#placesOf(Object.entries(entries)),
      ...(this.#traits.isOverlaid || required.length === 0 ? {} : { required }),
      additionalProperties: false,
    };
  }

  #recordOf({ key, value }: SchemaShape): JsonSchema {
    assert(typeof key === "object" && value !== undefined, "a record has a key and a value");
    if (key.type === "picklist") {
      const keys = (key.options ?? []).map(String);
      return {
        type: "object",
        properties: this.#placesOf(keys.map((name) => [name, value])),
        additionalProperties: false,
      };
    }
    const names = constraintsOf(key);
    return {
      type: "object",
      ...(Object.keys(names).length === 0 ? {} : { propertyNames: names }),
      additionalProperties: this.place(value),
    };
  }

  #placesOf(entries: readonly (readonly [string, SchemaShape])[]): JsonSchema {
    return Object.fromEntries(entries.map(([key, shape]) => [key, this.place(shape)]));
  }
}

function isOptional(shape: SchemaShape | undefined): boolean {
  return shape?.type === "optional" || shape?.type === "nullish";
}

function isNullish(shape: SchemaShape): boolean {
  return shape.type === "nullish" || (shape.wrapped !== undefined && isNullish(shape.wrapped));
}

function wordsOf(shape: SchemaShape): JsonSchema {
  const [doc, examples] = [docOf(shape), examplesOf(shape)];
  const fallback = defaultOf(shape);
  const hasDefault = fallback !== undefined && typeof fallback !== "object";
  return {
    title: describeShape(shape),
    ...(doc === "" ? {} : { description: doc }),
    ...(hasDefault ? { default: fallback } : examples.length > 0 ? { examples } : {}),
  };
}

function defaultOf(shape: SchemaShape): unknown {
  return shape.default ?? (shape.wrapped === undefined ? undefined : defaultOf(shape.wrapped));
}

/** What takes the place of a form where only code can tell the whole of it; a field says so by `v.metadata`. */
function editorOf(shape: SchemaShape): JsonSchema | undefined {
  return actionsOf(shape).findLast(({ metadata }) => metadata?.["editor"] !== undefined)?.metadata?.["editor"] as
    | JsonSchema
    | undefined;
}

/** What the actions of a pipe ask for, up to the first that makes something else of the value. */
function constraintsOf(shape: SchemaShape): JsonSchema {
  const actions = actionsOf(shape);
  const end = actions.findIndex(({ type }) => type === "transform");
  const asked = (end < 0 ? actions : actions.slice(0, end)).map((action) => constraintOf(action, shape));
  const patterns = asked.filter((constraint) => "pattern" in constraint);
  if (patterns.length < 2) return Object.assign({}, ...asked);
  return Object.assign({}, ...asked.filter((constraint) => !("pattern" in constraint)), { allOf: patterns });
}

function constraintOf({ type, requirement, message }: SchemaShape, field: SchemaShape): JsonSchema {
  switch (type) {
    case "integer":
    case "safe_integer":
      return { type: "integer" };
    case "min_value":
      return { minimum: requirement };
    case "max_value":
      return { maximum: requirement };
    case "gt_value":
      return { exclusiveMinimum: requirement };
    case "not_value":
      return { not: { const: requirement } };
    case "min_length":
      return field.type === "array" ? { minItems: requirement } : { minLength: requirement };
    case "max_length":
      return { maxLength: requirement };
    case "regex":
      return patternOf(requirement as RegExp, typeof message === "string" ? message : describeShape(field));
    case "check":
    case "finite":
    case "title":
    case "description":
    case "examples":
    case "metadata":
      return {};
    default:
      return assert.fail(`src/config/json-schema.ts does not know the action ${type} of valibot`);
  }
}

/** JSON Schema knows no flags; its patterns are read as with `u`. */
function patternOf({ source, flags }: RegExp, message: string): JsonSchema {
  assert(/^u?$/u.test(flags), `/${source}/${flags}: JSON Schema knows no flags; write both cases into the brackets`);
  return { pattern: source, patternErrorMessage: `Expected ${message.replaceAll("\n", ". ")}` };
}
