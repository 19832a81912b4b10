import { expect, test } from "vitest";
import { fuzzFrames } from "./frame-fuzz.ts";

test("100,000 random and mutated frames give only what came and what fits, and the memory stays flat", () => {
  const report = fuzzFrames(20_261_122, 100_000);
  expect(report.findings).toEqual([]);
  expect(report.heapGrowth).toBeLessThan(4e6);
  expect(report.found).toBeGreaterThan(30_000);
  expect(report.fitting).toBeGreaterThan(25_000);
  expect(report.refused).toBeGreaterThan(5_000);
  expect(report.values).toBeGreaterThan(15_000);
});
