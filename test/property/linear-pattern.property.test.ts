import fc from "fast-check";
import { expect, test } from "vitest";
import { LinearPattern } from "../../src/decode/fields/linear-pattern.ts";

const ATOMS = ["a", "b", ".", "\\d", "\\w", "\\s", "[ab]", "[^a]", "[a-c1]", "[^\\d-]", "\\.", "\\x41"];
const PLACES = ["^", "$", "\\b", "\\B"];
const QUANTIFIERS = ["", "", "", "*", "+", "?", "*?", "+?", "??", "{2}", "{1,3}", "{2,}?"];

/** Writes patterns of every construct there is, one inside the other. */
const { pattern } = fc.letrec<{ pattern: string; sequence: string; item: string }>((tie) => ({
  pattern: fc.array(tie("sequence"), { minLength: 1, maxLength: 3 }).map((parts) => parts.join("|")),
  sequence: fc
    .array(fc.oneof({ weight: 6, arbitrary: tie("item") }, { weight: 1, arbitrary: fc.constantFrom(...PLACES) }), {
      minLength: 1,
      maxLength: 4,
    })
    .map((parts) => parts.join("")),
  item: fc
    .tuple(
      fc.oneof(
        { maxDepth: 3, withCrossShrink: true },
        { weight: 3, arbitrary: fc.constantFrom(...ATOMS) },
        { weight: 1, arbitrary: tie("pattern").map((inner) => `(${inner})`) },
        { weight: 1, arbitrary: tie("pattern").map((inner) => `(?:${inner})`) },
        { weight: 1, arbitrary: tie("pattern").map((inner) => `(?<NAME>${inner})`) },
      ),
      fc.constantFrom(...QUANTIFIERS),
    )
    .map((parts) => parts.join("")),
}));

const text = fc.string({ unit: fc.constantFrom("a", "b", "c", "A", "1", "2", ".", "-", " ", "\n"), maxLength: 12 });

function nameApart(source: string): string {
  let count = 0;
  return source.replaceAll("NAME", () => {
    count += 1;
    return `g${count}`;
  });
}

function compile(source: string): LinearPattern | string {
  try {
    return new LinearPattern(source);
  } catch (error) {
    if (error instanceof SyntaxError) return error.message;
    throw error;
  }
}

test("what a pattern matches, and what its groups catch, is what JavaScript says", () => {
  let compared = 0;
  fc.assert(
    fc.property(pattern.map(nameApart), text, (source, subject) => {
      const own = compile(source);
      if (typeof own === "string") {
        expect(own).toMatch(/may be empty|repeated|nothing before it|more repetitions/u);
        return;
      }
      compared += 1;
      const found = new RegExp(source, "").exec(subject);
      const groups = Object.entries(found?.groups ?? {}).filter(([, caught]) => caught !== undefined);
      expect(own.match(subject)).toEqual(found === null ? undefined : new Map(groups));
    }),
    { numRuns: 3000, seed: 7 },
  );
  expect(compared).toBeGreaterThan(500);
});
