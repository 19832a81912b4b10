import { isCode, lineAt, type Rule, type SourceFile } from "./source-file.ts";

/** A name that says nothing collects everything. */
const EMPTY_NAMES = new Set(["common", "helper", "helpers", "index", "misc", "shared", "types", "util", "utils"]);

/** Names whose spelling is not ours to choose. */
const GIVEN_NAMES = new Set(["README.md", "CHANGELOG.md", "LICENSE"]);

/** An underscore in front marks a profile that others extend; a dot in front, a file for a tool. */
const KEBAB = /^[._]?[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z0-9]+(?:-[a-z0-9]+)*)*$/u;

/** Files are named for the one thing they hold, and tests for the behaviour they show. */
export const names: Rule = (files) => files.flatMap((file) => [...pathFindings(file), ...titleFindings(file)]);

function pathFindings({ path }: SourceFile): string[] {
  const findings: string[] = [];
  for (const part of path.split("/")) {
    const stem = part.replace(/\..*$/u, "");
    if (EMPTY_NAMES.has(stem)) findings.push(`${path}:1: ${part} says nothing; use the name of what it holds`);
    else if (!KEBAB.test(part) && !GIVEN_NAMES.has(part)) findings.push(`${path}:1: ${part}; use kebab-case`);
  }
  return findings;
}

function titleFindings(file: SourceFile): string[] {
  if (!isCode(file) || !file.path.startsWith("test/")) return [];
  const findings: string[] = [];
  for (const match of file.code.matchAll(/(?<![\w.])(?:test|it)(?:\.\w+(?:\([^;]*?\))?)?\(\s*(["'`])/gu)) {
    const begin = match.index + match[0].length;
    const title = file.text.slice(begin, file.text.indexOf(match[1] ?? "", begin));
    const place = `${file.path}:${lineAt(file.text, begin)}: "${title}"`;
    if (!/^[%$]/u.test(title) && title.trim().split(/\s+/u).length < 3)
      findings.push(`${place} is not a sentence; use one that says what happens`);
    else if (/^(?:it )?should\b/u.test(title)) findings.push(`${place} hopes; use a plain statement of what happens`);
    else if (title.endsWith(".")) findings.push(`${place} ends in a full stop; use none`);
  }
  return findings;
}
