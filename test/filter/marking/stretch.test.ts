import { describe, expect, test } from "vitest";
import { FULL_SPAN, STRETCH_SLOTS, Stretch } from "../../../src/filter/marking/stretch.ts";
import { FLAG } from "../../../src/model/samples.ts";

const BEGIN = Date.UTC(2026, 10, 22, 6);
const NO_LIMITS = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] as const;

/**
 * Marks a value a second with a `post` of 2 s, by a detector that finds the first one odd, is used to it at once, and
 * expects -2 to 2.
 */
function mark(values: readonly number[], limits: readonly [number, number] = NO_LIMITS) {
  const stretch = new Stretch(new Float64Array(STRETCH_SLOTS));
  const rule = { point: 0.9, post: 2000, limits };
  const marks = values.map((value, second) => {
    const odd = second === 0 ? 1 : 0;
    const flags = stretch.judge(BEGIN + 1000 * second, value, { score: odd, oddness: odd, low: -2, high: 2 }, rule);
    if ((flags & FLAG.anomalous) !== 0) return "odd";
    return (flags & FLAG.context) === 0 ? "." : "context";
  });
  return { marks, stretch };
}

describe("a stretch whose detector is used to what began it", () => {
  test("goes on while values are at least a third as far out as at their furthest, on either side", () => {
    const { marks, stretch } = mark([8, 4, -4.5, 3.9, 3.9, 3.9, 8]);
    expect(marks).toEqual(["odd", "odd", "odd", "context", "context", ".", "."]);
    expect(stretch.facts).toMatchObject({ begunAt: BEGIN, lastOddAt: BEGIN + 2000, peakValue: 8 });
  });

  test("goes on while its value does not move, and not for one that comes back to it", () => {
    expect(mark([1, 1, 1, 1, 0, 1, 1, 1]).marks).toEqual(["odd", "odd", "odd", "odd", "context", "context", ".", "."]);
  });

  test("does not go on for what is hardly further out than ordinary values are", () => {
    expect(mark([2.9, 2.8, 2.8, 2.8]).marks).toEqual(["odd", "context", "context", "."]);
  });

  test("goes on like that for no longer than it goes in full", () => {
    const seconds = FULL_SPAN / 1000;
    const { marks, stretch } = mark(Array.from({ length: seconds + 5 }, () => 8));
    expect(new Set(marks.slice(0, seconds + 1))).toEqual(new Set(["odd"]));
    expect(marks.slice(seconds + 1)).toEqual(["context", "context", ".", "."]);
    expect(stretch.isOpen).toBe(false);
  });

  test("is over by its limit where it crossed one, however far out that is", () => {
    expect(mark([10, 10, 8, 8, 8, 8], [-9, 9]).marks).toEqual(["odd", "odd", "context", "context", ".", "."]);
  });

  test("is told by what was furthest beyond its limit, however far a detector expects values to go", () => {
    const stretch = new Stretch(new Float64Array(STRETCH_SLOTS));
    const rule = { point: 0.9, post: 2000, limits: [Number.NEGATIVE_INFINITY, 9] as const };
    for (const [second, value] of [10, 14, 11].entries()) {
      stretch.judge(BEGIN + 1000 * second, value, { score: 0, oddness: 0, low: 0, high: 20 }, rule);
    }
    expect(stretch.facts).toMatchObject({ begunAt: BEGIN, peakValue: 14, peakAt: BEGIN + 1000 });
  });

  test("takes the way back to what was expected for no new height, though the detector finds it odd", () => {
    const stretch = new Stretch(new Float64Array(STRETCH_SLOTS));
    const rule = { point: 0.9, post: 2000, limits: NO_LIMITS };
    // It expects a value to be near the one before.
    const values = [8, 8, 8, -1, -1, -1, -1, -1];
    const opened = values.map((value, second) => {
      const before = second === 0 ? 0 : (values[second - 1] ?? 0);
      const odd = Math.abs(value - before) > 2 ? 1 : 0;
      const seen = { score: odd, oddness: odd, low: before - 2, high: before + 2 };
      stretch.judge(BEGIN + 1000 * second, value, seen, rule);
      return stretch.isOpen;
    });
    expect(opened).toEqual([true, true, true, true, true, true, false, false]);
    expect(stretch.facts).toMatchObject({ peakValue: 8, low: -2, high: 2, lastOddAt: BEGIN + 3000 });
  });
});
