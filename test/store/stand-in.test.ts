import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { GatewayError } from "../../src/model/errors.ts";
import type { Log } from "../../src/model/log.ts";
import { pathKind } from "../../src/platform/files.ts";
import { type DatabaseOperation, openLevelDatabase } from "../../src/platform/level-database.ts";
import { adoptStore } from "../../src/store/adoption.ts";
import { encodeFormat, FORMAT } from "../../src/store/format-record.ts";
import { FORMAT_KEY } from "../../src/store/keys.ts";
import { openLevelLog } from "../../src/store/level-log.ts";
import { besideOf, besidesOf, isDiskWell, openLog } from "../../src/store/open-log.ts";
import { eventOf } from "../conformance/event-suite.ts";
import { appendRows, deliver } from "../conformance/log-suite.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { FakeDisk } from "../support/fake-database.ts";
import { LOG_OPTIONS } from "../support/log-options.ts";
import { quarantineFor } from "../support/quarantine.ts";
import { rowsOf } from "../support/samples.ts";

const VOLTAGE = { metric: "voltage", tags: [], kind: "gauge", unit: "V" } as const;
const CURRENT = { metric: "current", tags: [], kind: "gauge", unit: "A" } as const;

let parent: string;
let path: string;
let notices: string[];

async function open(): Promise<Log> {
  notices = [];
  return await openLog({ ...LOG_OPTIONS, path, clock: new FakeClock(), notice: (what) => notices.push(what) });
}

/** Appends a row for each moment, its value being the moment. */
async function append(log: Log, series: typeof VOLTAGE | typeof CURRENT, moments: readonly number[]): Promise<void> {
  const id = log.defineSeries(series);
  for (const at of moments) await Promise.all([appendRows(log, [[id, at, at]]), log.sync()]);
}

async function putFormat(format: number): Promise<void> {
  const database = await openLevelDatabase(path, quarantineFor(path));
  await database.write([{ type: "put", key: FORMAT_KEY, value: encodeFormat(format) }], { sync: true });
  await database.close();
}

async function readNames(log: Log): Promise<(readonly [string, number])[]> {
  const { batch } = await (await log.cursor("intake")).read(1_000);
  return rowsOf(batch).map(([id = 0, at = 0]) => [log.seriesOf(id).metric, at]);
}

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), "tidegate-stand-in-"));
  path = join(parent, "log");
});

afterEach(() => rm(parent, { recursive: true }));

describe("a log that a newer version wrote", () => {
  test("is left as it is, and another store stands in and says so", async () => {
    const log = await open();
    await append(log, VOLTAGE, [1_000, 2_000]);
    await log.close();
    await putFormat(FORMAT + 1);
    const standIn = await open();
    expect(notices).toEqual([
      expect.stringMatching(/has format 5 .*left as it is, and samples go to .*log\.beside\. Install the version/u),
    ]);
    expect(standIn.stats()).toMatchObject({
      end: 0,
      standsIn: { reason: expect.stringContaining("has format 5"), endsByItself: false },
    });
    await append(standIn, CURRENT, [3_000]);
    await standIn.close();
    const database = await openLevelDatabase(path, quarantineFor(path));
    expect(Buffer.from(encodeFormat(FORMAT + 1)).equals((await database.get(FORMAT_KEY)) ?? new Uint8Array())).toBe(
      true,
    );
    await database.close();
  });

  test("is not shown as an empty one to who visits it before any gateway did", async () => {
    await (await open()).close();
    await putFormat(FORMAT + 1);
    const visit = openLog({ ...LOG_OPTIONS, path, clock: new FakeClock(), isVisit: true, notice: () => undefined });
    await expect(visit).rejects.toThrow(/has format 5 .*left as it is\. Install the version again that wrote it/u);
    expect(pathKind(besideOf(path))).toBe("nothing");
  });

  test("takes over what was kept beside it, once, with what each intake has not passed", async () => {
    const log = await open();
    await log.cursor("intake");
    await append(log, VOLTAGE, [1_000, 2_000]);
    await log.close();
    await putFormat(FORMAT + 1);
    const standIn = await open();
    const cursor = await standIn.cursor("intake");
    await standIn.events.reader("intake");
    await append(standIn, CURRENT, [3_000]);
    await append(standIn, VOLTAGE, [4_000, 5_000]);
    await cursor.commit(deliver(await cursor.read(1)));
    await Promise.all([standIn.events.put(eventOf("door")), standIn.sync()]);
    await standIn.close();
    await putFormat(FORMAT);
    const again = await open();
    expect(notices).toEqual([expect.stringMatching(/^2 samples that .*log\.beside held .* were taken over\.$/u)]);
    expect(await readNames(again)).toEqual([
      ["voltage", 1_000],
      ["voltage", 2_000],
      ["voltage", 4_000],
      ["voltage", 5_000],
    ]);
    expect(again.stats()).toMatchObject({ head: 0, end: 4, tally: { sampled: 4 }, standsIn: undefined });
    expect((await again.events.reader("intake")).waiting).toBe(1);
    await again.close();
    expect(pathKind(besideOf(path))).toBe("nothing");
    expect((await open()).stats().end).toBe(4);
    expect(notices).toEqual([]);
  });
});

test("a file in the place of the log is left as it is, and another store stands in until it is gone", async () => {
  await writeFile(path, "notes");
  const standIn = await open();
  expect(notices).toEqual([expect.stringMatching(/log is a file and no folder\. It is left as it is/u)]);
  await append(standIn, VOLTAGE, [1_000]);
  await standIn.close();
  expect(await readFile(path, "utf8")).toBe("notes");
  await rm(path);
  expect(await readNames(await open())).toEqual([["voltage", 1_000]]);
});

test("a stand-in that cannot be taken over waits, and the log opens all the same", async () => {
  await mkdir(besideOf(path));
  await writeFile(join(besideOf(path), "CURRENT"), "MANIFEST-000001\n");
  await mkdir(join(besideOf(path), "MANIFEST-000001"));
  expect((await open()).stats().end).toBe(0);
  expect(notices.at(-1)).toMatch(/could not be taken over and waits for the next start/u);
});

test("a log that the disk does not let open runs from memory, moves to the disk when it can, and is taken over", async () => {
  const log = await open();
  await append(log, VOLTAGE, [1_000]);
  await log.close();
  const current = await readFile(join(path, "CURRENT"));
  await writeFile(join(path, "CURRENT"), "MANIFEST-999999\n");
  await mkdir(join(path, "MANIFEST-999999"));
  notices = [];
  const place = { ...LOG_OPTIONS, path, clock: new FakeClock(), notice: (what: string) => notices.push(what) };
  const standIn = await openLog({ ...place, heldBytesMax: 100_000 });
  expect(notices[0]).toMatch(
    /could not be opened: MANIFEST-999999 cannot be read: EISDIR.* Samples are kept in memory, and at .*log\.beside as soon as/u,
  );
  await append(standIn, CURRENT, [2_000]);
  expect(standIn.stats()).toMatchObject({
    end: 1,
    standsIn: { remedy: expect.stringContaining("restart the gateway"), endsByItself: false },
  });
  await standIn.close();
  await rm(join(path, "MANIFEST-999999"), { recursive: true });
  await writeFile(join(path, "CURRENT"), current);
  expect(await readNames(await open())).toEqual([
    ["voltage", 1_000],
    ["current", 2_000],
  ]);
});

/** Makes the database in a folder one that does not open, whatever the disk takes. */
async function spoil(folder: string): Promise<void> {
  await mkdir(join(folder, "MANIFEST-000001"), { recursive: true });
  await writeFile(join(folder, "CURRENT"), "MANIFEST-000001\n");
}

test("a log that is only visited does not open where the disk does not let it, and leaves nothing behind", async () => {
  await spoil(path);
  const place = { ...LOG_OPTIONS, path, clock: new FakeClock(), isVisit: true, notice: () => undefined };
  const visit = openLog(place);
  await expect(visit).rejects.toMatchObject({ code: "STORE_FAILED" });
  await expect(visit).rejects.toThrow(/Mend or move what is there, then try again\.$/u);
  const full = openLog({ ...place, freeBytesMin: 1_000, measureFree: async () => 999 });
  await expect(full).rejects.toThrow(
    /takes nothing: it is full, only read, or broken\. Make room, or copy the folder/u,
  );
  expect(await readdir(parent)).toEqual(["log"]);
});

test("a log whose disk failed again and again, so that no place beside it is left, runs from memory", async () => {
  for (const folder of [path, ...besidesOf(path)]) await spoil(folder);
  const log = await open();
  void append(log, VOLTAGE, [1_000]).catch(() => undefined);
  const cursor = await log.cursor("intake");
  while (log.stats().end === 0) await new Promise(setImmediate);
  expect((await cursor.read(10)).batch.count).toBe(1);
  expect(log.stats()).toMatchObject({ failure: expect.stringContaining("is taken"), held: { bytesMax: 2 ** 25 } });
  expect(log.stats().standsIn?.reason).toMatch(/Samples are kept in memory$/u);
});

test("a log in memory is not cut short by what others leave free on the disk that it waits for", async () => {
  for (const folder of [path, ...besidesOf(path)]) await spoil(folder);
  const clock = new FakeClock();
  const full = { freeBytesMin: 1_000, measureFree: async () => 0 };
  const log = await openLog({ ...LOG_OPTIONS, ...full, path, clock, notice: () => undefined });
  const cursor = await log.cursor("intake");
  const id = log.defineSeries(VOLTAGE);
  for (const at of [1_000, 2_000, 3_000]) {
    void appendRows(log, [[id, at, at]]).catch(() => undefined);
    await log.sync().catch(() => undefined);
  }
  expect(log.losses()).toEqual([]);
  expect((await cursor.read(10)).batch.count).toBe(3);
});

test("a file in the place of the log beside a store that does not open leaves the log in memory", async () => {
  await writeFile(path, "notes");
  await spoil(besideOf(path));
  const { standsIn } = (await open()).stats();
  expect(standsIn?.reason).toMatch(
    /is a file and no folder; .*could not be opened.* kept in memory, and at .*beside-2/u,
  );
});

test("a stand-in ends by itself where the disk was at fault, which is well again when it has room to spare", async () => {
  await spoil(path);
  let free = 999;
  const place = {
    ...LOG_OPTIONS,
    path,
    freeBytesMin: 1_000,
    measureFree: async () => free,
    clock: new FakeClock(),
    notice: () => undefined,
  };
  expect((await openLog(place)).stats().standsIn).toMatchObject({ endsByItself: true });
  expect(await isDiskWell(place)).toBe(false);
  free = 1_000;
  expect(await isDiskWell(place)).toBe(true);
  expect(await isDiskWell({ ...place, path: join(parent, "gone/log") })).toBe(false);
});

test("a takeover that is cut off after any write goes on where it was", async () => {
  const clock = new FakeClock();
  const openOn = (disk: FakeDisk): Promise<Log> => openLevelLog(disk.open(), clock, LOG_OPTIONS, () => undefined);
  for (let writes = 0; ; writes += 1) {
    const [main, beside] = [new FakeDisk(), new FakeDisk()];
    const log = await openOn(main);
    await log.cursor("intake");
    await append(log, VOLTAGE, [1_000]);
    await log.close();
    const standIn = await openOn(beside);
    await standIn.cursor("intake");
    await append(standIn, CURRENT, [2_000, 3_000, 4_000]);
    await standIn.close();
    let left = writes;
    const database = main.open();
    const write = database.write.bind(database);
    database.write = async (operations: readonly DatabaseOperation[], options) => {
      if (left === 0) throw new GatewayError("STORE_FAILED", "cut off");
      left -= 1;
      await write(operations, { sync: options.sync });
    };
    const isCut = await adoptStore(database, beside.open(), "first", () => undefined).then(
      () => false,
      () => true,
    );
    for (const attempt of ["second", "third"]) await adoptStore(main.open(), beside.open(), attempt, () => undefined);
    const again = await openOn(main);
    expect(await readNames(again)).toEqual([["voltage", 1_000], ...[2_000, 3_000, 4_000].map((at) => ["current", at])]);
    expect(again.stats()).toMatchObject({ end: 4, tally: { sampled: 4 } });
    if (!isCut) break;
  }
});
