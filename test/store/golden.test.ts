import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import type { Loss } from "../../src/model/log.ts";
import type { Event } from "../../src/model/note.ts";
import { epochMillis } from "../../src/model/time.ts";
import { decodeBlock, encodeBlock } from "../../src/store/block.ts";
import {
  type BlockEntry,
  decodeIndexRecord,
  encodeIndexRecord,
  LEVEL_SEALED,
  LEVEL_SMALL,
} from "../../src/store/block-index.ts";
import { decodeCursor, encodeCursor } from "../../src/store/cursor-record.ts";
import type { CursorState } from "../../src/store/cursor-state.ts";
import {
  decodeEvent,
  decodeEventPlace,
  type EventPlaceState,
  encodeEvent,
  encodeEventPlace,
} from "../../src/store/event-record.ts";
import { decodeLoss, encodeLoss } from "../../src/store/loss-ledger.ts";
import { encodeSealed } from "../../src/store/sealed/sealed-block.ts";
import { decodeStoredBlock, encodeStoredBlock } from "../../src/store/stored-block.ts";
import { batchOf, rowsOf } from "../support/samples.ts";

/** The bytes of a commented file of `test/golden/store`. */
async function readGolden(name: string): Promise<Uint8Array> {
  const text = await readFile(new URL(`../golden/store/${name}`, import.meta.url), "utf8");
  return Buffer.from(text.replaceAll(/#.*$/gmu, "").replaceAll(/\s/gu, ""), "hex");
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex").toUpperCase();
}

const ROWS = [
  [3, 1_770_000_000_000, 230.1, 0],
  [4, 1_770_000_000_000, 0, 0],
  [3, 1_770_000_001_000, -0.08, 0],
  [4, 1_770_000_001_000, Math.PI, 5],
  [3, 1_770_000_000_999, 4_000_000, 5],
] as const;

const SEALED_ROWS = [
  [3, 1_770_000_000_000, 230.1, 0],
  [4, 1_770_000_000_000, Math.PI, 0],
  [3, 1_770_000_001_003, 230.2, 0],
  [4, 1_770_000_001_003, Math.PI, 5],
  [3, 1_770_000_002_001, 229.9, 0],
  [4, 1_770_000_002_001, -0, 5],
  [9, 1_770_000_002_001, Math.fround(0.1), 0],
] as const;

const THINNED_ROWS = [
  [3, 1_770_000_000_000, 1, 0],
  [3, 1_770_000_001_000, 2, 0],
  [3, 1_770_000_002_000, 3, 0],
] as const;

const ENTRY: BlockEntry = {
  first: 300,
  span: 8,
  count: 3,
  bytes: 200,
  epoch: 2,
  level: LEVEL_SEALED + 1,
  minAt: 1_770_000_000_000,
  maxAt: 1_770_000_002_000,
};

const LOSS: Loss = {
  reason: "thinned",
  series: 3,
  count: 300,
  fromAt: 1_770_000_000_000,
  toAt: 1_770_000_002_000,
};

const CURSOR: CursorState = {
  position: 1_000,
  counts: {
    delivered: 777,
    collapsed: 84,
    tooOld: 11,
    logFull: 5,
    unreadable: 0,
    rejected: 1,
    thinned: 2,
    heldBack: 6,
  },
  opening: { sequence: 114, tally: { sampled: 118, dropped: { "out-of-range": 1, backpressure: 3 } } },
  setAsideCount: 1,
  moments: new Map([
    [8, 1_769_999_999_000],
    [2, 1_770_000_000_000],
    [3, 1_770_000_000_000],
  ]),
  gaps: [
    {
      position: 500,
      end: 600,
      moments: new Map([
        [2, 1_770_000_000_000],
        [3, 1_770_000_001_000],
      ]),
      ceilings: new Map([
        [2, 1_770_000_060_000],
        [3, 1_770_000_061_000],
      ]),
    },
    { position: 700, end: 1_000, moments: new Map(), ceilings: new Map() },
  ],
  spent: { dayAt: 1_769_990_400_000, dayBytes: 3_100_000, monthAt: 1_769_904_000_000, monthBytes: 31_000_000 },
};

/** As cursors were before an uplink could be metered. */
const UNMETERED: CursorState = {
  ...CURSOR,
  counts: { ...CURSOR.counts, delivered: 783, heldBack: 0 },
  spent: undefined,
};

const ONE_LANE: CursorState = { ...UNMETERED, gaps: [] };

const EVENT: Event = {
  title: "Press stopped",
  text: "No stroke for 60 s.",
  at: epochMillis(1_770_000_000_500),
  alertType: "warning",
  priority: "normal",
  aggregationKey: "press",
  tags: ["line:1"],
  source: "watch",
};

const PLACE: EventPlaceState = { position: 1_000, counts: { delivered: 783, expired: 84, rejected: 11, lost: 5 } };

describe("the format on disk", () => {
  test("a block is written as the golden bytes and read back from them", async () => {
    const golden = await readGolden("block.hex");
    expect(hex(encodeBlock(300, 2, batchOf(...ROWS)))).toBe(hex(golden));
    const block = decodeBlock(golden, 300);
    expect([block?.first, block?.epoch]).toEqual([300, 2]);
    expect(block && rowsOf(block.batch)).toEqual(ROWS);
  });

  test("a sealed block is written as the golden bytes and read back from them", async () => {
    const golden = await readGolden("sealed-block.hex");
    expect(hex(encodeSealed(300, 2, batchOf(...SEALED_ROWS)))).toBe(hex(golden));
    const block = decodeStoredBlock(golden, 300);
    expect([block?.first, block?.epoch]).toEqual([300, 2]);
    expect(block && rowsOf(block.batch)).toEqual(SEALED_ROWS);
  });

  test("a cursor is written as the golden bytes and read back from them", async () => {
    const golden = await readGolden("cursor.hex");
    expect(hex(encodeCursor(CURSOR))).toBe(hex(golden));
    expect(decodeCursor(golden)).toEqual(CURSOR);
  });

  test("a cursor of an intake that keeps milliseconds is written as the golden bytes and read back from them", async () => {
    const moments = new Map([
      [8, 1_769_999_999_999],
      [2, 1_770_000_000_250],
      [3, 1_770_000_000_251],
    ]);
    const golden = await readGolden("cursor-of-millis.hex");
    expect(hex(encodeCursor({ ...CURSOR, spent: undefined, gaps: [], moments }))).toBe(hex(golden));
    expect(decodeCursor(golden)).toEqual({ ...CURSOR, spent: undefined, gaps: [], moments });
  });

  test("a cursor from before uplinks were metered has spent and held back nothing", async () => {
    expect(decodeCursor(await readGolden("cursor-of-unmetered.hex"))).toEqual(UNMETERED);
  });

  test("a cursor of version 1, which knew whole seconds only, is read with the same moments", async () => {
    expect(decodeCursor(await readGolden("cursor-of-seconds.hex"))).toEqual(ONE_LANE);
  });

  test("a cursor from before there were lanes has one", async () => {
    expect(decodeCursor(await readGolden("cursor-of-one-lane.hex"))).toEqual(ONE_LANE);
  });

  test("a cursor that was written before samples could be thinned is read", async () => {
    const counts = { ...UNMETERED.counts, thinned: 0 };
    const opening = { sequence: 116, tally: { ...CURSOR.opening.tally, sampled: 120 } };
    expect(decodeCursor(await readGolden("cursor-without-thinned.hex"))).toEqual({ ...ONE_LANE, counts, opening });
  });

  test("a cursor from before steps of counters could be impossible has none", async () => {
    expect(decodeCursor(await readGolden("cursor-without-impossible-step.hex"))).toEqual(ONE_LANE);
  });

  test("a cursor from before an instance could have a limit of series has dropped nothing for it", async () => {
    expect(decodeCursor(await readGolden("cursor-without-series-limit.hex"))).toEqual(CURSOR);
  });

  test("a cursor from before rules judged how readings move has dropped nothing for it", async () => {
    expect(decodeCursor(await readGolden("cursor-without-quality.hex"))).toEqual(CURSOR);
  });

  test("an index record is written as the golden bytes and read back from them", async () => {
    const golden = await readGolden("index.hex");
    expect(hex(encodeIndexRecord(ENTRY))).toBe(hex(golden));
    expect(decodeIndexRecord(golden, 300)).toEqual(ENTRY);
  });

  test("an index record from before blocks were sealed is that of a block as it came", async () => {
    const golden = await readGolden("index-without-level.hex");
    expect(decodeIndexRecord(golden, 300)).toEqual({ ...ENTRY, count: ENTRY.span, level: LEVEL_SMALL });
  });

  test("a thinned block is written as the golden bytes and read back from them", async () => {
    const golden = await readGolden("thinned-block.hex");
    const block = { first: 300, span: 8, epoch: 2, batch: batchOf(...THINNED_ROWS), offsets: Uint32Array.of(0, 2, 5) };
    expect(hex(encodeStoredBlock(block, LEVEL_SEALED + 1))).toBe(hex(golden));
    const read = decodeStoredBlock(golden, 300);
    expect(read).toMatchObject({ first: 300, span: 8, epoch: 2, offsets: block.offsets });
    expect(read && rowsOf(read.batch)).toEqual(THINNED_ROWS);
  });

  test("a loss is written as the golden bytes and read back from them", async () => {
    const golden = await readGolden("loss.hex");
    expect(hex(encodeLoss(LOSS))).toBe(hex(golden));
    expect(decodeLoss(golden, LOSS)).toEqual(LOSS);
  });

  test("an event is written as the golden bytes and read back from them", async () => {
    const golden = await readGolden("event.hex");
    expect(hex(encodeEvent({ event: EVENT, epoch: 2 }))).toBe(hex(golden));
    expect(decodeEvent(golden)).toEqual({ event: EVENT, epoch: 2 });
  });

  test("an event of an earlier version is read without an epoch", async () => {
    expect(decodeEvent(await readGolden("event-without-epoch.hex"))).toEqual({ event: EVENT, epoch: undefined });
  });

  test("a place among the events is written as the golden bytes and read back from them", async () => {
    const golden = await readGolden("event-place.hex");
    expect(hex(encodeEventPlace(PLACE))).toBe(hex(golden));
    expect(decodeEventPlace(golden)).toEqual(PLACE);
  });
});
