/** From what valibot objects to, to problems with a place, in words. */

import { type BaseIssue, type GenericSchema, safeParse } from "valibot";
import type { ConfigProblem } from "../model/config.ts";
import { describeExpectation, type Expectation, joinChoice, schemaAt } from "../schema/describe-schema.ts";
import { didYouMean } from "./did-you-mean.ts";
import { hintForMisfit } from "./misfit-hint.ts";
import { adviseOnMisplaced } from "./misplaced-key.ts";
import { type Complaint, problemAt } from "./problems.ts";
import { isSecretName } from "./secret-names.ts";
import type { Path, YamlFile } from "./yaml-file.ts";

/** The value a schema made, or undefined and what is wrong. */
export interface Checked<Output> {
  readonly value: Output | undefined;
  readonly problems: readonly ConfigProblem[];
}

/**
 * Holds `value`, which stands at `path` of `file`, against a schema.
 *
 * An action of the schema may carry a message of its own: its first line is what was expected, the rest the hint.
 */
export function checkAgainst<const Schema extends GenericSchema>(
  schema: Schema,
  value: unknown,
  file: YamlFile,
  path: Path,
  check?: string,
): Checked<Schema extends GenericSchema<unknown, infer Output> ? Output : never> {
  const result = safeParse(schema, value);
  if (result.success) return { value: result.output as never, problems: [] };
  const problems = new Map<string, ConfigProblem>();
  for (const issue of result.issues) {
    const first = aboutList(schema, value, issue) ?? issue;
    for (const each of [first, ...furtherUnknownKeys(schema, value, first)]) {
      const problem = problemOfIssue({ schema, value }, each, file, path, check);
      if (!problems.has(problem.path)) problems.set(problem.path, problem);
    }
  }
  return { value: undefined, problems: [...problems.values()] };
}

/** Of the unknown keys of a map valibot names but the first; a reader wants to mend all of them at once. */
function furtherUnknownKeys(schema: GenericSchema, value: unknown, issue: BaseIssue<unknown>): BaseIssue<unknown>[] {
  const step = issue.path?.at(-1);
  if (issue.expected !== "never" || step?.origin !== "key" || typeof step.input !== "object") return [];
  const path = (issue.path ?? []).slice(0, -1);
  const inner = path.map(({ key }) => key as string | number);
  const known = describeExpectation(schema, inner, value)?.keys ?? [];
  const unknown = Object.keys(step.input ?? {}).filter((key) => key !== step.key && !known.includes(key));
  return unknown.map((key): BaseIssue<unknown> => ({ ...issue, path: [...path, { ...step, key }] as never }));
}

/**
 * Valibot takes a list for a map whose keys are numbers, and complains of each entry by itself, as it does of those
 * that a list of fixed length lacks; a reader wants to hear of the list. Undefined where an issue is of another kind.
 */
function aboutList(schema: GenericSchema, value: unknown, issue: BaseIssue<unknown>): BaseIssue<unknown> | undefined {
  const steps = issue.path ?? [];
  for (const [at, step] of steps.entries()) {
    if (!Array.isArray(step.input)) continue;
    const inner = steps.slice(0, at);
    const path = inner.map(({ key }) => key as string | number);
    const isMap = describeExpectation(schema, path, value)?.isMap === true;
    if (!isMap && !(at === steps.length - 1 && issue.received === "undefined")) continue;
    const type = isMap ? "strict_object" : "tuple";
    // Without a path it is about the whole, whose input it has.
    const { path: _path, ...others } = issue;
    const about = {
      ...others,
      type,
      input: step.input,
      received: "Array",
      expected: "Object",
      message: "Invalid list",
    };
    return { ...about, ...(at === 0 ? {} : { path: inner as never }) } as BaseIssue<unknown>;
  }
  return undefined;
}

function problemOfIssue(
  { schema, value }: { readonly schema: GenericSchema; readonly value: unknown },
  issue: BaseIssue<unknown>,
  file: YamlFile,
  base: Path,
  check: string | undefined,
): ConfigProblem {
  const steps = issue.path ?? [];
  const inner = steps.map((step) => step.key as string | number);
  const path = [...base, ...inner];
  const key = String(inner.at(-1) ?? base.at(-1) ?? "");
  const isAboutKey = steps.at(-1)?.origin === "key";
  if (isAboutKey && issue.expected === "never") {
    const siblings = describeExpectation(schema, inner.slice(0, -1), value)?.keys ?? [];
    const advice = adviseOnMisplaced(schema, inner.slice(0, -1), value, { siblings, key });
    return problemAt(file, path, { ...describeUnknownKey(key, siblings, advice), check }, "key");
  }
  const expectation = describeExpectation(schema, inner, value);
  if (isAboutKey && issue.received !== "undefined") {
    const [expected = "", ...hint] = ownMessage(issue).split("\n");
    return problemAt(file, path, { found: `the key ${key}`, expected, hint: hint.join(" "), check }, "key");
  }
  if (isAboutKey) {
    return problemAt(file, path, { ...complainOfMissing(key, expectation), check });
  }
  // A check over several keys complains of one of them; what was found is what stands there, not all of them.
  const input = steps.length === 0 ? issue.input : steps.at(-1)?.value;
  const isDefault = typeof inner.at(-1) === "string" && valueAt(value, inner) === undefined;
  const isMissing = (input === undefined && issue.input !== undefined) || (input !== undefined && isDefault);
  const misfit = describeMisfit({ ...issue, input }, expectation, path, file, schemaAt(schema, inner, value));
  return problemAt(file, path, {
    ...misfit,
    ...(isMissing ? { found: `no ${key}` } : {}),
    check,
  });
}

function describeUnknownKey(key: string, siblings: readonly string[], advice: string | undefined): Complaint {
  const near = didYouMean(key, siblings);
  return {
    found: "an unknown key",
    expected: siblings.length === 0 ? "a known key" : joinChoice(siblings),
    hint: advice ?? (near === undefined ? "Delete it, or move it to where it belongs." : `Did you mean ${near}?`),
  };
}

/** What was written at a path; undefined where only a default stands there. */
function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (outer, key) => (typeof outer === "object" && outer !== null ? Reflect.get(outer, key) : undefined),
    value,
  );
}

/** Says of the key at `path` that it is missing, where only code can tell that. */
export function describeMissingKey(schema: GenericSchema, path: Path): Complaint {
  return complainOfMissing(String(path.at(-1)), describeExpectation(schema, path));
}

function complainOfMissing(key: string, expectation: Expectation | undefined): Complaint {
  return {
    found: `no ${key}`,
    expected: expectation?.phrase ?? "a value",
    hint: `Add a line \`${key}: ...\`${expectation?.doc ? ` here. ${expectation.doc}` : "."}`,
  };
}

function describeMisfit(
  issue: BaseIssue<unknown>,
  expectation: Expectation | undefined,
  path: Path,
  file: YamlFile,
  target: GenericSchema | undefined,
): Complaint {
  const { input, type } = issue;
  const [key = ""] = path.slice(-1);
  const source = file.sourceOf(path);
  const [ownPhrase, ...ownHint] = ownMessage(issue).split("\n");
  const phrase = expectation?.phrase ?? "another value";
  const expected = ownPhrase || (phrase === "a text" && textWanted(target)) || phrase;
  const found = describeFound(input, source, String(key));
  if (ownHint.length > 0) return { found, expected, hint: ownHint.join(" ") };
  const fits = (value: unknown): boolean => target !== undefined && safeParse(target, value).success;
  return { found, expected, hint: hintForMisfit({ input, type, expectation, source, key, fits }) };
}

/** What a text would have to be, where the schema says so: of what is none yet, that helps more than its type. */
function textWanted(target: GenericSchema | undefined): string {
  const result = target === undefined ? undefined : safeParse(target, "");
  const [issue] = result?.issues ?? [];
  const [own = ""] = issue === undefined || (issue.path ?? []).length > 0 ? [] : ownMessage(issue).split("\n");
  return own;
}

/** Says in a phrase what was expected where `issue` is, in `value` as it was held against the schema. */
export function expectedOf(schema: GenericSchema, issue: BaseIssue<unknown>, value: unknown): string {
  const [own = ""] = ownMessage(issue).split("\n");
  const path = (issue.path ?? []).map((step) => step.key as string | number);
  return own || (describeExpectation(schema, path, value)?.phrase ?? "another value");
}

/** Valibot always has a message; it is the schema's own when it does not begin as valibot's defaults do. */
function ownMessage({ message }: BaseIssue<unknown>): string {
  return message.startsWith("Invalid ") ? "" : message;
}

/** Describes a value as it was typed; of a secret only its kind and length. */
function describeFound(value: unknown, source: string | undefined, key: string): string {
  if (value === undefined || value === null) return "nothing";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (typeof value === "object") return "a map";
  if (value === "") return "an empty text";
  if (typeof value === "boolean" && isSecretName(key)) return "true or false";
  const typed = source ?? String(value);
  if (isSecretName(key)) return `a ${typeof value === "string" ? "text" : "number"} of ${typed.length} characters`;
  if (/:\/\/.*[@?]|:.*@/u.test(typed)) return "an address with a user name or a query";
  if (/(key|password|token|secret)\w*\s*[:=]/iu.test(typed)) return "a text with a key in it";
  const shown = typed.length > 60 ? `${typed.slice(0, 57)}...` : typed;
  return typeof value === "string" ? `"${shown}"` : shown;
}
