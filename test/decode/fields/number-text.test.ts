import { describe, expect, test } from "vitest";
import { parseNumberText } from "../../../src/decode/fields/number-text.ts";

describe("a number as devices write it", () => {
  test.each<[string, number]>([
    ["12.5", 12.5],
    ["  +00123.45", 123.45],
    ["-   0.5", -0.5],
    ["+ 16", 16],
    [".5", 0.5],
    ["100.", 100],
    ["+1.01234567E+01", 10.1234567],
    ["-4.854e-05", -0.00004854],
    ["0", 0],
    ["-0", 0],
    ["1E999", Number.POSITIVE_INFINITY],
  ])("%j is %d", (text, number) => expect(parseNumberText(text, ".")).toBe(number));

  test.each([
    "",
    " ",
    ".",
    "-",
    "+-1",
    "1,5",
    "1.2.3",
    "0x10",
    "12kg",
    "NaN",
    "Infinity",
    "--1",
    "1 2",
    "E5",
    "1e99999",
  ])("%j is none", (text) => expect(parseNumberText(text, ".")).toBeUndefined());

  test("may have a comma before its decimals, and then no point", () => {
    expect(parseNumberText("-1,25", ",")).toBe(-1.25);
    expect(parseNumberText("1.250,5", ",")).toBeUndefined();
    expect(parseNumberText("1.25", ",")).toBeUndefined();
  });

  test("is none when it is longer than any", () => {
    expect(parseNumberText("1".repeat(41), ".")).toBeUndefined();
    expect(parseNumberText("1".repeat(40), ".")).toBe(Number("1".repeat(40)));
  });
});
