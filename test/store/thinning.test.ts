import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FLAG } from "../../src/model/samples.ts";
import type { Block } from "../../src/store/block.ts";
import { LEVEL_SEALED } from "../../src/store/block-index.ts";
import { decodeStoredBlock, encodeStoredBlock } from "../../src/store/stored-block.ts";
import { type CourseOf, thinBlock } from "../../src/store/thinning.ts";
import { batchOf, rowsOf } from "../support/samples.ts";

const MEASUREMENT = 0;
const TOTAL = 1;
const DELTA = 2;
const STATE = 3;
const SUMMARY = 4;
const LEAD = 5;
const COURSES = ["measurement", "total", "delta", "state", "summary", "lead"] as const;

const courseOf: CourseOf = (series) => COURSES[series] ?? "measurement";

/** Whatever a filter and a clock may set, as one number and together. */
const ODD = [FLAG.anomalous, FLAG.context, FLAG.onset, FLAG.ordinary | FLAG.anomalous, FLAG.ordinary | FLAG.context];
const PLAIN = [0, FLAG.ordinary, FLAG.suspect, FLAG.stale, FLAG.historical, FLAG.clockUntrusted | FLAG.ordinary];

type Row = readonly [series: number, at: number, value: number, flags?: number];

function blockOf(...rows: readonly Row[]): Block {
  return { first: 100, span: rows.length, epoch: 1, batch: batchOf(...rows) };
}

/** The values of one series in turn, a second apart. */
function course(series: number, ...values: readonly number[]): Block {
  return blockOf(...values.map((value, second) => [series, 1_000 * second, value] as const));
}

function valuesOf(block: Block | undefined): number[] {
  return block === undefined ? [] : rowsOf(block.batch).map(([, , value = Number.NaN]) => value);
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

describe("thinning a block", () => {
  test("keeps every other sample of a measurement, and where each stood", () => {
    const thinned = thinBlock(course(MEASUREMENT, 1, 2, 3, 4, 5), courseOf);
    expect(valuesOf(thinned?.block)).toEqual([1, 3, 5]);
    expect(thinned?.block).toMatchObject({ first: 100, span: 5, offsets: Uint32Array.of(0, 2, 4) });
    expect(thinned?.lost).toEqual(new Map([[MEASUREMENT, { count: 2, fromAt: 1_000, toAt: 3_000 }]]));
  });

  test("keeps the first and the last of a total, and both sides of each new beginning", () => {
    expect(valuesOf(thinBlock(course(TOTAL, 1, 2, 3, 9), courseOf)?.block)).toEqual([1, 9]);
    expect(valuesOf(thinBlock(course(TOTAL, 7, 8, 9, 0, 1, 2, 0, 5), courseOf)?.block)).toEqual([7, 9, 0, 2, 0, 5]);
  });

  test("adds what goes of a delta to what stays", () => {
    expect(valuesOf(thinBlock(course(DELTA, 1, 2, 3, 4, 5), courseOf)?.block)).toEqual([3, 7, 5]);
  });

  test("keeps each change of a state, and the last of it", () => {
    expect(valuesOf(thinBlock(course(STATE, 0, 0, 1, 1, 1, 0, 0, 0), courseOf)?.block)).toEqual([0, 1, 0, 0]);
  });

  test.each(ODD)("keeps what has the flags %i of something odd or around it, whatever its course", (flags) => {
    const rows = [0, 1, 2, 3].flatMap((series) =>
      [5, 6, 7, 8].map((value, step) => [series, step, value, step === 1 ? flags : 0] as const),
    );
    const kept = rowsOf(thinBlock(blockOf(...rows), courseOf)?.block.batch ?? batchOf());
    for (const series of [0, 1, 2, 3]) expect(kept.filter(([id, at]) => id === series && at === 1)).toHaveLength(1);
  });

  test("takes every other ordinary sample of a measurement, and nothing else of it while there are several", () => {
    const rows = [1, 2, 3, 4, 5].map((value): Row => [MEASUREMENT, value, value, value === 1 ? 0 : FLAG.ordinary]);
    let block: Block | undefined = blockOf(...rows, [MEASUREMENT, 6, 6, FLAG.suspect]);
    const steps: number[][] = [];
    while (block !== undefined) {
      block = thinBlock(block, courseOf)?.block;
      steps.push(valuesOf(block));
    }
    expect(steps).toEqual([[1, 2, 4, 6], [1, 2, 6], [1, 6], [1], []]);
  });

  test("keeps all summaries, beside what they sum up and beside series without any", () => {
    const rows = [1, 2, 3, 4].flatMap((value): Row[] => [
      [MEASUREMENT, value, value, FLAG.ordinary],
      [SUMMARY, value, 10 * value],
      [10, value, 100 * value],
    ]);
    expect(valuesOf(thinBlock(blockOf(...rows), courseOf)?.block)).toEqual([1, 10, 100, 20, 3, 30, 300, 40]);
    for (const each of [SUMMARY, LEAD]) expect(thinBlock(course(each, 1, 2, 3), courseOf)).toBeUndefined();
  });

  test("keeps of a total and a state the first of each window, and of ordinary ones what their course asks for", () => {
    const values = [1, 2, 3, 4, 5, 6, 7];
    const flagsAt = (value: number): number => (value % 3 === 0 ? 0 : FLAG.ordinary);
    const total = blockOf(...values.map((value): Row => [TOTAL, value, value, flagsAt(value)]));
    expect(valuesOf(thinBlock(total, courseOf)?.block)).toEqual([1, 3, 6, 7]);
    const state = blockOf(...values.map((value): Row => [STATE, value, value > 4 ? 1 : 0, flagsAt(value)]));
    expect(rowsOf(thinBlock(state, courseOf)?.block.batch ?? batchOf()).map(([, at]) => at)).toEqual([1, 3, 5, 6, 7]);
  });

  test("thins what was thinned, and gives up when nothing but events is left", () => {
    const once = thinBlock(course(MEASUREMENT, 1, 2, 3, 4, 5), courseOf)?.block;
    const twice = once && thinBlock(once, courseOf)?.block;
    expect([valuesOf(twice), twice?.offsets]).toEqual([[1, 5], Uint32Array.of(0, 4)]);
    expect(thinBlock(course(STATE, 0, 1, 0, 1), courseOf)).toBeUndefined();
    expect(thinBlock(course(TOTAL, 4), courseOf)).toBeUndefined();
  });

  test("loses no part of a delta, no change of a state and no growth of a total, however often it is done", () => {
    const row = fc.tuple(fc.nat(4), fc.nat(1_000), fc.nat(3), fc.constantFrom(0, 0, 0, ...ODD, ...PLAIN));
    const changesOf = (values: readonly number[]): number[] => values.filter((value, at) => value !== values[at - 1]);
    const growthOf = (values: readonly number[]): number =>
      sumOf(
        values.map((value, at) =>
          at === 0 ? 0 : value - (values[at - 1] ?? 0) < 0 ? value : value - (values[at - 1] ?? 0),
        ),
      );
    const of = (block: Block, series: number): number[] =>
      rowsOf(block.batch)
        .filter(([id]) => id === series)
        .map(([, , value = Number.NaN]) => value);
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 60, size: "max" }), (rows) => {
        const whole = blockOf(...rows);
        for (let thinner = thinBlock(whole, courseOf); thinner; thinner = thinBlock(thinner.block, courseOf)) {
          const { block } = thinner;
          expect(sumOf(of(block, DELTA))).toBe(sumOf(of(whole, DELTA)));
          expect(changesOf(of(block, STATE))).toEqual(changesOf(of(whole, STATE)));
          expect(growthOf(of(block, TOTAL))).toBe(growthOf(of(whole, TOTAL)));
          expect(of(block, SUMMARY)).toEqual(of(whole, SUMMARY));
          for (const [row, offset] of (block.offsets ?? []).entries())
            expect(block.batch.at[row]).toBe(whole.batch.at[offset]);
        }
      }),
    );
  });
});

describe("a thinned block", () => {
  test("takes half the room of the whole one, be it of one series or of many", () => {
    for (const seriesCount of [1, 7, 100]) {
      const rows = Array.from({ length: 8_000 }, (_, row): Row => {
        const series = 10 + (row % seriesCount);
        return [series, 1_000 * Math.floor(row / seriesCount), Math.round(100 * Math.sin(row * row)) / 10];
      });
      const whole = blockOf(...rows);
      const thinned = thinBlock(whole, courseOf)?.block ?? whole;
      const before = encodeStoredBlock(whole, LEVEL_SEALED).length;
      expect(encodeStoredBlock(thinned, LEVEL_SEALED + 1).length).toBeLessThan(0.6 * before);
    }
  });

  test("comes back as it was, whatever was taken out of it", () => {
    const row = fc.record({ series: fc.nat(3), value: fc.double(), isKept: fc.boolean() });
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 80, size: "max" }), fc.nat(5), (rows, more) => {
        const kept = [...rows.entries()].filter(([place, { isKept }]) => isKept || place === 0);
        const batch = batchOf(...kept.map(([place, { series, value }]) => [series, place, value] as const));
        const offsets = Uint32Array.from(kept, ([place]) => place);
        const block = { first: 9, span: rows.length + more, epoch: 2, batch, offsets };
        const bytes = encodeStoredBlock(block, LEVEL_SEALED + 1);
        const read = decodeStoredBlock(bytes, 9);
        expect(read).toMatchObject({ first: 9, span: block.span, epoch: 2, offsets });
        expect(read && rowsOf(read.batch)).toEqual(rowsOf(batch));
        expect(decodeStoredBlock(bytes, 10)).toBeUndefined();
      }),
    );
  });
});
