import { isCode, type Rule, type SourceFile } from "./source-file.ts";

/** More than this and the file has two subjects. */
const FILE_LINES_MAX = 500;

/** What fits on one screen can be seen at once. */
const FUNCTION_LINES_MAX = 70;

const COLUMNS_MAX = 120;

/** Files, functions and lines stay small enough to be read. */
export const size: Rule = (files) =>
  files.flatMap((file) => [...longFile(file), ...longFunctions(file), ...wideLines(file)]);

function longFile(file: SourceFile): string[] {
  const count = file.text.trimEnd().split("\n").length;
  return count > FILE_LINES_MAX
    ? [`${file.path}:${FILE_LINES_MAX + 1}: has ${count} lines; use a second file for its second subject`]
    : [];
}

/** In a profile a point is a row: a name and, in braces, its columns. */
const TABLE_ROW: Readonly<Record<string, RegExp>> = { md: /^\|/u, yaml: /^\s*[\w-]+: \{.*\}$/u };

/** Tables, addresses and manifests cannot be broken, and a sentence in quotes is easier to find in one piece. */
function wideLines(file: SourceFile): string[] {
  if (file.path.endsWith(".json")) return [];
  const findings: string[] = [];
  const shown = isCode(file) ? withoutStrings(file) : file.text;
  for (const [index, line] of shown.split("\n").entries()) {
    const isTable = TABLE_ROW[extensionOf(file.path)]?.test(line) === true;
    if (line.length <= COLUMNS_MAX || isTable || /https?:\/\/\S+/u.test(line)) continue;
    findings.push(`${file.path}:${index + 1}: has ${line.length} columns; use at most ${COLUMNS_MAX}`);
  }
  return findings;
}

/** Both views of the file laid over each other; what neither shows is the inside of strings, or room at the margin. */
function withoutStrings({ text, code, comments }: SourceFile): string {
  let shown = "";
  for (let at = 0; at < text.length; at += 1) {
    const isString = text[at] !== " " && code[at] === " " && comments[at] === " ";
    if (!isString) shown += text[at];
  }
  return shown;
}

const MODIFIERS = /^(?:(?:export|default|async|static|override|get|set)\s+)+/u;
const FUNCTION = /^function\b|^(?!(?:if|for|while|switch|catch|return|do|else|class)\b)[#\w]+(?:<.*>)?\(/u;

/**
 * The formatter puts the end of a body at the indentation of its beginning, so lines are enough: a body begins on a
 * line that ends in an opening brace, and the first line after it that closes at the same indentation ends it.
 */
function longFunctions(file: SourceFile): string[] {
  if (!isCode(file)) return [];
  const findings: string[] = [];
  const lines = file.code.split("\n");
  for (const [index, line] of lines.entries()) {
    if (!line.endsWith("{")) continue;
    const indent = indentOf(line);
    const begin = line.trimStart().startsWith(")") ? lineOfOpening(lines, index) : index;
    const head = (lines[begin] ?? "").trim().replace(MODIFIERS, "");
    const isBody = line.endsWith("=> {") || (/\)(?:: .+)? \{$/u.test(line) && FUNCTION.test(head));
    if (!isBody) continue;
    const end = lines.findIndex(
      (other, at) => at > index && indentOf(other) === indent && other.trim().startsWith("}"),
    );
    const count = end - begin + 1;
    const isListOfTests = lines.slice(index + 1, end).some((other) => /^\s*(?:describe|test|it)\b[.(]/u.test(other));
    if (count > FUNCTION_LINES_MAX && !isListOfTests) {
      findings.push(`${file.path}:${begin + 1}: a function of ${count} lines; use at most ${FUNCTION_LINES_MAX}`);
    }
  }
  return findings;
}

function extensionOf(path: string): string {
  return path.slice(path.lastIndexOf(".") + 1);
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}

/** A list of parameters over several lines: its first line has the same indentation as its last. */
function lineOfOpening(lines: readonly string[], closing: number): number {
  const indent = indentOf(lines[closing] ?? "");
  return lines.findLastIndex((line, at) => at < closing && line.trim() !== "" && indentOf(line) <= indent);
}
