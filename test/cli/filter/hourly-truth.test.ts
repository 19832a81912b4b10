import { describe, expect, test } from "vitest";
import { HourlyTruth } from "../../../src/cli/filter/hourly-truth.ts";
import type { Course } from "../../../src/model/metrics.ts";

const HOUR = 3_600_000;
const START = 480_000 * HOUR;

/** Compares two hours of one series, told by all readings and by some points. Shape: `[minute, value]`. */
function compare(course: Course, readings: readonly [number, number][], points: readonly [number, number][]) {
  const truth = new HourlyTruth(() => course);
  for (const [minute, value] of readings) truth.takeReading(1, START + 60_000 * minute, value);
  for (const [minute, value] of points) truth.takePoint(1, START + 60_000 * minute, value);
  truth.end(START + 2 * HOUR - 1);
  return { hours: truth.hourCount, worst: truth.worst };
}

/** A reading a minute for two hours. */
function minutes(valueAt: (minute: number) => number): [number, number][] {
  return Array.from({ length: 120 }, (_, minute) => [minute, valueAt(minute)]);
}

describe("what NAME tells by the hour", () => {
  test("is the same where it has all readings", () => {
    const readings = minutes((minute) => minute % 7);
    for (const course of ["measurement", "total", "delta", "state"] as const) {
      expect(compare(course, readings, readings)).toMatchObject({ hours: 2, worst: { part: 0 } });
    }
  });

  test("differs by what the averages of a measurement do, in the worst hour", () => {
    const readings = minutes(() => 200);
    const points: [number, number][] = [
      [0, 200],
      [60, 202],
    ];
    expect(compare("measurement", readings, points)).toEqual({
      hours: 2,
      worst: { series: 1, hourAt: START + HOUR, part: 0.01 },
    });
  });

  test("is held against how large values are, and not against an average near zero", () => {
    const readings = minutes((minute) => (minute % 2 === 0 ? -100 : 100));
    const points = minutes((minute) => (minute % 2 === 0 ? -100 : 101));
    expect(compare("measurement", readings, points).worst?.part).toBeCloseTo(0.005);
  });

  test("differs by what the sums of counts, the beginnings of totals and the times of states do", () => {
    const counted = minutes(() => 1);
    expect(compare("delta", counted, counted.slice(0, -6)).worst?.part).toBeCloseTo(0.1);
    const total = minutes((minute) => 1000 + minute);
    expect(compare("total", total, total.slice(0, 60)).worst).toMatchObject({ hourAt: START + HOUR, part: 1 });
    expect(compare("total", total, [total[0] ?? [0, 0], total[60] ?? [0, 0]]).worst?.part).toBe(0);
    const state = minutes((minute) => (minute < 30 ? 1 : 0));
    const changes: [number, number][] = [
      [0, 1],
      [30, 0],
      [119, 0],
    ];
    expect(compare("state", state, changes).worst?.part).toBe(0);
    expect(compare("state", state, [changes[0] ?? [0, 0], [36, 0], [119, 0]]).worst?.part).toBeCloseTo(0.1);
  });

  test("says nothing of hours that are not whole", () => {
    const truth = new HourlyTruth(() => "measurement");
    truth.takeReading(1, START + HOUR / 2, 1);
    truth.takeReading(1, START + HOUR + HOUR / 2, 1);
    truth.end(START + HOUR + HOUR / 2);
    expect([truth.hourCount, truth.worst]).toEqual([0, undefined]);
  });

  test("does not wait for the end to compare, so that a long time costs no memory", () => {
    const truth = new HourlyTruth(() => "measurement");
    for (let hour = 0; hour < 10; hour += 1) {
      truth.takeReading(1, START + hour * HOUR, 1);
      truth.takePoint(1, START + hour * HOUR, 1);
      truth.settle(START + hour * HOUR);
    }
    expect(truth.hourCount).toBe(6);
  });
});
