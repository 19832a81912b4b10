import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { QualityFilter } from "../../src/filter/quality.ts";
import {
  QUALITY_RULES,
  type QualityRule,
  type SeriesQuality,
  VERDICTS,
  type Verdict,
} from "../../src/model/quality.ts";
import { FLAG, SampleBuilder } from "../../src/model/samples.ts";
import { countDropped, type MutableDropCounts } from "../../src/model/tally.ts";
import { epochMillis, type MonotonicMillis, millis, seconds } from "../../src/model/time.ts";
import { batchOf, rowsOf } from "../support/samples.ts";

const START = Date.UTC(2026, 10, 22);

type Row = readonly [series: number, at: number, value: number, flags: number];

const verdictOf = fc.constantFrom(...VERDICTS);

function rulesWith(verdict: fc.Arbitrary<Verdict>): fc.Arbitrary<SeriesQuality | undefined> {
  const verdicts = fc.record(
    Object.fromEntries(QUALITY_RULES.map((rule) => [rule, verdict])) as Record<QualityRule, fc.Arbitrary<Verdict>>,
  );
  return fc.option(
    fc.record(
      {
        range: fc.constantFrom<readonly [number, number]>([-40, 40], [0, 90]),
        perMillisMax: fc.constantFrom(0.001, 0.01),
        spike: fc.constantFrom(2, 20),
        stuckAfter: fc.constantFrom(seconds(1), seconds(4)),
        staleAfter: fc.constantFrom(seconds(2), seconds(30)),
        verdicts,
      },
      { requiredKeys: ["verdicts"] },
    ),
    { nil: undefined },
  );
}

/** Samples of a few series that rest, step, spike, pause, go back in time and are no numbers. */
const batches = fc
  .array(
    fc.array(
      fc.record({
        series: fc.nat(2),
        step: fc.constantFrom(0, 1, 250, 1000, 1000, 1000, 2500, 9000, -3000),
        value: fc.constantFrom(0, 0, 0, 0.1, 1, 1.5, 30, 60, -500, Number.NaN),
        flags: fc.constantFrom(0, 0, 0, 0, FLAG.historical),
      }),
      { maxLength: 8 },
    ),
    { maxLength: 12 },
  )
  .map((drawn) => {
    let at = START;
    return drawn.map((batch) =>
      batch.map(({ series, step, value, flags }): Row => {
        at += step;
        return [series, at, value, flags];
      }),
    );
  });

/** Passes batches, a second apart, and ends. */
function pass(drawn: readonly (readonly Row[])[], rules: readonly (SeriesQuality | undefined)[]) {
  const filter = new QualityFilter();
  for (const [series, each] of rules.entries()) filter.setRules(series, each, seconds(1));
  const target = new SampleBuilder();
  const dropped: MutableDropCounts = {};
  let made = 0;
  let clock = 0;
  const next = (rows: readonly Row[]): void => {
    clock += 1000;
    made += filter.pass(batchOf(...rows), target, dropped, clock as MonotonicMillis, epochMillis(START + clock));
    const taken = drawn.flat().length;
    expect(target.count + countDropped(dropped)).toBeLessThanOrEqual(taken);
  };
  for (const rows of drawn) next(rows);
  filter.end();
  next([]);
  const findings = filter.findings(new Set([0, 1, 2]), clock as MonotonicMillis);
  return { rows: rowsOf(target), dropped, made, findings };
}

/** What rows are beside their flags. */
function bare(rows: readonly (readonly number[])[]): readonly (readonly number[])[] {
  return rows.map(([series = 0, at = 0, value = 0]) => [series, at, value]);
}

function ofSeries<Each extends readonly number[]>(rows: readonly Each[], series: number): readonly Each[] {
  return rows.filter(([each]) => each === series);
}

function threeRules(verdict: fc.Arbitrary<Verdict>) {
  const rules = rulesWith(verdict);
  return fc.tuple(rules, rules, rules);
}

describe("any samples, by any rules", () => {
  test("come out or are counted as dropped, each once, at the end at the latest", () => {
    fc.assert(
      fc.property(batches, threeRules(verdictOf), (drawn, rules) => {
        const { rows, dropped, made, findings } = pass(drawn, rules);
        expect(made).toBe(0);
        expect(rows.length + countDropped(dropped)).toBe(drawn.flat().length);
        expect(findings.reduce((sum, { counts }) => sum + counts.drop, 0)).toBe(countDropped(dropped));
      }),
    );
  });

  test("keep their order within their series", () => {
    fc.assert(
      fc.property(batches, threeRules(verdictOf), (drawn, rules) => {
        const { rows } = pass(drawn, rules);
        for (const series of [0, 1, 2]) {
          const came = bare(ofSeries(drawn.flat(), series)).map(String);
          let place = 0;
          for (const row of bare(ofSeries(rows, series)).map(String)) {
            place = came.indexOf(row, place) + 1;
            expect(place).toBeGreaterThan(0);
          }
        }
      }),
    );
  });

  test("come out all where nothing is dropped but what is no number, and marks are the only change", () => {
    fc.assert(
      fc.property(batches, threeRules(fc.constantFrom("keep", "mark")), (drawn, rules) => {
        const { rows } = pass(drawn, rules);
        for (const series of [0, 1, 2]) {
          const numbers = ofSeries(drawn.flat(), series).filter(([, , value]) => Number.isFinite(value));
          expect(bare(ofSeries(rows, series))).toEqual(bare(numbers));
          for (const [index, [, , , flags = 0]] of ofSeries(rows, series).entries()) {
            expect(flags & ~(FLAG.suspect | FLAG.stale)).toBe(numbers[index]?.[3]);
          }
        }
      }),
    );
  });

  test("come out as they came where rules only count", () => {
    fc.assert(
      fc.property(batches, threeRules(fc.constant("keep")), (drawn, rules) => {
        const { rows } = pass(drawn, rules);
        expect(rows).toEqual(drawn.flat().filter(([, , value]) => Number.isFinite(value)));
      }),
    );
  });

  test("are judged alike however they are cut into batches, as far as the clock says nothing", () => {
    const timeless = threeRules(verdictOf).map((three) =>
      three.map((each) => {
        if (each === undefined) return undefined;
        const { staleAfter: _staleAfter, ...rules } = each;
        return rules;
      }),
    );
    fc.assert(
      fc.property(batches, timeless, (drawn, rules) => {
        const whole = [drawn.flat()];
        const [one, other] = [drawn, whole].map((cut) => passPatiently(cut, rules));
        expect(one).toEqual(other);
      }),
    );
  });
});

/** Passes batches at one moment, so that nothing that waits is let go before the end. */
function passPatiently(drawn: readonly (readonly Row[])[], rules: readonly (SeriesQuality | undefined)[]) {
  const filter = new QualityFilter();
  for (const [series, each] of rules.entries()) filter.setRules(series, each, millis(1000));
  const target = new SampleBuilder();
  const dropped: MutableDropCounts = {};
  for (const rows of drawn) filter.pass(batchOf(...rows), target, dropped, 0 as MonotonicMillis);
  filter.end();
  filter.pass(batchOf(), target, dropped, 0 as MonotonicMillis);
  return { rows: [0, 1, 2].map((series) => ofSeries(rowsOf(target), series)), dropped };
}
