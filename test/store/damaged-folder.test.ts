import { cp, mkdtemp, open, readdir, readFile, rm, truncate, unlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openLevelDatabase } from "../../src/platform/level-database.ts";
import { blockKey } from "../../src/store/keys.ts";
import { openLog } from "../../src/store/open-log.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { countMissing, LOG_OPTIONS } from "../support/log-options.ts";
import { quarantineFor } from "../support/quarantine.ts";
import { batchOf } from "../support/samples.ts";

const OPTIONS = { ...LOG_OPTIONS, maxBytes: 100_000_000, clock: new FakeClock() };
const BLOCK_COUNT = 60;
const ROW_COUNT = 1_000;

/** A repair leaves what it took over, and what it could not read, in the quarantine. */
const REPAIRED = [expect.stringContaining("it is repaired"), expect.stringContaining("is kept in")];

let parent: string;
let folder: string;
let notices: string[];

function notice(what: string): void {
  notices.push(what);
}

/** Sixty blocks, in LevelDB's tables and no longer in its journal, of values that it compresses. */
async function fill(): Promise<void> {
  const log = await openLog({ path: folder, notice, ...OPTIONS });
  const series = log.defineSeries({ metric: "voltage", tags: [], kind: "gauge", unit: "V" });
  await log.cursor("intake");
  for (let block = 0; block < BLOCK_COUNT; block += 1) {
    const rows = Array.from({ length: ROW_COUNT }, (_, row) => [series, block * ROW_COUNT + row, row % 7] as const);
    await Promise.all([log.append(batchOf(...rows), { sampled: ROW_COUNT, dropped: {} }), log.sync()]);
  }
  await log.close();
  const database = await openLevelDatabase(folder, quarantineFor(folder, notice));
  await database.compact(Uint8Array.of(0), Uint8Array.of(0xff));
  await database.close();
  expect(notices).toEqual([]);
}

/** Adds some samples, which stay in LevelDB's journal. */
async function append(count: number): Promise<void> {
  const log = await openLog({ path: folder, notice, ...OPTIONS });
  const series = log.defineSeries({ metric: "voltage", tags: [], kind: "gauge", unit: "V" });
  const rows = Array.from({ length: count }, (_, row) => [series, BLOCK_COUNT * ROW_COUNT + row, row] as const);
  await Promise.all([log.append(batchOf(...rows), { sampled: count, dropped: {} }), log.sync()]);
  await log.close();
}

/** Adds samples one by one, each with a write of its own, all of which stay in LevelDB's journal. */
async function appendEach(count: number): Promise<void> {
  const log = await openLog({ path: folder, notice, ...OPTIONS });
  const series = log.defineSeries({ metric: "voltage", tags: [], kind: "gauge", unit: "V" });
  for (let row = 0; row < count; row += 1) {
    const sample = [series, BLOCK_COUNT * ROW_COUNT + row, row] as const;
    await Promise.all([log.append(batchOf(sample), { sampled: 1, dropped: {} }), log.sync()]);
  }
  await log.close();
}

/** Turns two bits over in the middle of a file, and gives what it holds then. */
async function damageMiddle(file: string): Promise<Uint8Array> {
  const bytes = await readFile(file);
  const middle = Math.floor(bytes.length / 2);
  bytes[middle] = (bytes[middle] ?? 0) ^ 6;
  await writeFile(file, bytes);
  return bytes;
}

/** Adds samples, lets LevelDB go on to its next manifest, and gives CURRENT and the manifest from before that. */
async function addAndRemember(): Promise<Map<string, Uint8Array>> {
  await append(5);
  const earlier = new Map<string, Uint8Array>();
  for (const file of await filesOf(/^(?:CURRENT|MANIFEST.*)$/u)) earlier.set(file, await readFile(file));
  const log = await openLog({ path: folder, notice, ...OPTIONS });
  await log.close();
  return earlier;
}

async function filesOf(kind: RegExp): Promise<string[]> {
  return (await readdir(folder)).filter((name) => kind.test(name)).map((name) => join(folder, name));
}

async function damage(file: string, offset: number): Promise<void> {
  const handle = await open(file, "r+");
  await handle.write(new Uint8Array(16).fill(0xff), 0, 16, offset);
  await handle.close();
}

/** Puts zeros over a table but for the last bytes, at whose front its directory is. */
async function blank(file: string, from: number, kept: number): Promise<void> {
  const bytes = await readFile(file);
  await writeFile(file, bytes.fill(0, from, bytes.length - kept));
}

const FOOTER_BYTES = 48;

async function cutInHalf(file: string): Promise<void> {
  await truncate(file, Math.floor((await readFile(file)).length / 2));
}

async function readBack(): Promise<{ readable: number; unreadable: number; to: number }> {
  const log = await openLog({ path: folder, notice, ...OPTIONS });
  const slice = await (await log.cursor("intake")).read(BLOCK_COUNT * ROW_COUNT * 2);
  await log.close();
  return { readable: slice.batch.count, unreadable: countMissing(slice), to: slice.to };
}

describe("a folder that a worn card or a lost file has damaged", () => {
  let filled: string;

  beforeAll(async () => {
    filled = await mkdtemp(join(tmpdir(), "tidegate-filled-"));
    folder = filled;
    notices = [];
    await fill();
  });

  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), "tidegate-damaged-"));
    folder = join(parent, "log");
    await cp(filled, folder, { recursive: true });
    notices = [];
  });

  afterEach(() => rm(parent, { recursive: true }));

  afterAll(() => rm(filled, { recursive: true }));

  test.each([
    ["CURRENT is missing", /^CURRENT$/u, unlink],
    ["CURRENT is empty", /^CURRENT$/u, truncate],
    ["the manifest is missing", /^MANIFEST/u, unlink],
    ["CURRENT names another manifest", /^CURRENT$/u, (file: string) => writeFile(file, "MANIFEST-999999\n")],
  ])("is whole again after a repair when %s", async (_what, kind, harm) => {
    for (const file of await filesOf(kind)) await harm(file);
    expect(await readBack()).toEqual({ readable: 60_000, unreadable: 0, to: 60_000 });
    expect(notices).toEqual(REPAIRED);
  });

  test("is whole when CURRENT went back to a manifest whose journals are deleted", async () => {
    const earlier = await addAndRemember();
    for (const [file, bytes] of earlier) await writeFile(file, bytes);
    expect(await readBack()).toEqual({ readable: 60_005, unreadable: 0, to: 60_005 });
    expect(notices).toEqual([]);
  });

  test("is whole when CURRENT went back and the manifest it names is gone", async () => {
    const earlier = await addAndRemember();
    for (const [file, bytes] of earlier) if (file.endsWith("CURRENT")) await writeFile(file, bytes);
    expect(await readBack()).toEqual({ readable: 60_005, unreadable: 0, to: 60_005 });
    expect(notices).toEqual([]);
  });

  test("is whole when a newer manifest than CURRENT names was never finished", async () => {
    await append(5);
    await writeFile(join(folder, "MANIFEST-000777"), "begun");
    expect(await readBack()).toEqual({ readable: 60_005, unreadable: 0, to: 60_005 });
    expect(notices).toEqual([]);
  });

  test("is repaired when the newer manifest was never finished and the one before is gone", async () => {
    for (const file of await filesOf(/^MANIFEST/u)) await unlink(file);
    await writeFile(join(folder, "MANIFEST-000777"), "begun");
    expect(await readBack()).toEqual({ readable: 60_000, unreadable: 0, to: 60_000 });
    expect(notices).toEqual(REPAIRED);
  });

  test("opens with no table yet and CURRENT naming a manifest that is gone", async () => {
    await rm(folder, { recursive: true });
    const log = await openLog({ path: folder, notice, ...OPTIONS });
    await log.close();
    for (const file of await filesOf(/^MANIFEST/u)) await unlink(file);
    expect(await readBack()).toEqual({ readable: 0, unreadable: 0, to: 0 });
    expect(notices).toEqual(REPAIRED);
  });

  test("opens without the tables that are gone", async () => {
    for (const file of await filesOf(/\.ldb$/u)) await unlink(file);
    const { readable, unreadable, to } = await readBack();
    expect(notices).toContainEqual(expect.stringContaining("it is repaired"));
    expect([readable, unreadable, to]).toEqual([0, 60_000, 60_000]);
  });

  test("loses no more than a few blocks to a damaged place in a table", async () => {
    const [table = ""] = await filesOf(/\.ldb$/u);
    await damage(table, 3_000);
    const { readable, unreadable, to } = await readBack();
    expect(to).toBe(60_000);
    expect(readable + unreadable).toBe(60_000);
    expect(unreadable).toBeGreaterThan(0);
    expect(unreadable).toBeLessThanOrEqual(5_000);
    expect(readable % ROW_COUNT).toBe(0);
  });

  test("loses to a damaged place in the journal what is behind it in its 32 KiB, and says so", async () => {
    await appendEach(40);
    const [journal = ""] = await filesOf(/\.log$/u);
    const damaged = await damageMiddle(journal);
    const { readable, unreadable, to } = await readBack();
    expect([readable + unreadable, to]).toEqual([60_040, 60_040]);
    expect(readable).toBeGreaterThan(60_000);
    expect(unreadable).toBeGreaterThan(0);
    expect(notices).toEqual([
      expect.stringMatching(/^The journal \d+\.log of .* is damaged: \d+ bytes of it cannot be read, and are lost/u),
      expect.stringContaining("samples behind the others"),
      expect.stringMatching(`^${unreadable} samples are missing`),
      expect.stringContaining("is kept in"),
    ]);
    const kept = notices.at(-1)?.match(/kept in (.*)\.$/u)?.[1] ?? "";
    expect(await readFile(join(kept, basename(journal)))).toEqual(damaged);
    notices = [];
    expect(await readBack()).toEqual({ readable, unreadable, to });
    expect(notices).toEqual([]);
  });

  test("says nothing of a write at the end of the journal that was cut off, as by a kill", async () => {
    await appendEach(40);
    const [journal = ""] = await filesOf(/\.log$/u);
    await truncate(journal, (await readFile(journal)).length - 3);
    expect(await readBack()).toEqual({ readable: 60_040, unreadable: 0, to: 60_040 });
    expect(notices).toEqual([]);
  });

  test("says that the journal is gone", async () => {
    await appendEach(40);
    for (const file of await filesOf(/\.log$/u)) await unlink(file);
    expect(await readBack()).toEqual({ readable: 60_000, unreadable: 40, to: 60_040 });
    expect(notices).toEqual([
      expect.stringMatching(/^The journal \d+\.log of .* is missing/u),
      expect.stringContaining("40 samples behind the others"),
      expect.stringMatching(/^40 samples are missing, numbers 60000 to 60039/u),
    ]);
  });

  test("gives every entry around a damaged place, however short the walk", async () => {
    const [table = ""] = await filesOf(/\.ldb$/u);
    await damage(table, 3_000);
    const database = await openLevelDatabase(folder, quarantineFor(folder, notice));
    let whole = 0;
    for await (const _entry of database.entries({ from: blockKey(0), to: blockKey(60_000) })) whole += 1;
    let single = 0;
    for (let block = 0; block < BLOCK_COUNT; block += 1) {
      const first = block * ROW_COUNT;
      for await (const _entry of database.entries({ from: blockKey(first), to: blockKey(first + 1) })) single += 1;
    }
    await database.close();
    expect(whole).toBeLessThan(BLOCK_COUNT);
    expect(single).toBe(whole);
  });

  test.each([
    ["lost its directory and all else", "has lost its directory", (file: string) => blank(file, 0, FOOTER_BYTES)],
    ["was cut in half", /has \d+ bytes instead of \d+/u, cutInHalf],
    ["has not even its footer", "has lost its directory", (file: string) => blank(file, 0, 0)],
  ])("opens without a table that %s, and keeps it in quarantine", async (_what, why, harm) => {
    const [table = ""] = await filesOf(/\.ldb$/u);
    await harm(table);
    const damaged = await readFile(table);
    await append(5);
    expect(notices[0]).toMatch(why);
    expect(notices).toContainEqual(expect.stringContaining("it is repaired"));
    const kept = notices.at(-1)?.match(/kept in (.*)\.$/u)?.[1] ?? "";
    expect(await readFile(join(kept, basename(table)))).toEqual(damaged);
    const report = await readFile(join(kept, "report.txt"), "utf8");
    for (const said of notices) expect(report).toContain(said);
    notices = [];
    expect(await readBack()).toEqual({ readable: 5, unreadable: 60_000, to: 60_005 });
    expect(notices).toEqual([]);
  });

  test("survives that LevelDB's repair aborts at a table of which nothing is left", async () => {
    const [table = ""] = await filesOf(/\.ldb$/u);
    await blank(table, 0, FOOTER_BYTES);
    await unlink(join(folder, "CURRENT"));
    expect(await readBack()).toEqual({ readable: 0, unreadable: 60_000, to: 60_000 });
    expect(notices).toEqual([
      expect.stringContaining("the file CURRENT is missing"),
      expect.stringMatching(/^The table \d+\.ldb has nothing that can be read: it is set aside/u),
      expect.stringContaining("lost 1 definitions of series"),
      expect.stringContaining("The state record of the store is lost"),
      expect.stringContaining("The record of cursor intake is lost: it goes on from where its copy stands"),
      expect.stringMatching(/^60000 samples are missing, numbers 0 to 59999, of an unknown time/u),
      expect.stringContaining("is kept in"),
    ]);
  });

  test("opens although the quarantine cannot be written, and leaves the table beside", async () => {
    const [table = ""] = await filesOf(/\.ldb$/u);
    await cutInHalf(table);
    await writeFile(join(parent, "quarantine"), "a file where the folder should be");
    await append(5);
    expect(notices).toContainEqual(expect.stringContaining("stays beside"));
    expect(await filesOf(/\.damaged$/u)).toHaveLength(2);
    expect(await readBack()).toEqual({ readable: 5, unreadable: 60_000, to: 60_005 });
  });
});
