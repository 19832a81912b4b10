import { describe, expect, test } from "vitest";
import { LADDER, type Plan, type Treatment } from "../../../src/forward/metering/plan.ts";
import { createSieve } from "../../../src/forward/metering/sieve.ts";
import type { SeriesClass } from "../../../src/model/series-class.ts";
import { seconds } from "../../../src/model/time.ts";

const CLASSES: readonly SeriesClass[] = ["alarms", "states", "energy", "analog"];

/** Sieves points of series 3, which is analog, and gives the moments that go. Units: seconds. */
function sieve(treatment: Treatment, rows: readonly [second: number, value: number][], sent?: number, last?: number) {
  const plan: Plan = { ...(LADDER[0] as Plan), of: { ...(LADDER[0] as Plan).of, analog: treatment } };
  const points = {
    series: new Uint32Array(rows.length).fill(3),
    moment: Float64Array.from(rows, ([second]) => second * 1000),
    value: Float64Array.from(rows, ([, value]) => value),
    count: rows.length,
  };
  const held = createSieve({
    plan,
    classOf: (id) => CLASSES[id] ?? "analog",
    lastValues: new Map(last === undefined ? [] : [[3, last]]),
  })(points, new Map(sent === undefined ? [] : [[3, sent * 1000]]));
  return Array.from(held.moment.subarray(0, held.count), (moment) => moment / 1000);
}

describe("a sieve", () => {
  test("lets the first point of each span go", () => {
    const rows = [8, 9, 10, 11, 19, 20, 35].map((second): [number, number] => [second, 1]);
    expect(sieve({ kind: "every", span: seconds(10) }, rows)).toEqual([8, 10, 20, 35]);
  });

  test("holds back what lies in the span of a point that was sent before", () => {
    expect(
      sieve(
        { kind: "every", span: seconds(10) },
        [
          [12, 1],
          [20, 1],
        ],
        11,
      ),
    ).toEqual([20]);
  });

  test("lets what differs from the point before go, whichever payload that was in", () => {
    const rows: [number, number][] = [
      [1, 0],
      [2, 0],
      [3, 1],
      [4, 1],
      [5, 0],
    ];
    expect(sieve({ kind: "changes" }, rows)).toEqual([1, 3, 5]);
    expect(sieve({ kind: "changes" }, rows, 0, 0)).toEqual([3, 5]);
  });

  test("lets nothing go of a class that is held back, and all of the others", () => {
    expect(sieve({ kind: "none" }, [[1, 0]])).toEqual([]);
    expect(
      sieve({ kind: "all" }, [
        [1, 0],
        [2, 0],
      ]),
    ).toEqual([1, 2]);
  });
});
