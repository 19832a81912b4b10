/**
 * Tells code from comments and strings, so that a rule never stumbles over a word in a sentence. It knows just enough
 * of the language for that: quotes, templates with code inside, both comments, and regular expressions.
 */

/** Both views have the length and the line breaks of the source, so an offset means the same place in all three. */
export interface Masked {
  /** Comments and the inside of strings are blank; the quotes stay. */
  readonly code: string;
  /** Everything but comments is blank. */
  readonly comments: string;
}

/** A slash after one of these starts a regular expression; after anything else it divides. */
const BEFORE_REGEX = /(?:^|[=(,:;[{}!&|?+\-*%~^<>]|\b(?:return|typeof|case|of|in|await|yield))\s*$/u;

/** Splits a source into its code and its comments. */
export function maskSource(source: string): Masked {
  const code: string[] = [];
  const comments: string[] = [];
  /** For each template we are inside of, how many braces are open in its `${}`. */
  const templates: number[] = [];
  let at = 0;

  const take = (end: number, kind: "code" | "comment" | "string"): void => {
    const piece = source.slice(at, end);
    const blank = piece.replaceAll(/[^\n]/gu, " ");
    code.push(kind === "code" ? piece : blank);
    comments.push(kind === "comment" ? piece : blank);
    at = end;
  };
  const endOf = (pattern: RegExp): number => {
    pattern.lastIndex = at;
    const match = pattern.exec(source);
    return match === null ? source.length : match.index + match[0].length;
  };
  /** Takes the inside of a string up to the offset `end`, which is after its closing quote. */
  const takeQuoted = (end: number): void => {
    take(at + 1, "code");
    take(Math.max(at, end - 1), "string");
    take(end, "code");
  };
  const takeTemplatePart = (): void => {
    const end = endOf(/(?:[^`\\$]|\\[\s\S]|\$(?!\{))*/guy);
    take(end, "string");
    if (source[at] === "`") take(at + 1, "code");
    else if (at < source.length) {
      take(at + 2, "code");
      templates.push(0);
    }
  };

  while (at < source.length) {
    const two = source.slice(at, at + 2);
    const one = two[0];
    const open = templates.at(-1);
    if (two === "//") take(endOf(/[^\n]*/gu), "comment");
    else if (two === "/*") take(endOf(/\*\//gu), "comment");
    else if (one === '"') takeQuoted(endOf(/"(?:[^"\\\n]|\\[\s\S])*"/guy));
    else if (one === "'") takeQuoted(endOf(/'(?:[^'\\\n]|\\[\s\S])*'/guy));
    else if (one === "`") {
      take(at + 1, "code");
      takeTemplatePart();
    } else if (one === "/" && BEFORE_REGEX.test(code.slice(-40).join("").slice(-40))) {
      takeQuoted(endOf(/\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\//guy));
    } else if (one === "}" && open === 0) {
      templates.pop();
      take(at + 1, "code");
      takeTemplatePart();
    } else {
      if (open !== undefined && (one === "{" || one === "}")) {
        templates[templates.length - 1] = open + (one === "{" ? 1 : -1);
      }
      take(one !== undefined && /\w/u.test(one) ? endOf(/\w+/guy) : at + 1, "code");
    }
  }
  return { code: code.join(""), comments: comments.join("") };
}
