import { posix } from "node:path";
import { isCode, lineAt, type SourceFile } from "./source-file.ts";

/** One edge from a file to what it uses. */
export interface Import {
  readonly from: string;
  readonly line: number;
  /** A path from the top of the repository for a file; else the specifier as written. */
  readonly target: string;
  readonly kind: "file" | "builtin" | "package";
  /** `types` is gone at run time, `dynamic` loads when it is reached, `address` names a file for a process to run. */
  readonly form: "static" | "types" | "dynamic" | "address";
}

const SPECIFIER = String.raw`(?<quote>["'])(?<blank> *)\k<quote>`;
const STATIC = new RegExp(
  String.raw`\b(?:import|export)\s+(?<types>type\s+)?(?:[\w*$\s{},]*?\bfrom\s*)?${SPECIFIER}`,
  "gu",
);
const DYNAMIC = new RegExp(String.raw`\bimport\s*\(\s*${SPECIFIER}`, "gu");
const ADDRESS = new RegExp(String.raw`\bnew URL\(\s*${SPECIFIER}(?=\s*,\s*import\.meta\.url)`, "gu");

/** Finds every import of a file, in whatever form, and the files that it names by `new URL`. */
export function importsOf(file: SourceFile): Import[] {
  if (!isCode(file)) return [];
  const addresses = edges(file, ADDRESS, "address").filter((edge) => isCode({ ...file, path: edge.target }));
  return [...edges(file, STATIC, "static"), ...edges(file, DYNAMIC, "dynamic"), ...addresses];
}

function edges(file: SourceFile, pattern: RegExp, form: Import["form"]): Import[] {
  return [...file.code.matchAll(pattern)].map((match) => {
    const end = match.index + match[0].length - 1;
    const specifier = file.text.slice(end - (match.groups?.["blank"] ?? "").length, end);
    const isRelative = specifier.startsWith(".");
    return {
      from: file.path,
      line: lineAt(file.code, match.index),
      target: isRelative ? posix.join(posix.dirname(file.path), specifier) : specifier,
      kind: isRelative ? "file" : specifier.startsWith("node:") ? "builtin" : "package",
      form: match.groups?.["types"] === undefined ? form : "types",
    };
  });
}

/** The name under which a package is installed: `yaml/browser` is of `yaml`, `@a/b/c` of `@a/b`. */
export function packageOf(specifier: string): string {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}
