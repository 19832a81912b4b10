import { describe, expect, test } from "vitest";
import { millis, seconds } from "../../src/model/time.ts";
import type { LogOptions } from "../../src/store/group-commit-log.ts";
import { openLevelLog } from "../../src/store/level-log.ts";
import { eventOf } from "../conformance/event-suite.ts";
import { appendRows, deliver } from "../conformance/log-suite.ts";
import { FakeClock, settle } from "../support/fake-clock.ts";
import { FakeDisk } from "../support/fake-database.ts";
import { LOG_OPTIONS } from "../support/log-options.ts";

const SD = { syncIntervalDelivered: seconds(30) };

async function open(options: Partial<LogOptions> = {}) {
  const clock = new FakeClock();
  const disk = new FakeDisk();
  const log = await openLevelLog(disk.open(), clock, { ...LOG_OPTIONS, ...options }, () => undefined);
  const series = log.defineSeries({ metric: "voltage", tags: [], kind: "gauge", unit: "V" });
  const cursor = await log.cursor("intake");
  disk.writes.length = 0;
  let settledCount = 0;

  /** A sample each second; an intake that is there takes it at once. */
  async function run(secondCount: number, isDelivering: boolean): Promise<void> {
    for (let second = 0; second < secondCount; second += 1) {
      appendRows(log, [[series, clock.now(), second]]).then(
        () => {
          settledCount += 1;
        },
        () => undefined,
      );
      await clock.advance(seconds(1));
      if (isDelivering) await cursor.commit(deliver(await cursor.read(100)));
    }
  }
  return {
    clock,
    disk,
    log,
    series,
    cursor,
    run,
    settled: () => settledCount,
    syncs: () => disk.writes.filter(({ sync }) => sync).length,
  };
}

describe("durability", () => {
  test("of `always` resolves an append when it is synced, at once", async () => {
    const { disk, log, series, syncs, clock } = await open({ durability: "always" });
    const appended = appendRows(log, [[series, 1, 1]]);
    await clock.advance(millis(0));
    await appended;
    expect([disk.writes.length, syncs()]).toEqual([1, 1]);
    disk.crash();
    expect(log.stats()).toMatchObject({ end: 1, durable: 1, atRisk: 0 });
  });

  test("of `interval` syncs each interval while nobody takes the samples", async () => {
    const { run, syncs, log } = await open(SD);
    await run(31, false);
    const before = syncs();
    await run(20, false);
    expect(syncs() - before).toBe(20);
    expect(log.stats()).toMatchObject({ durable: 51, atRisk: 0 });
  });

  test("of `interval` on a card syncs every thirty seconds while the intakes keep up", async () => {
    const { run, syncs, log, settled } = await open(SD);
    await run(300, true);
    expect(syncs()).toBe(10);
    expect(settled()).toBe(300);
    expect(log.stats()).toMatchObject({ end: 300, atRisk: 0 });
    expect(log.stats().durable).toBeGreaterThanOrEqual(270);
  });

  test("of `interval` on a card is that of the interval again once an intake lags by more than the thirty seconds", async () => {
    const { run, syncs } = await open(SD);
    await run(60, true);
    await run(32, false);
    const before = syncs();
    await run(10, false);
    expect(syncs() - before).toBe(10);
  });

  test("of `os` writes each second and never syncs", async () => {
    const { run, syncs, disk, settled, log } = await open({ durability: "os" });
    await run(60, false);
    expect([syncs(), settled()]).toEqual([0, 60]);
    expect(disk.writes.length).toBeGreaterThanOrEqual(60);
    expect(log.stats()).toMatchObject({ end: 60, durable: 0, atRisk: 60 });
  });

  test("in any mode is synced by a close", async () => {
    for (const durability of ["always", "interval", "os"] as const) {
      const { log, disk, run } = await open({ ...SD, durability });
      await run(3, true);
      await log.close();
      disk.crash();
      const again = await openLevelLog(disk.open(), new FakeClock(), LOG_OPTIONS, () => undefined);
      expect([durability, again.stats().end, again.earlier?.isClean]).toEqual([durability, 3, true]);
    }
  });

  test("of `always` is not claimed by a close that could not sync", async () => {
    const { log, disk, series, clock } = await open({ durability: "always", heldBytesMax: 0 });
    const early = appendRows(log, [[series, 1, 1]]);
    clock.jumpWall(seconds(60));
    const late = appendRows(log, [[series, 2, 2]]);
    const writes: boolean[] = [];
    disk.slowness = async () => {
      writes.push(true);
      if (writes.length === 2) disk.isFull = true;
    };
    const ends = Promise.allSettled([early, late, log.close()]);
    expect((await ends).map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
  });
});

describe("a disk that takes nothing", () => {
  test("delays the answer to an append until it takes what is held", async () => {
    const { run, disk, settled, log } = await open();
    disk.isFull = true;
    await run(10, false);
    expect([settled(), log.stats().end, log.stats().durable, log.stats().atRisk]).toEqual([0, 10, 0, 10]);
    expect(log.stats().failure).toContain("no space left");
    disk.isFull = false;
    await run(2, false);
    expect(settled()).toBeGreaterThanOrEqual(11);
    expect(log.stats()).toMatchObject({ durable: 12, atRisk: 0, failure: undefined });
  });

  test("for good gathers nobody who waits for what the intakes have", async () => {
    const { run, disk, settled, log } = await open();
    disk.isFull = true;
    await run(100, true);
    expect(settled()).toBeGreaterThanOrEqual(98);
    expect(log.stats()).toMatchObject({ end: 100, atRisk: 0, durable: 0 });
  });

  test("keeps who reported an event waiting, though the intakes have every sample", async () => {
    const { run, disk, log } = await open();
    disk.isFull = true;
    let isSettled = false;
    const put = log.events.put(eventOf("stop")).then(() => {
      isSettled = true;
    });
    await run(5, true);
    expect(isSettled).toBe(false);
    disk.isFull = false;
    await run(2, true);
    await put;
  });

  test("is tried again although nothing more is appended", async () => {
    const { clock, disk, log, cursor, run } = await open({ history: seconds(60) });
    await run(1, false);
    disk.faults.push("fails");
    await cursor.commit(deliver(await cursor.read(10)));
    expect(log.stats().failure).toBeDefined();
    await clock.advance(seconds(2));
    expect(log.stats().failure).toBeUndefined();
    expect(clock.pending()).toEqual([]);
  });

  test("and stalls is neither waited for by readers nor by those who close", async () => {
    const { clock, disk, log, cursor, run } = await open();
    disk.slowness = () => new Promise(() => undefined);
    await run(5, false);
    await cursor.commit(deliver(await cursor.read(10)));
    expect(cursor.position).toBeGreaterThanOrEqual(1);
    const closed = log.close();
    closed.catch(() => undefined);
    await expect(clock.until(closed)).rejects.toMatchObject({ code: "STORE_FAILED" });
    await settle();
    expect(clock.pending()).toEqual([]);
  });
});
