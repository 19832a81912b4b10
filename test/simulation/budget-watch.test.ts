import { describe, expect, test } from "vitest";
import type { MeteringConfig } from "../../src/model/config.ts";
import type { Spent } from "../../src/model/log.ts";
import { millis, seconds } from "../../src/model/time.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { BudgetWatch } from "./budget-watch.ts";

const DAY_MS = 86_400_000;
const CONFIG: MeteringConfig = {
  budget: { dayBytesMax: 1000, monthStarts: 1 },
  schedule: [],
  isSendingAlarmsAtOnce: false,
  startJitter: millis(0),
};

function requestOf(byteCount: number) {
  const url = new URL("http://a.b/");
  const body = new Uint8Array(byteCount - url.href.length);
  return { method: "POST", url, headers: {}, body, timeout: seconds(10) } as const;
}

function spentAt(clock: FakeClock, dayBytes: number): Spent {
  return { dayAt: Math.floor(clock.now() / DAY_MS) * DAY_MS, dayBytes, monthAt: 0, monthBytes: dayBytes };
}

describe("the watch over a budget", () => {
  test("finds the first byte too many of a day, what went before this life included", () => {
    const clock = new FakeClock();
    const watch = new BudgetWatch(CONFIG, clock);
    watch.begin(spentAt(clock, 400), false);
    watch.take(requestOf(600), true);
    expect(watch.violations).toEqual([]);
    watch.take(requestOf(12), false);
    expect(watch.violations).toEqual(["1012 bytes went in a day of 1000"]);
  });

  test("begins anew with the next day, and not because the clock is put back", () => {
    const clock = new FakeClock();
    const watch = new BudgetWatch(CONFIG, clock);
    watch.begin(undefined, false);
    watch.take(requestOf(900), true);
    clock.jumpWall(millis(DAY_MS));
    watch.take(requestOf(900), true);
    expect(watch.violations).toEqual([]);
    clock.jumpWall(millis(-DAY_MS));
    watch.take(requestOf(900), true);
    expect(watch.violations).toHaveLength(1);
  });

  test("finds a life that knows less than was kept, unless it may", () => {
    const clock = new FakeClock();
    for (const mayForget of [false, true]) {
      const watch = new BudgetWatch(CONFIG, clock);
      watch.begin(undefined, false);
      watch.noteSaved(spentAt(clock, 500));
      watch.begin(spentAt(clock, 499), mayForget);
      expect(watch.violations).toHaveLength(mayForget ? 0 : 1);
    }
  });

  test("finds series that go outside of their times, where no alarms may", () => {
    const clock = new FakeClock();
    const hour = 3_600_000;
    const schedule = [{ from: 7 * hour, to: 8 * hour }];
    const watch = new BudgetWatch({ ...CONFIG, schedule }, clock);
    watch.take(requestOf(20), false);
    expect(watch.violations).toEqual([]);
    watch.take(requestOf(20), true);
    expect(watch.violations).toHaveLength(1);
    clock.jumpWall(millis(hour));
    watch.take(requestOf(20), true);
    expect(watch.violations).toHaveLength(1);
  });
});
