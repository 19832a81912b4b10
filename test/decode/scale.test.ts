import { describe, expect, test } from "vitest";
import { applyScale, scaleDecimal } from "../../src/decode/scale.ts";

describe("a decimal scale", () => {
  test.each([
    [2301, 0.1, 230.1],
    [-2301, 0.1, -230.1],
    [4998, 0.01, 49.98],
    [3, 0.1, 0.3],
    [7, 0.001, 0.007],
    [12_345, -0.1, -1234.5],
    [230.1, 1000, 230_100],
    [230.1, 0.1, 23.01],
    [1.005, 100, 100.5],
    [10, 3.6, 36],
    [7, 0.3, 2.1],
    [101_325, 0.0625, 6332.8125],
    [5, 1e-9, 5e-9],
    [3, 1e12, 3e12],
    [0, 0.1, 0],
  ])("makes of %d * %d the %d a person expects", (value, factor, expected) => {
    expect(scaleDecimal(value, factor)).toBe(expected);
  });

  test("keeps all digits of a counter that has sixteen", () => {
    expect(scaleDecimal(4_503_599_627_370_495, 0.001)).toBe(4_503_599_627_370.495);
    expect(scaleDecimal(9_007_199_254_740_991, 1)).toBe(9_007_199_254_740_991);
  });

  test("agrees with the decimal written out for every register at every power of ten", () => {
    for (const decimals of [1, 2, 3, 4]) {
      const scale = Number(`1e-${decimals}`);
      for (let raw = 0; raw < 65_536; raw += 1) {
        if (scaleDecimal(raw, scale) !== Number(`${raw}e-${decimals}`)) expect.fail(`${raw} * ${scale}`);
      }
    }
  });
});

describe("scale and offset", () => {
  test.each([
    [2732, 0.1, -273.15, 0.05],
    [2981, 0.1, -273.15, 24.95],
    [25.1, 1, -40, -14.9],
    [100, 1, 5, 105],
    [1, 0.1, 0.2, 0.3],
    [5, 0.1, -0.5, 0],
  ])("make of %d * %d + %d the %d a person expects", (raw, scale, offset, expected) => {
    expect(applyScale(raw, scale, offset)).toBe(expected);
  });

  test("let NaN and infinities through, and give zero no sign", () => {
    expect(applyScale(Number.NaN, 0.1, 5)).toBeNaN();
    expect(applyScale(Number.POSITIVE_INFINITY, 0.1, 5)).toBe(Number.POSITIVE_INFINITY);
    expect(applyScale(Number.NEGATIVE_INFINITY, 1, 0)).toBe(Number.NEGATIVE_INFINITY);
    expect(applyScale(0, -0.1, 0)).toBe(0);
  });
});
