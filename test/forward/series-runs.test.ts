import { expect, test } from "vitest";
import { endOfSeries, firstRowsByMetric } from "../../src/forward/series-runs.ts";

const POINTS = {
  series: Uint32Array.of(1, 1, 2, 3, 3, 3, 4),
  moment: new Float64Array(7),
  value: new Float64Array(7),
  count: 7,
};
const METRICS = ["", "voltage", "current", "voltage", "current"];

test("the series of a payload go by their metrics, and those of one metric in their order", () => {
  expect([...firstRowsByMetric(POINTS, (id) => METRICS[id] ?? "")]).toEqual([2, 6, 0, 3]);
});

test("rows beyond the count are of no series", () => {
  expect([...firstRowsByMetric({ ...POINTS, count: 4 }, () => "voltage")]).toEqual([0, 2, 3]);
  expect(endOfSeries({ ...POINTS, count: 4 }, 3)).toBe(4);
});

test("a series ends where the next one begins, or the points do", () => {
  expect([0, 2, 3, 6].map((firstRow) => endOfSeries(POINTS, firstRow))).toEqual([2, 3, 6, 7]);
});
