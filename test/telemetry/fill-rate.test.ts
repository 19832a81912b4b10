import { describe, expect, test } from "vitest";
import type { LogStats } from "../../src/model/log.ts";
import type { LevelSurvey, LogCare } from "../../src/model/log-care.ts";
import { seconds } from "../../src/model/time.ts";
import { FillRate } from "../../src/telemetry/fill-rate.ts";
import { FakeClock } from "../support/fake-clock.ts";

/** A log of which the test says what it holds. */
function createRate() {
  const clock = new FakeClock();
  const listeners = new Set<() => void>();
  const stats = { head: 0, end: 0, bytes: 0, written: { writes: 0, syncs: 0, bytes: 0 } };
  const levels: LevelSurvey[] = [];
  const disk = { bytes: 0 };
  const rate = new FillRate(
    {
      stats: () => stats as unknown as LogStats,
      care: { survey: () => levels } as unknown as LogCare,
      onWritten: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    clock,
    () => disk.bytes,
  );
  const level = (of: number, sampleCount: number, bytes: number): LevelSurvey => ({
    level: of,
    blockCount: 1,
    sampleCount,
    unplacedCount: 0,
    bytes,
    fromAt: 0,
    toAt: 0,
  });
  /** Writes samples of 10 bytes, each time with a sync; what was written before has left the log. */
  const write = (count: number): void => {
    const { writes, syncs, bytes } = stats.written;
    Object.assign(stats, { head: stats.end, end: stats.end + count, bytes: 10 * count });
    stats.written = { writes: writes + 1, syncs: syncs + 1, bytes: bytes + 10 * count };
    disk.bytes += 4096;
    if (levels.every((each) => each.level === 0)) levels.splice(0, 1, level(0, count, 10 * count));
    for (const listener of listeners) listener();
  };
  const writeEach = async (period: number, count: number, total: number): Promise<void> => {
    for (let at = 0; at < total; at += period) {
      write(count);
      await clock.advance(seconds(period));
    }
  };
  return { clock, rate, listeners, stats, levels, level, write, writeEach };
}

describe("the rate at which the log is written", () => {
  test("is not known before anything was measured for half a minute", async () => {
    const { clock, rate, writeEach } = createRate();
    expect(rate.samplesPerSecond()).toBeUndefined();
    await clock.advance(seconds(300));
    expect(rate.samplesPerSecond()).toBeUndefined();
    await writeEach(1, 5, 29);
    expect(rate.samplesPerSecond()).toBeUndefined();
    await writeEach(1, 5, 1);
    expect(rate.samplesPerSecond()).toBeGreaterThan(0);
  });

  test("is that of what was written, whatever was delivered meanwhile", async () => {
    const { rate, stats, writeEach } = createRate();
    await writeEach(1, 5, 300);
    Object.assign(stats, { head: stats.end, bytes: 0 });
    expect(rate.samplesPerSecond()).toBeCloseTo(5, 0);
  });

  test("follows a change within ten minutes", async () => {
    const { rate, writeEach } = createRate();
    await writeEach(1, 5, 900);
    await writeEach(1, 20, 620);
    expect(rate.samplesPerSecond()).toBeCloseTo(20, 0);
  });

  test("sinks while nothing is written", async () => {
    const { clock, rate, writeEach } = createRate();
    await writeEach(1, 5, 600);
    await clock.advance(seconds(600));
    expect(rate.samplesPerSecond()).toBeLessThan(3);
    await clock.advance(seconds(86_400));
    expect(rate.samplesPerSecond()).toBeCloseTo(0, 0);
  });

  test("comes with the size of a sample as it came, and once there are sealed blocks with theirs", async () => {
    const { rate, stats, levels, level, write, writeEach } = createRate();
    expect(rate.sampleSize()).toBeUndefined();
    await writeEach(1, 5, 20);
    expect(rate.sampleSize()).toEqual({ bytes: 10, isSealed: false });
    levels.push(level(1, 1000, 900), level(2, 500, 600));
    await writeEach(1, 5, 20);
    expect(rate.sampleSize()).toEqual({ bytes: 1, isSealed: true });
    levels.splice(0);
    Object.assign(stats, { head: stats.end });
    await writeEach(1, 5, 20);
    write(1);
    expect(rate.sampleSize()).toEqual({ bytes: 1, isSealed: true });
  });

  test("tells what a day of it costs the disk", async () => {
    const { rate, writeEach } = createRate();
    expect(rate.wearPerDay()).toBeUndefined();
    await writeEach(10, 5, 600);
    const daily = rate.wearPerDay();
    expect(daily?.syncs).toBeGreaterThan(8_000);
    expect(daily?.syncs).toBeLessThanOrEqual(8_640);
    expect(daily).toMatchObject({ writes: daily?.syncs, bytes: 50 * (daily?.syncs ?? 0) });
    expect((daily?.diskBytes ?? 0) / (daily?.syncs ?? 1)).toBeCloseTo(4096, -1);
  });

  test("is no longer measured once it is disposed", () => {
    const { rate, listeners } = createRate();
    rate[Symbol.dispose]();
    expect(listeners.size).toBe(0);
  });
});
