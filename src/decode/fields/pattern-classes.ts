/** The sets of characters in patterns: classes in brackets, and escapes. */

/** Characters by their codes. Shape: ranges include both ends. */
export interface CharacterSet {
  readonly ranges: readonly (readonly [first: number, last: number])[];
  readonly isNegated: boolean;
}

/** A set, and where the text behind it goes on. */
export interface ParsedSet {
  readonly set: CharacterSet;
  readonly end: number;
}

type Ranges = CharacterSet["ranges"];

const CODE_MAX = 0xffff;

const DIGITS: Ranges = [[0x30, 0x39]];
const WORD: Ranges = [...DIGITS, [0x41, 0x5a], [0x5f, 0x5f], [0x61, 0x7a]];

/** Source: ECMAScript, WhiteSpace and LineTerminator. */
const SPACE: Ranges = [
  [0x09, 0x0d],
  [0x20, 0x20],
  [0xa0, 0xa0],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x2028, 0x2029],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
  [0xfeff, 0xfeff],
];

const CLASSES: Readonly<Record<string, Ranges>> = { d: DIGITS, w: WORD, s: SPACE };

const CONTROLS: Readonly<Record<string, number>> = { t: 9, n: 10, v: 11, f: 12, r: 13, 0: 0 };

/** Says whether a character belongs to a set. */
export function holdsCharacter({ ranges, isNegated }: CharacterSet, code: number): boolean {
  return ranges.some(([first, last]) => code >= first && code <= last) !== isNegated;
}

/** Says whether a character is a letter, a digit or an underscore. */
export function isWordCharacter(code: number): boolean {
  return WORD.some(([first, last]) => code >= first && code <= last);
}

/** Parses what follows a backslash, at `at`. Errors: a SyntaxError in words. */
export function parseEscape(source: string, at: number): ParsedSet {
  const letter = source[at];
  if (letter === undefined) throw new SyntaxError("a backslash with nothing behind it");
  const ranges = CLASSES[letter.toLowerCase()];
  if (ranges !== undefined) return { set: { ranges, isNegated: letter !== letter.toLowerCase() }, end: at + 1 };
  const code = /^(?:x([\da-f]{2})|u([\da-f]{4}))/iu.exec(source.slice(at));
  if (code !== null) return single(Number.parseInt(code[1] ?? code[2] ?? "", 16), at + code[0].length);
  const control = CONTROLS[letter];
  if (control !== undefined && !/^0\d/u.test(source.slice(at))) return single(control, at + 1);
  if (/[1-9k]/u.test(letter)) throw new SyntaxError(`\\${letter}, which refers back to a group`);
  if (/[a-z\d]/iu.test(letter)) throw new SyntaxError(`\\${letter}, which means nothing`);
  return single(letter.charCodeAt(0), at + 1);
}

/** Parses a class from behind its opening bracket on. Errors: a SyntaxError in words. */
export function parseClass(source: string, at: number): ParsedSet {
  const isNegated = source[at] === "^";
  const ranges: (readonly [number, number])[] = [];
  let place = isNegated ? at + 1 : at;
  while (source[place] !== "]") {
    const first = parseMember(source, place);
    place = first.end;
    const isRange = source[place] === "-" && source[place + 1] !== "]" && source[place + 1] !== undefined;
    if (!isRange) {
      ranges.push(...plainRanges(first.set));
      continue;
    }
    const last = parseMember(source, place + 1);
    place = last.end;
    const [from, to] = [codeOf(first.set), codeOf(last.set)];
    if (from === undefined || to === undefined || to < from) throw new SyntaxError("a range in [...] that is none");
    ranges.push([from, to]);
  }
  return { set: { ranges, isNegated }, end: place + 1 };
}

function parseMember(source: string, at: number): ParsedSet {
  const character = source[at];
  if (character === undefined) throw new SyntaxError('a "[" without its "]"');
  if (character !== "\\") return single(character.charCodeAt(0), at + 1);
  if (source[at + 1] === "b") return single(8, at + 2);
  if (source[at + 1] === "-") return single(0x2d, at + 2);
  return parseEscape(source, at + 1);
}

function single(code: number, end: number): ParsedSet {
  return { set: { ranges: [[code, code]], isNegated: false }, end };
}

function codeOf({ ranges, isNegated }: CharacterSet): number | undefined {
  const [only] = ranges;
  return !isNegated && ranges.length === 1 && only !== undefined && only[0] === only[1] ? only[0] : undefined;
}

/** Writes a set without negation. */
function plainRanges({ ranges, isNegated }: CharacterSet): Ranges {
  if (!isNegated) return ranges;
  const gaps: (readonly [number, number])[] = [];
  let next = 0;
  for (const [first, last] of ranges.toSorted((one, other) => one[0] - other[0])) {
    if (first > next) gaps.push([next, first - 1]);
    next = last + 1;
  }
  return next > CODE_MAX ? gaps : [...gaps, [next, CODE_MAX]];
}
