import { describe, expect, test } from "vitest";
import { QualityFilter } from "../../../src/filter/quality.ts";
import { DEFAULT_VERDICTS, type QualityRule, type SeriesQuality, type Verdict } from "../../../src/model/quality.ts";
import { FLAG, SampleBuilder } from "../../../src/model/samples.ts";
import { epochMillis, type MonotonicMillis, millis, seconds } from "../../../src/model/time.ts";
import { batchOf, rowsOf } from "../../support/samples.ts";

const { suspect, stale, historical } = FLAG;
const START = 1_700_000_000_000;

/** A series 1 that is sampled every second, with these rules and those verdicts other than the default ones. */
function watch(rules: Omit<SeriesQuality, "verdicts">, verdicts: Partial<Record<QualityRule, Verdict>> = {}) {
  const filter = new QualityFilter();
  const complete = { ...rules, verdicts: { ...DEFAULT_VERDICTS, ...verdicts } };
  filter.setRules(1, complete, seconds(1));
  const dropped = {};
  let monotonic = 0;
  /** Passes samples, each in a batch of its own, given by their seconds and values; gives what came out. */
  const read = (...samples: readonly (readonly [second: number, value: number, flags?: number])[]) => {
    const target = new SampleBuilder();
    for (const [second, value, flags = 0] of samples) {
      monotonic = Math.max(monotonic, 1000 * second);
      const wall = epochMillis(START + monotonic);
      const batch = batchOf([1, START + 1000 * second, value, flags]);
      filter.pass(batch, target, dropped, monotonic as MonotonicMillis, wall);
    }
    return rowsOf(target).map(([, at = 0, value, flags]) => [(at - START) / 1000, value, flags]);
  };
  /** Values a second apart, from a second on. */
  const readFrom = (second: number, ...values: readonly number[]) =>
    read(...values.map((value, index) => [second + index, value] as const));
  return {
    filter,
    complete,
    read,
    readFrom,
    dropped,
    findings: () => filter.findings(new Set([1]), monotonic as MonotonicMillis),
  };
}

function valuesOf(rows: readonly (readonly unknown[])[]): readonly unknown[] {
  return rows.map(([, value]) => value);
}

describe("the rule range", () => {
  test("marks or only counts what lies outside where its verdict says so", () => {
    const marking = watch({ range: [0, 10] }, { range: "mark" });
    expect(marking.readFrom(0, 5, 11, 10)).toEqual([
      [0, 5, 0],
      [1, 11, suspect],
      [2, 10, 0],
    ]);
    const counting = watch({ range: [0, 10] }, { range: "keep" });
    expect(counting.readFrom(0, 5, 11)).toEqual([
      [0, 5, 0],
      [1, 11, 0],
    ]);
    expect([marking.dropped, counting.dropped]).toEqual([{}, {}]);
    expect(counting.findings()).toMatchObject([{ reason: "out-of-range", counts: { keep: 1, mark: 0, drop: 0 } }]);
  });
});

describe("the rule rate_max", () => {
  const RATE = { perMillisMax: 2 / 1000 };

  test("marks what changes faster, and nothing that changes just as fast", () => {
    const { readFrom } = watch(RATE);
    expect(readFrom(0, 10, 12, 10, 12.1, 12)).toEqual([
      [0, 10, 0],
      [1, 12, 0],
      [2, 10, 0],
      [3, 12.1, suspect],
      [4, 12, 0],
    ]);
  });

  test("takes decimals as a person does: steps of 0.1 are not more than 0.1", () => {
    const { readFrom } = watch({ perMillisMax: 0.1 / 1000 });
    const values = Array.from({ length: 200 }, (_, index) => index / 10);
    expect(readFrom(0, ...values).every(([, , flags]) => flags === 0)).toBe(true);
  });

  test("holds what is dropped against the last value that was believed, so that time makes room", () => {
    const { read, dropped } = watch(RATE, { rate_max: "drop" });
    expect(valuesOf(read([0, 10], [1, 15], [2, 9.5], [3, 16.5], [4, 10]))).toEqual([10, 9.5, 10]);
    expect(dropped).toEqual({ "rate-of-change": 2 });
  });

  test("believes a new level once three values in a row agree on it", () => {
    const { readFrom } = watch(RATE, { rate_max: "drop" });
    expect(readFrom(0, 10, 80, 81, 80, 79)).toEqual([
      [0, 10, 0],
      [3, 80, 0],
      [4, 79, 0],
    ]);
  });

  test("believes none of what goes on changing too fast", () => {
    const { readFrom } = watch(RATE, { rate_max: "drop" });
    expect(valuesOf(readFrom(0, 0, 10, 20, 30, 40, 50, 60))).toEqual([0]);
  });

  test("says nothing of the first value after a pause, nor of two of one moment", () => {
    const { read } = watch(RATE);
    expect(read([0, 10], [3.5, 900], [4.5, 901], [4.5, 20], [5.5, 902])).toEqual([
      [0, 10, 0],
      [3.5, 900, 0],
      [4.5, 901, 0],
      [4.5, 20, 0],
      [5.5, 902, 0],
    ]);
  });

  test("begins anew where the clock was put back, and passes by what a device had kept", () => {
    const { read } = watch(RATE);
    expect(read([100, 10], [50, 500], [51, 501], [20, 7, historical], [52, 502], [53, 600])).toEqual([
      [100, 10, 0],
      [50, 500, 0],
      [51, 501, 0],
      [20, 7, historical],
      [52, 502, 0],
      [53, 600, suspect],
    ]);
  });

  test("judges values that come by themselves at distances of their own, however seldom they are due", () => {
    const { read } = watch(RATE);
    const rows = read([0, 0], [600, 5000], [1200, 0], [1800, 5000], [1801, 5001]);
    expect(rows.map(([, , flags]) => flags)).toEqual([0, 0, suspect, 0, 0]);
  });
});

describe("the rule stuck_after", () => {
  test("marks a value from the moment on at which it has not changed for so long, until it does", () => {
    const { readFrom } = watch({ stuckAfter: seconds(3) });
    expect(readFrom(0, 7, 7, 7, 7, 7, 8, 8)).toEqual([
      [0, 7, 0],
      [1, 7, 0],
      [2, 7, 0],
      [3, 7, suspect],
      [4, 7, suspect],
      [5, 8, 0],
      [6, 8, 0],
    ]);
  });

  test("counts no pause as time in which nothing changed", () => {
    const { read } = watch({ stuckAfter: seconds(3) });
    expect(read([0, 7], [1, 7], [60, 7], [61, 7], [62, 7], [63, 7]).map(([, , flags]) => flags)).toEqual([
      ...[0, 0, 0, 0, 0],
      suspect,
    ]);
  });

  test("can drop what is stuck", () => {
    const { readFrom, dropped } = watch({ stuckAfter: seconds(2) }, { stuck_after: "drop" });
    expect(valuesOf(readFrom(0, 7, 7, 7, 7, 9))).toEqual([7, 7, 9]);
    expect(dropped).toEqual({ stuck: 2 });
  });
});

describe("what is known of a series", () => {
  test("goes along with a clock that is set: how fast it changes, and since when it has not", () => {
    const { filter, read } = watch({ perMillisMax: 2 / 1000, stuckAfter: seconds(3) });
    read([0, 7], [1, 7]);
    filter.move(-100_000, 0xff);
    expect(read([-98, 12], [-97, 7], [-96, 7]).map(([, , flags]) => flags)).toEqual([suspect, 0, 0]);
    filter.move(5000, 0xff);
    expect(read([-90, 7], [-89, 7], [-88, 7]).map(([, , flags]) => flags)).toEqual([0, suspect, suspect]);
  });
});

describe("the rule stale_after", () => {
  test("marks what is older than that when it comes, as stale", () => {
    const { read } = watch({ staleAfter: seconds(10) });
    expect(read([100, 1], [90, 2], [89.9, 3])).toEqual([
      [100, 1, 0],
      [90, 2, 0],
      [89.9, 3, stale],
    ]);
  });

  test("says nothing without a clock that is right", () => {
    const { filter } = watch({ staleAfter: seconds(10) }, { stale_after: "drop" });
    const target = new SampleBuilder();
    filter.pass(batchOf([1, 5, 1]), target, {}, 0 as MonotonicMillis);
    expect(target.count).toBe(1);
  });

  test("can drop what is stale", () => {
    const { read, dropped } = watch({ staleAfter: seconds(10) }, { stale_after: "drop" });
    expect(valuesOf(read([100, 1], [50, 2], [101, 3]))).toEqual([1, 3]);
    expect(dropped).toEqual({ stale: 1 });
  });
});

describe("the rule spike", () => {
  const SPIKE = { spike: 5 };

  test("drops one wild value between two sane ones", () => {
    const { readFrom, dropped } = watch(SPIKE);
    expect(valuesOf(readFrom(0, 10, 90, 11, 12))).toEqual([10, 11, 12]);
    expect(dropped).toEqual({ spike: 1 });
  });

  test("marks it where its verdict says so, and gives it in its place", () => {
    const { readFrom } = watch(SPIKE, { spike: "mark" });
    expect(readFrom(0, 10, 90, 11)).toEqual([
      [0, 10, 0],
      [1, 90, suspect],
      [2, 11, 0],
    ]);
  });

  test("only counts it where its verdict says so, and keeps nobody waiting", () => {
    const { readFrom, findings } = watch(SPIKE, { spike: "keep" });
    expect(readFrom(0, 10, 90)).toHaveLength(2);
    expect(readFrom(2, 11, 12)).toHaveLength(2);
    expect(findings()).toMatchObject([{ reason: "spike", counts: { keep: 1, mark: 0, drop: 0 }, lastValue: 90 }]);
  });

  test("keeps every value of a step, as late as the one that tells", () => {
    const { readFrom, dropped } = watch(SPIKE);
    expect(readFrom(0, 10, 90)).toEqual([[0, 10, 0]]);
    expect(readFrom(2, 91, 92)).toEqual([
      [1, 90, 0],
      [2, 91, 0],
      [3, 92, 0],
    ]);
    expect(dropped).toEqual({});
  });

  test("keeps what goes on moving, and a jump that comes to rest halfway back", () => {
    expect(valuesOf(watch(SPIKE).readFrom(0, 10, 20, 30, 40, 41))).toEqual([10, 20, 30, 40, 41]);
    expect(valuesOf(watch(SPIKE).readFrom(0, 10, 16, 13, 13))).toEqual([10, 16, 13, 13]);
  });

  test("drops each of several wild values that come one at a time", () => {
    const { readFrom, dropped } = watch(SPIKE);
    expect(valuesOf(readFrom(0, 10, 90, 10, -40, 11, 90, 10))).toEqual([10, 10, 11, 10]);
    expect(dropped).toEqual({ spike: 3 });
  });

  test("lets a value go after three intervals without another, marked and never dropped", () => {
    const { filter, readFrom, dropped } = watch(SPIKE);
    expect(readFrom(0, 10, 90)).toHaveLength(1);
    expect(filter.nextRelease).toBe(4000);
    const target = new SampleBuilder();
    expect(filter.pass(batchOf(), target, dropped, 3999 as MonotonicMillis)).toBe(0);
    expect(filter.pass(batchOf(), target, dropped, 4000 as MonotonicMillis)).toBe(1);
    expect(rowsOf(target)).toEqual([[1, START + 1000, 90, suspect]]);
    expect([dropped, filter.nextRelease]).toEqual([{}, undefined]);
    expect(readFrom(60, 10, 11)).toHaveLength(2);
  });

  test("believes what comes late behind one that was let go, whatever that was", () => {
    const { filter, readFrom } = watch(SPIKE);
    readFrom(0, 10, 90);
    filter.pass(batchOf(), new SampleBuilder(), {}, 4000 as MonotonicMillis);
    expect(readFrom(2, 91)).toEqual([[2, 91, 0]]);
  });

  test("lets a value go when nothing more will come, and keeps none from then on", () => {
    const { filter, readFrom, dropped } = watch(SPIKE);
    readFrom(0, 10, 90);
    filter.end();
    const target = new SampleBuilder();
    expect(filter.pass(batchOf([1, START + 2000, 200]), target, dropped, 2000 as MonotonicMillis)).toBe(1);
    expect(rowsOf(target).map(([, , value]) => value)).toEqual([90, 200]);
    expect(dropped).toEqual({});
  });

  test("lets a value go before one that a pause or a device's memory puts behind it", () => {
    expect(valuesOf(watch(SPIKE).read([0, 10], [1, 90], [60, 10], [61, 11]))).toEqual([10, 90, 10, 11]);
    expect(valuesOf(watch(SPIKE).read([0, 10], [1, 90], [0.5, 3, historical], [2, 11]))).toEqual([10, 90, 3, 11]);
  });

  test("gives each value to the other rules when it comes out", () => {
    const { readFrom, dropped } = watch({ ...SPIKE, perMillisMax: 1 / 1000 }, { rate_max: "drop" });
    expect(valuesOf(readFrom(0, 10, 90, 11, 14, 12))).toEqual([10, 11, 12]);
    expect(dropped).toEqual({ spike: 1, "rate-of-change": 1 });
  });
});

describe("rules that are changed", () => {
  test("go on with what is known of the series", () => {
    const { filter, complete, readFrom } = watch({ spike: 50, perMillisMax: 100, stuckAfter: seconds(3) });
    readFrom(0, 10, 10, 10);
    filter.setRules(1, { ...complete, spike: 5 }, seconds(1));
    expect(readFrom(3, 10, 30, 10)).toEqual([
      [3, 10, suspect],
      [5, 10, suspect],
    ]);
  });

  test("let go in its place what waited by one that is gone", () => {
    const { filter, readFrom, dropped } = watch({ spike: 5 });
    readFrom(0, 10, 90);
    filter.setRules(1, undefined, seconds(1));
    expect(readFrom(2, 11)).toEqual([
      [1, 90, 0],
      [2, 11, 0],
    ]);
    expect(dropped).toEqual({});
  });
});

describe("findings", () => {
  test("last once they go on for five minutes, and are over after five without", () => {
    const { filter, read, findings } = watch({ range: [0, 10] });
    for (let second = 0; second < 300; second += 1) read([second, 99]);
    expect(findings()).toMatchObject([{ reason: "out-of-range", lasting: undefined }]);
    read([300, 99]);
    expect(findings()).toEqual([
      {
        series: 1,
        reason: "out-of-range",
        counts: { keep: 0, mark: 0, drop: 301 },
        lastAt: START + 300_000,
        lastValue: 99,
        lastVerdict: "drop",
        lasting: millis(300_000),
      },
    ]);
    expect(filter.findings(new Set([1]), 600_000 as MonotonicMillis)[0]?.lasting).toBe(300_000);
    expect(filter.findings(new Set([1]), 600_001 as MonotonicMillis)[0]?.lasting).toBeUndefined();
    expect(filter.findings(new Set([2]), 600_000 as MonotonicMillis)).toEqual([]);
  });

  test("that are rare do not last", () => {
    const { read, findings } = watch({ range: [0, 10] });
    for (let turn = 0; turn < 10; turn += 1) read([400 * turn, 99]);
    expect(findings()).toMatchObject([{ counts: { drop: 10 }, lasting: undefined }]);
  });

  test("are as long ago as they were where the clock is set since", () => {
    const { filter, read, findings } = watch({ range: [0, 10] });
    read([0, 99]);
    filter.move(86_400_000, 0xff);
    expect(findings()).toMatchObject([{ lastAt: START + 86_400_000 }]);
  });

  test("tell of what is no number too, also of series without rules", () => {
    const filter = new QualityFilter();
    filter.pass(batchOf([3, 5, Number.NaN]), new SampleBuilder(), {}, 0 as MonotonicMillis);
    expect(filter.findings(new Set([3]), 0 as MonotonicMillis)).toMatchObject([
      { reason: "not-a-number", counts: { drop: 1 } },
    ]);
  });
});
