import { describe, expect, test } from "vitest";
import type { Cursor, Log } from "../../src/model/log.ts";
import { FLAG } from "../../src/model/samples.ts";
import { EMPTY_TALLY } from "../../src/model/tally.ts";
import { epochMillis, millis } from "../../src/model/time.ts";
import { encodeCursor } from "../../src/store/cursor-record.ts";
import { openCursorState } from "../../src/store/cursor-state.ts";
import { encodeEpoch } from "../../src/store/epoch-record.ts";
import { encodeFormat, FORMAT } from "../../src/store/format-record.ts";
import type { LogOptions } from "../../src/store/group-commit-log.ts";
import {
  blockKey,
  cursorKey,
  definitionKey,
  epochKey,
  FORMAT_KEY,
  indexKey,
  SPACE,
  STATE_KEY,
} from "../../src/store/keys.ts";
import { versionOf } from "../../src/store/record.ts";
import { appendRows, deliver } from "../conformance/log-suite.ts";
import type { FakeDisk } from "../support/fake-database.ts";
import { LogOnDisk, writeFourBlocks } from "../support/log-on-disk.ts";
import { countMissing } from "../support/log-options.ts";
import { rowsOf } from "../support/samples.ts";

const VOLTAGE = { metric: "voltage", tags: [], kind: "gauge", unit: "V" } as const;

/** It keeps no damaged blocks, and says of each. */
class World extends LogOnDisk {
  override async open(options: Partial<LogOptions> = {}): Promise<Log> {
    const quarantine = { say: (what: string) => this.note(what), keep: async () => {}, report: async () => {} };
    return await super.open({ quarantine, ...options });
  }

  /** Four blocks; then the plug is pulled. */
  async fill(): Promise<void> {
    const log = await this.open();
    const series = log.defineSeries(VOLTAGE);
    await log.cursor("intake");
    await writeFourBlocks(log, series);
    this.disk.crash();
  }
}

async function readAll(cursor: Cursor): Promise<{ sequences: number[]; unreadable: number; to: number }> {
  const slice = await cursor.read(1_000);
  return { sequences: [...slice.sequences], unreadable: countMissing(slice), to: slice.to };
}

/** Samples lost of which only the time is known. */
const UNREADABLE = (count: number, fromAt: number, toAt: number) => ({
  reason: "unreadable",
  series: 0xffff_ffff,
  count,
  fromAt,
  toAt,
});

/** Nothing is told and nothing is missing. */
const WHOLE = { sequences: [0, 1, 2, 3, 4, 5, 6, 7], unreadable: 0, to: 8 };

describe("opening a store", () => {
  test("of a newer format is refused and leaves every byte as it was", async () => {
    const world = new World();
    await world.fill();
    world.disk.put(FORMAT_KEY, encodeFormat(FORMAT + 1));
    const before = new Map(world.disk.seen);
    await expect(world.open()).rejects.toMatchObject({
      code: "STORE_NEWER_FORMAT",
      context: { format: FORMAT + 1, known: FORMAT },
    });
    expect(world.disk.seen).toEqual(before);
  });

  test.each([1, 2, 3])("of the earlier format %i is taken up, and says nothing", async (format) => {
    const world = new World();
    await world.fill();
    world.disk.put(FORMAT_KEY, encodeFormat(format));
    const cursor = await (await world.open()).cursor("intake");
    expect(await readAll(cursor)).toEqual(WHOLE);
    expect(world.notices).toEqual([]);
    expect(world.disk.read(FORMAT_KEY)).toEqual(encodeFormat());
  });

  test("has a format of its own for each version of its cursors, which one before would take for damaged", () => {
    const gap = { position: 2, end: 5, moments: new Map(), ceilings: new Map() };
    const cursor = encodeCursor({ ...openCursorState(0, EMPTY_TALLY), position: 9, gaps: [gap] });
    expect([FORMAT, versionOf(cursor)]).toEqual([4, 4]);
  });

  test("that is new says nothing", async () => {
    const world = new World();
    await world.open();
    expect(world.notices).toEqual([]);
    expect(world.disk.read(FORMAT_KEY)).toEqual(encodeFormat());
  });

  test("after a crash finds everything durable and says nothing", async () => {
    const world = new World();
    await world.fill();
    const log = await world.open();
    expect(world.notices).toEqual([]);
    expect(log.stats()).toMatchObject({ head: 0, durable: 8, tally: { sampled: 8 }, oldestAt: 0 });
    expect(await readAll(await log.cursor("intake"))).toEqual(WHOLE);
  });

  test("to look at it leaves for the next run how the last one ended", async () => {
    const world = new World();
    await world.fill();
    await (await world.open({ isVisit: true })).close();
    expect((await world.open()).earlier).toMatchObject({ isClean: false });
  });

  test("reads no block", async () => {
    const world = new World();
    await world.fill();
    world.disk.walkedFrom.length = 0;
    await world.open();
    const blocksEnd = Buffer.from(blockKey(8)).toString("hex");
    expect(world.disk.walkedFrom.filter((key) => key.startsWith("62"))).toEqual([blocksEnd]);
  });

  test.each([
    ["damaged", (disk: FakeDisk) => disk.flipBit(FORMAT_KEY, 50)],
    ["missing", (disk: FakeDisk) => disk.lose(FORMAT_KEY)],
  ])("whose format record is %s goes on and says so once", async (state, harm) => {
    const world = new World();
    await world.fill();
    harm(world.disk);
    const log = await world.open();
    expect(world.notices).toEqual([expect.stringContaining(`The format record of the store is ${state}`)]);
    expect(await readAll(await log.cursor("intake"))).toEqual(WHOLE);
    await log.close();
    await world.open();
    expect(world.notices).toEqual([]);
  });
});

describe("a damaged block", () => {
  test.each([
    ["has a bit turned over", (disk: FakeDisk) => disk.flipBit(blockKey(2), 77)],
    ["is missing", (disk: FakeDisk) => disk.lose(blockKey(2))],
  ])("that %s counts as unreadable and the log goes on", async (_how, harm) => {
    const world = new World();
    await world.fill();
    harm(world.disk);
    const log = await world.open();
    const cursor = await log.cursor("intake");
    const found = { sequences: [0, 1, 4, 5, 6, 7], unreadable: 2, to: 8 };
    expect(await readAll(cursor)).toEqual(found);
    expect(await readAll(cursor)).toEqual(found);
    expect(world.notices).toEqual([
      expect.stringMatching(/^The block at 2 .* Its 2 samples, sequences 2 to 3, are lost, from .*:0[23]/u),
    ]);
    expect(log.losses()).toEqual([UNREADABLE(2, 2_000, 3_000)]);
    expect((await log.range(0, 0, 9_000)).count).toBe(6);
    await cursor.commit(deliver(await cursor.read(1_000)));
    expect(cursor.counts).toMatchObject({ delivered: 6, unreadable: 2 });
    expect(log.stats()).toMatchObject({ head: 8, durable: 8, bytes: 0 });
    expect([...world.disk.keys(SPACE.block), ...world.disk.keys(SPACE.index)]).toEqual([]);
  });

  test("that begins or ends a read costs only its own rows", async () => {
    const world = new World();
    await world.fill();
    world.disk.lose(blockKey(0));
    world.disk.lose(blockKey(6));
    const cursor = await (await world.open()).cursor("intake");
    expect(await readAll(cursor)).toEqual({ sequences: [2, 3, 4, 5], unreadable: 4, to: 8 });
    expect(await cursor.read(1)).toMatchObject({ from: 0, to: 1, missing: "unreadable", batch: { count: 0 } });
  });

  test("that is missing together with its index record is noticed and counts as unreadable", async () => {
    const world = new World();
    await world.fill();
    for (const first of [2, 6]) {
      world.disk.lose(blockKey(first));
      world.disk.flipBit(indexKey(first), 60);
    }
    const log = await world.open();
    const alive = new Date(world.clock.now());
    const around = "where these series stand: voltage: they count as unreadable.";
    expect(world.notices).toEqual([
      `2 samples are missing, numbers 2 to 3, from 1970-01-01T00:00:01.000Z to 1970-01-01T00:00:04.000Z, ${around}`,
      `2 samples are missing, numbers 6 to 7, from 1970-01-01T00:00:05.000Z to ${alive.toISOString()}, ${around}`,
    ]);
    expect(log.losses()).toEqual([UNREADABLE(4, 1_000, world.clock.now())]);
    expect(log.stats()).toMatchObject({ head: 0, durable: 8 });
    const found = { sequences: [0, 1, 4, 5], unreadable: 4, to: 8 };
    expect(await readAll(await log.cursor("intake"))).toEqual(found);
    await log.close();
    const again = await world.open();
    expect(world.notices).toEqual([]);
    expect(again.losses()).toEqual([UNREADABLE(4, 1_000, world.clock.now())]);
    expect(await readAll(await again.cursor("intake"))).toEqual(found);
  });
});

describe("a repair", () => {
  test("that brings back blocks from before the head costs nothing and leaves nothing behind", async () => {
    const world = new World();
    await world.fill();
    const before = new Map(world.disk.seen);
    const cursor = await (await world.open()).cursor("intake");
    await cursor.commit(deliver(await cursor.read(5)));
    world.disk.writeBack();
    world.disk.crash();
    for (const [hex, value] of before) if (!world.disk.seen.has(hex)) world.disk.put(Buffer.from(hex, "hex"), value);
    world.disk.isMended = true;
    const log = await world.open();
    expect(world.notices).toEqual([]);
    expect(log.stats()).toMatchObject({ head: 4, durable: 8, blockCount: 2 });
    expect(world.disk.keys(SPACE.block)).toHaveLength(2);
    expect(world.disk.keys(SPACE.index)).toHaveLength(2);
  });

  test("that brings back a state from before a trim takes what was delivered for no loss", async () => {
    const world = new World();
    await world.fill();
    const past = world.disk.read(STATE_KEY) ?? new Uint8Array();
    const cursor = await (await world.open()).cursor("intake");
    await cursor.commit(deliver(await cursor.read(5)));
    world.disk.writeBack();
    world.disk.crash();
    world.disk.put(STATE_KEY, past);
    const log = await world.open();
    expect(world.notices).toEqual([]);
    expect(log.losses()).toEqual([]);
    expect(log.stats()).toMatchObject({ head: 4, durable: 8 });
  });

  test("of which the disk takes no word is said again at the next start and counted once", async () => {
    const world = new World();
    await world.fill();
    world.disk.lose(blockKey(2));
    world.disk.lose(indexKey(2));
    world.disk.isFull = true;
    expect((await world.open()).losses()).toEqual([UNREADABLE(2, 1_000, 4_000)]);
    expect(world.notices).toHaveLength(1);
    world.disk.crash();
    world.disk.isFull = false;
    expect((await world.open()).losses()).toEqual([UNREADABLE(2, 1_000, 4_000)]);
    expect(world.notices).toHaveLength(1);
  });
});

describe("a damaged record", () => {
  test.each([0, 4, 6])("of the index, of block %d, is made good from the block", async (first) => {
    const world = new World();
    await world.fill();
    const { bytes } = (await world.open()).stats();
    world.disk.crash();
    if (first === 4) world.disk.lose(indexKey(first));
    else world.disk.flipBit(indexKey(first), 60);
    const log = await world.open();
    expect(world.notices).toEqual([]);
    expect(log.stats()).toMatchObject({ head: 0, durable: 8, bytes });
    expect(await readAll(await log.cursor("intake"))).toEqual(WHOLE);
    expect((await log.range(0, 0, 9_000)).count).toBe(8);
  });

  test("of a cursor starts it again at the oldest sample held", async () => {
    const world = new World();
    await world.fill();
    const cursor = await (await world.open()).cursor("intake");
    await cursor.commit(deliver(await cursor.read(3)));
    world.disk.writeBack();
    world.disk.crash();
    world.disk.flipBit(cursorKey("intake"), 90);
    const log = await world.open();
    expect(world.notices).toEqual([
      expect.stringContaining("The record of cursor intake is lost: it starts again at the oldest"),
    ]);
    const again = await log.cursor("intake");
    expect([again.position, again.opening.sequence, again.counts.delivered]).toEqual([2, 2, 0]);
    expect(await readAll(again)).toMatchObject({ sequences: [2, 3, 4, 5, 6, 7], unreadable: 0 });
  });

  test.each([
    ["damaged", (disk: FakeDisk) => disk.flipBit(STATE_KEY, 44)],
    ["missing", (disk: FakeDisk) => disk.lose(STATE_KEY)],
  ])("of the state that is %s gives no sequence away twice and keeps the books balanced", async (_state, harm) => {
    const world = new World();
    await world.fill();
    const before = await world.open();
    const dropped = { "out-of-range": 3 };
    await Promise.all([before.append(await before.range(0, 0, 0), { sampled: 4, dropped }), before.sync()]);
    const cursor = await before.cursor("late");
    world.disk.crash();
    harm(world.disk);
    const log = await world.open();
    expect(world.notices).toEqual([expect.stringContaining("The state record of the store is lost")]);
    expect(log.stats()).toMatchObject({ head: 0, durable: 9, seriesCount: 1, tally: { sampled: 12, dropped } });
    expect((await log.cursor("late")).opening).toEqual(cursor.opening);
    expect(log.defineSeries({ ...VOLTAGE, unit: "kV" })).toBe(1);
  });

  test("of the state of a log that delivered everything does not start the sequences anew", async () => {
    const world = new World();
    await world.fill();
    const cursor = await (await world.open()).cursor("intake");
    await cursor.commit(deliver(await cursor.read(1_000)));
    world.disk.writeBack();
    world.disk.crash();
    world.disk.flipBit(STATE_KEY, 44);
    const log = await world.open();
    expect(world.notices).toEqual([expect.stringContaining("The state record of the store is lost")]);
    expect(log.stats()).toMatchObject({ head: 8, durable: 8, tally: { sampled: 8 } });
  });

  test("of the state that a repair brought back from the past is brought up to the blocks", async () => {
    const world = new World();
    await world.fill();
    const past = world.disk.read(STATE_KEY) ?? new Uint8Array();
    const log = await world.open();
    await Promise.all([appendRows(log, [[0, 8_000, 1]]), log.sync()]);
    world.disk.crash();
    world.disk.put(STATE_KEY, past);
    const again = await world.open();
    expect(world.notices).toEqual([expect.stringContaining("1 samples behind")]);
    expect(again.stats()).toMatchObject({ durable: 9, tally: { sampled: 9 } });
  });

  test("of a series makes its samples unreadable and never gives its id to another", async () => {
    const world = new World();
    await world.fill();
    const before = await world.open();
    const lost = before.defineSeries({ ...VOLTAGE, metric: "current" });
    await Promise.all([
      appendRows(before, [
        [lost, 8_000, 1],
        [0, 8_000, 1],
      ]),
      before.sync(),
    ]);
    world.disk.crash();
    world.disk.lose(definitionKey(lost));
    world.disk.side = undefined;
    const log = await world.open();
    expect(world.notices).toEqual([expect.stringContaining("The definitions of 1 series are lost")]);
    expect(await readAll(await log.cursor("intake"))).toEqual({
      ...WHOLE,
      sequences: [0, 1, 2, 3, 4, 5, 6, 7, 9],
      unreadable: 1,
      to: 10,
    });
    expect(log.defineSeries({ ...VOLTAGE, metric: "frequency" })).toBe(2);
  });
});

describe("epochs", () => {
  test("begin with each run that writes and whenever the clock's word about itself changes", async () => {
    const world = new World();
    world.clock.setTrusted(false);
    await world.fill();
    const log = await world.open();
    const early = appendRows(log, [[0, 8_000, 1, FLAG.clockUntrusted]]);
    world.clock.setTrusted(true);
    await Promise.all([early, appendRows(log, [[0, 9_000, 1]]), log.sync()]);
    expect(world.disk.keys(SPACE.epoch)).toEqual(["6500000000", "6500000001", "6500000002"]);
    expect(world.disk.keys(SPACE.block)).toHaveLength(6);
  });

  test("place their samples by their offset, for cursors, ranges and the oldest moment", async () => {
    const world = new World();
    await world.fill();
    const placed = { placement: "bounded", offset: millis(500_000), bootId: "an earlier one", line: 0 } as const;
    world.disk.put(epochKey(0), encodeEpoch({ id: 0, openedAt: epochMillis(0), isTrusted: false, ...placed }));
    const log = await world.open();
    await Promise.all([appendRows(log, [[0, 100_000, 1]]), log.sync()]);
    expect(log.stats().oldestAt).toBe(500_000);
    expect(rowsOf((await (await log.cursor("intake")).read(2)).batch).map(([, at]) => at)).toEqual([500_000, 501_000]);
    expect([...(await log.range(0, 0, 502_000)).at.subarray(0, 4)]).toEqual([100_000, 500_000, 501_000, 502_000]);
  });

  test("go with the last block that names them", async () => {
    const world = new World();
    await world.fill();
    const log = await world.open();
    await Promise.all([appendRows(log, [[0, 8_000, 1]]), log.sync()]);
    const cursor = await log.cursor("intake");
    await cursor.commit(deliver(await cursor.read(7)));
    expect(world.disk.keys(SPACE.epoch)).toEqual(["6500000000", "6500000001"]);
    await cursor.commit(deliver(await cursor.read(1)));
    expect(world.disk.keys(SPACE.epoch)).toEqual(["6500000001"]);
  });

  test("stay while they run, though everything that named them is delivered", async () => {
    const world = new World();
    await world.fill();
    const log = await world.open();
    const cursor = await log.cursor("intake");
    await Promise.all([appendRows(log, [[0, 8_000, 1]]), log.sync()]);
    await cursor.commit(deliver(await cursor.read(100)));
    await Promise.all([appendRows(log, [[0, 9_000, 1]]), log.sync()]);
    expect(world.disk.keys(SPACE.epoch)).toEqual(["6500000001"]);
  });
});

describe("deleting", () => {
  test("waits until the step that frees is known to be written, so that a disk without a voice costs nothing", async () => {
    const world = new World();
    await world.fill();
    const cursor = await (await world.open({ heldBytesMax: 0 })).cursor("intake");
    const step = deliver(await cursor.read(1_000));
    world.disk.faults.push("succeeds-but-says-not");
    await expect(cursor.commit(step)).rejects.toMatchObject({ code: "STORE_FAILED" });
    expect(await readAll(cursor)).toEqual(WHOLE);
    await cursor.commit(step);
    expect([cursor.position, cursor.counts.delivered, cursor.counts.unreadable]).toEqual([8, 8, 0]);
    expect(world.disk.keys(SPACE.block)).toEqual([]);
  });

  test("that a power cut undid is done again by the next step", async () => {
    const world = new World();
    await world.fill();
    const log = await world.open();
    const before = await log.cursor("intake");
    await before.commit(deliver(await before.read(6)));
    world.disk.crash();
    const after = await (await world.open()).cursor("intake");
    expect([after.position, world.disk.keys(SPACE.block).length]).toEqual([0, 4]);
    await after.commit(deliver(await after.read(7)));
    expect(world.disk.keys(SPACE.block)).toHaveLength(1);
  });

  test("never makes a later walk step over what is gone", async () => {
    const world = new World();
    await world.fill();
    const log = await world.open();
    const cursor = await log.cursor("intake");
    await cursor.commit(deliver(await cursor.read(5)));
    world.disk.walkedFrom.length = 0;
    await cursor.read(10);
    await log.range(0, 0, 9_000);
    world.disk.writeBack();
    world.disk.crash();
    await world.open();
    const blocks = world.disk.walkedFrom.filter((key) => key.startsWith("62") || key.startsWith("69"));
    const oldest = Buffer.from(blockKey(4)).toString("hex").slice(2);
    expect(blocks.length).toBeGreaterThan(2);
    for (const key of blocks) expect(key.slice(2) >= oldest, key).toBe(true);
  });

  test("gives the room back after ten thousand blocks", async () => {
    const world = new World();
    const log = await world.open();
    const series = log.defineSeries(VOLTAGE);
    const cursor = await log.cursor("intake");
    for (let first = 0; first < 10_000; first += 1)
      await Promise.all([appendRows(log, [[series, first, 1]]), log.sync()]);
    await cursor.commit(deliver(await cursor.read(9_999)));
    expect(world.disk.compacted).toEqual([]);
    await cursor.commit(deliver(await cursor.read(1)));
    await log.close();
    const hex = (key: Uint8Array): string => Buffer.from(key).toString("hex");
    expect(world.disk.compacted).toEqual([
      { from: hex(indexKey(0)), to: hex(indexKey(10_000)) },
      { from: hex(blockKey(0)), to: hex(blockKey(10_000)) },
    ]);
  });
});
