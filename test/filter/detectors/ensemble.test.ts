import { describe, expect, test } from "vitest";
import { createDetector } from "../../../src/filter/detectors/create-detector.ts";
import { ALARM, type DetectorSettings, WATCH } from "../../../src/filter/detectors/detector.ts";
import { createSeededRandom } from "../../support/seeded-random.ts";
import { drawNormal, ORDINARY, type Signal } from "./ordinary-signals.ts";

const SECOND = 1000;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const BEGIN = Date.UTC(2026, 6, 1);

/** The highest score of a stretch after days of ordinary operation, and when it was reached. Units: milliseconds. */
function highest(
  signal: Signal,
  days: number,
  fault: (value: number, age: number) => number,
  every = MINUTE,
  settings: DetectorSettings = {},
): { score: number; age: number; before: number } {
  const detector = createDetector("ensemble", settings);
  const begun = BEGIN + days * DAY;
  const found = { score: 0, age: Number.NaN, before: 0 };
  for (let at = BEGIN; at < begun + 4 * HOUR; at += every) {
    const age = at - begun;
    detector.take(at, age < 0 ? signal(at) : fault(signal(at), age));
    if (age < 0) {
      found.before = Math.max(found.before, detector.score);
    } else if (detector.score > found.score) {
      found.score = detector.score;
      if (Number.isNaN(found.age) && detector.score >= ALARM) found.age = age;
    }
  }
  return found;
}

function ordinary(name: string): Signal {
  return ORDINARY[name]?.(5) ?? (() => 0);
}

describe("the ensemble", () => {
  const swing = "a daily swing";

  test("finds what is usual for the range, and not for the hour", () => {
    const found = highest(ordinary(swing), 5, (value) => 120 - value);
    expect(found.before).toBeLessThan(ALARM);
    expect(found.score).toBeGreaterThanOrEqual(ALARM);
  });

  test("finds a step that is a fraction of the daily swing", () => {
    expect(highest(ordinary(swing), 5, (value) => value + 5).age).toBeLessThanOrEqual(30 * MINUTE);
  });

  test("hears records of a sensor whose range is stated, where nothing is new in it", () => {
    const settings = { range: [0, 40] as const };
    expect(highest(ordinary("white noise"), 9, () => 20.2, MINUTE, settings).age).toBeLessThanOrEqual(HOUR);
    const young = highest(ordinary("white noise"), 2, () => 20.2, MINUTE, settings);
    expect(young.score).toBeGreaterThanOrEqual(WATCH);
  });

  test("finds a sensor that is stuck, within its range", () => {
    const found = highest(ordinary("white noise"), 3, () => 20.2);
    expect(found.age).toBeLessThanOrEqual(HOUR);
  });

  test("finds a swinging that stays within the range", () => {
    const random = createSeededRandom(8);
    const found = highest(
      () => 10 + 0.1 * drawNormal(random),
      3,
      (value, age) => value + 0.6 * Math.sin(age / (3 * SECOND)),
      5 * SECOND,
    );
    expect(found.score).toBeGreaterThanOrEqual(ALARM);
  });

  test("raises no alarm where what keeps its value for a while is read more often than before", () => {
    const detector = createDetector("ensemble");
    const random = createSeededRandom(6);
    let [x, alarms] = [20, 0];
    for (let at = BEGIN, every = MINUTE; at < BEGIN + 12 * DAY; at += every) {
      if (at >= BEGIN + 10 * DAY) every = SECOND;
      const part = every / MINUTE;
      x += 0.02 * Math.sqrt(part) * drawNormal(random) - 0.001 * part * (x - 20);
      detector.take(at, Math.round(10 * x) / 10);
      if (detector.score >= ALARM) alarms += 1;
    }
    expect(alarms).toBe(0);
  });

  test("judges what comes each few seconds once a minute, by its mean and by what is furthest from it", () => {
    const detector = createDetector("ensemble");
    const random = createSeededRandom(3);
    const spike = 8 * 86_400;
    const scored: number[] = [];
    for (let second = 0; second < spike + 3600; second += 4) {
      detector.take(BEGIN + second * SECOND, drawNormal(random) + (second === spike ? 60 : 0));
      if (detector.score >= ALARM) scored.push(second - spike);
    }
    expect(scored.length).toBe(1);
    expect(scored[0]).toBeGreaterThanOrEqual(0);
    expect(scored[0]).toBeLessThan(60);
  });

  test("keeps the hours of the place over a change to daylight saving", () => {
    // The swing stands at its highest then, so that the change itself is no step.
    const change = BEGIN + 10 * DAY + 6 * HOUR;
    const signal = ordinary(swing);
    const shifted: Signal = (at) => signal(at >= change ? at + HOUR : at);
    const worst = (zoneOffset: (at: number) => number): number => {
      const detector = createDetector("ensemble", { zoneOffset });
      let most = 0;
      for (let at = BEGIN; at < BEGIN + 14 * DAY; at += MINUTE) {
        detector.take(at, shifted(at));
        if (at >= change) most = Math.max(most, detector.oddness);
      }
      return most;
    };
    expect(worst((at) => (at >= change ? HOUR : 0))).toBeLessThan(WATCH);
    expect(worst(() => 0)).toBeGreaterThan(WATCH);
  });

  test("takes what is only new in a range for worth a look, and raises no alarm over it", () => {
    for (const seed of [1, 2, 3, 4]) {
      const create = (): Signal => ORDINARY["noise of heavy tails"]?.(seed) ?? (() => 0);
      const week = Float64Array.from({ length: 7 * 1440 }, (_, minute) => BEGIN + minute * MINUTE)
        .map(create())
        .sort();
      const [low, high] = [week[0] ?? 0, week.at(-1) ?? 0];
      const detector = createDetector("ensemble", { range: [(3 * low - high) / 2, (3 * high - low) / 2] });
      const signal = create();
      let alarms = 0;
      for (let at = BEGIN; at < BEGIN + 28 * DAY; at += MINUTE) {
        detector.take(at, signal(at));
        if (detector.score >= ALARM) alarms += 1;
      }
      expect(alarms).toBe(0);
    }
  });

  test("is told by a range what has never been reached of it", () => {
    const signal = ordinary(swing);
    const spike = (value: number, age: number): number => (age === HOUR ? 95 : value);
    const told = highest(signal, 5, spike, MINUTE, { range: [0, 100] });
    expect(told.before).toBeLessThan(ALARM);
    expect(told.score).toBeGreaterThanOrEqual(ALARM);
  });
});
