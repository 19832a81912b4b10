import { expect, test } from "vitest";
import { fuzzGpio } from "./gpio-fuzz.ts";

test("600 polls of a line whose descriptor tells garbage in between count each pulse that it told of", async () => {
  const report = await fuzzGpio(20_261_122, 600);
  expect(report.findings).toEqual([]);
  expect(report.heapGrowth).toBeLessThan(4e6);
  expect(report.pulses).toBeGreaterThan(5000);
  expect(report.readings).toBeGreaterThan(8000);
  expect(report.losses).toBeGreaterThan(100);
  expect(report.refused).toBeGreaterThan(20);
});
