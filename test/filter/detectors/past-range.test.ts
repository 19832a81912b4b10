import { describe, expect, test } from "vitest";
import { PastRange, type PastRangeSettings } from "../../../src/filter/detectors/past-range.ts";
import { StateBlock } from "../../../src/filter/detectors/state-block.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

function create(settings: Partial<PastRangeSettings> = {}): PastRange {
  const usual = { known: 4, measure: "varies", unit: 0.1, of: "values", ends: "both" } as const;
  return new PastRange(new StateBlock(1), { ...usual, ...settings });
}

/** A range that saw each hour of so many days: from 10 to 20, and no further. Distances are in tenths of that. */
function seen(days: number): PastRange {
  const range = create();
  for (let at = 0; at < days * DAY; at += HOUR) range.take(at, 15 + 5 * Math.sin(at));
  return range;
}

describe("the past range", () => {
  test("says how far something is above or below, in its units", () => {
    expect(seen(8).take(8 * DAY, 30)).toBeCloseTo(10, 0);
    expect(seen(8).take(8 * DAY, 5)).toBeCloseTo(-5, 0);
    expect(seen(8).take(8 * DAY, 12)).toBe(0);
  });

  test("takes for its unit how much an end differs from half day to half day, where that is more", () => {
    const range = create();
    for (let at = 0; at < 8 * DAY; at += HOUR) range.take(at, at % DAY < DAY / 2 ? 0 : 10);
    // The upper ends are 0 and 10 in turn, half of which is a little less than their standard deviation.
    expect(range.take(8 * DAY, 30)).toBeGreaterThan(3.6);
    expect(range.take(8 * DAY, 30)).toBeLessThan(4);
  });

  test("keeps to a unit that is fixed", () => {
    const range = create({ measure: "fixed", unit: 2, of: "logarithms" });
    for (let at = 0; at < 8 * DAY; at += HOUR) range.take(at, at % DAY < DAY / 2 ? 0 : 10);
    expect(range.take(8 * DAY, 30)).toBe(10);
  });

  test("remembers for weeks how wide it once was", () => {
    const range = seen(8);
    const { widest } = range;
    for (let at = 8 * DAY; at < 22 * DAY; at += HOUR) range.take(at, 15);
    expect(range.widest).toBeLessThan(0.9 * widest);
    expect(range.widest).toBeGreaterThan(0.6 * widest);
  });

  test("says nothing before it knows anything, and is sure once it knows enough", () => {
    const young = seen(0.9);
    expect(young.take(0.9 * DAY, 1000)).toBe(0);
    const unsure = seen(2);
    expect(unsure.take(2 * DAY, 1000)).toBeGreaterThan(100);
    expect(unsure.isSure).toBe(false);
    expect(seen(3).isSure).toBe(true);
  });

  test("does not take for ordinary what began half a day ago, and does after a day", () => {
    const range = seen(8);
    const beyond: number[] = [];
    for (let at = 8 * DAY; at < 9.5 * DAY; at += HOUR) beyond.push(range.take(at, 23));
    expect(Math.min(...beyond.slice(0, 12))).toBeGreaterThan(2);
    expect(beyond.at(-1)).toBe(0);
  });

  test("learns of a wild value no more than a few units, so that the next one is news again", () => {
    const range = seen(8);
    range.take(8 * DAY, 1e300);
    for (let at = 8 * DAY + HOUR; at < 10 * DAY; at += HOUR) range.take(at, 15);
    expect(range.take(10 * DAY, 40)).toBeGreaterThan(4);
  });

  test("forgets what is older than a week", () => {
    const range = seen(8);
    for (let at = 8 * DAY; at < 16 * DAY; at += HOUR) range.take(at, 15 + Math.sin(at));
    expect(range.take(16 * DAY, 20)).toBeGreaterThan(4);
  });

  test("takes for familiar what is as far out as two occasions were, and not what came once or goes further", () => {
    const range = seen(8);
    const visit = (days: number): void => {
      for (let at = 0; at < days * DAY; at += HOUR) range.take(now + at, at === DAY ? 40 : 15);
      now += days * DAY;
    };
    let now = 8 * DAY;
    visit(10);
    expect(range.isFamiliar(40)).toBe(false);
    visit(10);
    expect(range.isFamiliar(40)).toBe(true);
    expect(range.isFamiliar(-10)).toBe(false);
    expect(range.isFamiliar(80)).toBe(false);
    expect(range.take(now, 40)).toBeGreaterThan(4);
    expect(range.wasFamiliar).toBe(true);
  });

  test("passes over what is no number", () => {
    const range = seen(8);
    for (const x of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      expect(range.take(8 * DAY, x)).toBe(0);
    }
    expect(range.take(8 * DAY, 30)).toBeCloseTo(10, 0);
  });

  test("takes no measure of a value that never differed", () => {
    const range = create();
    for (let at = 0; at < 8 * DAY; at += HOUR) range.take(at, 7);
    expect(range.take(8 * DAY, 11)).toBe(0);
  });
});
