import { isCode, isIn, lineAt, type Rule, type SourceFile } from "./source-file.ts";

/** What a hurry leaves behind: notes to oneself, dead code, rulers of dashes, paths of one machine. */
export const leftovers: Rule = (files) =>
  files.flatMap((file) => [...commentFindings(file), ...pathFindings(file), ...markdownFindings(file)]);

/** A line of a `//` comment that reads as a statement. */
const DEAD_CODE = new RegExp(
  String.raw`// *(?:${[
    String.raw`(?:const|let|return|await|import|export|throw|case|if \(|for \(|while \(|\} else).*[;{,]`,
    String.raw`[\w.#]+\(.*\);?`,
    String.raw`[\w.]+ = .*;`,
    String.raw`\}`,
  ].join("|")})\s*$`,
  "gmu",
);

function commentFindings(file: SourceFile): string[] {
  if (!isCode(file)) return [];
  const say = (pattern: RegExp, what: string): string[] =>
    [...file.comments.matchAll(pattern)].map(
      (match) => `${file.path}:${lineAt(file.comments, match.index)}: ${match[0].trim()}: ${what}`,
    );
  return [
    ...say(/\b(?:FIXME|TODO|XXX|HACK)\b/gu, "a note to oneself; use an issue"),
    ...say(/[-=*#~]{5,}.*$/gmu, "a ruler; use a file of its own for what is under it"),
    ...say(DEAD_CODE, "dead code; use git to remember it"),
  ];
}

/** Homes and build folders of one machine mean nothing on any other. */
const MACHINE_PATH = /(?<![\w.@-])\/(?:work|root|home\/\w+|Users)\/[\w.-]*/gu;

function pathFindings(file: SourceFile): string[] {
  if (isIn(file.path, "test/tidy")) return [];
  return [...file.text.matchAll(MACHINE_PATH)].map(
    (match) =>
      `${file.path}:${lineAt(file.text, match.index)}: ${match[0]} is a path of one machine; use a relative one`,
  );
}

function markdownFindings(file: SourceFile): string[] {
  if (!file.path.endsWith(".md")) return [];
  const prose = file.text.replaceAll(/^```[\s\S]*?^```/gmu, "");
  const count = [...prose.matchAll(/^# /gmu)].length;
  return count === 1 ? [] : [`${file.path}:1: has ${count} titles; use exactly one line that begins with "# "`];
}
