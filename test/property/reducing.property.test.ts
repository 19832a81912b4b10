import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ReductionRule } from "../../src/filter/reducing/create-reduction.ts";
import { FLAG } from "../../src/model/samples.ts";
import { seconds } from "../../src/model/time.ts";
import { RAW, ReducedSeries, ruleOf } from "../filter/reducing/reduced-series.ts";

type Row = readonly [second: number, value: number, flags: number];

const CLOSE = 1e-9;

const values = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }),
  fc.constantFrom(0, 1, 20, 20.5, 1e12, -1e12),
);

const heldByDeadband = ruleOf({
  policy: { keep: "deadband", deadband: { size: 0, unit: "absolute" }, heartbeat: seconds(30) },
});

/** Not believed, and beyond a limit. */
const BEYOND = FLAG.suspect | FLAG.anomalous | FLAG.onset;

/** Rows in the order of their moments, with silences, and with marks and doubts on some. */
const rowsInOrder = fc
  .array(
    fc.tuple(
      fc.oneof({ weight: 20, arbitrary: fc.integer({ min: 200, max: 3000 }) }, fc.integer({ min: 9000, max: 60_000 })),
      values,
      fc.oneof(
        { weight: 10, arbitrary: fc.constant(0) },
        fc.constantFrom(FLAG.anomalous, FLAG.context, FLAG.clockUntrusted, FLAG.suspect, FLAG.stale, BEYOND),
      ),
    ),
    { minLength: 1, maxLength: 120, size: "max" },
  )
  .map((steps) => {
    let at = 300;
    return steps.map(([step, value, flags]): Row => {
      at += step;
      return [at / 1000, value, flags];
    });
  });

/** Rows as a clock that is set, and machines that tell of what was, have them. */
const rowsInAnyOrder = fc
  .array(fc.tuple(fc.integer({ min: -40_000, max: 40_000 }), values, fc.nat(0x5f)), { maxLength: 80, size: "max" })
  .map((steps) => {
    let at = 100_000;
    return steps.map(([step, value, flags]): Row => {
      at += step;
      return [at / 1000, value, flags & ~FLAG.ordinary];
    });
  });

const bands = fc.record({
  size: fc.double({ min: 0, max: 50, noNaN: true }),
  unit: fc.constantFrom("absolute" as const, "percent" as const),
});

const rules: fc.Arbitrary<ReductionRule> = fc.oneof(
  fc.constantFrom(
    ruleOf(),
    ruleOf({ course: "total" }),
    ruleOf({ course: "state" }),
    ruleOf({ interval: seconds(20) }),
    ruleOf({ statistics: { min: 3, max: 4, count: 5 } }),
  ),
  fc
    .record({ deadband: bands, keep: fc.constantFrom("deadband" as const, "swinging-door" as const) })
    .map((policy) => ruleOf({ policy: { ...policy, heartbeat: seconds(30) } })),
);

/** Passes rows one by one, and has come out before each what is due. */
function pass(rule: ReductionRule, rows: readonly Row[], reduced = new ReducedSeries(rule)): ReducedSeries {
  for (const row of rows) reduced.flush(row[0] - 0.1).read(row);
  return reduced;
}

/** What an intake has of a series of statistics: of each moment what came last. */
function statisticsOf(reduced: ReducedSeries) {
  return [3, 4, 5].map((series) => new Map(reduced.of(series).map(([second, ...rest]) => [second, rest])));
}

/** What a straight line between the points around a moment shows. */
function lineAt(points: readonly (readonly [number, number])[], second: number): number {
  const after = points.findIndex(([at]) => at >= second);
  const [toAt = Number.NaN, to = Number.NaN] = points[after] ?? [];
  if (toAt === second) return to;
  const [fromAt = Number.NaN, from = Number.NaN] = points[after - 1] ?? [];
  return from + ((to - from) * (second - fromAt)) / (toAt - fromAt);
}

describe("a series that is reduced, by any rule", () => {
  test("passes each row once and in its order, with nothing but the mark of the ordinary added", () => {
    fc.assert(
      fc.property(rules, fc.oneof(rowsInOrder, rowsInAnyOrder), (rule, rows) => {
        const passed = pass(rule, rows).end().of(RAW);
        expect(passed.map(([second, value, flags = 0]) => [second, value, flags & ~FLAG.ordinary])).toEqual(rows);
      }),
    );
  });

  test("has points in the order of their moments, one for each, of rows that are", () => {
    fc.assert(
      fc.property(rules, rowsInOrder, (rule, rows) => {
        const moments = pass(rule, rows)
          .end()
          .points.map(([second]) => second);
        expect(moments).toEqual([...new Set(moments)].sort((one, other) => one - other));
      }),
    );
  });

  test("has the first and the last row of each run among its points", () => {
    fc.assert(
      fc.property(rules, rowsInOrder, (rule, rows) => {
        const points = new Map(pass(rule, rows).end().points);
        const longest = Math.max(10, (3 * rule.interval) / 1000);
        for (const [index, [second, value]] of rows.entries()) {
          const [before = Number.NEGATIVE_INFINITY] = rows[index - 1] ?? [];
          const [after = Number.POSITIVE_INFINITY] = rows[index + 1] ?? [];
          if (second - before > longest) expect(points.get(second)).toBe(value);
          if (after - second > longest && rule.policy.keep !== "mean") expect(points.get(second)).toBe(value);
        }
      }),
    );
  });

  test("goes on after a kill, wherever that was and however late the log tells, as if it had not been", () => {
    fc.assert(
      fc.property(rules, rowsInOrder, fc.nat(120), fc.nat(30), (rule, rows, cut, late) => {
        const whole = pass(rule, rows).end();
        const first = pass(rule, rows.slice(0, cut));
        const second = new ReducedSeries(rule, first.rows);
        const resumed = Math.min(cut + late, rows.length);
        pass(rule, rows.slice(cut, resumed), second).recall(rows[resumed - 1]?.[0] ?? 0);
        pass(rule, rows.slice(resumed), second).end();
        expect(second.points).toEqual(whole.points);
        expect(statisticsOf(second)).toEqual(statisticsOf(whole));
      }),
      // A run whose first row went in full, and is told by a summary beside it.
      {
        examples: [
          [
            heldByDeadband,
            [
              [0.5, 0, FLAG.anomalous],
              [0.7, 0, FLAG.anomalous],
              [0.9, 0, 0],
            ],
            1,
            0,
          ],
        ],
      },
    );
  });

  test("goes on over a clock that is set right as if it had been right before", () => {
    fc.assert(
      fc.property(rules, rowsInOrder, fc.nat(120), fc.integer({ min: -500, max: 500 }), (rule, rows, cut, windows) => {
        const sure = rows.map(([second, value, flags]): Row => [second, value, flags & ~FLAG.clockUntrusted]);
        const by = windows * 10;
        const whole = pass(rule, sure).end().rows;
        const moved = pass(rule, sure.slice(0, cut));
        const before = moved.rows.length;
        moved.move(by);
        pass(
          rule,
          sure.slice(cut).map(([second, ...rest]): Row => [second + by, ...rest]),
          moved,
        ).end();
        const expected = whole.map(([series, at = 0, ...rest], row) => [
          series,
          row < before ? at : at + by * 1000,
          ...rest,
        ]);
        expect(moved.rows).toEqual(expected);
      }),
    );
  });
});

/** Rows of full hours, a second apart. */
const fullHours = fc
  .tuple(fc.array(values, { minLength: 5, maxLength: 30 }), fc.integer({ min: 1, max: 2 }))
  .map(([some, hours]) =>
    Array.from({ length: hours * 3600 }, (_, second): Row => {
      const value = some[(second * 7) % some.length] ?? 0;
      return [second + 0.5, value + Math.sin(second), second % 600 < 50 ? FLAG.anomalous : 0];
    }),
  );

function meanOf(all: readonly number[]): number {
  return all.reduce((sum, value) => sum + value, 0) / all.length;
}

describe("a measurement that is reduced to means", () => {
  test("has the mean of each full hour, whatever the length of its windows", () => {
    fc.assert(
      fc.property(fullHours, fc.constantFrom(10, 60, 900), (rows, window) => {
        const before: Row = [-window - 0.5, 7, 0];
        const reduced = new ReducedSeries(ruleOf({ policy: { window: seconds(window) } }));
        const { points } = reduced.read(before, [-0.5, 7, 0], ...rows, [rows.length + 0.5, 7, 0]);
        for (let hour = 0; hour * 3600 < rows.length; hour += 1) {
          const isOfHour = ([second]: readonly [number, ...unknown[]]) => Math.floor(second / 3600) === hour;
          const expected = rows.filter(isOfHour).map(([, value]) => value);
          const means = points.filter(isOfHour).map(([, value]) => value);
          expect(means).toHaveLength(3600 / window);
          const scale = Math.max(...expected.map(Math.abs));
          expect(Math.abs(meanOf(means) - meanOf(expected))).toBeLessThanOrEqual(CLOSE * scale);
        }
      }),
      { numRuns: 5 },
    );
  });
});

describe("a measurement that is reduced by a band", () => {
  const cases = fc.tuple(rowsInOrder, bands);
  const undoubted = (rows: readonly Row[]) => rows.filter(([, , flags]) => (flags & (FLAG.suspect | FLAG.stale)) === 0);
  const sizeOf = ({ size, unit }: { size: number; unit: string }, value: number) =>
    unit === "absolute" ? size : (Math.abs(value) * size) / 100;

  test("has no row further from the point before it than the band, and a point for each heartbeat", () => {
    fc.assert(
      fc.property(cases, ([rows, deadband]) => {
        const rule = ruleOf({ policy: { keep: "deadband", deadband, heartbeat: seconds(30) } });
        const { points } = pass(rule, rows);
        for (const [second, value] of rows) {
          const [at = Number.NaN, told = Number.NaN] = points.findLast((point) => point[0] <= second) ?? [];
          if (undoubted(rows).some(([each]) => each === at)) {
            expect(Math.abs(value - told)).toBeLessThanOrEqual(sizeOf(deadband, told));
          }
          expect(second - at).toBeLessThan(30);
        }
      }),
    );
  });

  test("is nowhere further from the lines between its corners than the bound", () => {
    fc.assert(
      fc.property(cases, ([rows, deadband]) => {
        const rule = ruleOf({ policy: { keep: "swinging-door", deadband, heartbeat: seconds(30) } });
        const { points } = pass(rule, rows).end();
        for (const [second, value] of rows) {
          const [at = Number.NaN, from = Number.NaN] = points.findLast((point) => point[0] <= second) ?? [];
          const bound = sizeOf(deadband, from);
          const slack = CLOSE * Math.max(1, ...rows.map(([, each]) => Math.abs(each)));
          expect(Math.abs(lineAt(points, second) - value)).toBeLessThanOrEqual(bound + slack);
          expect(second - at).toBeLessThanOrEqual(30);
        }
      }),
    );
  });
});
