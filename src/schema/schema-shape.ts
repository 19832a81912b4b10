/** The parts of valibot's schemas and actions that problems, pages and JSON Schema are made from. */

/** A schema, or an action of its pipe. */
export interface SchemaShape {
  readonly type: string;
  readonly wrapped?: SchemaShape;
  readonly entries?: Readonly<Record<string, SchemaShape>>;
  readonly item?: SchemaShape;
  readonly items?: readonly SchemaShape[];
  /** The schema of the keys of a record, or the name of the key that tells variants apart. */
  readonly key?: SchemaShape | string;
  readonly literal?: unknown;
  readonly value?: SchemaShape;
  readonly options?: readonly (string | SchemaShape)[];
  readonly pipe?: readonly SchemaShape[];
  readonly default?: unknown;
  readonly requirement?: unknown;
  readonly message?: unknown;
  readonly title?: string;
  readonly description?: string;
  readonly examples?: readonly unknown[];
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** Takes `optional` and its like away. */
export function unwrap(shape: SchemaShape): SchemaShape {
  return shape.wrapped === undefined ? shape : unwrap(shape.wrapped);
}

/** Lists the actions of a pipe; a pipe begins with a schema, which may be a pipe itself. */
export function actionsOf({ pipe = [] }: SchemaShape): readonly SchemaShape[] {
  const [first, ...actions] = pipe;
  return first?.pipe === undefined ? actions : [...actionsOf(first), ...actions];
}

/** Finds the doc of a key, as its `v.description` says; empty when it has none. */
export function docOf(shape: SchemaShape): string {
  const own = actionsOf(shape).find((action) => action.type === "description")?.description;
  return own ?? (shape.wrapped === undefined ? "" : docOf(shape.wrapped));
}

/** Finds what `v.examples` says; empty when there are none. */
export function examplesOf(shape: SchemaShape): readonly unknown[] {
  const own = actionsOf(shape).find((action) => action.type === "examples")?.examples;
  return own ?? (shape.wrapped === undefined ? [] : examplesOf(shape.wrapped));
}
