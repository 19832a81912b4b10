import { type SourceFile, toSourceFile } from "./source-file.ts";

/** Makes a small repository of texts by path, for the rules to be tried on. */
export function plant(texts: Readonly<Record<string, string>>): SourceFile[] {
  return Object.entries(texts).map(([path, text]) => toSourceFile(path, text));
}
