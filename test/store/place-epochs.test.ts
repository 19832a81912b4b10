import { describe, expect, test } from "vitest";
import { epochMillis, millis } from "../../src/model/time.ts";
import { BlockIndex } from "../../src/store/block-index.ts";
import { decodeEpoch, type Epoch, encodeEpoch } from "../../src/store/epoch-record.ts";
import { knowEpochs } from "../../src/store/known-epochs.ts";
import { type KnownEpoch, placeEpochs } from "../../src/store/place-epochs.ts";
import { sealRecord, startRecord } from "../../src/store/record.ts";

const MINUTE = 60_000;
const NOON = Date.UTC(2026, 10, 22, 12);
/** What a board without a clock module believes after a cold start. */
const LONG_AGO = Date.UTC(1970, 0, 1);

/** Moments in minutes from noon on; `line` left out means that the machine was started at noon by its clock. */
interface Told {
  readonly boot: string;
  readonly from: number;
  readonly to: number;
  readonly isTrusted?: boolean;
  readonly line?: number;
  readonly already?: Partial<Epoch>;
}

function epochOf({ boot, from, to, isTrusted = false, line = 0, already = {} }: Told, id: number): KnownEpoch {
  return {
    id,
    openedAt: epochMillis(NOON + from * MINUTE),
    lastAt: NOON + to * MINUTE,
    isTrusted,
    placement: isTrusted ? "trusted" : "unplaced",
    offset: millis(0),
    bootId: boot,
    line: NOON + line * MINUTE,
    ...already,
  };
}

/** Places all but the last, which runs; gives for each where it lies now and on what it rests. */
function place(...told: Told[]): (readonly [from: number, to: number, placement: string])[] {
  const epochs = told.map(epochOf);
  const current = epochs.pop() as KnownEpoch;
  const changed = new Map(placeEpochs(epochs, current).map((epoch) => [epoch.id, epoch]));
  const placed = epochs.map((epoch) => changed.get(epoch.id) ?? epoch);
  expect(placeEpochs(placed, current)).toEqual([]);
  return placed.map(({ openedAt, lastAt, offset, placement }) => {
    const minutes = (at: number): number => (at + offset - NOON) / MINUTE;
    return [minutes(openedAt), minutes(lastAt), placement] as const;
  });
}

describe("an epoch of a boot that came to know the time", () => {
  test("is measured by the monotonic clock, before and after the moment it did", () => {
    const placed = place(
      { boot: "a", from: -500, to: -496, line: -510 },
      { boot: "a", from: 10, to: 20, isTrusted: true, line: -5 },
      { boot: "a", from: 1, to: 4, line: -30 },
      { boot: "b", from: 60, to: 60, isTrusted: true },
    );
    expect(placed).toEqual([
      [5, 9, "measured"],
      [10, 20, "trusted"],
      [26, 29, "measured"],
    ]);
  });

  test("is measured by the next moment it did, where there are several", () => {
    const placed = place(
      { boot: "a", from: 0, to: 1, line: 0 },
      { boot: "a", from: 12, to: 20, isTrusted: true, line: 10 },
      { boot: "a", from: 60, to: 60, isTrusted: true, line: 40 },
    );
    expect(placed[0]).toEqual([10, 11, "measured"]);
  });

  test("stays when a trusted clock is put forward", () => {
    const placed = place(
      { boot: "a", from: 0, to: 10, isTrusted: true, line: 0 },
      { boot: "a", from: 40, to: 40, isTrusted: true, line: 30 },
    );
    expect(placed).toEqual([[0, 10, "trusted"]]);
  });

  test("goes back with a trusted clock that is put back, and takes those along that it would overlap", () => {
    const placed = place(
      { boot: "a", from: -90, to: -80, isTrusted: true, line: -1000 },
      { boot: "a", from: 0, to: 10, isTrusted: true, line: 0 },
      { boot: "a", from: 10, to: 40, isTrusted: true, line: 0 },
      { boot: "a", from: 35, to: 35, isTrusted: true, line: -5 },
    );
    expect(placed).toEqual([
      [-90, -80, "trusted"],
      [-5, 5, "measured"],
      [5, 35, "measured"],
    ]);
  });

  test("goes back with a clock that was put back while nobody looked, though it lies before what came after", () => {
    const placed = place(
      { boot: "a", from: 0, to: 10, isTrusted: true, line: 0 },
      { boot: "a", from: 30, to: 30, isTrusted: true, line: -5 },
    );
    expect(placed).toEqual([[-5, 5, "measured"]]);
  });

  test("loses its trust where it lies ahead of a later boot that knows better, and gets it back when it does not", () => {
    const ahead = { boot: "a", from: 100, to: 130, isTrusted: true };
    const placed = place(ahead, { boot: "b", from: 20, to: 20, isTrusted: true });
    expect(placed).toEqual([[-10, 20, "bounded"]]);
    const already = { placement: "bounded", offset: millis(-110 * MINUTE) } as const;
    const again = place({ ...ahead, already }, { boot: "b", from: 200, to: 200, isTrusted: true });
    expect(again).toEqual([[100, 130, "trusted"]]);
  });
});

describe("a boot that never knew the time", () => {
  test("keeps its stamps where they lie between what came before and what came after", () => {
    const placed = place(
      { boot: "a", from: 0, to: 10, isTrusted: true },
      { boot: "b", from: 20, to: 30 },
      { boot: "c", from: 60, to: 60, isTrusted: true },
    );
    expect(placed[1]).toEqual([20, 30, "bounded"]);
  });

  test("is raised after what came before, one boot after the other, with its durations", () => {
    const early = (LONG_AGO - NOON) / MINUTE;
    const placed = place(
      { boot: "a", from: 0, to: 10, isTrusted: true },
      { boot: "b", from: early, to: early + 5 },
      { boot: "c", from: early, to: early + 7 },
      { boot: "d", from: 60, to: 60, isTrusted: true },
    );
    expect(placed.slice(1)).toEqual([
      [10, 15, "bounded"],
      [15, 22, "bounded"],
    ]);
  });

  test.each([
    ["the moment the clock was set", []],
    ["a later boot that knew it", [{ boot: "c", from: 30, to: 40, isTrusted: true }]],
  ])("and has nothing before it, with stamps older than any gateway, lies right before %s", (_what, later) => {
    const early = (LONG_AGO - NOON) / MINUTE;
    const placed = place(
      { boot: "a", from: early, to: early + 5 },
      { boot: "b", from: early, to: early + 7 },
      ...later,
      { boot: "d", from: 60, to: 60, isTrusted: true },
    );
    const end = later[0]?.from ?? 60;
    expect(placed.slice(0, 2)).toEqual([
      [end - 12, end - 7, "bounded"],
      [end - 7, end, "bounded"],
    ]);
  });

  test("is lowered before what came after", () => {
    const placed = place(
      { boot: "a", from: 0, to: 10, isTrusted: true },
      { boot: "b", from: 500, to: 510 },
      { boot: "c", from: 400, to: 410 },
      { boot: "d", from: 60, to: 60, isTrusted: true },
    );
    expect(placed).toEqual([
      [0, 10, "trusted"],
      [40, 50, "bounded"],
      [50, 60, "bounded"],
    ]);
  });

  test("keeps the distances of its epochs, though its clock was put in between", () => {
    const placed = place(
      { boot: "a", from: 300, to: 310, line: 290 },
      { boot: "a", from: 20, to: 30, line: -5 },
      { boot: "b", from: 60, to: 60, isTrusted: true },
    );
    expect(placed).toEqual([
      [5, 15, "bounded"],
      [20, 30, "bounded"],
    ]);
  });

  test("pushes what came before it where the room between is too small", () => {
    const placed = place(
      { boot: "a", from: 0, to: 55, isTrusted: true },
      { boot: "b", from: 20, to: 40 },
      { boot: "c", from: 60, to: 60, isTrusted: true },
    );
    expect(placed).toEqual([
      [-15, 40, "bounded"],
      [40, 60, "bounded"],
    ]);
  });

  test("is not raised by what lies in the future", () => {
    const placed = place(
      { boot: "a", from: 1000, to: 1010, isTrusted: true },
      { boot: "b", from: 20, to: 30 },
      { boot: "c", from: 60, to: 60, isTrusted: true },
    );
    expect(placed).toEqual([
      [10, 20, "bounded"],
      [20, 30, "bounded"],
    ]);
  });

  test("with stamps of 1970 drags along nothing of a clock that was ahead and delivered", () => {
    const early = (LONG_AGO - NOON) / MINUTE;
    const ahead = epochOf({ boot: "a", from: 0, to: 70, isTrusted: true }, 0);
    const lost = epochOf({ boot: "b", from: early, to: early + 5 }, 1);
    const current = epochOf({ boot: "c", from: 60, to: 60, isTrusted: true }, 2);
    const placed = placeEpochs([ahead, lost], current, NOON + 69 * MINUTE);
    expect(placed.map(({ lastAt, offset }) => (lastAt + offset - NOON) / MINUTE)).toEqual([55, 60]);
  });

  test("is raised after what was delivered, though nothing of that is held any more", () => {
    const early = (LONG_AGO - NOON) / MINUTE;
    const [epoch, current] = [
      epochOf({ boot: "b", from: early, to: early + 5 }, 0),
      epochOf({ boot: "d", from: 90, to: 90, isTrusted: true }, 1),
    ];
    const delivered = NOON + 10 * MINUTE;
    const [placed] = placeEpochs([epoch], current, delivered);
    expect(placed && placed.openedAt + placed.offset).toBe(delivered);
    expect(placeEpochs([placed ?? epoch], current, delivered + MINUTE)).toEqual([]);
  });

  test("stays where it was put when what it was raised after is gone", () => {
    const early = (LONG_AGO - NOON) / MINUTE;
    const already = { placement: "bounded", offset: millis(NOON - LONG_AGO + 10 * MINUTE) } as const;
    const placed = place(
      { boot: "b", from: early, to: early + 5, already },
      { boot: "d", from: 90, to: 90, isTrusted: true },
    );
    expect(placed).toEqual([[10, 15, "bounded"]]);
  });
});

describe("an epoch whose record is lost", () => {
  function knowLost(minAt: number, maxAt: number): KnownEpoch[] {
    const lost = [minAt, maxAt].map((at) => ({ epoch: 1, at }));
    return [
      epochOf({ boot: "a", from: 0, to: 10, isTrusted: true }, 0),
      ...knowEpochs(new Map(), new BlockIndex(), lost).values(),
    ];
  }
  const current = epochOf({ boot: "d", from: 90, to: 90, isTrusted: true }, 2);

  test("keeps the stamps it has where they lie in order", () => {
    expect(placeEpochs(knowLost(NOON + 20 * MINUTE, NOON + 30 * MINUTE), current)).toEqual([]);
  });

  test("with stamps of 1970 does not drag along what came before it", () => {
    const placed = placeEpochs(knowLost(LONG_AGO, LONG_AGO + MINUTE), current);
    expect(placed.map(({ id, openedAt, offset }) => [id, openedAt + offset])).toEqual([[1, NOON + 10 * MINUTE]]);
  });
});

describe("the record of an epoch", () => {
  const EPOCH: Epoch = {
    id: 7,
    openedAt: epochMillis(NOON),
    isTrusted: false,
    placement: "measured",
    offset: millis(-12_345),
    bootId: "da399697-b901-47eb-b4ae-2bd6e129ffef",
    line: NOON - 5_000.25,
  };

  test("is damaged when it is cut, or names a placement that nobody knows", () => {
    const bytes = encodeEpoch(EPOCH);
    expect(decodeEpoch(bytes.subarray(0, 20), 7)).toBeUndefined();
    const writer = startRecord(2);
    for (const write of [() => writer.f64(1), () => writer.u8(1), () => writer.f64(0), () => writer.u8(9)]) write();
    writer.f64(1);
    writer.text("boot");
    expect(decodeEpoch(sealRecord(writer), 7)).toBeUndefined();
  });

  test("comes back as it was", () => {
    expect(decodeEpoch(encodeEpoch(EPOCH), 7)).toEqual(EPOCH);
  });

  test("of the first version is an epoch of a boot that nobody knows", () => {
    const writer = startRecord(1);
    writer.f64(NOON);
    writer.u8(0);
    writer.f64(500);
    expect(decodeEpoch(sealRecord(writer), 7)).toEqual({
      ...EPOCH,
      placement: "unplaced",
      offset: 500,
      bootId: "",
      line: NOON,
    });
  });
});
