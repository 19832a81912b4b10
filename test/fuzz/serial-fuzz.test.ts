import { expect, test } from "vitest";
import { fuzzSerial } from "./serial-fuzz.ts";

test("20,000 sayings of scales, meters and sensors, most of them spoilt, give only what can be", () => {
  const report = fuzzSerial(20_261_122, 20_000);
  expect(report.findings).toEqual([]);
  expect(report.heapGrowth).toBeLessThan(4e6);
  expect(report.frames).toBeGreaterThan(8000);
  expect(report.readings).toBeGreaterThan(10_000);
  expect(report.broken).toBeGreaterThan(500);
  expect(report.unseen).toBe(0);
});
