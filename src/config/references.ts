/**
 * References in the texts of a file, followed after it is parsed, so that no value can break the file:
 *
 * - `${env:NAME}`, and as the Agent writes it `%%env_NAME%%`: an environment variable.
 * - `${file:PATH}`: a file without its last line break; a relative path counts from the folder of the configuration.
 * - `${credential:NAME}`: a credential of systemd.
 * - `ENC[HANDLE]` as the whole text: a secret of the secret backend.
 * - `$${` stands for `${` itself.
 *
 * What they give never appears in a problem: there the reference stands in its place.
 */

import { isAbsolute, join } from "node:path";
import type { GenericSchema } from "valibot";
import type { ConfigProblem, Secret } from "../model/config.ts";
import type { Environment } from "../platform/environment.ts";
import type { FileText } from "../platform/files.ts";
import { describeExpectation } from "../schema/describe-schema.ts";
import { Scrubber } from "../telemetry/scrubber.ts";
import { didYouMean } from "./did-you-mean.ts";
import { fitText } from "./fit-text.ts";
import { type Complaint, problemAt } from "./problems.ts";
import type { Path, YamlFile } from "./yaml-file.ts";

/** What a reference leads to, or what is wrong with it. */
export type Resolved = { readonly text: string } | { readonly complaint: Complaint };

/** Where references lead to. */
export interface ReferenceSources {
  readonly environment: Environment;
  readonly readFile: (path: string) => FileText;
  /** The folder of the configuration. */
  readonly folder: string;
  readonly secretOf: (handle: string) => Resolved;
}

const REFERENCE = /\$\$\{|\$\{([^}]*)\}|%%env_(\w+)%%/gu;

const KINDS = ["env", "file", "credential"] as const;

/** The source of a pattern that fits every text with a reference in it. */
export const REFERENCE_PATTERN: string = String.raw`\$\{(${KINDS.join("|")}):|%%env_\w+%%|^\s*ENC\[`;

/** Finds the handle where a text as a whole is `ENC[HANDLE]`. */
export function handleOf(text: string): string | undefined {
  return /^\s*ENC\[\s*([^\]\s][^\]]*?)\s*\]\s*$/u.exec(text)?.[1];
}

/** What following references is about. */
export interface ReferencePurpose {
  /** The check the file belongs to; leaving it out means the gateway as a whole. */
  readonly check?: string;
  /** Keys at the top of the file whose values are there to be read; leaving it out means none. */
  readonly shownKeys?: readonly string[];
}

/** A file whose references were followed. */
export interface ResolvedYaml {
  readonly yaml: YamlFile;
  readonly problems: readonly ConfigProblem[];
  /** What they led to, unless it is there to be read, or one of a few values that everybody knows. */
  readonly secrets: readonly Secret[];
}

/** Says whether a text stands for another. */
export function hasReference(text: string): boolean {
  return handleOf(text) !== undefined || text.search(REFERENCE) >= 0;
}

/** Follows every reference of a file. What cannot be followed stays as it is and is a problem at its place. */
export function resolveReferences(
  yaml: YamlFile,
  schema: GenericSchema,
  sources: ReferenceSources,
  { check, shownKeys = [] }: ReferencePurpose = {},
): ResolvedYaml {
  const complaints: { readonly path: Path; readonly complaint: Complaint }[] = [];
  const typed = new Map<string, string>();
  const hidden = new Map<string, string>();

  const follow = (reference: string, resolved: Resolved, path: Path): string => {
    if ("complaint" in resolved) {
      complaints.push({ path, complaint: { ...resolved.complaint, check } });
      return reference;
    }
    const options = describeExpectation(schema, path)?.options ?? [];
    if (!options.includes(resolved.text) && !shownKeys.includes(String(path[0]))) hidden.set(resolved.text, reference);
    return resolved.text;
  };
  const resolveText = (text: string, path: Path): unknown => {
    if (!hasReference(text)) return text;
    const handle = handleOf(text);
    typed.set(path.join("\0"), text);
    if (handle !== undefined) return follow(text.trim(), sources.secretOf(handle), path);
    const plain = text.replaceAll(REFERENCE, (reference, braced?: string, agents?: string) => {
      if (reference === "$${") return "${";
      return follow(reference, resolve(agents === undefined ? (braced ?? "") : `env:${agents}`, sources), path);
    });
    return fitText(schema, path, plain);
  };
  const resolveValue = (value: unknown, path: Path): unknown => {
    if (typeof value === "string") return resolveText(value, path);
    if (Array.isArray(value)) return value.map((inner, index) => resolveValue(inner, [...path, index]));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, resolveValue(inner, [...path, key])]));
  };

  const value = resolveValue(yaml.value, []);
  if (typed.size === 0) return { yaml, problems: [], secrets: [] };
  const secrets = [...hidden].map(([text, shown]) => ({ text, shown }));
  const scrubber = new Scrubber(secrets);
  const resolved: YamlFile = {
    ...yaml,
    value,
    sourceOf: (path) => typed.get(path.join("\0")) ?? yaml.sourceOf(path),
    conceal: (text) => scrubber.scrub(text),
  };
  const problems = complaints.map(({ path, complaint }) => problemAt(resolved, path, complaint));
  return { yaml: resolved, problems, secrets };
}

/** Follows what stands between the braces. */
function resolve(inner: string, sources: ReferenceSources): Resolved {
  const colon = inner.indexOf(":");
  const [kind, name] = [inner.slice(0, Math.max(0, colon)), inner.slice(colon + 1)];
  switch (kind) {
    case "env":
      return resolveVariable(name, sources);
    case "file":
      return resolveFile(name, isAbsolute(name) ? name : join(sources.folder, name), sources);
    case "credential":
      return resolveCredential(name, sources);
    default:
      return { complaint: complainOfKind(inner, kind, name) };
  }
}

function resolveVariable(name: string, { environment }: ReferenceSources): Resolved {
  const text = environment[name];
  if (text !== undefined) return { text };
  const found = `the environment variable ${name}, which is not set`;
  return { complaint: { found, expected: "one that is set", hint: "Set it where the gateway is started." } };
}

function resolveFile(shown: string, path: string, { readFile }: ReferenceSources): Resolved {
  const file = readFile(path);
  if ("text" in file) return { text: file.text.replace(/\r?\n$/u, "") };
  const hint = "Correct the path, or let the gateway's user read the file.";
  return { complaint: { found: `${shown}: ${file.failure}`, expected: "a file that can be read", hint } };
}

function resolveCredential(name: string, sources: ReferenceSources): Resolved {
  const folder = sources.environment["CREDENTIALS_DIRECTORY"] ?? "";
  const hint = `Add \`LoadCredential=${name}:PATH\` to the service.`;
  if (folder === "") {
    return { complaint: { found: "no credentials", expected: "a gateway that systemd started with them", hint } };
  }
  if (!/^[^/]+$/u.test(name) || name === "..") {
    return { complaint: { found: `the credential "${name}"`, expected: "the name of one, without a path", hint: "" } };
  }
  const resolved = resolveFile(name, join(folder, name), sources);
  if ("text" in resolved) return resolved;
  return { complaint: { ...resolved.complaint, expected: "a credential of the service", hint } };
}

function complainOfKind(inner: string, kind: string, name: string): Complaint {
  const near = kind === "" ? (/^\w+$/u.test(inner) ? "env" : undefined) : didYouMean(kind, KINDS);
  const advice = "Write $${ where the characters themselves are meant.";
  return {
    found: `\${${inner}}`,
    expected: KINDS.map((known) => `\${${known}:...}`).join(", "),
    hint: near === undefined ? advice : `Did you mean \${${near}:${kind === "" ? inner : name}}? ${advice}`,
  };
}
