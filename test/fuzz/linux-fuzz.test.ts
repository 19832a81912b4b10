import { expect, test } from "vitest";
import { fuzzLinux } from "./linux-fuzz.ts";

test("600 polls of a machine whose files are spoilt give what the whole ones say, and of the others only what can be", async () => {
  const report = await fuzzLinux(20_261_122, 600);
  expect(report.findings).toEqual([]);
  expect(report.heapGrowth).toBeLessThan(4e6);
  expect(report.readings).toBeGreaterThan(10_000);
  expect(report.faults).toBeGreaterThan(1000);
});
