import { describe, expect, test } from "vitest";
import type { Log } from "../../src/model/log.ts";
import { type Finding, UNKNOWN_SERIES } from "../../src/model/log-care.ts";
import { seconds } from "../../src/model/time.ts";
import { encodeCursor } from "../../src/store/cursor-record.ts";
import { openCursorState } from "../../src/store/cursor-state.ts";
import { blockKey, cursorKey, definitionKey, indexKey } from "../../src/store/keys.ts";
import { openLevelLog } from "../../src/store/level-log.ts";
import { appendRows } from "../conformance/log-suite.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { FakeDisk } from "../support/fake-database.ts";
import { writeFourBlocks } from "../support/log-on-disk.ts";
import { countMissing, LOG_OPTIONS } from "../support/log-options.ts";

const VOLTAGE = { metric: "voltage", tags: ["phase:l1"], kind: "gauge", unit: "V" } as const;

/** A log of two-row blocks at 0, 2, 4 and 6, whose moments are 1,000 times their sequence, and its quarantine. */
async function openDamaged(harm: (disk: FakeDisk) => void, isReopened = false) {
  const disk = new FakeDisk();
  const kept: (readonly [string, Uint8Array])[] = [];
  const said: string[] = [];
  const quarantine = {
    keep: async (name: string, bytes: Uint8Array) => {
      kept.push([name, bytes]);
    },
    say: (what: string) => said.push(what),
    report: async () => {
      said.push("reported");
    },
  };
  const open = (): Promise<Log> => {
    const options = { ...LOG_OPTIONS, history: seconds(1e10), quarantine };
    return openLevelLog(disk.open(), new FakeClock(), options, () => undefined);
  };
  let log = await open();
  const series = log.defineSeries(VOLTAGE);
  await log.cursor("intake");
  await writeFourBlocks(log, series);
  if (isReopened) disk.crash();
  harm(disk);
  if (isReopened) log = await open();
  return { disk, log, series, kept, said, open };
}

async function findingsOf(log: Log): Promise<readonly Finding[]> {
  return (await log.care.inspect(0)).findings;
}

describe("an inspection", () => {
  test("of a sound log finds nothing and says how much it has looked at", async () => {
    const { log } = await openDamaged(() => undefined);
    expect(await log.care.inspect(0)).toEqual({ blockCount: 4, sampleCount: 8, findings: [], next: undefined });
  });

  test("names a block whose checksum does not fit, with its series, moments and count", async () => {
    const { log, series } = await openDamaged((disk) => disk.flipBit(blockKey(2), 8 * 11));
    expect(await findingsOf(log)).toMatchObject([
      { kind: "unreadable", what: "The block at 2 is damaged: its checksum does not fit.", from: 2, to: 4, count: 2 },
    ]);
    const [finding] = await findingsOf(log);
    expect([finding?.fromAt, finding?.toAt]).toEqual([2_000, 3_000]);
    expect([[{ series, count: 2 }], [{ series: UNKNOWN_SERIES, count: 2 }]]).toContainEqual(finding?.series);
  });

  test("does not believe what a damaged block claims where it does not add up", async () => {
    const { log } = await openDamaged((disk) => disk.put(blockKey(4), Uint8Array.of(1, 2, 3)));
    expect(await findingsOf(log)).toMatchObject([
      { kind: "unreadable", from: 4, count: 2, series: [{ series: UNKNOWN_SERIES, count: 2 }] },
    ]);
  });

  test("names a block that is gone", async () => {
    const { log } = await openDamaged((disk) => disk.lose(blockKey(6)));
    expect(await findingsOf(log)).toMatchObject([{ what: "The block at 6 is not there.", count: 2 }]);
  });

  test("names an index record that is damaged", async () => {
    const { log } = await openDamaged((disk) => disk.flipBit(indexKey(2), 60));
    expect(await findingsOf(log)).toMatchObject([{ kind: "index", from: 2, count: 2 }]);
  });

  test("names a block that no index knows, and sequences without a block", async () => {
    const { log } = await openDamaged((disk) => {
      const block = disk.read(blockKey(2));
      if (block !== undefined) disk.put(blockKey(3), block);
    });
    expect(await findingsOf(log)).toMatchObject([{ kind: "stray", from: 3, count: 0 }]);
    const { log: holed } = await openDamaged((disk) => {
      disk.lose(blockKey(2));
      disk.lose(indexKey(2));
    }, true);
    expect(await findingsOf(holed)).toMatchObject([
      { kind: "gap", from: 2, to: 4, count: 2, fromAt: 1_000, toAt: 4_000 },
    ]);
  });

  test("names a gap at the end of the log", async () => {
    const { log } = await openDamaged((disk) => {
      disk.lose(blockKey(6));
      disk.lose(indexKey(6));
    }, true);
    expect(await findingsOf(log)).toMatchObject([
      { kind: "gap", from: 6, to: 8, count: 2, toAt: new FakeClock().now() },
    ]);
  });

  test("names series whose definition is lost", async () => {
    const { log, series } = await openDamaged((disk) => {
      disk.lose(definitionKey(0));
      disk.side = undefined;
    }, true);
    expect(await findingsOf(log)).toHaveLength(4);
    expect((await findingsOf(log))[0]).toMatchObject({ kind: "undefined-series", series: [{ series, count: 2 }] });
  });

  test("names a cursor whose figures contradict each other", async () => {
    const state = { ...openCursorState(0, { sampled: 0, dropped: {} }), position: 4 };
    const { log } = await openDamaged((disk) => disk.put(cursorKey("intake"), encodeCursor(state)), true);
    expect(await findingsOf(log)).toMatchObject([
      { kind: "cursor", what: "The cursor intake has passed 4 samples and counts what became of 0.", count: 4 },
    ]);
  });
});

describe("a repair", () => {
  test("takes out what cannot be read, keeps its bytes, counts it as lost, and leaves a log that is sound", async () => {
    const { log, disk, kept, said, open } = await openDamaged((at) => {
      at.flipBit(blockKey(0), 1);
      at.put(blockKey(4), Uint8Array.of(1, 2, 3));
    });
    const before = disk.read(blockKey(0));
    expect((await log.care.repair(0)).findings).toHaveLength(2);
    expect(kept).toEqual([
      ["block-0", before],
      ["block-4", Uint8Array.of(1, 2, 3)],
    ]);
    const broken = "is damaged: its checksum does not fit. Its 2 samples, sequences";
    expect(said).toEqual([
      `The block at 0 ${broken} 0 to 1, are lost, from 1970-01-01T00:00:00.000Z to 1970-01-01T00:00:01.000Z: ` +
        "2 of voltage{phase:l1}.",
      `The block at 4 ${broken} 4 to 5, are lost, from 1970-01-01T00:00:04.000Z to 1970-01-01T00:00:05.000Z: ` +
        "2 of what nobody knows any more.",
      "reported",
    ]);
    expect(log.losses()).toEqual([
      { reason: "unreadable", series: 0, count: 2, fromAt: 0, toAt: 1_000 },
      { reason: "unreadable", series: UNKNOWN_SERIES, count: 2, fromAt: 4_000, toAt: 5_000 },
    ]);
    expect((await findingsOf(log)).map(({ kind, from }) => [kind, from])).toEqual([
      ["gap", 0],
      ["gap", 4],
    ]);
    expect(log.stats()).toMatchObject({ head: 0, end: 8 });
    const slice = await (await log.cursor("intake")).read(100);
    expect([slice.from, slice.to, countMissing(slice)]).toEqual([0, 8, 4]);
    await log.close();
    const again = await open();
    expect(again.losses()).toHaveLength(2);
    expect((await findingsOf(again)).map(({ kind }) => kind)).toEqual(["gap", "gap"]);
  });

  test("of every block leaves an empty log that goes on", async () => {
    const { log, series } = await openDamaged((disk) => {
      for (const first of [0, 2, 4, 6]) disk.lose(blockKey(first));
    });
    await log.care.repair(0);
    expect(log.stats()).toMatchObject({ head: 0, end: 8, bytes: 0 });
    await Promise.all([appendRows(log, [[series, 9_000, 1]]), log.sync()]);
    const slice = await (await log.cursor("intake")).read(100);
    expect([slice.from, slice.to, countMissing(slice)]).toEqual([0, 9, 8]);
  });

  test("writes an index record anew and loses nothing", async () => {
    const { log, kept } = await openDamaged((disk) => disk.flipBit(indexKey(2), 60));
    await log.care.repair(0);
    expect(await findingsOf(log)).toEqual([]);
    expect([kept, log.losses()]).toEqual([[], []]);
  });

  test("puts a block that belongs to nobody in quarantine and counts nothing", async () => {
    const { log, disk, kept } = await openDamaged((at) => at.put(blockKey(3), Uint8Array.of(9)));
    await log.care.repair(0);
    expect(disk.read(blockKey(3))).toBeUndefined();
    expect(kept).toHaveLength(1);
    expect(log.losses()).toEqual([]);
  });
});
