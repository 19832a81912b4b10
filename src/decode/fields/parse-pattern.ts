/**
 * The grammar of patterns: that of JavaScript's regular expressions, less what cannot be matched in linear time.
 *
 * Left out are backreferences and looking ahead or behind, which no machine without backtracking can do, and repeating
 * what may be empty, whose meaning nobody remembers.
 */

import { type CharacterSet, parseClass, parseEscape } from "./pattern-classes.ts";

/** A parsed part of a pattern. */
export type PatternNode =
  | { readonly kind: "empty" }
  | { readonly kind: "set"; readonly set: CharacterSet }
  | { readonly kind: "assertion"; readonly assertion: Assertion }
  | { readonly kind: "sequence"; readonly parts: readonly PatternNode[] }
  | { readonly kind: "choice"; readonly parts: readonly PatternNode[] }
  | { readonly kind: "group"; readonly name: string; readonly inner: PatternNode }
  | {
      readonly kind: "repeat";
      readonly inner: PatternNode;
      readonly min: number;
      /** Infinite where there is no limit. */
      readonly max: number;
      readonly isLazy: boolean;
    };

/** What is asked of a place between two characters. */
export type Assertion = "start" | "end" | "word-edge" | "no-word-edge";

/** Most repetitions that a pattern may count. */
const COUNT_MAX = 200;

/** Parses a pattern. Errors: a SyntaxError in words, as a phrase that fits after "found". */
export function parsePattern(source: string): PatternNode {
  const parser = new PatternParser(source);
  const node = parser.choice();
  parser.expectEnd();
  return node;
}

/** Says whether a part matches the empty text too. */
export function mayBeEmpty(node: PatternNode): boolean {
  switch (node.kind) {
    case "empty":
    case "assertion":
      return true;
    case "set":
      return false;
    case "sequence":
      return node.parts.every(mayBeEmpty);
    case "choice":
      return node.parts.some(mayBeEmpty);
    case "group":
      return mayBeEmpty(node.inner);
    case "repeat":
      return node.min === 0 || mayBeEmpty(node.inner);
  }
}

class PatternParser {
  readonly #source: string;
  #at = 0;

  constructor(source: string) {
    this.#source = source;
  }

  choice(): PatternNode {
    const parts = [this.#sequence()];
    while (this.#take("|")) parts.push(this.#sequence());
    return parts.length === 1 ? (parts[0] as PatternNode) : { kind: "choice", parts };
  }

  expectEnd(): void {
    if (this.#at < this.#source.length) throw new SyntaxError('a ")" without its "("');
  }

  #sequence(): PatternNode {
    const parts: PatternNode[] = [];
    while (this.#at < this.#source.length && !"|)".includes(this.#next())) parts.push(this.#repeated());
    if (parts.length === 0) return { kind: "empty" };
    return parts.length === 1 ? (parts[0] as PatternNode) : { kind: "sequence", parts };
  }

  #repeated(): PatternNode {
    const inner = this.#atom();
    const counts = this.#counts();
    if (counts === undefined) return inner;
    const [min, max] = counts;
    const isLazy = this.#take("?");
    if (mayBeEmpty(inner)) throw new SyntaxError("something repeated that may be empty, as in (a*)*");
    if (this.#counts() !== undefined) throw new SyntaxError("a repetition repeated, as in a**");
    return { kind: "repeat", inner, min, max, isLazy };
  }

  /** Reads how often something is repeated; undefined where nothing is said of it. */
  #counts(): readonly [min: number, max: number] | undefined {
    if (this.#take("*")) return [0, Number.POSITIVE_INFINITY];
    if (this.#take("+")) return [1, Number.POSITIVE_INFINITY];
    if (this.#take("?")) return [0, 1];
    const braces = /^\{(\d+)(,(\d*))?\}/u.exec(this.#source.slice(this.#at));
    if (braces === null) return undefined;
    this.#at += braces[0].length;
    const min = Number(braces[1]);
    const max = braces[2] === undefined ? min : braces[3] === "" ? Number.POSITIVE_INFINITY : Number(braces[3]);
    if (max < min) throw new SyntaxError(`${braces[0]}, whose numbers are out of order`);
    if (min > COUNT_MAX || (max > COUNT_MAX && max !== Number.POSITIVE_INFINITY)) {
      throw new SyntaxError(`${braces[0]}, which counts further than ${COUNT_MAX}`);
    }
    return [min, max];
  }

  #atom(): PatternNode {
    const character = this.#next();
    this.#at += 1;
    switch (character) {
      case "(":
        return this.#group();
      case "[": {
        const { set, end } = parseClass(this.#source, this.#at);
        this.#at = end;
        return { kind: "set", set };
      }
      case ".":
        return {
          kind: "set",
          set: {
            ranges: [
              [0x0a, 0x0a],
              [0x0d, 0x0d],
              [0x2028, 0x2029],
            ],
            isNegated: true,
          },
        };
      case "^":
        return { kind: "assertion", assertion: "start" };
      case "$":
        return { kind: "assertion", assertion: "end" };
      case "\\":
        return this.#escape();
      case "*":
      case "+":
      case "?":
        throw new SyntaxError(`a "${character}" with nothing before it to repeat`);
      default:
        return setOf(character.charCodeAt(0));
    }
  }

  #escape(): PatternNode {
    if (this.#take("b")) return { kind: "assertion", assertion: "word-edge" };
    if (this.#take("B")) return { kind: "assertion", assertion: "no-word-edge" };
    const { set, end } = parseEscape(this.#source, this.#at);
    this.#at = end;
    return { kind: "set", set };
  }

  #group(): PatternNode {
    const head = /^\?(?:(:)|<([A-Za-z_]\w*)>|(<?[=!]))/u.exec(this.#source.slice(this.#at));
    if (head?.[3] !== undefined) throw new SyntaxError(`(?${head[3]}...), which looks ahead or behind`);
    if (head === null && this.#next() === "?")
      throw new SyntaxError("a group that is neither (?:...) nor (?<name>...)");
    this.#at += head?.[0].length ?? 0;
    const inner = this.choice();
    if (!this.#take(")")) throw new SyntaxError('a "(" without its ")"');
    return head?.[2] === undefined ? inner : { kind: "group", name: head[2], inner };
  }

  #next(): string {
    return this.#source[this.#at] ?? "";
  }

  #take(character: string): boolean {
    if (this.#next() !== character) return false;
    this.#at += 1;
    return true;
  }
}

function setOf(code: number): PatternNode {
  return { kind: "set", set: { ranges: [[code, code]], isNegated: false } };
}
