import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { maskSource } from "./mask.ts";

/** One file of the repository, read once and shared by all rules. */
export interface SourceFile {
  /** From the top of the repository, with forward slashes. */
  readonly path: string;
  readonly text: string;
  /** The text with comments and the inside of strings blanked; for files that are not code, the text. */
  readonly code: string;
  /** The text with everything but comments blanked; for files that are not code, empty. */
  readonly comments: string;
}

/** A rule reads all files and says what is wrong, as `path:line: what is wrong; use X instead`. */
export type Rule = (files: readonly SourceFile[]) => string[];

/** Makes a source file of a path and its text. */
export function toSourceFile(path: string, text: string): SourceFile {
  return /\.[cm]?[jt]s$/u.test(path) ? { path, text, ...maskSource(text) } : { path, text, code: text, comments: "" };
}

/** What git does not keep, what machines write, and recorded data. */
const SKIPPED = new Set([
  ".git",
  "node_modules",
  "dist",
  ".plant",
  "test/fixtures",
  "conf.d/schema",
  "package-lock.json",
  "LICENSE",
]);

/** Reads every file of the repository that people write. */
export function readRepository(root: string, folder = ""): SourceFile[] {
  const files: SourceFile[] = [];
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (SKIPPED.has(path) || SKIPPED.has(entry.name)) continue;
    if (entry.isDirectory()) files.push(...readRepository(root, path));
    else if (entry.isFile() && !isRecorded(path))
      files.push(toSourceFile(path, readFileSync(join(root, path), "utf8")));
  }
  return files;
}

/** Whether a file holds what a program once said, and is not for people to shape. */
function isRecorded(path: string): boolean {
  return path.endsWith(".log") || /^test\/golden\/.*(?<!\.ts)$/u.test(path);
}

/** Says on which line, counted from 1, an offset lies. */
export function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf("\n"); at !== -1 && at < offset; at = text.indexOf("\n", at + 1)) line += 1;
  return line;
}

/** Whether a path lies in a folder, or is that very file. */
export function isIn(path: string, place: string): boolean {
  return path === place || path.startsWith(`${place}/`);
}

/** Whether a file is TypeScript or JavaScript. */
export function isCode(file: SourceFile): boolean {
  return /\.[cm]?[jt]s$/u.test(file.path);
}
