import { describe, expect, test } from "vitest";
import { ExactMean } from "../../../src/filter/reducing/exact-mean.ts";
import { FLAG } from "../../../src/model/samples.ts";
import { seconds } from "../../../src/model/time.ts";
import { RAW, ReducedSeries, ruleOf, START, SUMMARY } from "./reduced-series.ts";

const { ordinary, anomalous, suspect, clockUntrusted, historical } = FLAG;

/** Rows a second apart from `first` on. */
function each(first: number, ...values: readonly number[]) {
  return values.map((value, index) => [first + index, value] as const);
}

describe("an exact mean", () => {
  test("is right to the last digit where a running mean is not", () => {
    const mean = new ExactMean();
    for (const value of [1e16, 1, -1e16, 1]) mean.add(value);
    expect(mean.value).toBe(0.5);
    const constant = new ExactMean();
    for (let count = 0; count < 3; count += 1) constant.add(0.1);
    expect(constant.value).toBe(0.1);
  });

  test("is told to ten digits of the largest value in it, and never outside of what it is the mean of", () => {
    const told = (...values: readonly number[]): number => {
      const mean = new ExactMean();
      for (const value of values) mean.add(value);
      return mean.told;
    };
    expect(told(230.1, 230.2, 230.2)).toBe(230.1666667);
    expect(told(100, -100, 0.001)).toBe(0.0003333);
    expect(told(1.00000000001, 1.00000000002)).toBe(1.00000000001);
    expect(told(1e12, 1e12 + 1, 1e12 + 1)).toBe((3e12 + 2) / 3);
    expect(told(0, 0)).toBe(0);
    expect(told(1e-300, 3e-300)).toBe(2e-300);
  });

  test("is a number for numbers that cannot be added, and none for nothing", () => {
    const mean = new ExactMean();
    expect(mean.value).toBeNaN();
    mean.add(1.7e308);
    mean.add(1.7e308);
    expect(mean.value).toBe(1.7e308);
    mean.add(-1.7e308);
    expect(Number.isFinite(mean.value)).toBe(true);
    mean.clear();
    mean.add(5e-324);
    mean.add(5e-324);
    expect(mean.value).toBe(5e-324);
  });
});

describe("a measurement by its means", () => {
  test("begins with its first sample, and has a mean at the first moment of each window, once the next begins", () => {
    const reduced = new ReducedSeries().read(...each(7, 1, 2, 3), ...each(10, 4, 5, 6));
    expect(reduced.points).toEqual([
      [7, 1],
      [8, 2.5],
    ]);
    expect(reduced.of(RAW).map(([, , flags]) => flags)).toEqual([0, ...Array(5).fill(ordinary)]);
    expect(reduced.read([20, 0]).points).toEqual([
      [7, 1],
      [8, 2.5],
      [10, 5],
    ]);
  });

  test("has a window told in time where nothing comes after it, and its last sample once it is silent", () => {
    const reduced = new ReducedSeries().read([1, 1], [2, 4], [6, 6]);
    expect(reduced.flush(14).points).toEqual([[1, 1]]);
    expect(reduced.flush(15).points).toEqual([
      [1, 1],
      [2, 5],
    ]);
    expect(reduced.flush(17).points).toEqual([
      [1, 1],
      [2, 5],
      [6, 6],
    ]);
    expect(reduced.flush(100).read([101, 9]).points.at(-1)).toEqual([101, 9]);
    expect(reduced.points).toHaveLength(4);
  });

  test("has in its mean what is anomalous", () => {
    const reduced = new ReducedSeries().read([1, 1], [2, 10, anomalous], [3, 20], [10, 1]);
    expect(reduced.points).toEqual([
      [1, 1],
      [2, 15],
    ]);
    expect(reduced.of(RAW)[1]).toEqual([2, 10, anomalous | ordinary]);
  });

  test("that begins with what is anomalous has that in full and as a point", () => {
    const reduced = new ReducedSeries().read([1, 90, anomalous]);
    expect(reduced.of(RAW)).toEqual([[1, 90, anomalous | ordinary]]);
    expect(reduced.points).toEqual([[1, 90]]);
  });

  test("has what is doubted go as it is, after all before it and before a run that begins", () => {
    const reduced = new ReducedSeries().read([1, 1], [2, 2], [3, 4], [4, 999, suspect], [5, 5], [6, 6]).end();
    expect(reduced.points).toEqual([
      [1, 1],
      [2, 3],
      [3, 4],
      [4, 999],
      [5, 5],
      [6, 6],
    ]);
  });

  test("has what is doubted and odd in full too, and a run begin behind it", () => {
    const reduced = new ReducedSeries()
      .read([1, 1], [2, 2], [3, 4], [4, 999, suspect | anomalous], [5, 5], [6, 6])
      .end();
    expect(reduced.of(RAW)[3]).toEqual([4, 999, suspect | anomalous | ordinary]);
    expect(reduced.points).toEqual([
      [1, 1],
      [2, 3],
      [3, 4],
      [4, 999],
      [5, 5],
      [6, 6],
    ]);
  });

  test("has what comes late go as it is, and its means as if it had not come", () => {
    const reduced = new ReducedSeries()
      .read([1, 1], [2, 2], [12, 4], [5, 50], [13, 6], [3, 50, historical])
      .read([20, 0]);
    expect(reduced.points.filter(([, value]) => value !== 50)).toEqual([
      [1, 1],
      [2, 2],
      [12, 5],
    ]);
    expect(reduced.of(RAW).filter(([, value]) => value === 50)).toEqual([
      [5, 50, 0],
      [3, 50, historical],
    ]);
  });

  test("is recalled without what came late", () => {
    const first = new ReducedSeries().read([1, 1], [12, 4], [13, 6], [5, 50]);
    const second = new ReducedSeries(ruleOf(), first.rows).recall(13).read([14, 8], [20, 0]);
    expect(second.points).toEqual([
      [1, 1],
      [12, 4],
      [5, 50],
      [13, 7],
    ]);
  });

  test("is told once after two kills, the second of which came as the first was made up for", () => {
    const first = new ReducedSeries().read([1, 1], [2, 2], [3, 4]);
    const waiting = [RAW, START + 12_000, 4, ordinary];
    const told = [SUMMARY, START + 2000, 3, 0];
    const points = [
      [1, 1],
      [2, 3],
      [12, 5],
    ];
    const untold = new ReducedSeries(ruleOf(), [...first.rows, waiting]).recall(13).read([13, 6], [20, 0]);
    expect(untold.points).toEqual(points);
    const late = new ReducedSeries(ruleOf(), [...first.rows, waiting, told]).recall(13).read([13, 6], [20, 0]);
    expect(late.points).toEqual(points);
    const longer = [SUMMARY, START + 2000, 10 / 3, 0];
    const set = new ReducedSeries(ruleOf(), [...first.rows, waiting, longer]).recall(13).read([13, 6], [20, 0]);
    expect(set.points.at(-1)).toEqual([13, 6]);
    const cut = new ReducedSeries(ruleOf(), [...first.rows.slice(1), waiting]).recall(13).read([13, 6], [20, 0]);
    expect(cut.points).toEqual([[12, 5]]);
    const cutLate = new ReducedSeries(ruleOf(), [...first.rows.slice(1), waiting, told]).recall(13);
    expect(cutLate.read([13, 6], [20, 0]).points).toEqual(points.slice(1));
  });

  test("is told after two kills also where what is looked up begins amid a window of the run before", () => {
    const first = new ReducedSeries().read([1, 1], [2, 2], [3, 4], [25, 7], [26, 8], [27, 10]);
    const waiting = [RAW, START + 32_000, 5, ordinary];
    const cut = new ReducedSeries(ruleOf(), [...first.rows.slice(1), waiting]).recall(33).read([33, 6], [40, 0]);
    expect(cut.points.slice(-2)).toEqual([
      [26, 9],
      [32, 5.5],
    ]);
  });

  test("has of several samples of the moment of a point the last as its point", () => {
    const reduced = new ReducedSeries().read([1, 1], [1, 2], [2, 3], [10, 0]);
    expect(reduced.points).toEqual([
      [1, 1],
      [1, 2],
      [2, 3],
    ]);
  });

  test("begins anew on a clock that was put back, once that has gone on for a window", () => {
    const reduced = new ReducedSeries().read([1001, 1], [1002, 3], [1003, 5]);
    for (let second = 1; second < 22; second += 1) reduced.read([second, second]);
    const flags = reduced
      .of(RAW)
      .slice(3)
      .map(([, , each_]) => each_);
    expect(flags).toEqual([...Array(11).fill(0), ...Array(10).fill(ordinary)]);
    expect(reduced.of(SUMMARY)).toEqual([
      [1002, 4, 0],
      [1003, 5, 0],
      [12, 15.5, 0],
    ]);
  });

  test("is closed by a clock that was put ahead", () => {
    const reduced = new ReducedSeries().read([1, 1], [2, 3], [3, 5], [5000, 7]);
    expect(reduced.points).toEqual([
      [1, 1],
      [2, 4],
      [3, 5],
      [5000, 7],
    ]);
  });

  test("goes on where the clock is right at last, with the doubt about moments gone", () => {
    const reduced = new ReducedSeries().read([1, 1, clockUntrusted], [2, 3, clockUntrusted]).move(5000);
    reduced.read([5003, 5], [5010, 0]);
    expect(reduced.of(SUMMARY)).toEqual([[5002, 4, 0]]);
  });

  test("is told of no longer a time than a window where the clock was set amid one", () => {
    const reduced = new ReducedSeries().read([0, 1], ...each(1, 2, 2, 2, 2, 2, 2, 2)).move(4.5);
    reduced.read(...Array.from({ length: 8 }, (_, row) => [12.5 + row, 4] as const), [20, 0]);
    expect(reduced.of(SUMMARY).map(([at, value]) => [at, value])).toEqual([
      [5.5, 2],
      [12.5, 4],
    ]);
  });

  test("says of a mean that its moments are doubted", () => {
    const reduced = new ReducedSeries().read([1, 1], [2, 3, clockUntrusted | anomalous], [3, 5], [10, 0]);
    expect(reduced.of(SUMMARY)).toEqual([[2, 4, clockUntrusted]]);
  });

  test("goes as it is where it comes no more often than its windows", () => {
    const reduced = new ReducedSeries(ruleOf({ interval: seconds(10) })).read(
      ...each(0, 1, 2, 3).map(([at, v]) => [at * 10, v] as const),
    );
    expect(reduced.of(RAW).map(([, , flags]) => flags)).toEqual([0, 0, 0]);
    expect(reduced.end().of(SUMMARY)).toEqual([]);
  });

  test("goes where it comes so seldom after two kills too, the second as the first was made up for", () => {
    const rule = ruleOf({ interval: seconds(10) });
    const waiting = [
      [RAW, START + 10_000, 2, ordinary | clockUntrusted],
      [RAW, START + 20_000, 3, ordinary],
    ];
    const all = [
      [0, 1],
      [10, 2],
      [20, 3],
      [30, 4],
    ];
    const first = new ReducedSeries(rule).read([0, 1, anomalous]).rows;
    const untold = new ReducedSeries(rule, [...first, ...waiting]).recall(25).read([30, 4]);
    expect(untold.points).toEqual(all);
    expect(untold.of(SUMMARY).slice(1)).toEqual([
      [10, 2, clockUntrusted],
      [20, 3, 0],
    ]);
    const told = waiting.map(([, at = 0, value = 0]) => [SUMMARY, at, value, 0]);
    const late = new ReducedSeries(rule, [...first, ...waiting, ...told]).recall(25).read([30, 4]);
    expect(late.points).toEqual(all);
    const silent = new ReducedSeries(rule, [...first, ...waiting]).recall(25).flush(60);
    expect(silent.points).toEqual(all.slice(0, 3));
    const set = new ReducedSeries(rule, [...first, ...waiting]).recall(25).move(100).read([130, 4]);
    expect(set.of(SUMMARY).slice(1)).toEqual([
      [110, 2, 0],
      [120, 3, 0],
    ]);
  });
});

describe("statistics", () => {
  test("are told of each window, its first sample among them, at its first moment", () => {
    const rule = ruleOf({ statistics: { min: 3, max: 4, count: 5 } });
    const reduced = new ReducedSeries(rule).read([1, 4], [2, 2, clockUntrusted], [3, 7], [11, 5]).flush(30);
    expect(reduced.of(3)).toEqual([
      [1, 2, clockUntrusted],
      [11, 5, 0],
    ]);
    expect(reduced.of(4).map(([, value]) => value)).toEqual([7, 5]);
    expect(reduced.of(5).map(([, value]) => value)).toEqual([3, 1]);
  });

  test("have moments that are sure once the clock is right", () => {
    const rule = ruleOf({ statistics: { max: 4 } });
    const reduced = new ReducedSeries(rule).read([1, 4, clockUntrusted]).move(100).flush(130);
    expect(reduced.of(4)).toEqual([[101, 4, 0]]);
  });
});

describe("a total", () => {
  const total = ruleOf({ course: "total" });

  test("has the first reading of each window, and the last before a silence", () => {
    const reduced = new ReducedSeries(total).read(...each(8, 10, 11, 12, 13), [20, 14], [21, 15]).flush(60);
    expect(reduced.points).toEqual([
      [8, 10],
      [10, 12],
      [20, 14],
      [21, 15],
    ]);
    expect(reduced.of(SUMMARY)).toEqual([[21, 15, 0]]);
  });

  test("has both sides of a fall", () => {
    const reduced = new ReducedSeries(total).read(...each(1, 10, 11, 12, 0, 1, 2));
    expect(reduced.points).toEqual([
      [1, 10],
      [3, 12],
      [4, 0],
    ]);
  });
});

describe("a state", () => {
  test("has each change, and the first sample of each window", () => {
    const reduced = new ReducedSeries(ruleOf({ course: "state" })).read(...each(6, 0, 0, 1, 1, 1, 0, 0));
    expect(reduced.points).toEqual([
      [6, 0],
      [8, 1],
      [10, 1],
      [11, 0],
    ]);
    expect(reduced.of(SUMMARY)).toEqual([]);
  });
});

describe("a measurement by a band", () => {
  const policy = { keep: "deadband", deadband: { size: 1, unit: "absolute" }, heartbeat: seconds(30) } as const;

  test("has what leaves the band around the point before, and a point at each heartbeat", () => {
    const reduced = new ReducedSeries(ruleOf({ policy })).read(...each(1, 5, 6, 4, 6.1, 5.2));
    expect(reduced.points).toEqual([
      [1, 5],
      [4, 6.1],
    ]);
    for (let second = 6; second < 40; second += 1) reduced.read([second, 6]);
    expect(reduced.points.slice(2)).toEqual([[34, 6]]);
  });

  test("may have it as a part of the point before", () => {
    const deadband = { size: 10, unit: "percent" } as const;
    const reduced = new ReducedSeries(ruleOf({ policy: { ...policy, deadband } })).read(
      ...each(1, -100, -91, -110, -89),
    );
    expect(reduced.points).toEqual([
      [1, -100],
      [4, -89],
    ]);
  });

  test("has what is anomalous in full even where it is a point", () => {
    const reduced = new ReducedSeries(ruleOf({ policy })).read([1, 5], [2, 9, anomalous]);
    expect(reduced.of(RAW)[1]).toEqual([2, 9, anomalous | ordinary]);
    expect(reduced.points[1]).toEqual([2, 9]);
  });
});

describe("a measurement by a swinging door", () => {
  const policy = { keep: "swinging-door", deadband: { size: 1, unit: "absolute" }, heartbeat: seconds(30) } as const;

  test("has the corners of its lines alone", () => {
    const reduced = new ReducedSeries(ruleOf({ policy })).read(...each(0, 0, 2, 4.5, 6, 8, 8, 8, 8)).end();
    expect(reduced.points).toEqual([
      [0, 0],
      [4, 8],
      [7, 8],
    ]);
  });

  test("has lines from the last of several samples of one moment, and passes what is out of its order", () => {
    const reduced = new ReducedSeries(ruleOf({ policy })).read(...each(0, 0, 1), [1, 5], ...each(2, 6, 7), [2.5, 0]);
    expect(reduced.points).toEqual([
      [0, 0],
      [1, 1],
      [1, 5],
      [3, 7],
      [2.5, 0],
    ]);
  });

  test("goes on with its line over a clock that is set right", () => {
    const reduced = new ReducedSeries(ruleOf({ policy })).read(...each(0, 0, 2, 4)).move(5000);
    expect(reduced.read(...each(5003, 6, 8, 0)).points).toEqual([
      [0, 0],
      [5004, 8],
    ]);
  });

  test("has a corner within each heartbeat", () => {
    const reduced = new ReducedSeries(ruleOf({ policy }));
    for (let second = 0; second < 70; second += 1) reduced.read([second, 3 * second]);
    expect(reduced.points).toEqual([
      [0, 0],
      [30, 90],
      [60, 180],
    ]);
  });
});
