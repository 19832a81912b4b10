import { expect, test } from "vitest";
import { millis } from "../../src/model/time.ts";
import { systemClock } from "../../src/platform/system-clock.ts";

test.each([0.3, 1.75, 3.65])("a delay of %d ms is never over too early", async (delay) => {
  for (let round = 0; round < 20; round += 1) {
    const from = systemClock.monotonic();
    await new Promise<void>((resolve) => systemClock.after("a silence", millis(delay), resolve));
    expect(systemClock.monotonic() - from).toBeGreaterThanOrEqual(delay);
  }
});

test.each([0.3, 1.75, 3.65])("a delay of %d ms that was cancelled never ends", async (delay) => {
  let calls = 0;
  const timers = Array.from({ length: 5 }, () =>
    systemClock.after("a silence", millis(delay), () => {
      calls += 1;
    }),
  );
  for (const timer of timers) timer.cancel();
  await new Promise<void>((resolve) => systemClock.after("the same silence", millis(delay), resolve));
  expect(calls).toBe(0);
});
