import { expect, test } from "vitest";
import { periodsAt, windowOpensIn } from "../../../src/forward/metering/calendar.ts";

const at = (text: string): number => Date.parse(`${text}Z`);
const HOUR = 3_600_000;
const MORNING_AND_NIGHT = [
  { from: 6 * HOUR, to: 6.25 * HOUR },
  { from: 23.5 * HOUR, to: 0.5 * HOUR },
];

test("a day and a month begin at midnight in UTC", () => {
  expect(periodsAt(at("2026-11-22T23:59:59.999"), 1)).toEqual({
    dayAt: at("2026-11-22T00:00"),
    dayEnd: at("2026-11-23T00:00"),
    monthAt: at("2026-11-01T00:00"),
    monthEnd: at("2026-12-01T00:00"),
  });
});

test("a month that begins with another day reaches over the turn of the year", () => {
  const { monthAt, monthEnd } = periodsAt(at("2027-01-14T12:00"), 15);
  expect([monthAt, monthEnd]).toEqual([at("2026-12-15T00:00"), at("2027-01-15T00:00")]);
  expect(periodsAt(at("2027-01-15T00:00"), 15).monthAt).toBe(at("2027-01-15T00:00"));
});

test("a clock that was never set has a month that can be written down", () => {
  expect(periodsAt(0, 15).monthAt).toBe(0);
});

test("no windows are open at all times", () => {
  expect(windowOpensIn(at("2026-11-22T12:00"), [])).toBe(0);
});

test.each([
  ["05:59", 60_000],
  ["06:00", 0],
  ["06:14", 0],
  ["06:15", 17.25 * HOUR],
  ["23:30", 0],
  ["00:29", 0],
  ["00:30", 5.5 * HOUR],
])("at %s the next window opens in %i ms", (time, expected) => {
  expect(windowOpensIn(at(`2026-11-22T${time}`), MORNING_AND_NIGHT)).toBe(expected);
});
