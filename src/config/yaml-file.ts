/** A YAML file that remembers where everything in it stands. */

import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from "yaml";
import type { ConfigProblem } from "../model/config.ts";
import type { FileText } from "../platform/files.ts";
import { makeProblem, problemOfFile } from "./problems.ts";
import { describeAliasError, describeYamlError, type PlacedComplaint } from "./yaml-errors.ts";

/** Keys and list indexes from the top of a file. */
export type Path = readonly (string | number)[];

/** A parsed file. */
export interface YamlFile {
  readonly name: string;
  /** Plain maps, lists and scalars; whole numbers beyond 2^53 are bigints. Undefined when the file holds nothing. */
  readonly value: unknown;
  /** Finds where a key, or its value, is written; where it is missing, its nearest parent. Both are 1-based. */
  positionOf(
    path: Path,
    at: "key" | "value",
  ): { readonly file: string; readonly line: number; readonly column: number };
  /** The scalar at `path` as it was typed; undefined when there is none. */
  sourceOf(path: Path): string | undefined;
  /** Puts references in the place of what they led to, so that a text can be shown to anyone. */
  conceal(text: string): string;
}

/** A file as far as it could be read. */
export interface ReadYaml {
  /** Undefined where it could not be read, or not be parsed to the end. */
  readonly yaml: YamlFile | undefined;
  /** Why it could not, and what else is wrong with it as YAML. */
  readonly problems: readonly ConfigProblem[];
}

/** What reading a file is about, for the problems it has. */
export interface YamlPurpose {
  /** What the file should hold, as a phrase that fits after "expected". */
  readonly expected: string;
  /** The check it belongs to; leaving it out means the gateway as a whole. */
  readonly check?: string;
}

/** Reads a file of YAML 1.2 with the core schema: `on` and `no` are texts, repeated keys and tabs are mistakes. */
export function readYamlFile(path: string, readFile: (path: string) => FileText, purpose: YamlPurpose): ReadYaml {
  const found = readFile(path);
  if ("text" in found) return parseYaml(path, found.text, purpose.check);
  const hint = found.failure === "no such file" ? "Correct the path." : "Let the gateway's user read it.";
  const complaint = { ...purpose, found: found.failure, hint };
  return { yaml: undefined, problems: [problemOfFile(path, complaint)] };
}

function parseYaml(name: string, text: string, check: string | undefined): ReadYaml {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    version: "1.2",
    schema: "core",
    stringKeys: true,
    intAsBigInt: true,
    lineCounter: lines,
    prettyErrors: false,
    logLevel: "error",
  });
  const positionAt = (offset: number): { line: number; column: number } => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };

  const problems: ConfigProblem[] = [];
  const complain = ({ offset, complaint }: PlacedComplaint): void => {
    problems.push(makeProblem({ file: name, ...positionAt(offset), path: "" }, { ...complaint, check }));
  };
  const mistakes = [...document.errors, ...document.warnings];
  const fatal = mistakes.find((mistake) => mistake.code !== "DUPLICATE_KEY");
  for (const mistake of mistakes) {
    // One slip makes the parser stumble on; only the first of these is worth a reader's time.
    if (mistake.code === "DUPLICATE_KEY" || mistake === fatal) complain(describeYamlError(mistake, document, text));
  }
  if (fatal !== undefined) return { yaml: undefined, problems };

  let value: unknown;
  try {
    value = toPlainNumbers(document.toJS({ maxAliasCount: 100 })) ?? undefined;
  } catch {
    complain(describeAliasError(document));
    return { yaml: undefined, problems };
  }
  const yaml: YamlFile = {
    name,
    value,
    positionOf: (path, at) => ({ file: name, ...positionAt(offsetOf(document, path, at)) }),
    sourceOf: (path) => {
      const node = walk(document, path).value;
      return isScalar(node) ? (node.source ?? String(node.value)) : undefined;
    },
    conceal: (text) => text,
  };
  return { yaml, problems };
}

interface Step {
  readonly key: Node | undefined;
  readonly value: Node | undefined;
  /** How many parts of the path were found. */
  readonly depth: number;
}

/** Goes down the path as far as the file does. */
function walk(document: Document, path: Path): Step {
  let step: Step = { key: undefined, value: (document.contents as Node | null) ?? undefined, depth: 0 };
  for (const part of path) {
    const node: unknown = isAlias(step.value) ? step.value.resolve(document) : step.value;
    let key: unknown;
    let value: unknown;
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(part));
      [key, value] = [pair?.key, pair?.value];
    } else if (isSeq(node)) {
      value = node.items[Number(part)];
    }
    if (key === undefined && value === undefined) break;
    step = { key: key as Node | undefined, value: (value as Node | null) ?? undefined, depth: step.depth + 1 };
  }
  return step;
}

function offsetOf(document: Document, path: Path, at: "key" | "value"): number {
  const { key, value, depth } = walk(document, path);
  const isFound = depth === path.length;
  const node = isFound && at === "key" ? (key ?? value) : (value ?? key);
  return node?.range?.[0] ?? 0;
}

/** Numbers are parsed as bigints so that 64-bit sentinels stay exact; those that fit become plain numbers again. */
function toPlainNumbers(value: unknown): unknown {
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  if (Array.isArray(value)) return value.map(toPlainNumbers);
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, toPlainNumbers(inner)]));
  }
  return value;
}
