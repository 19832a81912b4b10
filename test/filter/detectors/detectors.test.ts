import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createDetector, restoreDetector } from "../../../src/filter/detectors/create-detector.ts";
import { ALARM, type Detector, WATCH } from "../../../src/filter/detectors/detector.ts";
import { DETECTOR_KINDS } from "../../../src/model/filter.ts";
import { createSeededRandom } from "../../support/seeded-random.ts";
import { drawNormal, ORDINARY } from "./ordinary-signals.ts";

const MINUTE = 60_000;

/** Begins on a day of summer. */
const BEGIN = Date.UTC(2026, 6, 1);

interface Seen {
  readonly scores: number[];
  readonly odd: number[];
}

/** Hands values to a detector, one a minute, and gives what it scored. */
function run(detector: Detector, values: Iterable<number>, from = BEGIN, every = MINUTE): Seen {
  const seen: Seen = { scores: [], odd: [] };
  let at = from;
  for (const value of values) {
    detector.take(at, value);
    seen.scores.push(detector.score);
    seen.odd.push(detector.oddness);
    at += every;
  }
  return seen;
}

function* noise(count: number, seed = 1, mean = 20): Generator<number> {
  const random = createSeededRandom(seed);
  for (let index = 0; index < count; index += 1) yield mean + drawNormal(random);
}

function alarms(seen: Seen): number {
  return seen.scores.filter((score) => score >= ALARM).length;
}

/** All that can be seen of a detector from outside. */
function view(detector: Detector): readonly (number | boolean | string)[] {
  const { score, oddness, low, high, isLearning } = detector;
  return [score, oddness, low, high, isLearning, Buffer.from(detector.save()).toString("base64")];
}

const wildValue = fc.oneof(
  { weight: 6, arbitrary: fc.double({ min: -100, max: 100, noNaN: true }) },
  { weight: 2, arbitrary: fc.constantFrom(0, 1, 20, 20.5) },
  { weight: 1, arbitrary: fc.double() },
  {
    weight: 1,
    arbitrary: fc.constantFrom(1e300, -1e300, 5e-324, -1e-310, Number.NaN, Number.POSITIVE_INFINITY, Number.MAX_VALUE),
  },
);
const wildStep = fc.oneof(
  { weight: 8, arbitrary: fc.constant(MINUTE) },
  { weight: 1, arbitrary: fc.constantFrom(0, 1, -1, 1000, -MINUTE, 86_400_000, -86_400_000, 1e12) },
);
const wildRows = fc.array(fc.tuple(wildStep, wildValue), { minLength: 20, maxLength: 120 });

/** Plain rows to learn from, then the wild ones, then as many plain ones. */
function* mixed(rows: readonly (readonly [number, number])[], seed: number): Generator<readonly [number, number]> {
  for (const value of noise(600, seed)) yield [MINUTE, value];
  yield* rows;
  for (const value of noise(200, seed + 1)) yield [MINUTE, value];
}

describe.each(DETECTOR_KINDS)("the detector %s", (kind) => {
  test("passes over what is no number, and says nothing of it", () => {
    const plain = createDetector(kind);
    const holed = createDetector(kind);
    run(plain, noise(700));
    run(holed, noise(700));
    holed.take(BEGIN + 700 * MINUTE, Number.NaN);
    expect(holed.score).toBe(0);
    holed.take(BEGIN + 700 * MINUTE, Number.POSITIVE_INFINITY);
    expect(holed.score).toBe(0);
    plain.take(BEGIN + 701 * MINUTE, 20);
    holed.take(BEGIN + 701 * MINUTE, 20);
    expect([holed.low, holed.high]).toEqual([plain.low, plain.high]);
  });

  test("begins anew with a state that another kind, another version or something else wrote", () => {
    const detector = createDetector(kind);
    run(detector, noise(700));
    const state = detector.save();
    const fresh = view(createDetector(kind));
    const foreign = Uint8Array.from(state);
    foreign[3] = 255;
    const others = DETECTOR_KINDS.filter((other) => other !== kind).map((other) => createDetector(other).save());
    for (const bytes of [foreign, state.subarray(1), new Uint8Array(0), new Uint8Array(state.length), ...others]) {
      const restored = restoreDetector(kind, {}, bytes);
      expect(restored.isRestored).toBe(false);
      expect(view(restored.detector)).toEqual(fresh);
    }
  });

  test("goes on from its saved state as if it had never stopped, whatever comes", () => {
    fc.assert(
      fc.property(wildRows, fc.nat(1000), fc.nat(900), (rows, seed, cut) => {
        const whole = createDetector(kind);
        let cutUp = createDetector(kind);
        let at = BEGIN;
        let index = 0;
        for (const [step, value] of mixed(rows, seed)) {
          at += step;
          whole.take(at, value);
          cutUp.take(at, value);
          if (index === cut) cutUp = restoreDetector(kind, {}, cutUp.save()).detector;
          expect(cutUp.score).toBe(whole.score);
          index += 1;
        }
        expect(view(cutUp)).toEqual(view(whole));
      }),
      { numRuns: 15 },
    );
  });

  test("keeps its score between 0 and 1 and its range in order, whatever comes", () => {
    fc.assert(
      fc.property(wildRows, fc.nat(1000), (rows, seed) => {
        const detector = createDetector(kind);
        let at = BEGIN;
        for (const [step, value] of mixed(rows, seed)) {
          at += step;
          detector.take(at, value);
          const { score, oddness, low, high, isLearning } = detector;
          if (!(score >= 0 && score <= 1 && oddness >= 0 && oddness <= 1)) expect([score, oddness]).toBe("0 to 1");
          if (isLearning && (score > 0 || oddness > 0)) expect(score).toBe("0 while learning");
          if (!isLearning && !Number.isNaN(low) && !(low <= high)) expect([low, high]).toBe("in order");
        }
      }),
      { numRuns: 25 },
    );
  });

  test("says for a while that it learns, then gives a range that holds most of what comes", () => {
    const detector = createDetector(kind);
    expect(detector.isLearning).toBe(true);
    expect([detector.low, detector.high]).toEqual([Number.NaN, Number.NaN]);
    run(detector, noise(2000));
    expect(detector.isLearning).toBe(false);
    let inside = 0;
    let at = BEGIN + 2000 * MINUTE;
    for (const value of noise(1000, 2)) {
      detector.take(at, value);
      if (value >= detector.low && value <= detector.high) inside += 1;
      at += MINUTE;
    }
    expect(inside).toBeGreaterThan(900);
  });

  test("finds a value far outside of all that was, and later a smaller one is news again", () => {
    const detector = createDetector(kind);
    run(detector, noise(3000));
    const from = BEGIN + 3000 * MINUTE;
    const seen = run(detector, [20, 20, 900, 900, 900], from);
    expect(Math.max(...seen.scores)).toBeGreaterThanOrEqual(ALARM);
    run(detector, noise(20_000, 3), from + 5 * MINUTE);
    const again = run(detector, [700, 700], from + 20_005 * MINUTE);
    expect(Math.max(...again.scores)).toBeGreaterThanOrEqual(WATCH);
  });

  test("finds nothing odd in a constant, nor in its first change", () => {
    for (const constant of [0, 5, -1e300, 1e300, 5e-324, 0.1]) {
      const detector = createDetector(kind);
      expect(Math.max(...run(detector, Array(2000).fill(constant)).odd)).toBe(0);
      const changed = run(detector, Array(500).fill(constant === 0 ? 1 : constant / 2), BEGIN + 2000 * MINUTE);
      expect(alarms(changed)).toBe(0);
    }
  });

  test("does not flood after a step, a gap, or a clock that jumps", () => {
    const detector = createDetector(kind);
    const seen: Seen = { scores: [], odd: [] };
    let at = BEGIN;
    for (const [mean, jump] of [
      [20, 0],
      [60, 0],
      [60, 30 * 86_400_000],
      [60, -40 * 86_400_000],
      [20, 365 * 86_400_000],
      [20, 0],
    ] as const) {
      at += jump;
      const part = run(detector, noise(4000, 5, mean), at);
      seen.scores.push(...part.scores);
      at += 4000 * MINUTE;
    }
    expect(seen.scores.filter((score) => score >= ALARM).length).toBeLessThan(20);
  });

  test("holds its state in 16 KB", () => {
    const detector = createDetector(kind);
    run(detector, noise(1000));
    expect(detector.stateBytes).toBe(detector.save().length);
    expect(detector.stateBytes).toBeLessThanOrEqual(16_384);
  });

  test.each(Object.entries(ORDINARY))("raises no alarm over two weeks of %s", (_name, create) => {
    const detector = createDetector(kind);
    const signal = create(11);
    let count = 0;
    for (let at = BEGIN; at < BEGIN + 14 * 86_400_000; at += MINUTE) {
      detector.take(at, signal(at));
      if (detector.score >= ALARM) count += 1;
    }
    expect(count).toBe(0);
  });

  test.each([
    ["once a day", 86_400_000],
    ["a thousand times a second", 1],
  ])("works on values that come %s", (_name, every) => {
    const detector = createDetector(kind);
    const count = every === 1 ? 20_000 : 1500;
    expect(alarms(run(detector, noise(count), BEGIN, every))).toBe(0);
  });
});
