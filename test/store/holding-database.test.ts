import { beforeEach, describe, expect, test } from "vitest";
import { seconds } from "../../src/model/time.ts";
import type { DatabaseOperation } from "../../src/platform/level-database.ts";
import { HoldingDatabase } from "../../src/store/holding-database.ts";
import { FakeClock, settle } from "../support/fake-clock.ts";
import { FakeDisk } from "../support/fake-database.ts";

let clock: FakeClock;
let disk: FakeDisk;
let database: HoldingDatabase;

beforeEach(() => {
  clock = new FakeClock();
  disk = new FakeDisk();
  database = new HoldingDatabase(disk.open(), clock);
});

function bytesOf(text: string): Uint8Array {
  return Buffer.from(text);
}

function put(key: string, value: string): DatabaseOperation {
  return { type: "put", key: bytesOf(key), value: bytesOf(value) };
}

function del(key: string): DatabaseOperation {
  return { type: "del", key: bytesOf(key) };
}

function write(...operations: DatabaseOperation[]): Promise<void> {
  return database.write(operations, { sync: false });
}

async function read(key: string): Promise<string | undefined> {
  const value = await database.get(bytesOf(key));
  return value && Buffer.from(value).toString();
}

async function walk(limit?: number): Promise<string[]> {
  const range = { from: bytesOf("a"), to: bytesOf("z"), ...(limit === undefined ? {} : { limit }) };
  const found: string[] = [];
  for await (const [key, value] of database.entries(range)) found.push(`${Buffer.from(key)}=${Buffer.from(value)}`);
  return found;
}

/** Lets no write end until the disk wakes. */
function stall(): () => void {
  const { promise, resolve } = Promise.withResolvers<void>();
  disk.slowness = () => promise;
  return () => {
    disk.slowness = undefined;
    resolve();
  };
}

describe("a database between the log and its disk", () => {
  test("hands writes through while the disk takes them", async () => {
    await write(put("a", "1"), put("b", "2"));
    await write(del("a"));
    expect(disk.writes.map(({ sync }) => sync)).toEqual([false, false]);
    expect(await walk()).toEqual(["b=2"]);
    expect(database.holding).toBeUndefined();
    expect(clock.pending()).toEqual([]);
  });

  test("holds what the disk refuses, and says since when and why", async () => {
    disk.isFull = true;
    await write(put("a", "1"));
    const since = clock.monotonic();
    await clock.advance(seconds(5));
    await write(put("b", "2"));
    expect(database.holding).toMatchObject({ since, reason: "no space left on the fake disk" });
    expect([await read("a"), await read("b")]).toEqual(["1", "2"]);
    expect(disk.seen.size).toBe(0);
  });

  test("brings all that is held to the disk with the next write that it takes, in one that is synced", async () => {
    disk.isFull = true;
    await write(put("a", "1"), put("b", "1"));
    await write(put("a", "2"), del("b"));
    disk.isFull = false;
    await write(put("c", "3"));
    expect(disk.writes).toHaveLength(1);
    expect(disk.writes[0]?.sync).toBe(true);
    expect([...disk.seen].map(([key, value]) => `${Buffer.from(key, "hex")}=${Buffer.from(value)}`)).toEqual([
      "a=2",
      "c=3",
    ]);
    expect(database.holding).toBeUndefined();
  });

  test("writes again, to no harm, what the disk had taken and denied", async () => {
    disk.faults.push("succeeds-but-says-not");
    await write(put("a", "1"));
    await write(put("a", "2"));
    disk.crash();
    database = new HoldingDatabase(disk.open(), clock);
    expect(await walk()).toEqual(["a=2"]);
  });

  test("deletes on the disk too what that had taken and denied while it was held", async () => {
    disk.faults.push("fails", "succeeds-but-says-not", "fails");
    await write(put("a", "1"));
    await write(put("b", "1"));
    await write(del("a"));
    expect(await walk()).toEqual(["b=1"]);
    await write(put("c", "1"));
    expect(disk.read(bytesOf("a"))).toBeUndefined();
  });

  test("walks over disk and memory in one order, without what is deleted in memory", async () => {
    await write(put("b", "disk"), put("d", "disk"), put("f", "disk"));
    disk.isFull = true;
    await write(put("a", "held"), put("d", "held"), del("f"), put("g", "held"));
    expect(await walk()).toEqual(["a=held", "b=disk", "d=held", "g=held"]);
    expect(await walk(2)).toEqual(["a=held", "b=disk"]);
    expect(await walk(0)).toEqual([]);
  });

  test("forgets what was made and deleted in memory, and keeps deletions of what is on disk", async () => {
    await write(put("old", "1"));
    disk.isFull = true;
    await write(put("cursor", "0"));
    const bytes = database.holding?.bytes ?? 0;
    for (let round = 0; round < 1_000; round += 1) {
      await write(put(`b${round}`, "block"), put("cursor", "0"));
      await write(del(`b${round}`));
    }
    expect(database.holding?.bytes).toBe(bytes);
    await write(del("old"));
    disk.isFull = false;
    await write(put("cursor", "1"));
    expect(await walk()).toEqual(["cursor=1"]);
    expect(disk.read(bytesOf("old"))).toBeUndefined();
  });

  test("refuses what memory has no room for, and then nothing has changed", async () => {
    database = new HoldingDatabase(disk.open(), clock, 200);
    disk.isFull = true;
    await write(put("a", "1"));
    const before = database.holding;
    await expect(write(put("a", "2"), put("b", "x".repeat(200)))).rejects.toMatchObject({ code: "STORE_FAILED" });
    expect(await walk()).toEqual(["a=1"]);
    expect(database.holding).toEqual(before);
  });

  test("takes what gives memory back when there is none left", async () => {
    database = new HoldingDatabase(disk.open(), clock, 250);
    disk.isFull = true;
    await write(put("a", "x".repeat(100)), put("c", "0"));
    await write(del("a"), put("c", "1"));
    await write(put("b", "x".repeat(100)));
    await write(put("c", "2"));
    expect(await walk()).toEqual([`b=${"x".repeat(100)}`, "c=2"]);
  });
});

describe("a database on a disk that stalls", () => {
  test("waits two seconds for a write, and goes on with it in memory", async () => {
    const wake = stall();
    let isWritten = false;
    void write(put("a", "1")).then(() => {
      isWritten = true;
    });
    await clock.advance(seconds(1.9));
    expect(isWritten).toBe(false);
    await clock.advance(seconds(0.1));
    expect(isWritten).toBe(true);
    expect(database.holding?.reason).toContain("more than 2 s");
    await write(put("b", "2"));
    expect(await walk()).toEqual(["a=1", "b=2"]);
    wake();
    await settle();
    await write(put("c", "3"));
    expect(database.holding).toBeUndefined();
    expect(disk.seen.size).toBe(3);
    expect(clock.pending()).toEqual([]);
  });

  test("deletes on the disk too what a late write may have brought there", async () => {
    const wake = stall();
    const late = write(put("a", "1"));
    await clock.advance(seconds(2));
    await late;
    await write(del("a"));
    wake();
    await settle();
    expect(disk.seen.size).toBe(1);
    await write(put("b", "2"));
    expect(await walk()).toEqual(["b=2"]);
    expect(disk.read(bytesOf("a"))).toBeUndefined();
  });

  test("holds what came after a late write that failed in the end", async () => {
    const wake = stall();
    const late = write(put("a", "1"));
    await clock.advance(seconds(2));
    await late;
    disk.faults.push("fails");
    wake();
    await settle();
    await write(put("b", "2"));
    expect(disk.seen.size).toBe(2);
  });
});

describe("closing", () => {
  test("brings what is held to the disk", async () => {
    disk.faults.push("fails");
    await write(put("a", "1"));
    await database.close();
    disk.crash();
    expect(Buffer.from(disk.read(bytesOf("a")) ?? []).toString()).toBe("1");
    expect(clock.pending()).toEqual([]);
  });

  test("says that the disk does not take what is held, and closes it all the same", async () => {
    disk.isFull = true;
    await write(put("a", "1"));
    await expect(database.close()).rejects.toMatchObject({ code: "STORE_FAILED" });
    await expect(database.get(bytesOf("b"))).rejects.toThrow("gone");
  });

  test("gives up on a disk that does not answer", async () => {
    stall();
    const late = write(put("a", "1"));
    await clock.advance(seconds(2));
    await late;
    const closed = database.close();
    closed.catch(() => undefined);
    await expect(clock.until(closed)).rejects.toMatchObject({ code: "STORE_FAILED" });
    expect(clock.pending()).toEqual([]);
  });
});
