import { expect, test } from "vitest";
import { decodeText } from "../../src/decode/register-text.ts";
import type { TextPlacement } from "../../src/model/profile.ts";

test.each<readonly [TextPlacement, readonly number[]]>([
  ["high-byte-first", [0x5344, 0x4d36, 0x3330]],
  ["low-byte-first", [0x4453, 0x364d, 0x3033]],
  ["high-byte", [0x5300, 0x4400, 0x4d00, 0x3600, 0x3300, 0x3000]],
  ["low-byte", [0x0053, 0x0044, 0x004d, 0x0036, 0x0033, 0x0030]],
])("a text with its characters placed %s is read", (placement, words) => {
  expect(decodeText(words, placement)).toBe("SDM630");
});

test("a text ends at the first byte of 0 and has no blanks around it", () => {
  expect(decodeText([0x2041, 0x4220, 0x0058])).toBe("AB");
  expect(decodeText([0x4142])).toBe("AB");
  expect(decodeText([0, 0x4142])).toBe("");
  expect(decodeText([])).toBe("");
});

test("what is no printable ASCII is a question mark", () => {
  expect(decodeText([0x41c4, 0x0742])).toBe("A??B");
});
