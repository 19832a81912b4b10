/** Texts with gaps: `{name}` for what a part of a topic or path stands for, `{$.path}` for what the payload holds. */

import { findJson, type JsonPath, parseJsonPath } from "../../decode/json-path.ts";

type Part =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "path"; readonly path: JsonPath };

/** A text whose gaps were understood. */
export interface Template {
  readonly text: string;
  readonly parts: readonly Part[];
  /** The names in its gaps. */
  readonly names: readonly string[];
  readonly hasPaths: boolean;
}

const GAP = /\{([^{}]*)\}/u;

/** Understands a text with gaps; undefined where a gap holds neither a name nor a path. */
export function parseTemplate(text: string): Template | undefined {
  const pieces = text.split(GAP);
  const parts: Part[] = [];
  for (const [index, piece] of pieces.entries()) {
    if (index % 2 === 0) {
      if (/[{}]/u.test(piece)) return undefined;
      if (piece !== "") parts.push({ kind: "text", text: piece });
    } else if (piece.startsWith("$")) {
      const path = parseJsonPath(piece);
      if (path === undefined) return undefined;
      parts.push({ kind: "path", path });
    } else if (/^[A-Za-z]\w*$/u.test(piece)) parts.push({ kind: "name", name: piece });
    else return undefined;
  }
  const names = parts.flatMap((part) => (part.kind === "name" ? [part.name] : []));
  return { text, parts, names, hasPaths: parts.some(({ kind }) => kind === "path") };
}

/** Fills the gaps; undefined where the payload has nothing for one of them. */
export function fillTemplate(
  template: Template,
  captures: ReadonlyMap<string, string>,
  document: unknown,
): string | undefined {
  let text = "";
  for (const part of template.parts) {
    if (part.kind === "text") text += part.text;
    else {
      const found = part.kind === "name" ? captures.get(part.name) : plainText(findJson(part.path, document));
      if (found === undefined || found === "") return undefined;
      text += found;
    }
  }
  return text;
}

function plainText(value: unknown): string | undefined {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    ? String(value)
    : undefined;
}
