import { beforeEach, describe, expect, test } from "vitest";
import type { Log } from "../../src/model/log.ts";
import { FLAG } from "../../src/model/samples.ts";
import type { Series } from "../../src/model/series.ts";
import { type EpochMillis, epochMillis, millis } from "../../src/model/time.ts";
import { ToldTime } from "../../src/platform/told-time.ts";
import { joinTrust, type TeachableClock } from "../../src/platform/trusted-clock.ts";
import { openLevelLog } from "../../src/store/level-log.ts";
import { appendRows } from "../conformance/log-suite.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { FakeDisk } from "../support/fake-database.ts";
import { LOG_OPTIONS } from "../support/log-options.ts";

const VOLTAGE: Series = { metric: "voltage", tags: [], kind: "gauge", unit: "V" };

describe("a board in 1970 with a receiver and no network", () => {
  /** What its clock would say if it were right. */
  let rightTime: FakeClock;
  let system: FakeClock;
  let clock: TeachableClock;
  let disk: FakeDisk;
  let log: Log;
  /** When each sample was really read, by its value. */
  let readAt: EpochMillis[];

  function teach(): TeachableClock {
    return joinTrust(
      system,
      () => ({
        isTrusted: system.isTrusted(),
        basis: system.isTrusted() ? "a time server has set it" : "it says 1970",
      }),
      new ToldTime(),
    );
  }

  async function boot(): Promise<void> {
    log = await openLevelLog(disk.open(), clock, LOG_OPTIONS, () => undefined);
    await log.cursor("intake");
  }

  async function pass(by: number): Promise<void> {
    await system.advance(millis(by));
    await rightTime.advance(millis(by));
  }

  async function sample(): Promise<void> {
    const series = log.defineSeries(VOLTAGE);
    const flags = clock.isTrusted() ? 0 : FLAG.clockUntrusted;
    readAt.push(rightTime.now());
    await Promise.all([appendRows(log, [[series, clock.now(), readAt.length - 1, flags]]), log.sync()]);
  }

  /** The receiver tells the time for some seconds, right or off by so much, a tenth of a second late. */
  async function hear(count: number, off = 0): Promise<void> {
    for (let turn = 0; turn < count; turn += 1) {
      await pass(1000);
      clock.offerTime({
        at: epochMillis(rightTime.now() - 100 + off),
        monotonic: clock.monotonic(),
        source: "truck",
      });
    }
  }

  /** By how much the moments of all samples are off, and whether they go as ones that nobody trusts. */
  async function read(): Promise<readonly (readonly [off: number, isUntrusted: boolean])[]> {
    const series = log.defineSeries(VOLTAGE);
    const batch = await log.range(series, 0, Number.MAX_SAFE_INTEGER);
    return Array.from({ length: batch.count }, (_, row) => [
      (batch.at[row] ?? 0) - (readAt[batch.value[row] ?? -1] ?? 0),
      ((batch.flags[row] ?? 0) & FLAG.clockUntrusted) !== 0,
    ]);
  }

  beforeEach(async () => {
    disk = new FakeDisk();
    system = new FakeClock();
    rightTime = new FakeClock();
    system.setTrusted(false);
    system.jumpWall(millis(-system.now() + 60_000));
    readAt = [];
    clock = teach();
    await boot();
  });

  test("places what it sampled before it knew the time, to a tenth of a second, and trusts it", async () => {
    await sample();
    await pass(5000);
    await sample();
    expect(clock.isTrusted()).toBe(false);
    await hear(31);
    expect(clock.trustBasis()).toBe("truck hears it from satellites, as the system's own is not: it says 1970");
    expect(clock.now() - rightTime.now()).toBe(-100);
    await sample();
    await pass(3_600_000);
    await sample();
    expect(await read()).toEqual([
      [-100, false],
      [-100, false],
      [-100, false],
      [-100, false],
    ]);
  });

  test("brings what it sampled along when the receiver hears of the leap seconds only later", async () => {
    await sample();
    await hear(40, 18_000);
    await sample();
    expect((await read()).map(([off]) => off)).toEqual([17_900, 17_900]);
    await hear(62);
    await sample();
    expect(await read()).toEqual([
      [-100, false],
      [-100, false],
      [-100, false],
    ]);
  });

  test("goes on with the system's own clock as soon as a time server has set that one", async () => {
    await sample();
    await hear(40);
    await sample();
    system.jumpWall(millis(rightTime.now() - system.now()));
    system.setTrusted(true);
    expect(clock.trustBasis()).toBe("a time server has set it");
    expect(clock.now()).toBe(rightTime.now());
    await pass(1000);
    await hear(100, 3_600_000);
    await sample();
    const offs = (await read()).map(([off]) => off);
    expect(offs).toEqual([-100, -100, 0]);
    expect(clock.now()).toBe(rightTime.now());
  });

  test("waits as before where the receiver tells a day that cannot be, and says so", async () => {
    await sample();
    await hear(100, -1024 * 7 * 86_400_000);
    expect(clock.isTrusted()).toBe(false);
    expect(clock.trustBasis()).toMatch(/^it says 1970; truck tells a time that cannot be: it says 2007-/u);
    expect(log.care.survey().reduce((sum, { unplacedCount }) => sum + unplacedCount, 0)).toBe(1);
  });
});
