import { readFileSync } from "node:fs";

/**
 * Files with mistakes and what is said of them, in one text for the reader: `###` begins a mistake, `---` a file,
 * `>>>` what the gateway answers. The test takes the files out of it, loads them and writes the answers anew.
 */
export const GOLDEN = new URL("../golden/config/mistakes.txt", import.meta.url).pathname;

/** One mistake: what it is, and the files that have it. */
export interface Mistake {
  readonly title: string;
  readonly files: Readonly<Record<string, string>>;
}

/** Reads every mistake. */
export function readMistakes(): readonly Mistake[] {
  return readFileSync(GOLDEN, "utf8")
    .split(/^### /mu)
    .slice(1)
    .map((section) => {
      const [head = "", ...parts] = (section.split(/^>>>\n/mu)[0] ?? "").split(/^--- (?=\S+\n)/mu);
      const files = parts.map((part) => {
        const end = part.indexOf("\n");
        return [part.slice(0, end), `${part.slice(end + 1).trimEnd()}\n`] as const;
      });
      return { title: head.trim(), files: Object.fromEntries(files) };
    });
}
