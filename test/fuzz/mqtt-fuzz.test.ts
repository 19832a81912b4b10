import { expect, test } from "vitest";
import { fuzzMqtt } from "./mqtt-fuzz.ts";

test("10,000 messages, half of them spoilt, give only what can be, and no fault that cannot be read", async () => {
  const report = await fuzzMqtt(20_261_122, 10_000);
  expect(report.findings).toEqual([]);
  expect(report.readings).toBeGreaterThan(3000);
  expect(report.absent).toBeGreaterThan(100);
  expect(report.connections).toBeGreaterThan(5);
});
