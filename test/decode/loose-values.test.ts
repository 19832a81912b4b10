import { describe, expect, test } from "vitest";
import { looseNumber, parseMoment, type TimeFormat } from "../../src/decode/loose-values.ts";

describe("a number", () => {
  test.each([
    [21.5, 21.5],
    ["21.5", 21.5],
    [" -3e2 ", -300],
    ["+.5", 0.5],
    ["1e999", Number.POSITIVE_INFINITY],
    [true, 1],
    ["False", 0],
    [null, Number.NaN],
    ["", Number.NaN],
    ["NaN", Number.NaN],
    ["unavailable", Number.NaN],
    ["21,5", undefined],
    ["21.5 C", undefined],
    ["0x10", undefined],
    ["on", undefined],
    ["Infinity", undefined],
    ["9".repeat(65), undefined],
    [[1], undefined],
    [{ value: 1 }, undefined],
  ])("is what was written, or none: %j", (written, expected) => {
    expect(looseNumber(written)).toEqual(expected);
  });

  test("may have a word, which goes before what the word would mean otherwise", () => {
    const states = new Map([
      ["idle", 0],
      ["running", 1],
      ["true", 7],
    ]);
    const written = ["idle", " running ", "true", true, "2", "asleep"];
    expect(written.map((each) => looseNumber(each, states))).toEqual([0, 1, 7, 7, 2, undefined]);
  });
});

describe("a moment", () => {
  const at = Date.UTC(2026, 10, 22, 19, 15, 0);
  test.each<[unknown, TimeFormat, number | undefined]>([
    ["2026-11-22T19:15:00Z", "auto", at],
    ["2026-11-22T20:15:00+01:00", "auto", at],
    ["2026-11-22 20:15:00.250+0100", "iso", at + 250],
    ["2026-11-22T20:15:00,25+01", "iso", at + 250],
    ["2026-11-22T19:15", "auto", at],
    ["2026-11-22", "auto", undefined],
    ["2026-02-30T00:00:00Z", "auto", undefined],
    ["yesterday", "auto", undefined],
    [at, "auto", at],
    [at / 1000, "auto", at],
    [String(at / 1000), "auto", at],
    [at * 1000, "auto", at],
    [at * 1e6, "auto", at],
    [at / 1000 + 0.0004, "s", at],
    [at, "s", at * 1000],
    [at * 1000, "us", at],
    [at, "iso", undefined],
    ["1e400", "auto", undefined],
    [null, "auto", undefined],
    [true, "ms", undefined],
  ])("is found as it was written, or not: %j as %s", (written, format, expected) => {
    expect(parseMoment(written, format)).toBe(expected);
  });
});
