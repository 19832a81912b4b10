import { describe, expect, test } from "vitest";
import { QualityFilter } from "../../src/filter/quality.ts";
import type { CounterRule } from "../../src/model/counter.ts";
import { DEFAULT_VERDICTS } from "../../src/model/quality.ts";
import { SampleBuilder } from "../../src/model/samples.ts";
import { type MonotonicMillis, seconds } from "../../src/model/time.ts";
import { batchOf, rowsOf } from "../support/samples.ts";

function filtered(filter: QualityFilter, batch: ReturnType<typeof batchOf>) {
  const target = new SampleBuilder();
  const dropped = {};
  filter.pass(batch, target, dropped, 0 as MonotonicMillis);
  return { rows: rowsOf(target), dropped };
}

describe("the quality filter", () => {
  test("drops what is not a finite number and counts it", () => {
    const batch = batchOf([1, 10, Number.NaN], [1, 11, Number.POSITIVE_INFINITY], [1, 12, 3]);
    expect(filtered(new QualityFilter(), batch)).toEqual({ rows: [[1, 12, 3, 0]], dropped: { "not-a-number": 2 } });
  });

  test("drops what lies outside the range of its own series only", () => {
    const filter = new QualityFilter();
    filter.setRules(1, { range: [80, 300], verdicts: DEFAULT_VERDICTS }, seconds(1));
    const batch = batchOf([1, 10, 79.9], [1, 11, 80], [1, 12, 300], [1, 13, 300.1], [2, 14, 9000]);
    expect(filtered(filter, batch)).toEqual({
      rows: [
        [1, 11, 80, 0],
        [1, 12, 300, 0],
        [2, 14, 9000, 0],
      ],
      dropped: { "out-of-range": 2 },
    });
  });

  test("passes flags on unchanged", () => {
    expect(filtered(new QualityFilter(), batchOf([3, 10, 1, 6])).rows).toEqual([[3, 10, 1, 6]]);
  });
});

const COUNTS: CounterRule = { wrapsAt: undefined, perMillisMax: Number.POSITIVE_INFINITY, resolution: 1 };

/** Passes one reading of series 1 a poll, 15 s apart. */
function watch(delta?: number) {
  const heard: string[] = [];
  const filter = new QualityFilter((series, step, before, value) => heard.push(`${series} ${step} ${before} ${value}`));
  filter.setCounter(1, COUNTS, delta);
  let polls = 0;
  const read = (value: number) => {
    const target = new SampleBuilder();
    const dropped = {};
    polls += 1;
    const made = filter.pass(batchOf([1, polls, value, 4]), target, dropped, (15_000 * polls) as MonotonicMillis);
    return { rows: rowsOf(target), dropped, made };
  };
  return { filter, heard, read };
}

describe("a counter in the filter", () => {
  test("has what it cannot do held back, counted and told once until it is over", () => {
    const { heard, read } = watch();
    expect(read(100)).toEqual({ rows: [[1, 1, 100, 4]], dropped: {}, made: 0 });
    expect(read(0)).toEqual({ rows: [], dropped: { "impossible-step": 1 }, made: 0 });
    expect(read(0)).toEqual({ rows: [], dropped: { "impossible-step": 1 }, made: 0 });
    expect(read(101)).toEqual({ rows: [[1, 4, 101, 4]], dropped: {}, made: 0 });
    expect(heard).toEqual(["1 held 100 0", "1 settled 100 101"]);
  });

  test("that comes and goes is told of every ten minutes", () => {
    const { heard, read } = watch();
    read(100);
    for (let turn = 0; turn < 80; turn += 1) read(turn % 2 === 0 ? 0 : 101);
    expect(heard).toHaveLength(4);
  });

  test("that begins anew is told of however often it was held before", () => {
    const { heard, read } = watch();
    for (const value of [100, 0, 101, 0, 0, 1]) read(value);
    expect(heard).toEqual(["1 held 100 0", "1 settled 100 101", "1 anew 101 1"]);
  });

  test("has a sample of what it counted behind each reading but the first, with its moment and flags", () => {
    const { read } = watch(9);
    expect(read(100)).toMatchObject({ rows: [[1, 1, 100, 4]], made: 0 });
    expect(read(107)).toMatchObject({
      rows: [
        [1, 2, 107, 4],
        [9, 2, 7, 4],
      ],
      made: 1,
    });
  });

  test("keeps what is known of it when its rule is set anew, until it is none any more", () => {
    const { filter, read } = watch();
    read(100);
    filter.setCounter(1, COUNTS, 9);
    expect(read(103).rows).toEqual([
      [1, 2, 103, 4],
      [9, 2, 3, 4],
    ]);
    filter.setCounter(1, undefined, undefined);
    expect(read(0).rows).toEqual([[1, 3, 0, 4]]);
  });

  test("goes on from an earlier run only where it has not begun", () => {
    const { filter, read } = watch();
    expect([filter.isNewCounter(1), filter.isNewCounter(2)]).toEqual([true, false]);
    filter.resumeCounter(1, 100, seconds(60), 0 as MonotonicMillis);
    expect(read(50).rows).toEqual([]);
    filter.resumeCounter(1, 10, seconds(60), 0 as MonotonicMillis);
    expect(read(50).rows).toEqual([]);
  });
});
