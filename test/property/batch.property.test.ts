import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type AgeWindow, momentsAfter, toPoints } from "../../src/forward/batch.ts";
import { halveRange, type RowRange, rowCount, wholeRange } from "../../src/forward/row-range.ts";
import type { LogSlice } from "../../src/model/log.ts";
import { type Millis, millis } from "../../src/model/time.ts";
import { batchOf } from "../support/samples.ts";

const START = Date.UTC(2026, 10, 22);

const RESOLUTIONS: readonly Millis[] = [1, 250, 1000].map(millis);

/** Slices of a few series whose moments stand still, jump and go back, with unreadable rows between. */
const slices = fc
  .array(fc.record({ series: fc.nat(3), step: fc.integer({ min: -1500, max: 2500 }), gap: fc.nat(2) }), {
    maxLength: 60,
  })
  .map((rows): LogSlice => {
    let at = START;
    let sequence = 40;
    const sequences: number[] = [];
    const samples = rows.map(({ series, step, gap }, index): [number, number, number] => {
      at += step;
      sequence += gap;
      sequences.push(sequence);
      sequence += 1;
      return [series, at, index];
    });
    const batch = batchOf(...samples);
    return { from: 40, to: sequence, batch, sequences: Float64Array.from(sequences), missing: "unreadable" };
  });

/** Any way of cutting a slice into ranges by halving, told by a stream of coin tosses. */
function cut(slice: LogSlice, range: RowRange, tosses: boolean[]): RowRange[] {
  if (rowCount(range) < 2 || tosses.shift() !== true) return [range];
  const [first, second] = halveRange(slice, range);
  return [...cut(slice, first, tosses), ...cut(slice, second, tosses)];
}

describe.each(RESOLUTIONS)("any slice, cut in any way, for an intake that resolves %d ms", (resolution) => {
  const from = (oldestAt: number): AgeWindow => ({
    oldestAt,
    newestAt: Number.MAX_SAFE_INTEGER,
    presentAt: Number.MAX_SAFE_INTEGER,
    resolution,
  });
  const cases = fc.tuple(slices, fc.array(fc.boolean(), { maxLength: 40 }), fc.integer({ min: -40_000, max: 20_000 }));

  test("is covered by its ranges without gap or overlap", () => {
    fc.assert(
      fc.property(cases, ([slice, tosses]) => {
        let sequence = slice.from;
        let row = 0;
        for (const range of cut(slice, wholeRange(slice), [...tosses])) {
          expect([range.from, range.firstRow]).toEqual([sequence, row]);
          sequence = range.to;
          row = range.endRow;
        }
        expect([sequence, row]).toEqual([slice.to, slice.batch.count]);
      }),
    );
  });

  test("counts each of its sequences once", () => {
    fc.assert(
      fc.property(cases, ([slice, tosses, age]) => {
        for (const range of cut(slice, wholeRange(slice), [...tosses])) {
          const { counts } = toPoints(slice, range, from(START + age), { moments: new Map(), ceilings: new Map() });
          const counted = counts.delivered + counts.collapsed + counts.tooOld + counts.unreadable;
          expect(counted).toBe(range.to - range.from);
        }
      }),
    );
  });

  test("gives points that are sorted, one for each series and moment", () => {
    fc.assert(
      fc.property(cases, ([slice, tosses, age]) => {
        for (const range of cut(slice, wholeRange(slice), [...tosses])) {
          const { series, moment, count } = toPoints(slice, range, from(START + age), {
            moments: new Map(),
            ceilings: new Map(),
          }).points;
          for (let row = 1; row < count; row += 1) {
            const bySeries = (series[row] ?? 0) - (series[row - 1] ?? 0);
            const byMoment = (moment[row] ?? 0) - (moment[row - 1] ?? 0);
            expect(bySeries > 0 || (bySeries === 0 && byMoment > 0)).toBe(true);
          }
        }
      }),
    );
  });

  test("leaves at the intake, sent range by range, what a plain map of the rows holds that never goes back", () => {
    fc.assert(
      fc.property(cases, ([slice, tosses, age]) => {
        const { batch } = slice;
        const expected = new Map<string, number>();
        const latest = new Map<number, number>();
        for (let row = 0; row < batch.count; row += 1) {
          const at = batch.at[row] ?? 0;
          const series = batch.series[row] ?? 0;
          const moment = Math.floor(at / resolution) * resolution;
          if (at < START + age || moment < (latest.get(series) ?? 0)) continue;
          latest.set(series, moment);
          expected.set(`${series} ${moment}`, batch.value[row] ?? -1);
        }
        const held = new Map<string, number>();
        let moments: ReadonlyMap<number, number> = new Map();
        let delivered = 0;
        for (const range of cut(slice, wholeRange(slice), [...tosses])) {
          const { points, counts } = toPoints(slice, range, from(START + age), { moments, ceilings: new Map() });
          for (let row = 0; row < points.count; row += 1) {
            held.set(`${points.series[row]} ${points.moment[row]}`, points.value[row] ?? -1);
          }
          delivered += counts.delivered;
          moments = momentsAfter(moments, points, from(START + age));
        }
        expect(new Map([...held].sort())).toEqual(new Map([...expected].sort()));
        expect(delivered).toBe(held.size);
      }),
    );
  });
});
