import { describe, expect, test } from "vitest";
import { type AgeWindow, type LaneBounds, momentsAfter, toPoints } from "../../src/forward/batch.ts";
import { halveRange, type RowRange, rowCount, wholeRange } from "../../src/forward/row-range.ts";
import type { PointBatch } from "../../src/model/intake.ts";
import type { LogSlice } from "../../src/model/log.ts";
import { millis, seconds } from "../../src/model/time.ts";
import { batchOf } from "../support/samples.ts";

const NOW = Date.UTC(2026, 10, 22, 6, 0, 0);
const ANY_AGE: AgeWindow = {
  oldestAt: 0,
  newestAt: Number.MAX_SAFE_INTEGER,
  presentAt: Number.MAX_SAFE_INTEGER,
  resolution: seconds(1),
};

/** A slice of rows `[series, at, value]` from sequence 100 on, without the sequences that are unreadable. */
function sliceOf(rows: readonly (readonly [number, number, number])[], unreadable: readonly number[] = []): LogSlice {
  const sequences: number[] = [];
  let next = 100;
  for (const _ of rows) {
    while (unreadable.includes(next)) next += 1;
    sequences.push(next);
    next += 1;
  }
  while (unreadable.includes(next)) next += 1;
  const batch = batchOf(...rows);
  return { from: 100, to: next, batch, sequences: Float64Array.from(sequences), missing: "unreadable" };
}

function rowsOf({ series, moment, value, count }: PointBatch): number[][] {
  return Array.from({ length: count }, (_, row) => [
    series[row] ?? -1,
    ((moment[row] ?? 0) - NOW) / 1000,
    value[row] ?? -1,
  ]);
}

describe("copies of what was before something odd", () => {
  const FULL = 2 ** 30;
  const routes = { of: (series: number) => FULL + series };
  const rows = [0, 1, 2, 3].map((second): [number, number, number] => [1, NOW + 1000 * second, second]);

  /** Three copies that go ahead of the one sample at 100. */
  function copied() {
    const slice = sliceOf(rows);
    return { ...slice, to: 101, sequences: new Float64Array(4).fill(100), isCopy: Uint8Array.of(1, 1, 1, 0) };
  }

  test.each<[string, Partial<AgeWindow>, LaneBounds, number[]]>([
    ["all go", {}, { moments: new Map(), ceilings: new Map() }, [0, 1, 2, 3]],
    [
      "none goes at what is held, or before",
      {},
      { moments: new Map([[FULL + 1, NOW + 1000]]), ceilings: new Map() },
      [2, 3],
    ],
    ["none is too old", { oldestAt: NOW + 500 }, { moments: new Map(), ceilings: new Map() }, [1, 2, 3]],
    [
      "none is one of a minute",
      { rollUp: { before: NOW + 2000, courseOf: () => "measurement" } },
      { moments: new Map(), ceilings: new Map() },
      [2, 3],
    ],
    [
      "none is held back",
      {
        sieve: (points) => ({
          ...points,
          series: points.series.slice(2),
          moment: points.moment.slice(2),
          value: points.value.slice(2),
          count: 2,
        }),
      },
      { moments: new Map(), ceilings: new Map() },
      [2, 3],
    ],
  ])("are in no count: %s", (_, window, bounds, values) => {
    const slice = copied();
    const { points, counts } = toPoints(slice, wholeRange(slice), { ...ANY_AGE, routes, ...window }, bounds);
    expect(rowsOf(points)).toEqual(values.map((value) => [FULL + 1, value, value]));
    expect(counts).toEqual({ delivered: 1, collapsed: 0, tooOld: 0, heldBack: 0, unreadable: 0, thinned: 0 });
  });

  test("are not in the sample's place where that is overtaken", () => {
    const slice = copied();
    const bounds = { moments: new Map(), ceilings: new Map([[FULL + 1, NOW + 2000]]) };
    const { points, counts } = toPoints(slice, wholeRange(slice), { ...ANY_AGE, routes }, bounds);
    expect(rowsOf(points)).toEqual([
      [FULL + 1, 0, 0],
      [FULL + 1, 1, 1],
    ]);
    expect(counts).toMatchObject({ delivered: 0, collapsed: 1 });
  });

  test("have no sequence of their own where a range is cut among them", () => {
    const slice = copied();
    const [first, second] = halveRange(slice, wholeRange(slice));
    const bounds = { moments: new Map(), ceilings: new Map() };
    expect([first.from, first.to, second.from, second.to]).toEqual([100, 100, 100, 101]);
    const window = { ...ANY_AGE, routes };
    expect(toPoints(slice, first, window, bounds).counts).toMatchObject({ delivered: 0, unreadable: 0 });
    expect(toPoints(slice, second, window, bounds).counts).toMatchObject({ delivered: 1, unreadable: 0 });
  });
});

describe("points of a count", () => {
  const COUNTS: AgeWindow = { ...ANY_AGE, isCount: (series) => series === 1 };

  test("add up within a moment, and those of a gauge do not", () => {
    const slice = sliceOf([
      [1, NOW, 3],
      [2, NOW, 3],
      [1, NOW + 400, 4],
      [2, NOW + 400, 4],
    ]);
    const { points, counts } = toPoints(slice, wholeRange(slice), COUNTS, { moments: new Map(), ceilings: new Map() });
    expect(rowsOf(points)).toEqual([
      [1, 0, 7],
      [2, 0, 4],
    ]);
    expect(counts).toMatchObject({ delivered: 2, collapsed: 2 });
  });

  test("go at the moment after the one the intake holds, which keeps its own", () => {
    const slice = sliceOf([
      [1, NOW + 600, 5],
      [1, NOW + 900, 6],
      [1, NOW + 1500, 7],
      [1, NOW + 2500, 8],
    ]);
    const moments = new Map([[1, NOW]]);
    const { points, counts } = toPoints(slice, wholeRange(slice), COUNTS, { moments, ceilings: new Map() });
    expect(rowsOf(points)).toEqual([
      [1, 1, 18],
      [1, 2, 8],
    ]);
    expect(counts).toMatchObject({ delivered: 2, collapsed: 2 });
  });

  test("are not lost where the clock went back", () => {
    const slice = sliceOf([
      [1, NOW - 60_000, 5],
      [1, NOW - 59_000, 6],
    ]);
    const moments = new Map([[1, NOW]]);
    const { points, counts } = toPoints(slice, wholeRange(slice), COUNTS, { moments, ceilings: new Map() });
    expect(rowsOf(points)).toEqual([[1, 1, 11]]);
    expect(counts).toMatchObject({ delivered: 1, collapsed: 1 });
  });

  test("add up to the same however a range is cut, delivered one part after the other", () => {
    const slice = sliceOf(Array.from({ length: 40 }, (_, row) => [1, NOW + row * 300, row]));
    for (let size = 1; size <= 40; size += 1) {
      let moments: ReadonlyMap<number, number> = new Map();
      const held = new Map<number, number>();
      for (let from = 0; from < 40; from += size) {
        const part: RowRange = {
          ...{ from: slice.from + from, to: Math.min(slice.from + from + size, slice.to) },
          ...{ firstRow: from, endRow: Math.min(from + size, 40) },
        };
        const { points } = toPoints(slice, part, COUNTS, { moments, ceilings: new Map() });
        for (const [, moment = 0, value = 0] of rowsOf(points)) held.set(moment, value);
        moments = momentsAfter(moments, points, COUNTS);
      }
      expect([...held.values()].reduce((sum, value) => sum + value, 0)).toBe(780);
    }
  });
});

describe("points of a slice", () => {
  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    "never hold %d: that is a bug",
    (value) => {
      const slice = sliceOf([[0, NOW, value]]);
      expect(() => toPoints(slice, wholeRange(slice), ANY_AGE, { moments: new Map(), ceilings: new Map() })).toThrow(
        "passed the filter",
      );
    },
  );

  test("are sorted by series, then by moment", () => {
    const slice = sliceOf([
      [2, NOW - 1000, 3],
      [1, NOW, 4],
      [2, NOW, 1],
      [1, NOW + 1000, 2],
    ]);
    const { points, counts } = toPoints(slice, wholeRange(slice), ANY_AGE, { moments: new Map(), ceilings: new Map() });
    expect(rowsOf(points)).toEqual([
      [1, 0, 4],
      [1, 1, 2],
      [2, -1, 3],
      [2, 0, 1],
    ]);
    expect(counts).toEqual({ delivered: 4, collapsed: 0, tooOld: 0, heldBack: 0, unreadable: 0, thinned: 0 });
  });

  test("are the last ones taken of each second, even where the clock went back within it", () => {
    const slice = sliceOf([
      [1, NOW + 999, 1],
      [1, NOW + 500, 2],
      [1, NOW, 3],
      [1, NOW + 1000, 4],
    ]);
    const { points, counts } = toPoints(slice, wholeRange(slice), ANY_AGE, { moments: new Map(), ceilings: new Map() });
    expect(rowsOf(points)).toEqual([
      [1, 0, 3],
      [1, 1, 4],
    ]);
    expect(counts).toEqual({ delivered: 2, collapsed: 2, tooOld: 0, heldBack: 0, unreadable: 0, thinned: 0 });
  });

  test("are kept to the millisecond where the intake resolves that finely", () => {
    const slice = sliceOf([
      [1, NOW + 250, 1],
      [1, NOW + 500, 2],
      [1, NOW + 500, 3],
    ]);
    const { points, counts } = toPoints(
      slice,
      wholeRange(slice),
      { ...ANY_AGE, resolution: millis(1) },
      { moments: new Map(), ceilings: new Map() },
    );
    expect(rowsOf(points)).toEqual([
      [1, 0.25, 1],
      [1, 0.5, 3],
    ]);
    expect(counts).toEqual({ delivered: 2, collapsed: 1, tooOld: 0, heldBack: 0, unreadable: 0, thinned: 0 });
  });

  test("leave out what is older than the limit, and keep what is exactly at it", () => {
    const slice = sliceOf([
      [1, NOW - 1, 1],
      [1, NOW, 2],
    ]);
    const { points, counts } = toPoints(
      slice,
      wholeRange(slice),
      { ...ANY_AGE, oldestAt: NOW },
      { moments: new Map(), ceilings: new Map() },
    );
    expect(rowsOf(points)).toEqual([[1, 0, 2]]);
    expect(counts).toEqual({ delivered: 1, collapsed: 0, tooOld: 1, heldBack: 0, unreadable: 0, thinned: 0 });
  });

  test("that overwrite what the intake holds are sent, and count as collapsed", () => {
    const slice = sliceOf([
      [1, NOW, 1],
      [2, NOW, 2],
      [3, NOW, 3],
    ]);
    const moments = new Map([
      [1, NOW],
      [2, NOW - 1000],
    ]);
    const { points, counts } = toPoints(slice, wholeRange(slice), ANY_AGE, { moments, ceilings: new Map() });
    expect(points.count).toBe(3);
    expect(counts).toEqual({ delivered: 2, collapsed: 1, tooOld: 0, heldBack: 0, unreadable: 0, thinned: 0 });
  });

  test("are not made of rows that a clock which went back stamped before what the intake holds or will hold", () => {
    const slice = sliceOf([
      [1, NOW + 5000, 1],
      [1, NOW + 2000, 2],
      [2, NOW + 2000, 3],
      [1, NOW + 5999, 4],
      [3, NOW, 5],
    ]);
    const { points, counts } = toPoints(slice, wholeRange(slice), ANY_AGE, {
      moments: new Map([[3, NOW + 1000]]),
      ceilings: new Map(),
    });
    expect(rowsOf(points)).toEqual([
      [1, 5, 4],
      [2, 2, 3],
    ]);
    expect(counts).toEqual({ delivered: 2, collapsed: 3, tooOld: 0, heldBack: 0, unreadable: 0, thinned: 0 });
  });

  test("are made again of every row once the clock went back by more than an intake looks ahead", () => {
    const slice = sliceOf([[1, NOW, 1]]);
    const window = { ...ANY_AGE, newestAt: NOW + 600_000 };
    const { counts } = toPoints(slice, wholeRange(slice), window, {
      moments: new Map([[1, NOW + 601_000]]),
      ceilings: new Map(),
    });
    expect(counts).toMatchObject({ delivered: 1, collapsed: 0 });
    const held = toPoints(slice, wholeRange(slice), window, {
      moments: new Map([[1, NOW + 600_000]]),
      ceilings: new Map(),
    });
    expect(held.counts).toMatchObject({ delivered: 0, collapsed: 1 });
    expect(momentsAfter(new Map([[1, NOW + 601_000]]), undefined, window).size).toBe(0);
  });

  test("of a slice of which nothing could be read are none", () => {
    const slice = sliceOf([], [100, 101, 102]);
    const { points, counts } = toPoints(slice, wholeRange(slice), ANY_AGE, { moments: new Map(), ceilings: new Map() });
    expect(points.count).toBe(0);
    expect(counts).toEqual({ delivered: 0, collapsed: 0, tooOld: 0, heldBack: 0, unreadable: 3, thinned: 0 });
  });
});

describe("halves of a range", () => {
  test("of one row do not exist: that is a bug", () => {
    const slice = sliceOf([[1, NOW, 1]]);
    expect(() => halveRange(slice, wholeRange(slice))).toThrow();
  });

  test("of three rows are one and two, and unreadable rows stay with the row before them", () => {
    const slice = sliceOf(
      [
        [1, NOW, 1],
        [1, NOW + 1000, 2],
        [1, NOW + 2000, 3],
      ],
      [100, 102, 105],
    );
    const [first, second] = halveRange(slice, wholeRange(slice));
    expect(first).toEqual<RowRange>({ firstRow: 0, endRow: 1, from: 100, to: 103 });
    expect(second).toEqual<RowRange>({ firstRow: 1, endRow: 3, from: 103, to: 106 });
    expect(rowCount(second)).toBe(2);
    expect(toPoints(slice, first, ANY_AGE, { moments: new Map(), ceilings: new Map() }).counts.unreadable).toBe(2);
    expect(toPoints(slice, second, ANY_AGE, { moments: new Map(), ceilings: new Map() }).counts.unreadable).toBe(1);
  });
});

describe("the moments an intake holds", () => {
  test("are those of the newest points, beside those of series that had none", () => {
    const slice = sliceOf([
      [1, NOW, 1],
      [1, NOW + 1000, 2],
    ]);
    const { points } = toPoints(slice, wholeRange(slice), ANY_AGE, { moments: new Map(), ceilings: new Map() });
    const before = new Map([
      [1, NOW - 5000],
      [2, NOW - 3000],
    ]);
    expect([...momentsAfter(before, points, ANY_AGE)]).toEqual([
      [1, NOW + 1000],
      [2, NOW - 3000],
    ]);
  });

  test("are forgotten when no sample on them could be sent any more, and not a millisecond earlier", () => {
    const before = new Map([[1, NOW]]);
    expect(momentsAfter(before, undefined, { ...ANY_AGE, oldestAt: NOW + 999 }).size).toBe(1);
    expect(momentsAfter(before, undefined, { ...ANY_AGE, oldestAt: NOW + 1000 }).size).toBe(0);
  });

  test("stay where what is too old waits until it is taken, but for those of a clock that was far ahead", () => {
    const before = new Map([
      [1, NOW],
      [2, NOW + 10_000_000],
    ]);
    const window = { ...ANY_AGE, oldestAt: NOW + 5_000_000, newestAt: NOW + 6_000_000, isHoldingOld: true };
    expect([...momentsAfter(before, undefined, window)]).toEqual([[1, NOW]]);
  });
});
