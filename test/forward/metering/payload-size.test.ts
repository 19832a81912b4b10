import { expect, test } from "vitest";
import { PayloadSize } from "../../../src/forward/metering/payload-size.ts";

test("what series and points take is learned from payloads of different make", () => {
  const size = new PayloadSize();
  for (const [series, points] of [
    [40, 40],
    [40, 400],
    [10, 300],
    [40, 1200],
  ] as const) {
    size.note(series, points, 25 * series + 3 * points);
  }
  expect(size.found.seriesBytes).toBeCloseTo(25, 0);
  expect(size.found.pointBytes).toBeCloseTo(3, 0);
});

test("payloads that are all alike are told again, whatever series and points take of them", () => {
  const size = new PayloadSize();
  for (let count = 0; count < 20; count += 1) size.note(40, 400, 2000);
  const { seriesBytes, pointBytes } = size.found;
  expect(40 * seriesBytes + 400 * pointBytes).toBeCloseTo(2000, -2);
  expect(Math.min(seriesBytes, pointBytes)).toBeGreaterThanOrEqual(0);
});

test("before the first payload both take something", () => {
  const { seriesBytes, pointBytes } = new PayloadSize().found;
  expect(Math.min(seriesBytes, pointBytes)).toBeGreaterThan(0);
});
