import { describe, expect, test } from "vitest";
import { PastRange } from "../../../src/filter/detectors/past-range.ts";
import { StateBlock } from "../../../src/filter/detectors/state-block.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** A range that saw each hour of so many days: from 10 to 20, and no further. */
function seen(days: number): PastRange {
  const range = new PastRange(new StateBlock(1), { known: 4 });
  for (let at = 0; at < days * DAY; at += HOUR) range.take(at, 15 + 5 * Math.sin(at));
  return range;
}

describe("the past range", () => {
  test("says how far something is above or below, in its widths", () => {
    expect(seen(8).take(8 * DAY, 30)).toBeCloseTo(1, 1);
    expect(seen(8).take(8 * DAY, 5)).toBeCloseTo(-0.5, 1);
    expect(seen(8).take(8 * DAY, 12)).toBe(0);
  });

  test("says nothing before it knows enough", () => {
    expect(seen(1.5).take(1.5 * DAY, 1000)).toBe(0);
    expect(seen(3).take(3 * DAY, 1000)).toBeGreaterThan(10);
  });

  test("does not take for ordinary what began half a day ago, and does after a day", () => {
    const range = seen(8);
    const beyond: number[] = [];
    for (let at = 8 * DAY; at < 9.5 * DAY; at += HOUR) beyond.push(range.take(at, 24));
    expect(Math.min(...beyond.slice(0, 12))).toBeGreaterThan(0.3);
    expect(beyond.at(-1)).toBe(0);
  });

  test("learns of a wild value no more than a width, so that the next one is news again", () => {
    const range = seen(8);
    range.take(8 * DAY, 1e300);
    for (let at = 8 * DAY + HOUR; at < 10 * DAY; at += HOUR) range.take(at, 15);
    expect(range.take(10 * DAY, 60)).toBeGreaterThan(1);
  });

  test("forgets what is older than a week", () => {
    const range = seen(8);
    for (let at = 8 * DAY; at < 16 * DAY; at += HOUR) range.take(at, 15 + Math.sin(at));
    expect(range.take(16 * DAY, 20)).toBeGreaterThan(1);
  });

  test("passes over what is no number", () => {
    const range = seen(8);
    for (const x of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      expect(range.take(8 * DAY, x)).toBe(0);
    }
    expect(range.take(8 * DAY, 30)).toBeCloseTo(1, 1);
  });

  test("takes no measure of what never differed, unless its unit is stated", () => {
    const plain = new PastRange(new StateBlock(1), { known: 4, unitMin: 1 });
    const stated = new PastRange(new StateBlock(1), { known: 4, unit: 2 });
    for (let at = 0; at < 8 * DAY; at += HOUR) {
      plain.take(at, 7);
      stated.take(at, 7);
    }
    expect(plain.take(8 * DAY, 11)).toBe(0);
    expect(stated.take(8 * DAY, 11)).toBe(2);
  });
});
