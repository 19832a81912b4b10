import { describe, expect, test } from "vitest";
import { LinearPattern } from "../../../src/decode/fields/linear-pattern.ts";

describe("a pattern", () => {
  test.each([
    ["(", 'a "(" without its ")"'],
    ["a)", 'a ")" without its "("'],
    ["[a", 'a "[" without its "]"'],
    ["*a", 'a "*" with nothing before it to repeat'],
    ["(?=a)", "(?=...), which looks ahead or behind"],
    ["(?<!a)b", "(?<!...), which looks ahead or behind"],
    ["(?i)a", "a group that is neither (?:...) nor (?<name>...)"],
    ["(a)\\1", "\\1, which refers back to a group"],
    ["\\k<a>", "\\k, which refers back to a group"],
    ["\\q", "\\q, which means nothing"],
    ["a\\", "a backslash with nothing behind it"],
    ["(a*)*", "something repeated that may be empty, as in (a*)*"],
    ["(?:a|b?)+", "something repeated that may be empty, as in (a*)*"],
    ["a**", "a repetition repeated, as in a**"],
    ["a{3,1}", "{3,1}, whose numbers are out of order"],
    ["a{1000}", "{1000}, which counts further than 200"],
    ["(?:a{100}){100}", "more repetitions than a line of a device needs"],
    ["[z-a]", "a range in [...] that is none"],
    ["(?<x>a)(?<x>b)", "two groups named x"],
  ])("%s is refused, because it has %s", (source, found) => {
    expect(() => new LinearPattern(source)).toThrow(new SyntaxError(found));
  });

  test("gives what its groups caught, and nothing for those that were not needed", () => {
    const pattern = new LinearPattern("^S (?<status>[SD])(?: +(?<value>-?[\\d.]+) (?<unit>\\w+))?$");
    expect(pattern.groups).toEqual(["status", "value", "unit"]);
    expect(pattern.match("S S     100.00 g")).toEqual(
      new Map([
        ["status", "S"],
        ["value", "100.00"],
        ["unit", "g"],
      ]),
    );
    expect(pattern.match("S D")).toEqual(new Map([["status", "D"]]));
    expect(pattern.match("S S 100.00")).toBeUndefined();
  });

  test.each([
    ["(x+x+)+y", "x"],
    ["(a|a)+$", "a"],
    ["(?<value>.*.*.*.*.*)=", "a"],
    ["^(\\w+\\s?)+$", "w "],
  ])("takes no time to speak of over a long line that others never finish: %s", (source, piece) => {
    const pattern = new LinearPattern(source);
    const line = `${piece.repeat(1024)}!`;
    let turns = 0;
    for (; turns < 3; turns += 1) expect(pattern.match(line)).toBeUndefined();
    expect(turns).toBe(3);
  });
});
