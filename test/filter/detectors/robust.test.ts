import { describe, expect, test } from "vitest";
import { createDetector } from "../../../src/filter/detectors/create-detector.ts";
import { WATCH } from "../../../src/filter/detectors/detector.ts";
import { createSeededRandom } from "../../support/seeded-random.ts";
import { drawNormal } from "./ordinary-signals.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A Monday. */
const BEGIN = Date.UTC(2026, 5, 1);

/** How wide the range is that is expected after some weeks, and how odd the same would be at another time. */
function season(signal: (at: number) => number, weeks: number, later: number): { width: number; oddness: number } {
  const detector = createDetector("robust");
  const random = createSeededRandom(4);
  const end = BEGIN + weeks * 7 * DAY;
  let width = 0;
  for (let at = BEGIN; at < end; at += 5 * MINUTE) {
    detector.take(at, signal(at) + 0.2 * drawNormal(random));
    if (at >= end - DAY) width = Math.max(width, detector.high - detector.low);
  }
  let oddness = 0;
  for (let at = end; at < end + HOUR; at += 5 * MINUTE) {
    detector.take(at, signal(at + later) + 0.2 * drawNormal(random));
    oddness = Math.max(oddness, detector.oddness);
  }
  return { width, oddness };
}

describe("the robust detector", () => {
  test("knows the time of the day", () => {
    const shifts = (at: number): number => (at % DAY < 8 * HOUR ? 10 : 50);
    const { width, oddness } = season(shifts, 2, 12 * HOUR);
    expect(width).toBeLessThan(5);
    expect(oddness).toBeGreaterThanOrEqual(WATCH);
  });

  test("knows the days of the week once there were some weeks", () => {
    const isWorkday = (at: number): boolean => (at - BEGIN) % (7 * DAY) < 5 * DAY;
    const works = (at: number): number => (isWorkday(at) && at % DAY >= 6 * HOUR && at % DAY < 18 * HOUR ? 50 : 10);
    const { width } = season(works, 8, 0);
    expect(width).toBeLessThan(20);
    const early = season(works, 2, 0);
    expect(early.width).toBeGreaterThan(width);
  });

  test("knows a cycle of an hour", () => {
    const backwash = (at: number): number => (at % HOUR < 10 * MINUTE ? 30 : 5);
    const { width, oddness } = season(backwash, 3, HOUR / 2);
    expect(width).toBeLessThan(15);
    expect(oddness).toBeGreaterThanOrEqual(WATCH);
  });
});
