import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type MonotonicMillis, millis, seconds } from "../../src/model/time.ts";
import { firstDue, nextDue } from "../../src/sampling/schedule.ts";
import { FakeClock } from "../support/fake-clock.ts";

function wallAt(clock: FakeClock, due: MonotonicMillis): number {
  return clock.now() + (due - clock.monotonic());
}

describe("the schedule", () => {
  test("polls first at the next middle of a second", async () => {
    const clock = new FakeClock();
    await clock.advance(millis(730));
    const due = firstDue(clock, seconds(15));
    expect(wallAt(clock, due) % 1000).toBe(500);
    expect(due - clock.monotonic()).toBe(770);
  });

  test("polls at once where the interval is not whole seconds", () => {
    const clock = new FakeClock();
    expect(firstDue(clock, millis(250))).toBe(clock.monotonic());
  });

  test("leaves out the moments an overrun has missed and counts them", async () => {
    const clock = new FakeClock();
    const first = firstDue(clock, seconds(1));
    await clock.advance(millis(first - clock.monotonic() + 3200));
    const next = nextDue(clock, seconds(1), first);
    expect(next.missed).toBe(3);
    expect(next.at - first).toBe(4000);
  });

  test("follows a wall clock that is being slewed within one interval", async () => {
    const clock = new FakeClock();
    const first = firstDue(clock, seconds(1));
    await clock.advance(millis(first - clock.monotonic()));
    clock.jumpWall(millis(180));
    const next = nextDue(clock, seconds(1), first);
    expect(wallAt(clock, next.at) % 1000).toBe(500);
  });

  test("never puts two polls of a 1 Hz instance into one wall second, whatever the jitter below half a second", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 480 }), { minLength: 5, maxLength: 30 }), async (delays) => {
        const clock = new FakeClock();
        const polled = new Set<number>();
        let due = firstDue(clock, seconds(1));
        for (const delay of delays) {
          await clock.advance(millis(due - clock.monotonic() + delay));
          polled.add(Math.floor(clock.now() / 1000));
          due = nextDue(clock, seconds(1), due).at;
        }
        expect(polled.size).toBe(delays.length);
      }),
      { numRuns: 25 },
    );
  });
});
