import { describe, expect, test } from "vitest";
import { displayWidth, fitEnd, fitMiddle, padEnd, padStart, wrap } from "../../src/cli/text-width.ts";

describe("the width of text", () => {
  test.each([
    ["", 0],
    ["plain", 5],
    ["°C", 2],
    ["e\u0301t\u00e9", 3],
    ["温度", 4],
    ["ｋＷ", 4],
    ["한글", 4],
    ["⚡ 12", 5],
    ["\u{1f477}\u{1f3fd}\u200d\u2640\ufe0f", 2],
  ])("of %j is %d columns", (text, columns) => {
    expect(displayWidth(text)).toBe(columns);
  });
});

describe("text that is too wide", () => {
  test("for no room at all is nothing", () => {
    expect(fitEnd("abc", 0)).toBe("");
  });

  test.each([
    ["temperature", 11, "temperature"],
    ["temperature", 6, "tempe…"],
    ["温度温度", 6, "温度…"],
    ["温度温度", 5, "温度…"],
  ])("%j in %d columns ends in an ellipsis", (text, columns, fitting) => {
    expect(fitEnd(text, columns)).toBe(fitting);
  });

  test("keeps both ends of a name", () => {
    expect(fitMiddle("energy-active-import-t1", 16)).toBe("energy-a…port-t1");
    expect(fitMiddle("温度-一号-入口", 9)).toBe("温度…入口");
  });

  test("never moves the cursor", () => {
    expect(fitEnd("a\u001b[2Jb\n", 20)).toBe("a [2Jb ");
    expect(wrap("a\nb", 10, 2, 3)).toEqual(["a b"]);
  });
});

describe("text that is narrower than its column", () => {
  test("is filled by what it shows, not by its characters", () => {
    expect([padEnd("温度", 6), padStart("温度", 6), padEnd("wider", 3)]).toEqual(["温度  ", "  温度", "wider"]);
  });
});

describe("a sentence over several lines", () => {
  const SENTENCE = "Check that it has power, that 7 is its unit id, and its wiring.";

  test("breaks between words, indented", () => {
    expect(wrap(SENTENCE, 30, 4, 9)).toEqual([
      "Check that it has power, that",
      "    7 is its unit id, and its",
      "    wiring.",
    ]);
  });

  test("ends in an ellipsis where it needs more lines than it may have", () => {
    expect(wrap(SENTENCE, 30, 4, 2)).toEqual(["Check that it has power, that", "    7 is its unit id, and its…"]);
    expect(wrap(SENTENCE, 30, 4, 1)).toEqual(["Check that it has power, that…"]);
  });

  test("keeps a word that is wider than the line on one line, cut", () => {
    expect(wrap(`a ${"x".repeat(20)} b`, 10, 2, 9)).toEqual(["a", "  xxxxxxx…", "  b"]);
  });
});
