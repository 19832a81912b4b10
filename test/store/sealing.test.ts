import { describe, expect, test } from "vitest";
import { seconds } from "../../src/model/time.ts";
import { BlockIndex, LEVEL_SEALED, LEVEL_SMALL } from "../../src/store/block-index.ts";
import { indexKey, SPACE } from "../../src/store/keys.ts";
import { openLevelLog } from "../../src/store/level-log.ts";
import { findSealable } from "../../src/store/sealing.ts";
import { appendRows, deliver } from "../conformance/log-suite.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { FakeDisk } from "../support/fake-database.ts";
import { LOG_OPTIONS } from "../support/log-options.ts";
import { rowsOf } from "../support/samples.ts";

/** Blocks of the given epochs, in turn. */
function indexOf(rowsEach: number, epochs: readonly number[], level = LEVEL_SMALL): BlockIndex {
  const index = new BlockIndex();
  for (const [place, epoch] of epochs.entries()) {
    const entry = { first: place * rowsEach, span: rowsEach, count: rowsEach, bytes: 100, epoch, level };
    index.push({ ...entry, minAt: place, maxAt: place });
  }
  return index;
}

describe("what is worth sealing", () => {
  test("is nothing while few small blocks gather", () => {
    expect(findSealable(new BlockIndex())).toBeUndefined();
    expect(findSealable(indexOf(10, new Array(3_599).fill(1)))).toBeUndefined();
  });

  test("is as many blocks as a sealed one has rows for, once the next would be too much", () => {
    expect(findSealable(indexOf(1_000, new Array(65).fill(1)))).toBeUndefined();
    expect(findSealable(indexOf(1_000, new Array(66).fill(1)))).toEqual({ position: 0, blockCount: 65 });
  });

  test("is an hour of blocks, however few their rows", () => {
    expect(findSealable(indexOf(1, new Array(3_600).fill(1)))).toEqual({ position: 0, blockCount: 3_600 });
  });

  test("is what is left of an epoch that is over, be it one block", () => {
    expect(findSealable(indexOf(1, [1, 1, 2]))).toEqual({ position: 0, blockCount: 2 });
    expect(findSealable(indexOf(1, [1, 2, 2]))).toEqual({ position: 0, blockCount: 1 });
  });

  test("is nothing of what is sealed already", () => {
    expect(findSealable(indexOf(1, [1, 1, 2], LEVEL_SEALED))).toBeUndefined();
  });
});

async function openOnFakeDisk(disk = new FakeDisk(), clock = new FakeClock()) {
  const log = await openLevelLog(disk.open(), clock, LOG_OPTIONS, () => undefined);
  const series = log.defineSeries({ metric: "voltage", tags: [], kind: "gauge", unit: "V" });
  const cursor = await log.cursor("intake");

  async function append(at: number): Promise<void> {
    await Promise.all([appendRows(log, [[series, at, at / 10]]), log.sync()]);
  }
  return { clock, disk, log, series, cursor, append };
}

/** Four blocks of an epoch, which ends with the fifth. */
async function fill({ clock, append }: Awaited<ReturnType<typeof openOnFakeDisk>>): Promise<void> {
  for (const at of [1, 2, 3, 4]) await append(at);
  clock.jumpWall(seconds(3_600));
  await append(5);
  await clock.advance(seconds(0));
}

/** A clock on which work that takes long gets no further until it is let go on. */
class HaltingClock extends FakeClock {
  readonly goOn = Promise.withResolvers<void>();

  override turn(): Promise<void> {
    void super.turn();
    return this.goOn.promise;
  }
}

describe("sealing", () => {
  test("keeps nobody waiting while it encodes", async () => {
    const clock = new HaltingClock();
    const opened = await openOnFakeDisk(new FakeDisk(), clock);
    const { log, cursor, append } = opened;
    await fill(opened);
    expect([clock.turnCount, log.stats().blockCount]).toEqual([1, 5]);
    await append(6);
    await cursor.commit(deliver(await cursor.read(1)));
    expect([log.stats().end, cursor.position]).toEqual([6, 1]);
    clock.goOn.resolve();
    await clock.advance(seconds(0));
    expect((await cursor.read(10)).batch.count).toBe(5);
  });

  test("of blocks that go meanwhile puts nothing in their place", async () => {
    const clock = new HaltingClock();
    const opened = await openOnFakeDisk(new FakeDisk(), clock);
    const { disk, log, cursor } = opened;
    await fill(opened);
    await cursor.commit(deliver(await cursor.read(2)));
    expect(log.stats().blockCount).toBe(3);
    clock.goOn.resolve();
    await clock.advance(seconds(0));
    const slice = await cursor.read(10);
    expect(rowsOf(slice.batch).map(([, at]) => at)).toEqual([3, 4, 5]);
    expect(log.stats()).toMatchObject({ head: 2, blockCount: 2 });
    expect(disk.keys(SPACE.block)).toHaveLength(2);
  });

  test("leaves one block of an epoch that is over, with every row, and readers see no difference", async () => {
    const opened = await openOnFakeDisk();
    const { disk, log, series, cursor } = opened;
    await fill(opened);
    expect(log.stats().blockCount).toBe(2);
    expect([disk.keys(SPACE.block).length, disk.keys(SPACE.index).length]).toEqual([2, 2]);
    const slice = await cursor.read(10);
    expect(rowsOf(slice.batch).map(([, at]) => at)).toEqual([1, 2, 3, 4, 5]);
    expect(rowsOf(await log.range(series, 2, 3)).map(([, at]) => at)).toEqual([2, 3]);
    await cursor.commit(deliver(slice, 2));
    expect(rowsOf((await cursor.read(10)).batch).map(([, at]) => at)).toEqual([3, 4, 5]);
    expect(log.losses()).toEqual([]);
  });

  test("stops before a block that is damaged, and goes on after it", async () => {
    const opened = await openOnFakeDisk();
    const { clock, disk, log, cursor, append } = opened;
    for (const at of [1, 2, 3, 4, 5]) await append(at);
    disk.flipBit(disk.keys(SPACE.block)[2] ?? "", 40);
    clock.jumpWall(seconds(3_600));
    await append(6);
    await clock.advance(seconds(0));
    expect(log.stats().blockCount).toBe(4);
    const slice = await cursor.read(10);
    expect(rowsOf(slice.batch).map(([, at]) => at)).toEqual([1, 2, 4, 5, 6]);
    expect(slice).toMatchObject({ from: 0, to: 6, missing: "unreadable" });
  });

  test("survives a kill and a power cut between any two writes", async () => {
    const rehearsal = await openOnFakeDisk();
    await fill(rehearsal);
    const { length } = rehearsal.disk.writes;
    for (let writeCount = 1; writeCount <= length; writeCount += 1) {
      for (const isPowerCut of [false, true]) {
        const disk = new FakeDisk();
        let left = writeCount;
        disk.slowness = async () => {
          left -= 1;
          if (left === 0) disk.isFull = true;
        };
        const opened = await openOnFakeDisk(disk).catch(() => undefined);
        if (opened === undefined) continue;
        await fill(opened).catch(() => undefined);
        const acknowledged = opened.log.stats().durable;
        disk.slowness = undefined;
        disk.isFull = false;
        if (!isPowerCut) disk.writeBack();
        disk.crash();
        const { log, cursor } = await openOnFakeDisk(disk, opened.clock);
        const slice = await cursor.read(10);
        expect(log.stats().end).toBeGreaterThanOrEqual(acknowledged);
        expect(rowsOf(slice.batch).map(([, at]) => at)).toEqual([1, 2, 3, 4, 5].slice(0, log.stats().end));
      }
    }
  });

  test("while a range is read gives each row once", async () => {
    for (let turns = 0; turns < 40; turns += 1) {
      const { clock, log, series, append } = await openOnFakeDisk();
      for (const at of [1, 2, 3, 4]) await append(at);
      clock.jumpWall(seconds(3_600));
      const writing = append(5);
      for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
      const found = rowsOf(await log.range(series, 1, 4)).map(([, at]) => at);
      await writing;
      expect([turns, found]).toEqual([turns, [1, 2, 3, 4]]);
    }
  });

  test("is read back although the index record of the sealed block is lost", async () => {
    const opened = await openOnFakeDisk();
    await fill(opened);
    opened.disk.writeBack();
    opened.disk.lose(indexKey(0));
    opened.disk.crash();
    const { log, cursor } = await openOnFakeDisk(opened.disk, opened.clock);
    expect(log.stats()).toMatchObject({ head: 0, end: 5, blockCount: 2 });
    expect((await cursor.read(10)).batch.count).toBe(5);
  });
});
