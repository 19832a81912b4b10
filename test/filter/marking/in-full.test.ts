import { describe, expect, test } from "vitest";
import { IN_FULL_SLOTS, InFull } from "../../../src/filter/marking/in-full.ts";
import { FLAG } from "../../../src/model/samples.ts";

const BEGIN = Date.UTC(2026, 10, 22, 6);
const NO_LIMITS = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] as const;
const MINUTE = 60_000;

interface Judged {
  readonly limits?: readonly [number, number];
  /** Milliseconds from value to value, and how many of them a detector judges together. */
  readonly step?: number;
  readonly lag?: number;
  /** Scores of values, by their index; all others have none. */
  readonly scores: Readonly<Record<number, number>>;
  /** Flags by the stretch that is told of, likewise. */
  readonly told?: Readonly<Record<number, number>>;
}

/** Judges values by a detector that expects -2 to 2, and gives the mark of each and the leads, in seconds. */
function judge(values: readonly number[], { limits = NO_LIMITS, step = 1000, lag = 0, scores, told = {} }: Judged) {
  const inFull = new InFull(new Float64Array(IN_FULL_SLOTS));
  const leads: number[] = [];
  const marks = values.map((value, index) => {
    const score = scores[index] ?? 0;
    const seen = { score, oddness: score, low: -2, high: 2 };
    const rule = { point: 0.5, post: 2000, limits, lag };
    const flags = inFull.judge(BEGIN + step * index, value, seen, rule, told[index] ?? 0);
    if (inFull.lead > 0) leads.push(inFull.lead / 1000);
    if ((flags & FLAG.onset) !== 0) return "onset";
    if ((flags & FLAG.anomalous) !== 0) return "odd";
    return (flags & FLAG.context) === 0 ? "." : "context";
  });
  return { marks, leads };
}

/** So many values, each made of its index. */
function values(count: number, of: (index: number) => number): number[] {
  return Array.from({ length: count }, (_, index) => of(index));
}

describe("what goes in full", () => {
  test("begins at a score that is worth a look, though nobody is told", () => {
    expect(judge([0, 1, 0, 1, 0, 1], { scores: { 1: 0.5 } }).marks).toEqual(".,onset,context,context,.,.".split(","));
  });

  test("is at least what people are told of, once begun in the same row and once in the midst of it", () => {
    const { onset, anomalous, context } = FLAG;
    const told = { 1: anomalous | onset, 2: anomalous, 3: anomalous, 4: context };
    expect(judge([0, 1, 0, 1, 0, 1], { scores: { 1: 0.9 }, told }).marks).toEqual(
      ".,onset,odd,odd,context,.".split(","),
    );
    const later = { 2: anomalous | onset, 3: anomalous };
    expect(judge([0, 1, 0, 1, 0, 1], { scores: { 1: 0.5 }, told: later }).marks).toEqual(
      ".,onset,odd,odd,.,.".split(","),
    );
  });
});

describe("how long what is odd has lasted where it begins", () => {
  test("is not told where it began with the value, and nowhere else than at the onset", () => {
    expect(judge([0, 1, 0, 1, 9, 9, 9], { scores: { 4: 0.9, 6: 0.95 } }).leads).toEqual([]);
  });

  test("is twice as long as values are judged together", () => {
    expect(judge([0, 1, 0, 1, 9, 9, 9], { lag: MINUTE, scores: { 5: 0.9 } }).leads).toEqual([120]);
  });

  test("is not told of what crosses a limit, which is odd at once", () => {
    expect(judge([0, 1, 0, 1, 9, 9, 9], { limits: [-5, 5], lag: MINUTE, scores: {} }).leads).toEqual([]);
  });

  test("counts from where values left what was expected, and as long again before", () => {
    const drift = values(1000, (second) => second / 200);
    expect(judge(drift, { scores: { 600: 0.6 } }).leads).toEqual([2 * (600 - 401)]);
    expect(judge(drift, { lag: MINUTE, scores: { 600: 0.6 } }).leads).toEqual([2 * (600 - 360)]);
  });

  test("is of the values furthest out where several are judged together", () => {
    // Most values are far below what is expected of peaks.
    const peaks = (height: number) => (second: number) => (second % 10 === 0 ? height : -20);
    const usual = values(1000, peaks(1));
    expect(judge(usual, { lag: MINUTE, scores: { 900: 0.6 } }).leads).toEqual([120]);
    const high = values(1000, (second) => peaks(second < 660 ? 1 : 3)(second));
    expect(judge(high, { lag: MINUTE, scores: { 900: 0.6 } }).leads).toEqual([2 * (900 - 660)]);
  });

  test("does not begin anew with values that come back for less than they were out", () => {
    const noisy = values(1000, (second) => second / 200 + (second % 5 === 0 ? -3 : 0));
    const [lead = 0] = judge(noisy, { scores: { 900: 0.6 } }).leads;
    expect(lead).toBeGreaterThan(2 * (900 - 430));
    expect(lead).toBeLessThanOrEqual(2 * (900 - 401));
  });

  test("does not count what came back in between, and little of what is noise", () => {
    const twice = values(1000, (second) => (second < 300 || second > 890 ? 5 : second % 2));
    expect(judge(twice, { scores: { 900: 0.6 } }).leads).toEqual([2 * (900 - 891)]);
    // One of five values is out, as with a range that holds four of them.
    const noise = values(1000, (second) => (second % 5 === 0 ? 2.5 : second % 2));
    expect(judge(noise, { scores: { 900: 0.6 } }).leads).toEqual([]);
  });

  test("counts from where the value moves no more", () => {
    const stuck = values(1000, (second) => (second < 250 ? Math.sin(second) : 0.3));
    expect(judge(stuck, { lag: MINUTE, scores: { 400: 0.6 } }).leads).toEqual([150]);
  });

  test("is no longer than an hour, whatever the time between two values", () => {
    expect(
      judge(
        values(4000, () => 9),
        { scores: { 3999: 0.9 } },
      ).leads,
    ).toEqual([3600]);
    const rare = values(50, (index) => (index < 10 ? 0 : 3 + (index % 2)));
    expect(judge(rare, { step: 15 * MINUTE, scores: { 11: 0.9 } }).leads).toEqual([1800]);
    expect(judge(rare, { step: 15 * MINUTE, scores: { 40: 0.9 } }).leads).toEqual([3600]);
  });

  test("is told anew where it goes in full anew", () => {
    const { marks, leads } = judge(
      values(20, (second) => second % 2),
      { lag: MINUTE, scores: { 5: 0.6, 15: 0.7 } },
    );
    expect([marks[5], marks[15]]).toEqual(["onset", "onset"]);
    expect(leads).toEqual([120, 120]);
  });
});
