import { describe, expect, test } from "vitest";
import type { Log } from "../../src/model/log.ts";
import { SampleBuilder } from "../../src/model/samples.ts";
import { millis, seconds } from "../../src/model/time.ts";
import { BlockIndex, LEVEL_SEALED, LEVEL_SMALL } from "../../src/store/block-index.ts";
import type { LogOptions } from "../../src/store/group-commit-log.ts";
import { blockKey, definitionKey, indexKey, SPACE } from "../../src/store/keys.ts";
import { openLevelLog } from "../../src/store/level-log.ts";
import { planRoom } from "../../src/store/retention.ts";
import { appendRows, deliver } from "../conformance/log-suite.ts";
import { FakeClock, settle } from "../support/fake-clock.ts";
import { FakeDisk } from "../support/fake-database.ts";
import { LOG_OPTIONS } from "../support/log-options.ts";

const BLOCK_BYTES = 100;

/** Blocks of ten rows and a hundred bytes. */
function indexOf(...levels: readonly number[]): BlockIndex {
  const index = new BlockIndex();
  for (const [place, level] of levels.entries()) {
    const entry = { first: 10 * place, span: 10, count: 10, bytes: BLOCK_BYTES, epoch: 1, level };
    index.push({ ...entry, minAt: place, maxAt: place });
  }
  return index;
}

function sealed(count: number): BlockIndex {
  return indexOf(...new Array<number>(count).fill(LEVEL_SEALED));
}

describe("what gives way", () => {
  test("is nothing while all fits", () => {
    expect(planRoom(sealed(10), 1_000, [0], "drop-oldest")).toBeUndefined();
    expect(planRoom(new BlockIndex(), 0, [0], "thin")).toBeUndefined();
  });

  test("is history before anything that waits, whatever the policy", () => {
    for (const policy of ["drop-oldest", "drop-newest", "thin"] as const) {
      expect(planRoom(sealed(10), 700, [50], policy)).toEqual({ do: "drop", blockCount: 3 });
      expect(planRoom(sealed(10), 300, [50], policy)).toEqual({ do: "drop", blockCount: 5 });
    }
  });

  test("is the oldest, the newest, or the density of what is old, as the policy says", () => {
    expect(planRoom(sealed(10), 850, [0], "drop-oldest")).toEqual({ do: "drop", blockCount: 2 });
    expect(planRoom(sealed(10), 850, [0], "drop-newest")).toEqual({ do: "refuse" });
    expect(planRoom(sealed(10), 850, [0], "thin")).toEqual({ do: "thin", position: 0 });
  });

  test("thins each level as far as three quarters of those that are as thin, and then drops", () => {
    const index = sealed(16);
    const levels = (): (number | undefined)[] => Array.from({ length: 16 }, (_, place) => index.levelAt(place));
    for (;;) {
      const step = planRoom(index, 0, [0], "thin");
      if (step?.do !== "thin") break;
      const entry = index.at(step.position);
      if (entry !== undefined) index.replace(step.position, 1, { ...entry, level: entry.level + 1 });
    }
    expect(levels()).toEqual([7, 7, 7, 6, 5, 5, 4, 3, 3, 2, 2, 2, 1, 1, 1, 1]);
    expect(planRoom(index, 1_550, [0], "thin")).toEqual({ do: "drop", blockCount: 1 });
  });

  test("is the whole of small blocks, which are not thinned", () => {
    expect(planRoom(indexOf(LEVEL_SMALL, LEVEL_SMALL, LEVEL_SMALL), 250, [0], "thin")).toEqual({
      do: "drop",
      blockCount: 1,
    });
  });

  test("is what only a reader over its share still needs", () => {
    for (const policy of ["drop-oldest", "drop-newest"] as const) {
      expect(planRoom(sealed(10), 950, [0, 60], policy)).toEqual({ do: "drop", blockCount: 1 });
      expect(planRoom(sealed(10), 300, [0, 90], policy)).toEqual({ do: "drop", blockCount: 7 });
    }
    expect(planRoom(sealed(10), 950, [0, 60], "thin")).toEqual({ do: "thin", position: 0 });
  });

  test("is never an outage within the share of one reader for the sake of one that never comes back", () => {
    const index = sealed(10);
    for (;;) {
      const step = planRoom(index, 900, [index.firstAt(0) ?? 0, 40], "thin");
      if (step?.do !== "thin") break;
      expect(step.position).toBeLessThan(4);
      const entry = index.at(step.position);
      if (entry !== undefined) index.replace(step.position, 1, { ...entry, level: entry.level + 1 });
    }
    expect(planRoom(index, 900, [0, 40], "thin")).toEqual({ do: "drop", blockCount: 1 });
  });
});

async function open(options: Partial<LogOptions> = {}, disk = new FakeDisk(), clock = new FakeClock()) {
  const log = await openLevelLog(disk.open(), clock, { ...LOG_OPTIONS, ...options }, () => undefined);
  const series = log.defineSeries({ metric: "voltage", tags: [], kind: "gauge", unit: "V" });
  return { clock, disk, log, series };
}

async function append(log: Log, ...rows: readonly (readonly [number, number, number])[]): Promise<void> {
  await Promise.all([appendRows(log, rows), log.sync()]);
}

/** Fills a log with one epoch after the other, so that each is sealed. */
async function fillEpochs({ log, clock, series }: Awaited<ReturnType<typeof open>>, count: number): Promise<void> {
  for (let epoch = 0; epoch < count; epoch += 1) {
    const batch = new SampleBuilder(200);
    for (let row = 0; row < 200; row += 1) batch.push(series, clock.now() + row, Math.sin(epoch * 200 + row), 0);
    await Promise.all([log.append(batch, { sampled: 200, dropped: {} }), log.sync()]);
    clock.jumpWall(seconds(60));
    await settle();
  }
}

describe("a full log", () => {
  test("keeps what a set clock says of the boot, though it refuses every sample since", async () => {
    const options = { durability: "always", maxBytes: 40, whenFull: "drop-newest" } as const;
    const { log, series, disk, clock } = await open(options);
    await log.cursor("intake");
    const readAt = clock.now();
    clock.jumpWall(millis(-1e12));
    clock.setTrusted(false);
    await append(log, [series, clock.now(), 1]);
    await clock.advance(seconds(60));
    clock.jumpWall(millis(1e12));
    clock.setTrusted(true);
    for (let value = 2; value < 6; value += 1) await append(log, [series, clock.now(), value]);
    expect(log.stats()).toMatchObject({ end: 1, tally: { dropped: { "log-full": 4 } } });
    disk.crash();
    clock.reboot();
    await clock.advance(seconds(60));
    const again = await open(options, disk, clock);
    const { batch } = await (await again.log.cursor("intake")).read(10);
    expect([batch.at[0], batch.flags[0]]).toEqual([readAt, 0]);
  });

  test("that thins keeps all of the newest and ever less of what is older, and says what went", async () => {
    const opened = await open({ maxBytes: 20_000, whenFull: "thin" });
    const { log, series } = opened;
    const cursor = await log.cursor("intake");
    const startedAt = opened.clock.now();
    await fillEpochs(opened, 40);
    const { count, at } = await log.range(series, 0, 1e13);
    const density = (from: number): number =>
      at
        .subarray(0, count)
        .filter((moment) => moment >= startedAt + from * 60_000 && moment < startedAt + (from + 5) * 60_000).length;
    expect(density(35)).toBeGreaterThan(700);
    expect(density(20)).toBeLessThan(density(35));
    expect(log.stats().bytes).toBeLessThanOrEqual(20_000);
    const lost = log.losses().reduce((sum, loss) => sum + loss.count, 0);
    expect(lost + count).toBe(40 * 200);
    expect(log.losses().map(({ reason }) => reason)).toContain("thinned");
    let slice = await cursor.read(10_000);
    while (slice.to > slice.from) {
      await cursor.commit(deliver(slice));
      slice = await cursor.read(10_000);
    }
    const { delivered, thinned, logFull } = cursor.counts;
    expect([delivered, delivered + thinned + logFull]).toEqual([count, 40 * 200]);
  });

  test("thins although the first epoch was a single block", async () => {
    const opened = await open({ maxBytes: 12_000, whenFull: "thin" });
    await append(opened.log, [opened.series, 1, 1]);
    opened.clock.jumpWall(seconds(60));
    await fillEpochs(opened, 20);
    expect(opened.log.losses().some(({ reason }) => reason === "thinned")).toBe(true);
  });

  test("thins series whose definition is lost as if they were measured", async () => {
    const disk = new FakeDisk();
    const clock = new FakeClock();
    const before = await open({}, disk, clock);
    await fillEpochs(before, 8);
    await before.log.close();
    disk.lose(definitionKey(before.series));
    const after = await open({ maxBytes: 9_000, whenFull: "thin" }, disk, clock);
    await append(after.log, [after.series, 1, 1]);
    expect(after.log.losses()).toMatchObject([{ reason: "thinned", series: before.series }]);
  });

  test("that keeps the oldest refuses the newest, and counts them as dropped", async () => {
    const { log, series } = await open({ maxBytes: 200, whenFull: "drop-newest" });
    const cursor = await log.cursor("intake");
    for (let at = 0; at < 20; at += 1) await append(log, [series, at, at * Math.PI]);
    const { end, head, tally } = log.stats();
    expect(head).toBe(0);
    expect(tally).toEqual({ sampled: 20, dropped: { "log-full": 20 - end } });
    expect((await cursor.read(100)).batch.count).toBe(end);
    expect(log.losses()).toEqual([]);
    await cursor.commit(deliver(await cursor.read(100)));
    await append(log, [series, 99, 1]);
    expect(log.stats().end).toBe(end + 1);
  });

  test("that is smaller than one block holds that block alone", async () => {
    for (const whenFull of ["drop-oldest", "drop-newest", "thin"] as const) {
      const { log, series } = await open({ maxBytes: 1, whenFull });
      await append(log, [series, 1, 1], [series, 2, 2]);
      await append(log, [series, 3, 3]);
      expect([whenFull, log.stats().blockCount]).toEqual([whenFull, 1]);
    }
  });

  test("counts what nobody can read under no series", async () => {
    const { log, series, disk } = await open({ maxBytes: 150 });
    await log.cursor("intake");
    await append(log, [series, 1, Math.PI], [series, 2, Math.E]);
    disk.flipBit(blockKey(0), 60);
    for (let at = 3; at < 9; at += 1) await append(log, [series, at, at * Math.PI]);
    expect(log.losses().find((loss) => loss.series === 2 ** 32 - 1)).toEqual({
      reason: "log-full",
      series: 2 ** 32 - 1,
      count: 2,
      fromAt: 1,
      toAt: 2,
    });
  });

  test("keeps its losses through a power cut and goes on adding to them", async () => {
    const { log, series, disk, clock } = await open({ maxBytes: 150 });
    for (let at = 0; at < 10; at += 1) await append(log, [series, at, at * Math.PI]);
    const lost = log.losses();
    expect(lost).toMatchObject([{ reason: "log-full", series, fromAt: 0 }]);
    disk.crash();
    const again = await open({ maxBytes: 150 }, disk, clock);
    expect(again.log.losses()).toEqual(lost);
    await append(again.log, [series, 10, 10]);
    expect(again.log.losses()[0]?.count).toBe(again.log.stats().head);
  });
});

describe("history", () => {
  test("stays for its time after every reader has it, and goes then", async () => {
    const { log, series, clock, disk } = await open({ history: seconds(60) });
    const cursor = await log.cursor("intake");
    await append(log, [series, clock.now(), 1]);
    await cursor.commit(deliver(await cursor.read(10)));
    expect(log.stats()).toMatchObject({ head: 0, blockCount: 1 });
    await clock.advance(seconds(61));
    await append(log, [series, clock.now(), 2]);
    expect(log.stats()).toMatchObject({ head: 1, blockCount: 1 });
    expect(disk.keys(SPACE.block)).toHaveLength(1);
    expect(cursor.counts).toMatchObject({ delivered: 1, logFull: 0 });
    expect(log.losses()).toEqual([]);
  });

  test("is not held up by a reader that stays away for too long", async () => {
    const { log, series, clock } = await open({ history: seconds(60), lagMax: seconds(3_600) });
    const away = await log.cursor("away");
    await append(log, [series, clock.now(), 1]);
    await clock.advance(seconds(3_601));
    await append(log, [series, clock.now(), 2]);
    expect([away.position, away.counts.logFull, log.stats().head]).toEqual([1, 1, 1]);
    expect(log.losses()).toMatchObject([{ reason: "log-full", count: 1 }]);
  });

  test("is not ended by a clock that stamped in the past and is only now right", async () => {
    const { log, series, clock } = await open({ lagMax: seconds(3_600) });
    const cursor = await log.cursor("intake");
    clock.jumpWall(millis(-1e12));
    clock.setTrusted(false);
    await append(log, [series, clock.now(), 1]);
    clock.jumpWall(millis(1e12));
    clock.setTrusted(true);
    await append(log, [series, clock.now(), 2]);
    expect((await cursor.read(10)).batch.count).toBe(2);
    await append(log, [series, clock.now(), 3]);
    expect(cursor.counts.logFull).toBe(0);
  });

  test("does not end by a clock that is not known to be right", async () => {
    const { log, series, clock } = await open({ history: seconds(60) });
    const cursor = await log.cursor("intake");
    await append(log, [series, clock.now(), 1]);
    await cursor.commit(deliver(await cursor.read(10)));
    clock.setTrusted(false);
    clock.jumpWall(seconds(1_000_000));
    await append(log, [series, clock.now(), 2]);
    expect(log.stats().head).toBe(0);
  });

  test("is kept for the readers that are wanted, and one that comes back counts what it missed", async () => {
    const { log, series, clock } = await open();
    const wanted = await log.cursor("wanted");
    const retired = await log.cursor("retired");
    log.keepFor(["wanted"]);
    for (const at of [1, 2, 3]) await append(log, [series, at, at]);
    await wanted.commit(deliver(await wanted.read(10)));
    expect(log.stats().head).toBe(3);
    expect(retired.counts.logFull).toBe(3);
    expect(log.losses()).toEqual([]);
    log.keepFor(["wanted", "retired"]);
    await append(log, [series, 4, 4]);
    await wanted.commit(deliver(await wanted.read(10)));
    expect(log.stats().head).toBe(3);
    await retired.commit(deliver(await retired.read(10)));
    expect([log.stats().head, retired.counts.delivered]).toEqual([4, 1]);
    expect(clock.pending()).toEqual([]);
  });
});

describe("a disk that others fill", () => {
  test("takes the history, and lets what waits grow no further", async () => {
    let free = 1_000_000;
    const limits = { freeBytesMin: 1_000, history: seconds(3_600), measureFree: async () => free };
    const { log, series, clock } = await open(limits);
    const cursor = await log.cursor("intake");
    for (let at = 0; at < 5; at += 1) await append(log, [series, clock.now(), at * Math.PI]);
    await cursor.commit(deliver(await cursor.read(10)));
    for (let at = 0; at < 5; at += 1) await append(log, [series, clock.now(), at * Math.PI]);
    const { bytes } = log.stats();
    free = 0;
    await clock.advance(seconds(10));
    await append(log, [series, clock.now(), Math.E]);
    expect(log.stats().head).toBeGreaterThanOrEqual(5);
    expect(log.stats().blockCount).toBeGreaterThanOrEqual(4);
    for (let round = 0; round < 20; round += 1) {
      await clock.advance(seconds(10));
      await append(log, [series, clock.now(), Math.E * round]);
      expect(log.stats().bytes).toBeLessThanOrEqual(bytes);
      expect(log.stats().blockCount).toBeGreaterThanOrEqual(4);
    }
  });

  test("and cannot be measured changes nothing", async () => {
    const { log, series } = await open({ freeBytesMin: 1_000, measureFree: async () => undefined });
    for (let at = 0; at < 5; at += 1) await append(log, [series, at, at]);
    expect(log.stats()).toMatchObject({ head: 0, end: 5 });
  });
});

describe("the age of what waits", () => {
  test("is that of the next block where the oldest is lost", async () => {
    const { log, series, disk, clock } = await open();
    await append(log, [series, 1_000, 1]);
    await append(log, [series, 2_000, 2]);
    disk.writeBack();
    disk.lose(blockKey(0));
    disk.lose(indexKey(0));
    disk.crash();
    const again = await open({}, disk, clock);
    expect(again.log.momentOf(0)).toBe(2_000);
  });
});
