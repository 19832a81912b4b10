import { describe, expect, test } from "vitest";
import { readCurrentLoop } from "../../src/decode/current-loop.ts";

describe("a loop of 4 to 20 mA", () => {
  test.each([
    [0, /carries 0 mA.*wire is broken/u],
    [0.49, /wire is broken/u],
    [2, /less than 3\.6 mA: the transmitter reports a failure/u],
    [3.599, /carries 3\.599 mA/u],
    [21.001, /more than 21 mA/u],
    [24, /shorted/u],
    [Number.NaN, /no number/u],
  ])("with %d mA is a fault and no value", (milliamperes, words) => {
    expect(readCurrentLoop(milliamperes, 0, 10)).toEqual({ failure: expect.stringMatching(words) });
  });

  test.each([
    [4, 0],
    [12, 5],
    [20, 10],
    [7.2, 2],
    [3.8, -0.125],
    [20.5, 10.3125],
  ])("with %d mA of 0 to 10 bar is %d bar", (milliamperes, value) => {
    expect(readCurrentLoop(milliamperes, 0, 10)).toEqual({ value, isSaturated: false });
  });

  test.each([3.6, 3.79, 20.51, 21])("with %d mA shows an end of its range", (milliamperes) => {
    expect(readCurrentLoop(milliamperes, 0, 10)).toMatchObject({ isSaturated: true });
  });

  test("may fall while what it measures rises, and may begin below zero", () => {
    expect(readCurrentLoop(8, 100, 0)).toEqual({ value: 75, isSaturated: false });
    expect(readCurrentLoop(4.8, -50, 150)).toEqual({ value: -40, isSaturated: false });
  });
});
