import { expect, test } from "vitest";
import { fuzzCustom } from "./custom-fuzz.ts";

test("1,000 runs of a check whose process says anything bring only what can be, and no more than they may", async () => {
  const report = await fuzzCustom(20_261_122, 1000);
  expect(report.findings).toEqual([]);
  expect(report.heapGrowth).toBeLessThan(4e6);
  expect(report.reports).toBeGreaterThan(600);
  expect(report.readings).toBeGreaterThan(1500);
  expect(report.dropped).toBeGreaterThan(1000);
  expect(report.refused).toBeGreaterThan(80);
});
