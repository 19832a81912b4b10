import { beforeEach, describe, expect, test } from "vitest";
import type { Log } from "../../src/model/log.ts";
import { millis, seconds } from "../../src/model/time.ts";
import { openLevelLog } from "../../src/store/level-log.ts";
import { appendRows } from "../conformance/log-suite.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { FakeDisk } from "../support/fake-database.ts";
import { LOG_OPTIONS } from "../support/log-options.ts";

describe("samples that wait for a clock that is right", () => {
  const setBy = new FakeClock().now();
  let clock: FakeClock;
  let disk: FakeDisk;
  let log: Log;

  async function boot(): Promise<void> {
    log = await openLevelLog(disk.open(), clock, LOG_OPTIONS, () => undefined);
    await log.cursor("intake");
  }

  async function append(): Promise<void> {
    const series = log.defineSeries({ metric: "voltage", tags: [], kind: "gauge", unit: "V" });
    await Promise.all([appendRows(log, [[series, clock.now(), 230]]), log.sync()]);
  }

  /** How old the sample of a sequence is said to be. Units: milliseconds. */
  function ageOf(sequence: number): number | undefined {
    const at = log.momentOf(sequence);
    return at === undefined ? undefined : clock.now() - at;
  }

  function countUnplaced(): number {
    return log.care.survey().reduce((sum, { unplacedCount }) => sum + unplacedCount, 0);
  }

  beforeEach(async () => {
    disk = new FakeDisk();
    clock = new FakeClock();
    clock.setTrusted(false);
    clock.jumpWall(millis(-setBy));
    await boot();
  });

  test("are counted, and their age is told by the clock as it is, also when that was put wrong again", async () => {
    await append();
    await clock.advance(seconds(10));
    expect([ageOf(0), countUnplaced()]).toEqual([10_000, 1]);
    clock.jumpWall(seconds(1e6));
    await append();
    await clock.advance(seconds(10));
    expect([ageOf(0), ageOf(1), countUnplaced()]).toEqual([20_000, 10_000, 2]);
    expect(log.stats().oldestAt).toBe(clock.now() - 20_000);
  });

  test("of an earlier boot are counted and have no age, until the clock is right", async () => {
    await append();
    disk.crash(1);
    clock.reboot();
    await boot();
    await append();
    expect([ageOf(0), ageOf(1), countUnplaced(), log.stats().oldestAt]).toEqual([undefined, 0, 2, undefined]);
    clock.jumpWall(millis(setBy));
    clock.setTrusted(true);
    await append();
    expect(countUnplaced()).toBe(0);
    expect(ageOf(0)).toBeGreaterThanOrEqual(ageOf(1) ?? 0);
    expect(ageOf(0)).toBeLessThan(60_000);
  });
});
