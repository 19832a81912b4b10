/**
 * Paths into JSON: `$.motor.temp`, `sensors[0].value`, `["odd key"]`. A part in braces, `sensors[{sensor}].value` or
 * `{channel}.value`, stands for every key or every place, and gives what it stood for a name; `*` stands for every one
 * without a name.
 */

/** One step of a path. */
type Step =
  | { readonly kind: "key"; readonly key: string }
  | { readonly kind: "index"; readonly index: number }
  | { readonly kind: "every"; readonly name: string | undefined };

/** A path that was understood. */
export interface JsonPath {
  readonly text: string;
  readonly steps: readonly Step[];
  /** The names of its parts in braces, in their order. */
  readonly names: readonly string[];
}

/** Takes what is found at a place, with what the parts in braces stand for there, by their names. */
export type VisitJson = (value: unknown, captures: ReadonlyMap<string, string>) => void;

const NAME = /^\{([A-Za-z]\w*)\}$/u;
const PART = /^(?:\.?([^.[\]{}"*]+)|\.?(\*|\{[A-Za-z]\w*\})|\[(\d+|\*|\{[A-Za-z]\w*\}|"(?:[^"\\]|\\.)*")\])/u;

/** Understands a path; undefined where it is none. `$` alone is the whole document. */
export function parseJsonPath(text: string): JsonPath | undefined {
  const steps: Step[] = [];
  let rest = text.startsWith("$") ? text.slice(1) : text;
  if (rest === "" && text !== "$") return undefined;
  while (rest !== "") {
    const match = PART.exec(rest);
    if (match === null || (rest.startsWith(".") && steps.length === 0 && !text.startsWith("$"))) return undefined;
    const [whole, key, plainWild, bracket] = match;
    const isSeparated = whole.startsWith(".") || whole.startsWith("[") || (steps.length === 0 && rest === text);
    if (!isSeparated) return undefined;
    steps.push(stepOf(key, plainWild ?? bracket ?? ""));
    rest = rest.slice(whole.length);
  }
  const names = steps.flatMap((step) => (step.kind === "every" && step.name !== undefined ? [step.name] : []));
  return { text, steps, names };
}

function stepOf(key: string | undefined, special: string): Step {
  if (key !== undefined) return { kind: "key", key };
  if (special === "*") return { kind: "every", name: undefined };
  const name = NAME.exec(special)?.[1];
  if (name !== undefined) return { kind: "every", name };
  if (special.startsWith('"')) return { kind: "key", key: JSON.parse(special) as string };
  return { kind: "index", index: Number(special) };
}

/**
 * Calls `visit` for every place that a path leads to; says whether there was one.
 *
 * `captures` are handed on together with those of the path. Errors: none.
 */
export function visitJson(
  path: JsonPath,
  document: unknown,
  captures: ReadonlyMap<string, string>,
  visit: VisitJson,
): boolean {
  return walk(path.steps, 0, document, captures, visit);
}

function walk(
  steps: readonly Step[],
  from: number,
  value: unknown,
  captures: ReadonlyMap<string, string>,
  visit: VisitJson,
): boolean {
  const step = steps[from];
  if (step === undefined) {
    visit(value, captures);
    return true;
  }
  if (typeof value !== "object" || value === null) return false;
  switch (step.kind) {
    case "key":
      return Object.hasOwn(value, step.key) && walk(steps, from + 1, Reflect.get(value, step.key), captures, visit);
    case "index":
      return (
        Array.isArray(value) && step.index < value.length && walk(steps, from + 1, value[step.index], captures, visit)
      );
    default: {
      const { name } = step;
      let isFound = false;
      for (const [key, inner] of Object.entries(value)) {
        const named = name === undefined ? captures : new Map(captures).set(name, key);
        if (walk(steps, from + 1, inner, named, visit)) isFound = true;
      }
      return isFound;
    }
  }
}

/** Finds what a path leads to first; undefined where it leads nowhere. */
export function findJson(path: JsonPath, document: unknown): unknown {
  let found: unknown;
  let isFound = false;
  visitJson(path, document, NO_CAPTURES, (value) => {
    if (!isFound) found = value;
    isFound = true;
  });
  return found;
}

const NO_CAPTURES: ReadonlyMap<string, string> = new Map();
