import { expect, test } from "vitest";
import { characterTime } from "../../src/model/line-settings.ts";

test.each([
  ["ten bits without parity", { baud: 9600, parity: "none", stopBits: 1 }, 10],
  ["eleven with one", { baud: 9600, parity: "even", stopBits: 1 }, 11],
  ["eleven with a second stop bit", { baud: 9600, parity: "none", stopBits: 2 }, 11],
  ["ten of seven bits with parity", { baud: 9600, parity: "odd", stopBits: 1, dataBits: 7 }, 10],
] as const)("a character is %s", (_words, line, bits) => {
  expect(characterTime(line)).toBeCloseTo((bits * 1000) / 9600, 9);
});
