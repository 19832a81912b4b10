/** From what valibot objects to, to problems with a place, in words. */

import { type BaseIssue, type GenericSchema, safeParse } from "valibot";
import type { ConfigProblem } from "../model/config.ts";
import { describeExpectation, type Expectation, joinChoice } from "../schema/describe-schema.ts";
import { didYouMean } from "./did-you-mean.ts";
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
    const problem = problemOfIssue({ schema, value }, issue, file, path, check);
    if (!problems.has(problem.path)) problems.set(problem.path, problem);
  }
  return { value: undefined, problems: [...problems.values()] };
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
    return problemAt(file, path, { ...describeUnknownKey(key, siblings), check }, "key");
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
  const misfit = describeMisfit({ ...issue, input }, expectation, key, file.sourceOf(path));
  return problemAt(file, path, {
    ...misfit,
    ...(input === undefined && issue.input !== undefined ? { found: `no ${key}` } : {}),
    check,
  });
}

function describeUnknownKey(key: string, siblings: readonly string[]): Complaint {
  const near = didYouMean(key, siblings);
  return {
    found: "an unknown key",
    expected: siblings.length === 0 ? "a known key" : joinChoice(siblings),
    hint: near === undefined ? "Delete it, or move it to where it belongs." : `Did you mean ${near}?`,
  };
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
  key: string,
  source: string | undefined,
): Complaint {
  const [ownPhrase, ...ownHint] = ownMessage(issue).split("\n");
  const expected = ownPhrase || expectation?.phrase || "another value";
  const found = describeFound(issue.input, source, key);
  if (ownHint.length > 0) return { found, expected, hint: ownHint.join(" ") };
  return { found, expected, hint: hintFor(issue, expectation, source, key) };
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

function hintFor(
  issue: BaseIssue<unknown>,
  expectation: Expectation | undefined,
  source: string | undefined,
  key: string,
): string {
  const { input } = issue;
  if (input === null) return "Write the value after the colon, or delete the line.";
  const isScalar = typeof input !== "object" && source !== undefined;
  if (issue.type === "string" && isScalar) {
    return isSecretName(key) ? "Put it in quotes." : `Put it in quotes: "${source}".`;
  }
  if (issue.type === "number" && typeof input === "string" && input.trim() !== "" && Number.isFinite(Number(input))) {
    return "Remove the quotes.";
  }
  if (issue.type === "array" && isScalar) return "Begin a new line with `- ` and the value.";
  if (typeof input === "string" && /^\d+(\.\d+)?\s*[a-z]+$/iu.test(input) && issue.type === "number") {
    return "Write the number alone.";
  }
  if (typeof input === "object" && !Array.isArray(input)) return hintForMap(input, issue.type, expectation);
  const near = typeof input === "string" ? didYouMean(input, expectation?.options ?? []) : undefined;
  if (near !== undefined) return `Did you mean ${near}?`;
  return expectation?.doc ?? "";
}

/** In YAML both `- site: berlin`, a tag with a space too many, and a list whose entries lack `- ` are maps. */
function hintForMap(input: object, expectedType: string, expectation: Expectation | undefined): string {
  const [pair] = Object.entries(input);
  if (pair === undefined || isSecretName(pair[0])) return "";
  const [key, value] = pair;
  if (expectedType === "array" && expectation?.isListOfTexts !== true) return `Put \`- \` before ${key}.`;
  if (typeof value === "object") return "";
  if (expectedType === "array") return `Write each entry on a line of its own, as \`- ${key}:${String(value)}\`.`;
  return expectedType === "string" ? `Leave out the space after the colon: ${key}:${String(value)}.` : "";
}

/** Describes a value as it was typed; of a secret only its kind and length. */
function describeFound(value: unknown, source: string | undefined, key: string): string {
  if (value === undefined || value === null) return "nothing";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (typeof value === "object") return "a map";
  const typed = source ?? String(value);
  if (isSecretName(key)) return `a ${typeof value === "string" ? "text" : "number"} of ${typed.length} characters`;
  if (/:\/\/.*[@?]|:.*@/u.test(typed)) return "an address with a user name or a query";
  if (/(key|password|token|secret)\w*\s*[:=]/iu.test(typed)) return "a text with a key in it";
  const shown = typed.length > 60 ? `${typed.slice(0, 57)}...` : typed;
  return typeof value === "string" ? `"${shown}"` : shown;
}
