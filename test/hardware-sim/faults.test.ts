import { expect, test } from "vitest";
import { FaultPlan } from "../../hardware-sim/devices/faults.ts";

test("a fault is met as often as planned, by its own unit only", () => {
  const plan = new FaultPlan();
  plan.set(2, { kind: "silent" }, 2);
  expect(plan.take(1)).toBeUndefined();
  expect([plan.take(2), plan.take(2), plan.take(2)]).toEqual([{ kind: "silent" }, { kind: "silent" }, undefined]);
});

test("without a number a fault stands until it is cleared", () => {
  const plan = new FaultPlan();
  plan.set(1, { kind: "close" });
  for (let index = 0; index < 100; index += 1) expect(plan.take(1)).toEqual({ kind: "close" });
  plan.clear(1);
  expect(plan.take(1)).toBeUndefined();
});
