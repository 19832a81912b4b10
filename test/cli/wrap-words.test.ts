import { expect, test } from "vitest";
import { wrapWords } from "../../src/cli/table.ts";

test("words are broken into lines, and a long one has a line of its own", () => {
  expect(wrapWords("one two  three seventeen four", 9)).toEqual(["one two", "three", "seventeen", "four"]);
  expect(wrapWords("", 9)).toEqual([""]);
});

test("spaces before the first word stay, so that a line to copy stands apart", () => {
  expect(wrapWords("  historical: true", 80)).toEqual(["  historical: true"]);
});
