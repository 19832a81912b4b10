/** Problems of the configuration: how they are made, ordered and shown. */

import type { ConfigProblem } from "../model/config.ts";
import type { Path, YamlFile } from "./yaml-file.ts";

/** What a problem says, once it is known where it is. */
export interface Complaint {
  readonly found: string;
  readonly expected: string;
  readonly hint: string;
  /** Leaving it out means that the whole gateway is concerned. */
  readonly check?: string | undefined;
}

const VARIABLE = "environment variable ";

/** Makes a problem at a place of a YAML file. `at` chooses between the key and its value; the value is usual. */
export function problemAt(
  file: YamlFile,
  path: Path,
  complaint: Complaint,
  at: "key" | "value" = "value",
): ConfigProblem {
  return makeProblem(
    { ...file.positionOf(path, at), path: path.join(".") },
    {
      ...complaint,
      found: file.conceal(complaint.found),
      expected: file.conceal(complaint.expected),
      hint: file.conceal(complaint.hint),
    },
  );
}

/** How an environment variable is named where the file of a problem stands. */
export function nameVariable(variable: string): string {
  return `${VARIABLE}${variable}`;
}

/** Makes a problem that concerns a file, or a folder, as a whole. */
export function problemOfFile(file: string, complaint: Complaint): ConfigProblem {
  return makeProblem({ file, line: 1, column: 1, path: "" }, complaint);
}

/**
 * Makes a problem. This is the one gate that every problem passes, so that no key is ever shown: whatever looks like
 * an API key is masked here even where it stands in a place where none was expected.
 */
export function makeProblem(
  place: Pick<ConfigProblem, "file" | "line" | "column" | "path">,
  { found, expected, hint, check }: Complaint,
): ConfigProblem {
  return {
    ...place,
    path: maskKeys(place.path),
    found: maskKeys(found),
    expected: maskKeys(expected),
    hint: maskKeys(hint),
    ...(check === undefined ? {} : { check }),
  };
}

/** Orders problems as a reader walks through the files. */
export function sortProblems(problems: readonly ConfigProblem[]): readonly ConfigProblem[] {
  return problems.toSorted(
    (a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0) || a.line - b.line || a.column - b.column,
  );
}

/** Keeps the first problem of each value: the cause, when what came of it is wrong in turn. */
export function keepCauses(problems: readonly ConfigProblem[]): readonly ConfigProblem[] {
  const seen = new Set<string>();
  return problems.filter(({ file, line, column, path }) => {
    const place = JSON.stringify([file, line, column, path]);
    if (path === "" || !seen.has(place)) {
      seen.add(place);
      return true;
    }
    return false;
  });
}

/** Shows a problem as two or three lines, the first of which an editor can jump to. */
export function formatProblem({ file, line, column, path, found, expected, hint }: ConfigProblem): string {
  const place = file.startsWith(VARIABLE) ? file : `${file}:${line}:${column}`;
  const head = path === "" ? place : `${place}  ${path}`;
  const lines = [head, `  found ${found}, expected ${expected}`];
  if (hint !== "") lines.push(`  ${hint}`);
  return lines.join("\n");
}

/**
 * Masks what may be a key: an API key is 32 hexadecimal digits, an application key 40.
 *
 * Source: Datadog documentation, API and Application Keys.
 */
function maskKeys(text: string): string {
  return text.replaceAll(/[0-9a-f]{32,}/giu, "(a key, not shown)");
}
