import { execFile } from "node:child_process";
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { LogSlice } from "../../src/model/log.ts";
import { epochMillis, seconds } from "../../src/model/time.ts";
import { readBlock } from "../../src/platform/level-blocks.ts";
import { openLevelDatabase } from "../../src/platform/level-database.ts";
import { LevelReader } from "../../src/platform/level-reader.ts";
import { findIntactDirectory } from "../../src/platform/level-tables.ts";
import { Quarantine } from "../../src/platform/quarantine.ts";
import { openLog } from "../../src/store/open-log.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { countMissing, LOG_OPTIONS } from "../support/log-options.ts";
import { quarantineFor } from "../support/quarantine.ts";
import { batchOf } from "../support/samples.ts";
import { createSeededRandom } from "../support/seeded-random.ts";

const OPTIONS = { ...LOG_OPTIONS, maxBytes: 100_000_000 };
const APPEND_COUNT = 60;
const ROW_COUNT = 30;
const COUNT = APPEND_COUNT * ROW_COUNT;

/** Opens a log as a gateway does, reads it, and leaves it as a kill would. */
const RUN = `
  const { openLog } = await import(process.env.MODULE);
  const { FakeClock } = await import(process.env.CLOCK);
  const options = JSON.parse(process.env.OPTIONS);
  const log = await openLog({ ...options, path: process.env.FOLDER, clock: new FakeClock(), notice: console.log });
  const { batch } = await (await log.cursor("intake")).read(10_000);
  console.log(batch.count, "rows");
  process.kill(process.pid, "SIGKILL");
`;

let parent: string;
/** A log in LevelDB's tables, whose blocks hold some ten rows of LevelDB each. */
let merged: string;
let copies = 0;

beforeAll(async () => {
  const random = createSeededRandom(12);
  parent = await mkdtemp(join(tmpdir(), "tidegate-blocks-"));
  merged = join(parent, "merged", "log");
  const log = await openLog({ ...OPTIONS, path: merged, clock: new FakeClock(), notice: refuse });
  const series = log.defineSeries({ metric: "voltage", tags: [], kind: "gauge", unit: "V" });
  await log.cursor("intake");
  for (let append = 0; append < APPEND_COUNT; append += 1) {
    const rows = Array.from(
      { length: ROW_COUNT },
      () => [series, Math.floor(random.next() * 1e12), Math.sqrt(random.next())] as const,
    );
    await Promise.all([log.append(batchOf(...rows), { sampled: ROW_COUNT, dropped: {} }), log.sync()]);
  }
  await log.close();
  const database = await openLevelDatabase(merged, quarantineFor(merged));
  await database.compact(Uint8Array.of(0), Uint8Array.of(0xff));
  await database.close();
});

afterAll(() => rm(parent, { recursive: true }));

function refuse(what: string): never {
  throw new Error(what);
}

async function copy(source = merged): Promise<string> {
  copies += 1;
  const path = join(parent, String(copies), "log");
  await cp(source, path, { recursive: true });
  return path;
}

/** Turns bits over in the only table of a log. */
async function flip(path: string, bitsOf: (table: Buffer) => readonly number[]): Promise<void> {
  const name = (await readdir(path)).find((each) => each.endsWith(".ldb")) ?? "";
  const table = await readFile(join(path, name));
  for (const bit of bitsOf(table)) table[bit >> 3] = (table[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  await writeFile(join(path, name), table);
}

/** Where the blocks of a table begin. Units: bytes. */
function offsetsOf(table: Buffer): number[] {
  const directory = findIntactDirectory(table);
  const entries = readBlock(table.subarray(directory?.offset, directory?.end)) ?? [];
  return entries.map(({ value }) => new LevelReader(value).varint());
}

/** Makes the first key of a block shorter than LevelDB's own part of it, by so many bits. */
function shortenKey(position: number, bitCount: 1 | 2): (table: Buffer) => readonly number[] {
  return (table) => {
    const keyBytesAt = (offsetsOf(table)[position] ?? 0) + 1;
    const highest = 31 - Math.clz32(table[keyBytesAt] ?? 0);
    return [keyBytesAt * 8 + highest, keyBytesAt * 8 + highest - 1].slice(0, bitCount);
  };
}

interface Opened {
  readonly rows: number;
  readonly missing: number;
  readonly notices: readonly string[];
}

async function openAndRead(path: string, isThorough: boolean): Promise<Opened> {
  const notices: string[] = [];
  const notice = (what: string): unknown => notices.push(what);
  const log = await openLog({ ...OPTIONS, path, clock: new FakeClock(), notice, isThorough });
  const slice: LogSlice = await (await log.cursor("intake")).read(COUNT * 2);
  await log.close();
  return { rows: slice.batch.count, missing: countMissing(slice), notices };
}

const CORRECTED = [
  expect.stringMatching(/^Corrected one flipped bit in \d+\.ldb of/u),
  expect.stringContaining("kept in"),
];

describe("a block of a table in which a bit has turned over", () => {
  test("is corrected, wherever in it the bit is", async () => {
    const draw = createSeededRandom(13);
    for (let draws = 0; draws < 6; draws += 1) {
      const path = await copy();
      await flip(path, (table) => [Math.floor(draw.next() * (offsetsOf(table).at(-1) ?? 0) * 8)]);
      expect(await openAndRead(path, true)).toEqual({ rows: COUNT, missing: 0, notices: CORRECTED });
      expect(await openAndRead(path, true)).toEqual({ rows: COUNT, missing: 0, notices: [] });
    }
  });

  test("is corrected when a person's page of samples comes upon it", async () => {
    const path = await copy();
    const notices: string[] = [];
    const notice = (what: string): unknown => notices.push(what);
    const log = await openLog({ ...OPTIONS, path, clock: new FakeClock(), notice });
    await flip(path, (table) => [(offsetsOf(table)[1] ?? 0) * 8 + 3_001]);
    const page = await log.care.page({ from: 0, fromAt: 0, toAt: 1e15 });
    expect([page.batch.count, page.unreadable, notices]).toEqual([COUNT, 0, CORRECTED]);
    await log.close();
  });

  test("that ends the process each time LevelDB meets it does so twice, and not a third time", async () => {
    const path = await copy();
    await flip(path, shortenKey(0, 1));
    const run = () =>
      new Promise<readonly [string | null | undefined, string]>((resolve) => {
        const moduleOf = (name: string): string => new URL(name, import.meta.url).href;
        const env = {
          FOLDER: path,
          OPTIONS: JSON.stringify(OPTIONS),
          MODULE: moduleOf("../../src/store/open-log.ts"),
          CLOCK: moduleOf("../support/fake-clock.ts"),
        };
        execFile(process.execPath, ["--input-type=module", "--eval", RUN], { env }, (error, out) =>
          resolve([error?.signal, out]),
        );
      });
    expect(await run()).toEqual(["SIGABRT", ""]);
    expect(await run()).toEqual(["SIGABRT", ""]);
    expect(await run()).toEqual([
      "SIGKILL",
      expect.stringMatching(new RegExp(`^Corrected one .*\n.*\n${COUNT} rows`, "u")),
    ]);
  });

  test("is corrected before LevelDB's repair reads it, which it would end", async () => {
    const path = await copy();
    await flip(path, shortenKey(1, 1));
    await rm(join(path, "CURRENT"));
    const { rows, notices } = await openAndRead(path, false);
    expect([rows, notices[1]]).toEqual([COUNT, CORRECTED[0]]);
  });

  test("waits for room on the disk to be corrected, and the database stays open and is written meanwhile", async () => {
    const path = await copy();
    const notices: string[] = [];
    let free = 0;
    const database = await openLevelDatabase(
      path,
      new Quarantine({
        folder: join(path, "..", "quarantine"),
        now: () => epochMillis(0),
        freeBytesMin: 0,
        measureFree: async () => free,
        notice: (what) => notices.push(what),
      }),
    );
    await flip(path, (table) => [(offsetsOf(table)[3] ?? 0) * 8 + 999]);
    const key = Buffer.from("a key of a test");
    const write = (): Promise<void> => database.write([{ type: "put", key, value: key }], { sync: true });
    expect(await database.check({ pause: async () => undefined })).toBe(true);
    await write();
    expect([await database.get(key), notices]).toEqual([key, []]);
    free = 1e9;
    await write();
    expect([await database.get(key), notices]).toEqual([key, CORRECTED]);
    expect(await database.check({ pause: async () => undefined })).toBe(false);
    await database.close();
  });

  test("is corrected within a day while the log is used, with the next write", async () => {
    const path = await copy();
    const notices: string[] = [];
    const clock = new FakeClock();
    const log = await openLog({ ...OPTIONS, path, clock, notice: (what) => notices.push(what), isPatrolled: true });
    await flip(path, (table) => [(offsetsOf(table)[3] ?? 0) * 8 + 999]);
    await clock.advance(seconds(10 * 60));
    for (let turns = 0; turns < 1_000 && notices.length === 0; turns += 1) {
      await clock.advance(seconds(1));
      await new Promise(setImmediate);
      await Promise.all([log.append(batchOf([0, turns, 1]), { sampled: 1, dropped: {} }), log.sync()]);
    }
    expect(notices).toEqual(CORRECTED);
    await log.close();
  });
});

describe("a block of a table that is damaged beyond correction", () => {
  test("is emptied when its keys cannot be followed, and costs its own rows alone", async () => {
    const path = await copy();
    await flip(path, shortenKey(2, 2));
    const { rows, missing, notices } = await openAndRead(path, true);
    expect(notices[0]).toMatch(
      /^The table \d+\.ldb .* damaged in one block: \d+ bytes are taken out, and what only they/u,
    );
    expect(rows + missing).toBe(COUNT);
    expect([missing > 0, missing < COUNT / 3]).toEqual([true, true]);
    expect((await openAndRead(path, true)).notices).toEqual([]);
  });

  test("stays when its keys can be followed, and costs the damaged rows alone", async () => {
    const path = await copy();
    await flip(path, (table) => [(offsetsOf(table)[2] ?? 0) * 8 + 800, (offsetsOf(table)[2] ?? 0) * 8 + 801]);
    const { rows, missing, notices } = await openAndRead(path, true);
    expect(notices[0]).toMatch(/damaged in one block: \d+ bytes stay for what of them can be read\.$/u);
    expect([rows, missing]).toEqual([COUNT - ROW_COUNT, ROW_COUNT]);
  });
});

describe("the tables of a log", () => {
  test("are looked through after two ends without a close, and not after one or after a close", async () => {
    const path = await copy();
    await flip(path, (table) => [(offsetsOf(table)[2] ?? 0) * 8 + 800]);
    const open = async (folder: string) => {
      const notices: string[] = [];
      const clock = new FakeClock();
      const log = await openLog({ ...OPTIONS, path: folder, clock, notice: (what) => notices.push(what) });
      const killed = await copy(folder);
      await log.close();
      return { notices, killed };
    };
    await open(path);
    const once = await open(path);
    expect(once.notices).toEqual([]);
    await open(once.killed);
    const twice = await open(once.killed);
    expect(twice.notices).toEqual([]);
    expect((await open(twice.killed)).notices).toEqual(CORRECTED);
    expect((await open(twice.killed)).notices).toEqual([]);
  });
});
