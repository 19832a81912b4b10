import { describe, expect, test } from "vitest";
import type { LogStats } from "../../src/model/log.ts";
import { seconds } from "../../src/model/time.ts";
import { FillRate } from "../../src/telemetry/fill-rate.ts";
import { FakeClock } from "../support/fake-clock.ts";

/** A log of which the test says what it holds. */
function createRate() {
  const clock = new FakeClock();
  const listeners = new Set<() => void>();
  const stats = { head: 0, end: 0, bytes: 0 };
  const rate = new FillRate(
    {
      stats: () => stats as unknown as LogStats,
      onWritten: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    clock,
  );
  /** Writes samples of 10 bytes; what was written before has left the log, as when an intake takes everything. */
  const write = (count: number): void => {
    Object.assign(stats, { head: stats.end, end: stats.end + count, bytes: 10 * count });
    for (const listener of listeners) listener();
  };
  const writeEach = async (period: number, count: number, total: number): Promise<void> => {
    for (let at = 0; at < total; at += period) {
      write(count);
      await clock.advance(seconds(period));
    }
  };
  return { clock, rate, listeners, stats, write, writeEach };
}

describe("the rate at which the log is written", () => {
  test("is not known before anything was measured for half a minute", async () => {
    const { clock, rate, writeEach } = createRate();
    expect(rate.bytesPerSecond()).toBeUndefined();
    await clock.advance(seconds(300));
    expect(rate.bytesPerSecond()).toBeUndefined();
    await writeEach(1, 5, 29);
    expect(rate.bytesPerSecond()).toBeUndefined();
    await writeEach(1, 5, 1);
    expect(rate.bytesPerSecond()).toBeGreaterThan(0);
  });

  test("is samples per second times what one takes on disk, whatever was delivered meanwhile", async () => {
    const { rate, stats, writeEach } = createRate();
    await writeEach(1, 5, 300);
    Object.assign(stats, { head: stats.end, bytes: 0 });
    expect(rate.bytesPerSecond()).toBeCloseTo(50, 0);
  });

  test("follows a change within ten minutes", async () => {
    const { rate, writeEach } = createRate();
    await writeEach(1, 5, 900);
    await writeEach(1, 20, 620);
    expect(rate.bytesPerSecond()).toBeCloseTo(200, 0);
  });

  test("sinks while nothing is written", async () => {
    const { clock, rate, writeEach } = createRate();
    await writeEach(1, 5, 600);
    await clock.advance(seconds(600));
    expect(rate.bytesPerSecond()).toBeLessThan(30);
    await clock.advance(seconds(86_400));
    expect(rate.bytesPerSecond()).toBeCloseTo(0, 0);
  });

  test("is no longer measured once it is disposed", () => {
    const { rate, listeners } = createRate();
    rate[Symbol.dispose]();
    expect(listeners.size).toBe(0);
  });
});
