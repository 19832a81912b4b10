import { describe, expect, test } from "vitest";
import type { Log } from "../../src/model/log.ts";
import { epochMillis, millis } from "../../src/model/time.ts";
import { decodeEpoch, encodeEpoch } from "../../src/store/epoch-record.ts";
import { encodeFormat, FORMAT } from "../../src/store/format-record.ts";
import type { LogOptions } from "../../src/store/group-commit-log.ts";
import {
  cursorKey,
  definitionKey,
  epochKey,
  eventPlaceKey,
  FORMAT_KEY,
  LIFE_KEY,
  STATE_KEY,
} from "../../src/store/keys.ts";
import { RecordCopy } from "../../src/store/record-copy.ts";
import { eventOf } from "../conformance/event-suite.ts";
import { appendRows, deliver } from "../conformance/log-suite.ts";
import type { FakeDisk } from "../support/fake-database.ts";
import { LogOnDisk } from "../support/log-on-disk.ts";
import { countMissing } from "../support/log-options.ts";

const VOLTAGE = { metric: "voltage", tags: [], kind: "gauge", unit: "V" } as const;
const CURRENT = { metric: "current", tags: ["phase:1"], kind: "gauge", unit: "A" } as const;
const POWER = { metric: "power", tags: [], kind: "gauge", unit: "W" } as const;

/** A log on a disk with a side file. */
class World extends LogOnDisk {
  /** Two series of two samples each, synced; the process is then gone. */
  async fill(options: Partial<LogOptions> = {}): Promise<void> {
    const log = await this.open(options);
    await log.cursor("intake");
    for (const series of [VOLTAGE, CURRENT]) {
      const id = log.defineSeries(series);
      await write(log, id, 1_000);
      await write(log, id, 2_000);
    }
    this.disk.crash();
  }
}

async function write(log: Log, id: number, at: number): Promise<void> {
  await Promise.all([appendRows(log, [[id, at, 1]]), log.sync()]);
}

function replaceSide(disk: FakeDisk, bytes: Uint8Array | undefined): void {
  disk.side = bytes;
}

/** The metrics of the samples that a reader gets, in their order, and how many are missing. */
async function readBack(log: Log): Promise<{ metrics: string[]; missing: number }> {
  const slice = await (await log.cursor("intake")).read(1_000);
  const ids = [...slice.batch.series.subarray(0, slice.batch.count)];
  return { metrics: ids.map((id) => log.seriesOf(id).metric), missing: countMissing(slice) };
}

const WHOLE = { metrics: ["voltage", "voltage", "current", "current"], missing: 0 };

describe("a definition that the database lost", () => {
  test.each([
    ["is gone", (disk: FakeDisk) => disk.lose(definitionKey(1))],
    ["has a bit turned over", (disk: FakeDisk) => disk.flipBit(definitionKey(1), 77)],
  ])("and that %s is taken from the copy, told, and written back", async (_how, harm) => {
    const world = new World();
    await world.fill();
    const before = world.disk.read(definitionKey(1));
    harm(world.disk);
    const log = await world.open();
    expect(world.notices).toEqual([expect.stringContaining("lost 1 definitions of series: they are taken from their")]);
    expect(await readBack(log)).toEqual(WHOLE);
    expect(log.defineSeries(POWER)).toBe(2);
    expect(log.defineSeries(CURRENT)).toBe(1);
    expect(world.disk.read(definitionKey(1))).toEqual(before);
    await log.close();
    await world.open();
    expect(world.notices).toEqual([]);
  });

  test("and the copy too makes its samples unreadable, and is told", async () => {
    const world = new World();
    await world.fill();
    world.disk.lose(definitionKey(1));
    world.disk.side = undefined;
    const log = await world.open();
    expect(world.notices).toEqual([expect.stringContaining("The definitions of 1 series are lost")]);
    expect(await readBack(log)).toEqual({ metrics: ["voltage", "voltage"], missing: 2 });
    expect(log.defineSeries(POWER)).toBe(2);
  });

  test("with the state that counts them gives no id away twice", async () => {
    const world = new World();
    await world.fill();
    for (const key of [definitionKey(0), definitionKey(1), STATE_KEY]) world.disk.lose(key);
    const log = await world.open();
    expect(await readBack(log)).toEqual(WHOLE);
    expect(log.defineSeries(POWER)).toBe(2);
  });
});

describe("a copy", () => {
  test.each([
    ["is gone", (disk: FakeDisk) => replaceSide(disk, undefined)],
    ["was cut short", (disk: FakeDisk) => replaceSide(disk, disk.side?.subarray(0, 50))],
    ["is empty", (disk: FakeDisk) => replaceSide(disk, new Uint8Array())],
    [
      "reads as zeros",
      (disk: FakeDisk) =>
        replaceSide(
          disk,
          disk.side?.map(() => 0),
        ),
    ],
    ["has a length that leads nowhere", (disk: FakeDisk) => disk.flipSideBit(31)],
    ["has a record that is damaged", (disk: FakeDisk) => disk.flipSideBit(100)],
  ])("that %s costs nothing and is whole again afterwards", async (_how, harm) => {
    const world = new World();
    await world.fill();
    harm(world.disk);
    const log = await world.open();
    expect(world.notices).toEqual([]);
    expect(await readBack(log)).toEqual(WHOLE);
    await log.close();
    for (const id of [0, 1]) world.disk.lose(definitionKey(id));
    expect(await readBack(await world.open())).toEqual(WHOLE);
  });

  test("that is whole is not written anew, nor with what it says already", async () => {
    const world = new World();
    const log = await world.open();
    const id = log.defineSeries(VOLTAGE);
    await write(log, id, 1_000);
    const before = world.disk.side;
    for (const at of [2_000, 3_000, 4_000]) await write(log, id, at);
    expect(world.disk.side).toBe(before);
  });

  test("knows of a series before the database does, so that its id never stands for another", async () => {
    const world = new World();
    await world.fill();
    const log = await world.open();
    world.disk.isFull = false;
    world.disk.faults.push("fails");
    const appended = appendRows(log, [[log.defineSeries(POWER), 3_000, 1]]);
    await world.clock.advance(millis(1_000));
    world.disk.crash();
    appended.catch(() => undefined);
    const again = await world.open();
    expect(world.disk.read(definitionKey(2))).toBeDefined();
    expect(world.notices).toEqual([]);
    expect(again.defineSeries(CURRENT)).toBe(1);
    expect(again.defineSeries({ ...POWER, unit: "kW" })).toBe(3);
  });

  test("is overruled where both are whole and differ", async () => {
    const world = new World();
    await world.fill();
    const older = world.disk.read(definitionKey(0)) ?? new Uint8Array();
    world.disk.put(definitionKey(1), older);
    const log = await world.open();
    expect((await readBack(log)).metrics).toEqual(["voltage", "voltage", "voltage", "voltage"]);
    expect(world.notices).toEqual([]);
  });

  test("of a store of a newer format stays as it is", async () => {
    const world = new World();
    await world.fill();
    world.disk.put(FORMAT_KEY, encodeFormat(FORMAT + 1));
    const before = world.disk.side;
    await expect(world.open()).rejects.toMatchObject({ code: "STORE_NEWER_FORMAT" });
    expect(world.disk.side).toBe(before);
  });

  test.each(["fails", "tears", "succeeds-but-says-not"] as const)(
    "of which a write %s costs no sample and catches up with the next write",
    async (fault) => {
      const world = new World();
      const log = await world.open();
      await log.cursor("intake");
      await write(log, log.defineSeries(VOLTAGE), 1_000);
      world.disk.sideFaults.push(fault, "fails");
      const id = log.defineSeries(CURRENT);
      await write(log, id, 2_000);
      expect(world.notices).toEqual([expect.stringContaining("second copy of the definitions of series cannot be")]);
      await write(log, id, 3_000);
      expect(world.notices.slice(1)).toEqual([expect.stringContaining("is whole again")]);
      world.disk.crash();
      for (const of of [0, 1]) world.disk.lose(definitionKey(of));
      expect((await readBack(await world.open())).metrics).toEqual(["voltage", "current", "current"]);
    },
  );

  test("that can neither be read nor written leaves a log that works", async () => {
    const world = new World();
    world.disk.isSideDead = true;
    await world.fill();
    const log = await world.open();
    expect(await readBack(log)).toEqual(WHOLE);
    await log.close();
  });

  test("is behind a disk that is full, and follows when the disk takes it", async () => {
    const world = new World();
    const log = await world.open();
    await log.cursor("intake");
    world.disk.isFull = true;
    const appended = appendRows(log, [[log.defineSeries(VOLTAGE), 1_000, 1]]);
    await world.clock.advance(millis(3_000));
    world.disk.isFull = false;
    await world.clock.advance(millis(3_000));
    await appended;
    world.disk.crash();
    world.disk.lose(definitionKey(0));
    expect(await readBack(await world.open())).toEqual({ metrics: ["voltage"], missing: 0 });
  });

  test("stays small however often the same is written anew", async () => {
    const world = new World();
    const copy = new RecordCopy(world.disk.open());
    await copy.settle([]);
    for (let offset = 0; offset < 2_000; offset += 1) {
      const epoch = { id: 0, openedAt: epochMillis(0), isTrusted: false, placement: "bounded" } as const;
      const value = encodeEpoch({ ...epoch, offset: millis(offset), bootId: "", line: 0 });
      await copy.keep([{ type: "put", key: epochKey(0), value }]);
    }
    expect(world.disk.side?.length).toBeLessThan(70_000);
    const { epochs } = await new RecordCopy(world.disk.open()).read();
    expect(decodeEpoch(epochs.get(0) ?? new Uint8Array(), 0)?.offset).toBe(1_999);
  });
});

describe("an epoch that the database lost", () => {
  test("is taken from the copy, so that its samples keep their moments", async () => {
    const world = new World();
    await world.fill();
    const placed = { placement: "bounded", offset: millis(500_000), bootId: "an earlier one", line: 0 } as const;
    const record = encodeEpoch({ id: 0, openedAt: epochMillis(0), isTrusted: false, ...placed });
    world.disk.put(epochKey(0), record);
    await (await world.open()).close();
    world.disk.lose(epochKey(0));
    const log = await world.open();
    expect(world.notices).toEqual([expect.stringContaining("lost 1 clock epochs")]);
    expect(log.stats().oldestAt).toBe(501_000);
    expect(world.disk.read(epochKey(0))).toEqual(record);
  });

  test.each([
    ["lost", (disk: FakeDisk) => disk.lose(epochKey(0))],
    ["damaged", (disk: FakeDisk) => disk.flipBit(epochKey(0), 60)],
  ])("or finds %s, and the copy too, costs no sample and is told", async (what, harm) => {
    const world = new World();
    await world.fill();
    harm(world.disk);
    world.disk.side = undefined;
    const log = await world.open();
    expect(world.notices).toEqual([expect.stringContaining(`A clock epoch is ${what}`)]);
    expect(await readBack(log)).toEqual(WHOLE);
    await write(log, 0, 3_000);
    expect(world.disk.read(epochKey(1))).toBeDefined();
  });

  test("on purpose, with the last block that named it, does not come back", async () => {
    const world = new World();
    await world.fill();
    const log = await world.open();
    await write(log, 0, 8_000);
    const cursor = await log.cursor("intake");
    await cursor.commit(deliver(await cursor.read(5)));
    expect(world.disk.read(epochKey(0))).toBeUndefined();
    world.disk.writeBack();
    world.disk.crash();
    await write(await world.open(), 0, 9_000);
    expect(world.disk.read(epochKey(0))).toBeUndefined();
  });
});

describe("a place that the database lost", () => {
  test("of a cursor is where it was when the log was closed", async () => {
    const world = new World();
    await world.fill({ history: millis(1e9) });
    const log = await world.open({ history: millis(1e9) });
    const cursor = await log.cursor("intake");
    await cursor.commit(deliver(await cursor.read(3)));
    await log.close();
    world.disk.lose(cursorKey("intake"));
    const again = await (await world.open({ history: millis(1e9) })).cursor("intake");
    expect(world.notices).toEqual([
      expect.stringContaining("The record of cursor intake is lost: it goes on from where"),
    ]);
    expect([again.position, again.counts.delivered]).toEqual([3, 3]);
  });

  test("of a cursor counts nothing as unreadable that was deleted since", async () => {
    const world = new World();
    await world.fill();
    const log = await world.open();
    const cursor = await log.cursor("intake");
    await cursor.commit(deliver(await cursor.read(2)));
    world.disk.writeBack();
    world.disk.crash();
    world.disk.lose(cursorKey("intake"));
    const again = await (await world.open()).cursor("intake");
    expect([again.position, again.counts.unreadable]).toEqual([2, 0]);
  });

  test("of a cursor that was dropped does not come back", async () => {
    const world = new World();
    await world.fill();
    const log = await world.open();
    log.keepFor([]);
    await log.care.dropCursor("intake");
    world.disk.crash();
    const again = await world.open();
    expect(world.notices).toEqual([]);
    expect(again.care.cursors()).toEqual([]);
  });

  test("among the events is where it was when the log was closed, and counts nothing as lost", async () => {
    const world = new World();
    const log = await world.open();
    const reader = await log.events.reader("intake");
    await log.events.reader("other");
    await Promise.all([...["one", "two", "three"].map((title) => log.events.put(eventOf(title))), log.sync()]);
    await reader.pass(reader.read(2), { kind: "delivered" });
    await log.close();
    world.disk.lose(eventPlaceKey("intake"));
    const again = await (await world.open()).events.reader("intake");
    expect(world.notices).toEqual([expect.stringContaining("The place of intake among the events is lost")]);
    expect(again.counts).toEqual({ delivered: 2, expired: 0, rejected: 0, lost: 0 });
    expect(again.read(9).map(({ event }) => event.title)).toEqual(["three"]);
  });
});

describe("how far the log went", () => {
  test("is known after it lost its newest samples and everything that counts them", async () => {
    const world = new World();
    await world.fill();
    await (await world.open()).close();
    for (const space of [0x62, 0x69]) for (const key of world.disk.keys(space).slice(2)) world.disk.lose(key);
    world.disk.lose(STATE_KEY);
    world.disk.lose(LIFE_KEY);
    const log = await world.open();
    expect(log.stats()).toMatchObject({ head: 0, end: 4, tally: { sampled: 4 } });
    expect(world.notices).toContainEqual(expect.stringContaining("2 samples are missing, numbers 2 to 3"));
    expect(await readBack(log)).toEqual({ metrics: ["voltage", "voltage"], missing: 2 });
    expect(log.earlier).toMatchObject({ isClean: true });
  });
});
