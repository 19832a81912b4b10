import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openLevelDatabase } from "../../src/platform/level-database.ts";
import { openLog } from "../../src/store/open-log.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { countMissing, LOG_OPTIONS } from "../support/log-options.ts";
import { quarantineFor } from "../support/quarantine.ts";
import { batchOf } from "../support/samples.ts";
import { createSeededRandom } from "../support/seeded-random.ts";

const OPTIONS = { ...LOG_OPTIONS, maxBytes: 100_000_000, clock: new FakeClock() };
const APPEND_COUNT = 60;
/** Together the appends fill more than 32 KiB of the journal. */
const ROW_COUNT = 60;
const COUNT = APPEND_COUNT * ROW_COUNT;

const random = createSeededRandom(11);
let parent: string;
/** A log whose appends are all in LevelDB's journal. */
let written: string;
/** The same, in its tables. */
let merged: string;
let copies = 0;

function noticeNothing(what: string): never {
  throw new Error(what);
}

beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), "tidegate-flipped-"));
  [written, merged] = [join(parent, "written", "log"), join(parent, "merged", "log")];
  const log = await openLog({ path: written, notice: noticeNothing, ...OPTIONS });
  const series = log.defineSeries({ metric: "voltage", tags: [], kind: "gauge", unit: "V" });
  const cursor = await log.cursor("intake");
  for (let append = 0; append < APPEND_COUNT; append += 1) {
    const rows = Array.from({ length: ROW_COUNT }, () => [series, append * 1_000, random.next()] as const);
    await Promise.all([log.append(batchOf(...rows), { sampled: ROW_COUNT, dropped: {} }), log.sync()]);
  }
  expect(cursor.position).toBe(0);
  await log.close();
  await cp(written, merged, { recursive: true });
  const database = await openLevelDatabase(merged, quarantineFor(merged));
  await database.compact(Uint8Array.of(0), Uint8Array.of(0xff));
  await database.close();
});

afterAll(() => rm(parent, { recursive: true }));

/** Opens a copy of the log with bits of one file turned over, and gives what is there and what is said. */
async function openFlipped(source: string, kind: RegExp, bitsOf: (bytes: Buffer) => readonly number[]) {
  copies += 1;
  const path = join(parent, String(copies), "log");
  await cp(source, path, { recursive: true });
  const [name = ""] = (await readdir(path)).filter((each) => kind.test(each));
  const bytes = await readFile(join(path, name));
  const bits = bitsOf(bytes);
  for (const bit of bits) bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  await writeFile(join(path, name), bytes);
  // As a correction leaves it that was cut off.
  await writeFile(join(path, "000000.dbtmp"), "begun");
  const notices: string[] = [];
  const log = await openLog({ path, notice: (what) => notices.push(what), ...OPTIONS });
  const slice = await (await log.cursor("intake")).read(COUNT * 2);
  await log.close();
  const kept = notices.at(-1)?.match(/kept in (.*)\.$/u)?.[1];
  const isKept = kept !== undefined && (await readFile(join(kept, name))).equals(bytes);
  const isTidy = !(await readdir(path)).some((each) => each.endsWith(".dbtmp"));
  const readable = slice.batch.count;
  return { found: { readable, unreadable: countMissing(slice), isKept, isTidy }, notices, bits, name: basename(name) };
}

function drawBit(bytes: Buffer, from = 0, to = bytes.length): number {
  return (from + Math.floor(random.next() * (to - from))) * 8 + Math.floor(random.next() * 8);
}

const WHOLE = { readable: COUNT, unreadable: 0, isKept: true, isTidy: true };

function corrected(bits: string, name: string): unknown[] {
  return [
    expect.stringMatching(new RegExp(`^Corrected ${bits} in ${name} of`, "u")),
    expect.stringContaining("kept in"),
  ];
}

describe("a log of which one bit has turned over", () => {
  test("is whole when it was any bit of the journal, and says so", async () => {
    for (let draws = 0; draws < 10; draws += 1) {
      const { found, notices, bits, name } = await openFlipped(written, /\.log$/u, (bytes) => [drawBit(bytes)]);
      expect([found, notices, bits]).toEqual([WHOLE, corrected("one flipped bit", name), bits]);
    }
  });

  test("is whole when it was a bit of the last write, after which nothing comes", async () => {
    const last = (bytes: Buffer) => [drawBit(bytes, bytes.length - 40)];
    const { found, notices, name } = await openFlipped(written, /\.log$/u, last);
    expect([found, notices]).toEqual([WHOLE, corrected("one flipped bit", name)]);
  });

  test("is whole and needs no repair when it was any bit of the manifest", async () => {
    for (let draws = 0; draws < 4; draws += 1) {
      const { found, notices, name } = await openFlipped(merged, /^MANIFEST/u, (bytes) => [drawBit(bytes)]);
      expect([found, notices]).toEqual([WHOLE, corrected("one flipped bit", name)]);
    }
  });

  test.each([
    ["the directory of a table", (bytes: Buffer) => drawBit(bytes, bytes.length - 60, bytes.length - 48)],
    ["what tells the place of that directory", (bytes: Buffer) => (bytes.length - 43) * 8 + 3],
    ["what tells that a table is one", (bytes: Buffer) => drawBit(bytes, bytes.length - 8)],
  ])("is whole when it was a bit of %s", async (_what, bitOf) => {
    const { found, notices, name } = await openFlipped(merged, /\.ldb$/u, (bytes) => [bitOf(bytes)]);
    expect([found, notices]).toEqual([WHOLE, corrected("one flipped bit", name)]);
  });
});

describe("a log of which several bits have turned over", () => {
  test("is whole when each was in a write of its own", async () => {
    const { found, notices, name } = await openFlipped(written, /\.log$/u, (bytes) =>
      [0.1, 0.5, 0.9].map((part) => Math.floor(bytes.length * part) * 8),
    );
    expect([found, notices]).toEqual([WHOLE, corrected("3 flipped bits", name)]);
  });

  test("tells what is lost when two were in the same write", async () => {
    const { found, notices } = await openFlipped(written, /\.log$/u, () => [4_000, 4_001]);
    expect(found).toMatchObject({ isKept: true, isTidy: true });
    expect(found.readable).toBeLessThan(COUNT);
    expect(notices[0]).toMatch(/^The journal \d+\.log of .* is damaged: \d+ bytes of it cannot be read/u);
  });
});
