import { expect, test } from "vitest";
import { seconds } from "../../../src/model/time.ts";
import { measureDay } from "./measure-day.ts";

test("an hour of the plant's pump goes in a quarter of the points, with what befell it in full and its averages as they were", async () => {
  const { before, after, events, worst, hoursCompared } = await measureDay({
    seed: 1,
    machines: ["pump"],
    hours: 1,
    learnHours: 0,
    filter: { detector: "threshold", threshold: { low: 0.01 } },
    hasSelfMetrics: false,
    interval: seconds(10),
  });
  const burst = events.find(({ event }) => event.point === "flow");
  expect(burst).toMatchObject({ readings: 6, inFull: 6, preS: 120 });
  expect(burst?.postS).toBeGreaterThanOrEqual(60);
  expect(before).toMatchObject({ points: 9 * 369, series: 9 });
  expect(after.points).toBeLessThan(before.points / 4);
  expect(after.seriesBytes).toBeLessThan(before.seriesBytes / 2);
  expect(hoursCompared).toBe(9);
  expect(worst.map(({ course }) => course).sort()).toEqual(["measurement", "state", "total"]);
  for (const { percent } of worst) expect(percent).toBeLessThan(0.5);
});
