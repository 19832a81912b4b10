import { describe, expect, test } from "vitest";
import type { Log } from "../../src/model/log.ts";
import { SERVICE_STATUS, type ServiceCheck } from "../../src/model/note.ts";
import { SampleBuilder } from "../../src/model/samples.ts";
import { epochMillis, millis, seconds } from "../../src/model/time.ts";
import { BLOCK_ROWS_MAX } from "../../src/store/block.ts";
import type { LogOptions } from "../../src/store/group-commit-log.ts";
import { SPACE } from "../../src/store/keys.ts";
import { openLevelLog } from "../../src/store/level-log.ts";
import { appendRows, deliver } from "../conformance/log-suite.ts";
import { FakeClock, settle } from "../support/fake-clock.ts";
import { FakeDisk } from "../support/fake-database.ts";
import { countMissing, LOG_OPTIONS } from "../support/log-options.ts";
import { rowsOf } from "../support/samples.ts";

/** Holds nothing in memory that the disk refuses unless `options` say so. */
async function openOnFakeDisk(options: Partial<LogOptions> = {}) {
  const clock = new FakeClock();
  const disk = new FakeDisk();
  const notices: string[] = [];
  const notice = (what: string): void => {
    notices.push(what);
  };
  const open = (): Promise<Log> =>
    openLevelLog(disk.open(), clock, { ...LOG_OPTIONS, heldBytesMax: 0, ...options }, notice);
  const log = await open();
  const series = log.defineSeries({ metric: "voltage", tags: [], kind: "gauge", unit: "V" });
  disk.writes.length = 0;
  return { clock, disk, log, series, open, notices };
}

describe("group commit", () => {
  test("tells once that the disk takes nothing, and once that it does again", async () => {
    const { clock, disk, log, series, notices } = await openOnFakeDisk();
    disk.faults.push("fails", "fails", "fails");
    const appended = appendRows(log, [[series, 1, 1]]);
    await clock.until(appended);
    expect(notices).toEqual([
      "The log cannot be written, samples are kept in memory: no space left on the fake disk; and the memory for what waits for the disk is used up",
      "The log is written again; nothing that waited for it was lost.",
    ]);
  });

  test("counts a sample once while a slow disk still deletes what was passed", async () => {
    const { clock, disk, log, series } = await openOnFakeDisk({ history: seconds(5) });
    const cursor = await log.cursor("one");
    const first = appendRows(log, [[series, 1, 1]]);
    await clock.until(first);
    await cursor.commit(deliver(await cursor.read(10)));
    await clock.advance(seconds(10));
    disk.slowness = () => new Promise((resolve) => clock.after("slow write", seconds(1), resolve));
    const second = appendRows(log, [[series, 2, 2]]);
    for (let step = 0; step < 8; step += 1) {
      await clock.advance(millis(500));
      const { end, gathering, tally } = log.stats();
      expect([end + gathering, tally.sampled]).toEqual([2, 2]);
    }
    await second;
    expect(log.stats().head).toBe(1);
  });

  test("leaves a few rows as they are where they would take more room sealed", async () => {
    const takeUp = async (sealing: LogOptions["sealing"]): Promise<number> => {
      const { clock, log, series } = await openOnFakeDisk(sealing === undefined ? {} : { sealing });
      for (let at = 1; at <= 3; at += 1) await clock.until(appendRows(log, [[series, at, at]]));
      await clock.advance(seconds(1));
      return log.stats().bytes;
    };
    expect(await takeUp({ rowsMax: 100, blocksMax: 2 })).toBeLessThanOrEqual(await takeUp(undefined));
  });

  test("everything of one interval is one synced write with its series, counts and service checks", async () => {
    const { clock, disk, log, series } = await openOnFakeDisk();
    const check: ServiceCheck = {
      name: "tidegate.can_connect",
      status: SERVICE_STATUS.ok,
      tags: [],
      message: "",
      at: epochMillis(1),
    };
    const all = [1, 2, 3].map((at) => appendRows(log, [[series, at, at]]));
    all.push(log.putServiceCheck(check));
    await clock.advance(seconds(1));
    await Promise.all(all);
    expect(disk.writes.map(({ sync }) => sync)).toEqual([true]);
    const spaces = disk.writes[0]?.operations.map(({ key }) => key[0]);
    expect(new Set(spaces)).toEqual(
      new Set([SPACE.life, SPACE.definition, SPACE.note, SPACE.block, SPACE.epoch, SPACE.index, SPACE.state]),
    );
    expect(disk.keys(SPACE.block)).toHaveLength(1);
  });

  test("nothing is written while there is nothing to write", async () => {
    const { clock, disk, log } = await openOnFakeDisk();
    await log.append(new SampleBuilder(), { sampled: 0, dropped: {} });
    await clock.advance(seconds(60));
    expect(disk.writes).toHaveLength(0);
    expect(clock.pending()).toEqual([]);
  });

  test("what fills a block is written at once, and its sync still comes in its time", async () => {
    const { clock, disk, log, series } = await openOnFakeDisk();
    const rows = Array.from({ length: BLOCK_ROWS_MAX }, (_, row) => [series, row, row] as const);
    const almost = appendRows(log, rows.slice(1));
    await clock.advance(millis(0));
    expect(disk.writes).toHaveLength(0);
    const last = appendRows(log, rows.slice(0, 1));
    await clock.advance(millis(0));
    await Promise.all([almost, last]);
    expect(disk.writes.map(({ sync }) => sync)).toEqual([false]);
    await clock.advance(seconds(1));
    expect(disk.writes.map(({ sync }) => sync)).toEqual([false, true]);
  });

  test("sealing lets others have their turn after each column", async () => {
    const { clock, disk, log } = await openOnFakeDisk();
    const ids = Array.from({ length: 40 }, (_, index) =>
      log.defineSeries({ metric: `m${index}`, tags: [], kind: "gauge", unit: "V" }),
    );
    const rows = Array.from({ length: BLOCK_ROWS_MAX }, (_, row) => [ids[row % 40] ?? 0, row, row] as const);
    for (let block = 0; block < 5; block += 1) await clock.until(appendRows(log, rows));
    await settle();
    expect(disk.keys(SPACE.block)).toHaveLength(2);
    expect(clock.turnCount).toBeGreaterThanOrEqual(40);
  });

  test("a series and an epoch are written once", async () => {
    const { disk, log, series } = await openOnFakeDisk();
    for (const at of [1, 2]) await Promise.all([appendRows(log, [[series, at, at]]), log.sync()]);
    const spaces = disk.writes[1]?.operations.map(({ key }) => key[0]);
    expect(spaces).toEqual([SPACE.life, SPACE.block, SPACE.index, SPACE.state]);
  });

  test("what comes while a commit runs is gathered for the next one", async () => {
    const { clock, disk, log, series } = await openOnFakeDisk();
    const first = appendRows(log, [[series, 1, 1]]);
    const syncing = log.sync();
    await Promise.resolve();
    await Promise.resolve();
    const second = appendRows(log, [[series, 2, 2]]);
    await Promise.all([first, syncing]);
    await settle();
    expect(log.stats()).toMatchObject({ durable: 1, atRisk: 1 });
    expect(clock.pending()).toEqual(["log sync"]);
    await clock.until(second);
    expect(disk.writes).toHaveLength(2);
  });

  test("writes of appends, cursors and steps never meet, whoever asks for them", async () => {
    const { disk, log, series } = await openOnFakeDisk();
    await Promise.all([appendRows(log, [[series, 1, 1]]), log.sync(), log.cursor("one"), log.cursor("two")]);
    const [one, two] = await Promise.all([log.cursor("one"), log.cursor("two")]);
    const [first, second] = await Promise.all([one.read(1), two.read(1)]);
    await Promise.all([
      one.commit(deliver(first)),
      appendRows(log, [[series, 2, 2]]),
      log.sync(),
      two.commit(deliver(second)),
    ]);
    expect(disk.writes.filter(({ sync }) => sync)).toHaveLength(4);
    expect(log.stats()).toMatchObject({ head: 1, durable: 2 });
  });

  test("a failed write loses nothing, says so, and is made good at the next tick", async () => {
    const { clock, disk, log, series } = await openOnFakeDisk();
    disk.faults.push("fails", "fails");
    const appended = appendRows(log, [[series, 1, 1.5]]);
    await clock.advance(seconds(1));
    expect(log.stats()).toMatchObject({ durable: 0, atRisk: 1, failure: expect.stringContaining("no space left") });
    const later = appendRows(log, [[series, 2, 2.5]]);
    await clock.advance(seconds(1));
    expect(log.stats()).toMatchObject({ durable: 0, atRisk: 2, tally: { sampled: 2 } });
    await clock.advance(seconds(1));
    await Promise.all([appended, later]);
    expect(log.stats()).toMatchObject({ durable: 2, atRisk: 0, failure: undefined });
    const slice = await (await log.cursor("intake")).read(10);
    expect(rowsOf(slice.batch).map(([, at, value]) => [at, value])).toEqual([
      [1, 1.5],
      [2, 2.5],
    ]);
  });

  test("a write that got through and said it did not is not counted twice", async () => {
    const { clock, disk, log, series, open } = await openOnFakeDisk();
    disk.faults.push("succeeds-but-says-not");
    const appended = appendRows(log, [[series, 1, 1.5]]);
    await clock.advance(seconds(1));
    expect(log.stats()).toMatchObject({ durable: 0, atRisk: 1 });
    await clock.advance(seconds(1));
    await appended;
    expect(log.stats()).toMatchObject({ durable: 1, atRisk: 0, tally: { sampled: 1 } });
    await log.close();
    const again = await open();
    expect(again.stats()).toMatchObject({ durable: 1, tally: { sampled: 1 } });
  });

  test("an hour in which the disk was full is caught up with in one write, not in one for each interval", async () => {
    const { clock, disk, log, series } = await openOnFakeDisk();
    disk.faults.push(...Array.from({ length: 3600 }, () => "fails" as const));
    const appended: Promise<void>[] = [];
    for (let second = 0; second < 3600; second += 1) {
      appended.push(appendRows(log, [[series, second, second]]));
      await clock.advance(seconds(1));
    }
    expect(log.stats()).toMatchObject({ durable: 0, atRisk: 3600 });
    expect(disk.writes).toHaveLength(0);
    await clock.advance(seconds(1));
    await Promise.all(appended);
    expect(log.stats()).toMatchObject({ durable: 3600, atRisk: 0, tally: { sampled: 3600 } });
    expect(disk.writes).toHaveLength(1);
  });

  test("what joins a write that got through unheard is neither lost nor counted twice, killed or not", async () => {
    const { clock, disk, log, series, open } = await openOnFakeDisk();
    disk.faults.push("succeeds-but-says-not", "succeeds-but-says-not");
    const appended = [appendRows(log, [[series, 1, 1.5]])];
    await clock.advance(seconds(1));
    appended.push(appendRows(log, [[series, 2, 2.5]]));
    await clock.advance(seconds(1));
    expect(log.stats()).toMatchObject({ durable: 0, atRisk: 2 });
    appended.push(appendRows(log, [[series, 3, 3.5]]));
    await clock.advance(seconds(1));
    await Promise.all(appended);
    disk.crash();
    const again = await open();
    expect(again.stats()).toMatchObject({ durable: 3, tally: { sampled: 3 } });
    const slice = await (await again.cursor("intake")).read(10);
    expect(rowsOf(slice.batch).map(([, at]) => at)).toEqual([1, 2, 3]);
  });

  test("what went for the size limit in a write that got through unheard is counted as that, and nothing looks for it", async () => {
    const { disk, log, series } = await openOnFakeDisk({ maxBytes: 100 });
    const cursor = await log.cursor("intake");
    const append = async (first: number): Promise<void> => {
      const rows = Array.from({ length: 10 }, (_, row) => [series, first + row, 1.5] as const);
      await Promise.all([appendRows(log, rows), log.sync().catch(() => undefined)]);
    };
    await append(0);
    disk.slowness = async () => {
      // The cursor's loss comes first; the write after it, which deletes, is the one that speaks wrongly.
      if (cursor.position === 10 && disk.keys(SPACE.block).length === 1) disk.faults.push("succeeds-but-says-not");
    };
    const appended = append(10);
    await settle();
    disk.slowness = undefined;
    expect(log.stats()).toMatchObject({ head: 0, durable: 10, atRisk: 10 });
    expect(disk.keys(SPACE.block)).toEqual([]);
    const slice = await cursor.read(100);
    expect([slice.from, countMissing(slice), cursor.counts.logFull]).toEqual([10, 0, 10]);
    await log.sync();
    await appended;
    expect(log.stats()).toMatchObject({ head: 10, durable: 20, tally: { sampled: 20 } });
  });

  test("sync tells its caller of a failed write", async () => {
    const { clock, disk, log, series } = await openOnFakeDisk();
    disk.faults.push("fails");
    const appended = appendRows(log, [[series, 1, 1]]);
    await expect(log.sync()).rejects.toMatchObject({ code: "STORE_FAILED" });
    await clock.until(appended);
  });

  test("an append that does not fit while the disk takes nothing is refused and not counted", async () => {
    const { clock, disk, log, series } = await openOnFakeDisk({ pendingMax: 2 });
    disk.faults.push("fails");
    const appended = appendRows(log, [[series, 1, 1]]);
    await clock.advance(seconds(1));
    const tooMany = appendRows(log, [
      [series, 2, 2],
      [series, 3, 3],
    ]);
    await expect(tooMany).rejects.toMatchObject({
      code: "STORE_FAILED",
      message: expect.stringContaining("no space left"),
    });
    expect(log.stats()).toMatchObject({ atRisk: 1, tally: { sampled: 1 } });
    const refused = log.append(new SampleBuilder(), { sampled: 2, dropped: { backpressure: 2 } });
    await clock.until(Promise.all([appended, refused]));
    expect(log.stats()).toMatchObject({ durable: 1, tally: { sampled: 3, dropped: { backpressure: 2 } } });
  });

  test("a close whose last write fails tells everyone who waits, and closes", async () => {
    const { clock, disk, log, series } = await openOnFakeDisk();
    disk.faults.push("fails");
    const appended = appendRows(log, [[series, 1, 1]]);
    const closed = log.close();
    await expect(appended).rejects.toMatchObject({ code: "STORE_FAILED" });
    await expect(closed).rejects.toMatchObject({ code: "STORE_FAILED" });
    expect(clock.pending()).toEqual([]);
  });

  test("a step that could not be written changes nothing and can be made again", async () => {
    const { disk, log, series } = await openOnFakeDisk();
    await Promise.all([appendRows(log, [[series, 1, 1]]), log.sync()]);
    const cursor = await log.cursor("intake");
    const step = deliver(await cursor.read(10));
    disk.faults.push("fails");
    await expect(cursor.commit(step)).rejects.toMatchObject({ code: "STORE_FAILED" });
    expect([cursor.position, cursor.counts.delivered, log.stats().head]).toEqual([0, 0, 0]);
    expect(log.stats().failure).toContain("no space left on the fake disk");
    await cursor.commit(step);
    expect([cursor.position, cursor.counts.delivered, log.stats().head]).toEqual([1, 1, 1]);
    expect(log.stats().failure).toBeUndefined();
  });

  test("a crash loses what was not yet durable, and no more", async () => {
    const { clock, disk, log, series, open } = await openOnFakeDisk();
    await Promise.all([appendRows(log, [[series, 1, 1]]), log.sync()]);
    appendRows(log, [[series, 2, 2]]).catch(() => {});
    await clock.advance(millis(500));
    disk.crash();
    const again = await open();
    expect(again.stats()).toMatchObject({ durable: 1, atRisk: 0, tally: { sampled: 1 } });
  });
});
