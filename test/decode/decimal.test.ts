import { describe, expect, test } from "vitest";
import { shortestDecimal, snapDecimal } from "../../src/decode/decimal.ts";

describe("the decimal of a single", () => {
  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -1, 16_777_215])(
    "is %d itself where there is nothing to shorten",
    (value) => {
      expect(shortestDecimal(value)).toBe(value);
    },
  );

  test.each([
    230.1, -230.1, 0.1, 49.98, 0.3, 1e-9, 123_456.7, 16_777_216, 1.000_000_1, 8_388_607.5, 33_554_432, 123_456_790,
    1e20, 3.402_823_5e38, 1.175_494_4e-38, 1e-45, -7.5e-20, 1e30, 999_999.9, 0.000_982_159, 8_776_640_000,
    9.999_999e-10,
  ])("is %d, the shortest that rounds to the same single", (decimal) => {
    expect(shortestDecimal(Math.fround(decimal))).toBe(decimal);
  });
});

describe("rounding to what a double promises", () => {
  test("takes off what binary arithmetic left behind", () => {
    expect(snapDecimal(0.1 + 0.2)).toBe(0.3);
    expect(snapDecimal(-(0.1 + 0.2))).toBe(-0.3);
    expect(snapDecimal(1.1e-12 + 2.2e-12)).toBe(3.3e-12);
  });

  test("leaves alone what is whole, huge or no number", () => {
    for (const value of [0, 9_007_199_254_740_991, 1e300, Number.POSITIVE_INFINITY, Number.NaN]) {
      expect(snapDecimal(value)).toBe(value);
    }
    expect(snapDecimal(1_234_567_890_123_456.5)).toBe(1_234_567_890_123_456.5);
  });

  test("knows from the magnitude how many digits a difference has left", () => {
    expect(273.2 - 273.15).not.toBe(0.05);
    expect(snapDecimal(273.2 - 273.15, 273.2)).toBe(0.05);
  });
});
