import { isCode, isIn, lineAt, type Rule, type SourceFile } from "./source-file.ts";

const EXPORT = /^export (?:declare )?(?:abstract )?(?:async )?(function\*?|const|let|class|interface|type) ([\w$]+)/gmu;

const LABELS = ["Units", "Shape", "Limits", "Errors", "Source"];

/** Every export of the house says what it is, which errors it throws, and where its numbers come from. */
export const docstrings: Rule = (files) => {
  const codes = errorCodes(files);
  const findings: string[] = [];
  for (const file of files.filter((each) => isCode(each) && isHouse(each))) {
    for (const match of file.code.matchAll(EXPORT)) {
      const [, kind = "", name = ""] = match;
      const doc = docstringAbove(file.text, match.index);
      const place = `${file.path}:${lineAt(file.code, match.index)}: ${name}`;
      if (doc === undefined) {
        if (!sharesDocstring(file, match.index, kind))
          findings.push(`${place} has no docstring; use a sentence of what it is`);
        continue;
      }
      findings.push(...docFindings(doc, place));
      if (takesBytes(file.code, match.index, kind) && !/\bShape:/u.test(doc)) {
        findings.push(`${place} takes bytes; use a line \`Shape:\` that says what they must look like`);
      }
      if (
        file.path.endsWith("/limits.ts") &&
        kind === "const" &&
        !/\bSource:/u.test(statementAt(file, match.index, doc))
      ) {
        findings.push(`${place} is a limit; use a line \`Source:\` that says who sets it`);
      }
    }
    findings.push(...unknownCodes(file, codes));
  }
  return findings;
};

function isHouse({ path }: SourceFile): boolean {
  return isIn(path, "src") || isIn(path, "hardware-sim");
}

/** The text of the block comment that ends right above an offset. */
function docstringAbove(text: string, offset: number): string | undefined {
  const above = text.slice(0, offset);
  if (!above.endsWith("*/\n")) return undefined;
  const begin = above.lastIndexOf("/**");
  if (begin === -1) return undefined;
  return above
    .slice(begin + 3, -3)
    .split("\n")
    .map((line) => line.replace(/^\s*\*? ?/u, ""))
    .join("\n")
    .trim();
}

/** A type right below the constant it is computed from is the same thing said twice; one docstring serves both. */
function sharesDocstring(file: SourceFile, offset: number, kind: string): boolean {
  const lineAbove = file.text.slice(0, offset).split("\n").at(-2) ?? "";
  return kind === "type" && lineAbove.trimEnd().endsWith(";");
}

function docFindings(doc: string, place: string): string[] {
  const first = doc.split(new RegExp(`\\n\\s*\\n|\\n(?=(?:${LABELS.join("|")}):)`, "u"))[0] ?? "";
  const isSentence = /^[A-Z0-9`"(]/u.test(first) && /[.!?]\)?$/u.test(first.trim()) && first.includes(" ");
  return isSentence ? [] : [`${place} begins its docstring with no sentence; use a capital, a verb and a full stop`];
}

function takesBytes(code: string, offset: number, kind: string): boolean {
  if (kind !== "function" && kind !== "const") return false;
  const parameters =
    /^export (?:async )?(?:function\*? [\w$]+(?:<[^(]*>)?|const [\w$]+(?:: [^=]+)? = (?:async )?)\(/u.exec(
      code.slice(offset),
    );
  if (parameters === null) return false;
  let depth = 1;
  let at = offset + parameters[0].length;
  const begin = at;
  for (; at < code.length && depth > 0; at += 1) depth += code[at] === "(" ? 1 : code[at] === ")" ? -1 : 0;
  return code.slice(begin, at).includes("Uint8Array");
}

/** A docstring with the statement below it, for tables whose rows carry the sources. */
function statementAt(file: SourceFile, offset: number, doc: string): string {
  const end = file.text.indexOf("\n}", offset);
  const line = file.text.indexOf("\n", offset);
  const isTable = /[{[(]\s*$/u.test(file.code.slice(offset, line));
  return doc + file.text.slice(offset, isTable && end !== -1 ? end : line);
}

/** A code that is named and does not exist sends its reader looking for nothing. */
function unknownCodes(file: SourceFile, codes: ReadonlySet<string> | undefined): string[] {
  if (codes === undefined) return [];
  const findings: string[] = [];
  const labelled = new RegExp(`\\bErrors:((?:(?!\\b(?:${LABELS.join("|")}):|\\*/)[\\s\\S])*)`, "gu");
  for (const section of file.comments.matchAll(labelled)) {
    for (const code of (section[1] ?? "").matchAll(/`([A-Z]+(?:_[A-Z]+)+)`/gu)) {
      if (codes.has(code[1] ?? "")) continue;
      const line = lineAt(file.comments, section.index + code.index);
      findings.push(`${file.path}:${line}: ${code[1]} is no code; use one of ERRORS in src/model/errors.ts`);
    }
  }
  return findings;
}

function errorCodes(files: readonly SourceFile[]): ReadonlySet<string> | undefined {
  const table = files.find((file) => file.path === "src/model/errors.ts");
  return table && new Set([...table.code.matchAll(/^ {2}([A-Z]+(?:_[A-Z]+)+): \{/gmu)].map((match) => match[1] ?? ""));
}
