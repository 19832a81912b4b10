import { describe, expect, test } from "vitest";
import { alterEcho, damageAnswer } from "../../hardware-sim/devices/answer-faults.ts";
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

describe("two who speak at the same time", () => {
  const answer = Uint8Array.of(7, 3, 4, 0x55, 0xaa, 0x0f, 0xf0, 0x12, 0x34);

  function draws(...values: number[]): (count: number) => number {
    return (count) => (values.shift() ?? 0) % count;
  }

  test("are heard mixed, and the one who began later to its end", () => {
    // Asks unit 18 for one holding register at 0, from the seventh byte of the answer on; zeros are the stronger.
    const [piece, ...others] = damageAnswer(answer, "collision", draws(0, 0, 0, 0, 17, 6));
    expect(others).toEqual([]);
    expect(Buffer.from(piece?.bytes ?? []).toString("hex")).toBe("07030455aa0f10020000000186a9");
  });

  test.each([
    ["with a bit turned over", [0, 1, 0], "07020455aa0ff01234"],
    ["cut short", [1, 3], "07030455"],
    ["mixed", [2, 0, 0, 0, 0, 17, 6], "07030455aa0f10020000000186a9"],
  ])("and one hears itself: it comes back %s", (_how, values, heard) => {
    expect(Buffer.from(alterEcho(answer, draws(...values))).toString("hex")).toBe(heard);
  });
});
