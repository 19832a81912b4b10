import { expect, test } from "vitest";
import { OCCASION_SLOTS, Occasions } from "../../../src/filter/detectors/occasions.ts";

/** Lives through half days whose furthest numbers are these, in units of 1. */
function after(...halfDays: readonly number[]): Occasions {
  const occasions = new Occasions(new Float64Array(OCCASION_SLOTS));
  for (const furthest of halfDays) {
    occasions.take(furthest);
    occasions.take(0);
    occasions.turn(1, 0);
  }
  return occasions;
}

test("what came once came not twice", () => {
  expect(after().twice).toBe(Number.NEGATIVE_INFINITY);
  expect(after(0, 0, 0, 30, 0, 0, 0).twice).toBeLessThan(1);
});

test("what lasts for days is one occasion, even where it grows and fades", () => {
  expect(after(0, 0, 10, 20, 30, 30, 30, 0, 0).twice).toBeLessThan(1);
  expect(after(0, 0, 30, 25, 20, 12, 0, 0).twice).toBeLessThan(1);
  expect(after(0, 0, 12, 30, 12, 0, 0).twice).toBeLessThan(1);
});

test("what came again with quiet between came twice, as far as the nearer one", () => {
  expect(after(0, 0, 30, 0, 0, 24, 0).twice).toBeCloseTo(24, 0);
  expect(after(0, 0, 24, 0, 0, 30, 0, 0).twice).toBeCloseTo(24, 0);
  expect(after(0, 0, 24, 0, 0, 30, 0, 0, 28, 0).twice).toBeCloseTo(28, 0);
});

test("it is forgotten slowly: by a unit in 25 days", () => {
  const quiet = Array.from({ length: 50 }, () => 0);
  expect(after(0, 0, 30, 0, 0, 30, ...quiet).twice).toBeCloseTo(29, 0);
});
