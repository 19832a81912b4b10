import { expect, test } from "vitest";
import { Reducer } from "../../../src/filter/reducing/reducer.ts";
import { FLAG, type SampleBatch, SampleBuilder } from "../../../src/model/samples.ts";
import { seconds } from "../../../src/model/time.ts";
import { batchOf, rowsOf } from "../../support/samples.ts";
import { ruleOf, START } from "./reduced-series.ts";

const { ordinary } = FLAG;

function pass(reducer: Reducer, batch: SampleBatch): number[][] {
  const target = new SampleBuilder();
  reducer.pass(batch, target, 0);
  return rowsOf(target).map(([series = 0, at = 0, ...rest]) => [series, (at - START) / 1000, ...rest]);
}

/** Rows of some series at once, `[series, second, value]`. */
function rows(...of: readonly (readonly [number, number, number])[]): SampleBatch {
  return batchOf(...of.map(([series, second, value]) => [series, START + 1000 * second, value] as const));
}

test("a reducer leaves alone what it knows nothing of", () => {
  const reducer = new Reducer();
  expect(pass(reducer, rows([7, 1, 2], [8, 1, 3]))).toEqual([
    [7, 1, 2, 0],
    [8, 1, 3, 0],
  ]);
  reducer.set(8, ruleOf({ summary: 18 }));
  expect(pass(reducer, rows([7, 2, 2], [8, 2, 3], [8, 3, 3]))).toEqual([
    [7, 2, 2, 0],
    [8, 2, 3, 0],
    [8, 3, 3, ordinary],
  ]);
});

test("series that wait for the log are told of one by one, and meanwhile go as ordinary", () => {
  const reducer = new Reducer();
  for (const series of [1, 2]) {
    reducer.set(series, ruleOf({ summary: 10 + series }));
    reducer.beginRecall(series);
  }
  expect(reducer.sourcesOf([1, 2])).toEqual(new Set([1, 11, 2, 12]));
  expect(pass(reducer, rows([1, 1, 5], [2, 1, 6]))).toEqual([
    [1, 1, 5, ordinary],
    [2, 1, 6, ordinary],
  ]);
  reducer.resume([1], 0);
  expect(pass(reducer, rows([2, 2, 7], [1, 2, 6]))).toEqual([
    [11, 1, 5, 0],
    [2, 2, 7, ordinary],
    [1, 2, 6, ordinary],
  ]);
  reducer.end(0);
  expect(pass(reducer, rows())).toEqual([
    [12, 1, 6, 0],
    [11, 2, 6, 0],
    [12, 2, 7, 0],
  ]);
});

test("a log that tells nothing is not waited for by more samples than fit", () => {
  const reducer = new Reducer();
  reducer.set(1, ruleOf({ summary: 2 }));
  reducer.beginRecall(1);
  const batch = new SampleBuilder();
  for (let row = 0; row < 70_000; row += 1) batch.push(1, START + 1000 * row, row, 0);
  reducer.pass(batch, new SampleBuilder(), 0);
  const told = pass(reducer, rows([1, 70_000, 0]));
  expect(told).toHaveLength(1 + 7000 + 1);
  reducer.recall(2, START, 99, 0, 0);
  expect(pass(reducer, rows([1, 70_001, 1], [1, 70_010, 0]))).toEqual([
    [1, 70_001, 1, ordinary],
    [2, 70_000, 0.5, 0],
    [1, 70_010, 0, ordinary],
  ]);
});

test("nothing is due of a series before all that the log has was recalled", () => {
  const reducer = new Reducer();
  reducer.set(1, ruleOf({ summary: 2 }));
  reducer.beginRecall(1);
  reducer.recall(1, START, 4, ordinary, 0);
  reducer.flush(1e6);
  expect(reducer.hasMade).toBe(false);
  reducer.resume([1], 1e6);
  reducer.flush(1e6);
  expect(pass(reducer, rows())).toEqual([[2, 0, 4, 0]]);
});

test("a rule that changes has told what was gathered by the one before, and one that stays has not", () => {
  const reducer = new Reducer();
  reducer.set(1, ruleOf());
  pass(reducer, rows([1, 1, 1], [1, 2, 2], [1, 3, 4]));
  reducer.set(1, ruleOf());
  expect([reducer.hasMade, reducer.isIdle]).toEqual([false, false]);
  reducer.set(1, ruleOf({ policy: { window: seconds(60) } }));
  reducer.set(1, undefined);
  expect([reducer.hasMade, reducer.isIdle]).toEqual([true, false]);
  expect(pass(reducer, rows([1, 4, 5]))).toEqual([
    [2, 2, 3, 0],
    [2, 3, 4, 0],
    [1, 4, 5, 0],
  ]);
  expect(reducer.isIdle).toBe(true);
});
