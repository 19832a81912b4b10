import { cp, mkdtemp, readdir, readFile, rm, truncate, unlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Series } from "../../src/model/series.ts";
import { seriesKey } from "../../src/model/series.ts";
import { openLog } from "../../src/store/open-log.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { LOG_OPTIONS } from "../support/log-options.ts";
import { batchOf } from "../support/samples.ts";

const OPTIONS = { ...LOG_OPTIONS, maxBytes: 100_000_000 };
const LIVES = 3;
const ROWS = 40;
const COUNT = LIVES * ROWS;

/** Each life has a series of its own, and one that every life has. */
const SERIES: readonly Series[] = ["every life", "0", "1", "2"].map((life) => {
  return { metric: "voltage", tags: [`life:${life}`], kind: "gauge", unit: "V" };
});

let parent: string;
let whole: string;

/** What stands under a sequence: the row of its life, in a series that belongs to it. */
function seriesAt(sequence: number): Series {
  return SERIES[sequence % 2 === 0 ? 0 : 1 + Math.floor(sequence / ROWS)] as Series;
}

/** Three lives, whose blocks LevelDB keeps in a table each, and those of the last in its journal. */
beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), "tidegate-lost-"));
  whole = join(parent, "whole");
  const clock = new FakeClock();
  for (let life = 0; life < LIVES; life += 1) {
    clock.setTrusted(life !== 1);
    const log = await openLog({ ...OPTIONS, path: join(whole, "log"), clock, notice: () => undefined });
    await log.cursor("intake");
    for (let row = 0; row < ROWS; row += 1) {
      const sequence = life * ROWS + row;
      const sample = [log.defineSeries(seriesAt(sequence)), sequence, sequence] as const;
      await Promise.all([log.append(batchOf(sample), { sampled: 1, dropped: {} }), log.sync()]);
    }
    await log.close();
  }
});

afterAll(async () => {
  await rm(parent, { recursive: true });
});

const HARMS: Readonly<Record<string, (file: string) => Promise<void>>> = {
  deleted: unlink,
  zeroed: async (file) => writeFile(file, (await readFile(file)).fill(0)),
  "cut in half": async (file) => truncate(file, Math.floor((await readFile(file)).length / 2)),
  "worn in a place": async (file) => {
    const bytes = await readFile(file);
    const middle = Math.floor(bytes.length / 2);
    await writeFile(file, bytes.fill(0xff, middle, middle + 16));
  },
};

interface Found {
  /** Sequences that were read, and which series they were of. */
  readonly read: ReadonlyMap<number, string>;
  readonly unreadable: number;
  readonly told: number;
  readonly notices: readonly string[];
}

async function readBack(folder: string): Promise<Found> {
  const notices: string[] = [];
  const clock = new FakeClock();
  const log = await openLog({ ...OPTIONS, path: folder, clock, notice: (what) => notices.push(what) });
  const cursor = await log.cursor("intake");
  const { from, to, batch, sequences } = await cursor.read(2 * COUNT);
  expect([from, to]).toEqual([0, COUNT]);
  const read = new Map<number, string>();
  for (let row = 0; row < batch.count; row += 1) {
    const sequence = sequences[row] ?? -1;
    expect(batch.value[row]).toBe(sequence);
    read.set(sequence, seriesKey(log.seriesOf(batch.series[row] ?? 0)));
  }
  const told = log.losses().reduce((sum, { count }) => sum + count, 0);
  await log.close();
  return { read, unreadable: to - from - batch.count, told, notices };
}

/** Breaks one file of a copy of the folder, and gives what is left. */
async function breakFile(name: string, harm: string): Promise<Found> {
  const place = await mkdtemp(join(parent, "case-"));
  await cp(whole, place, { recursive: true });
  const folder = join(place, "log");
  await HARMS[harm]?.(join(folder, name));
  return await readBack(folder);
}

/** Whatever is read has its own name, and what is missing is of one life, and told. */
function expectLossOfOneLife({ read, unreadable, told }: Found): void {
  for (const [sequence, series] of read) expect(series).toBe(seriesKey(seriesAt(sequence)));
  expect(read.size + unreadable).toBe(COUNT);
  expect(told).toBe(unreadable);
  const missing = Array.from({ length: COUNT }, (_, sequence) => sequence).filter((sequence) => !read.has(sequence));
  expect(new Set(missing.map((sequence) => Math.floor(sequence / ROWS))).size).toBeLessThanOrEqual(1);
}

async function namesOf(kind: RegExp): Promise<string[]> {
  return (await readdir(join(whole, "log"))).filter((name) => kind.test(name));
}

describe("a log of which one file is gone or worn", () => {
  test("has its samples in several files, and its series in one of them and in their copy", async () => {
    expect(await namesOf(/\.(?:ldb|log)$/u)).toHaveLength(LIVES);
    expect(await namesOf(/^definitions\.copy$/u)).toHaveLength(1);
  });

  test("loses no more than the samples of that file, and tells all of them", async () => {
    let unreadable = 0;
    for (const name of await namesOf(/\.(?:ldb|log)$/u)) {
      const found = await breakFile(name, "deleted");
      expectLossOfOneLife(found);
      unreadable += found.unreadable;
      expect(found.notices, name).not.toEqual([]);
    }
    expect(unreadable).toBeGreaterThan(0);
  });

  test("tells of a worn journal how many samples are behind the damage", async () => {
    const [name = ""] = await namesOf(/\.log$/u);
    const found = await breakFile(name, "worn in a place");
    expectLossOfOneLife(found);
    expect(found.unreadable).toBeGreaterThan(0);
  });

  test.each(Object.keys(HARMS))("loses nothing and says nothing when the copy is %s", async (harm) => {
    const found = await breakFile("definitions.copy", harm);
    expectLossOfOneLife(found);
    expect(found).toMatchObject({ unreadable: 0, notices: [] });
  });
});
