import { expect, test } from "vitest";
import { fuzzNmea } from "./nmea-fuzz.ts";

test("20,000 sentences and objects, half of them spoilt, give only what can be and no position without a fix", () => {
  const report = fuzzNmea(20_261_122, 20_000);
  expect(report.findings).toEqual([]);
  expect(report.sentences).toBeGreaterThan(10_000);
  expect(report.reports).toBeGreaterThan(8000);
  expect(report.positions).toBeGreaterThan(1000);
});
