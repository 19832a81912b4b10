import { describe, expect, test } from "vitest";
import { Counter, UNKNOWN_AGE } from "../../src/filter/counter.ts";
import type { CounterRule } from "../../src/model/counter.ts";
import { type MonotonicMillis, seconds } from "../../src/model/time.ts";

const UNLIMITED: CounterRule = { wrapsAt: undefined, perMillisMax: Number.POSITIVE_INFINITY, resolution: 1 };
/** Counts to 65,535, at most 3600 an hour. */
const NARROW: CounterRule = { wrapsAt: 65_536, perMillisMax: 1 / 1000, resolution: 1 };

/** What came of readings that are 15 s apart, as `step` or `step growth`. */
function take(rule: CounterRule, ...readings: readonly number[]): string[] {
  return takeAll(new Counter(rule), readings);
}

function takeAll(counter: Counter, readings: readonly number[], from = 0, every = 15): string[] {
  return readings.map((reading, index) => {
    const step = counter.take(reading, seconds(from + every * index) as number as MonotonicMillis);
    return step === "held" || Number.isNaN(counter.growth) ? step : `${step} ${counter.growth}`;
  });
}

describe("a counter", () => {
  test("counts on by what it says, and stands still", () => {
    expect(take(UNLIMITED, 100.2, 100.3, 100.3, 5000)).toEqual(["first", "counted 0.1", "counted 0", "counted 4899.7"]);
  });

  test("wraps from its last quarter into its first", () => {
    expect(take(NARROW, 65_530, 4)).toEqual(["first", "counted 10"]);
    expect(take({ ...UNLIMITED, wrapsAt: 1e8 }, 99_999_999, 0)).toEqual(["first", "counted 1"]);
  });

  test("that falls back from where it cannot wrap is held", () => {
    expect(take(NARROW, 30_000, 4)).toEqual(["first", "held"]);
    expect(take(NARROW, 65_530, 30_000)).toEqual(["first", "held"]);
    expect(take(UNLIMITED, 65_530, 4)).toEqual(["first", "held"]);
  });

  test("that would have wrapped too fast is held", () => {
    expect(take(NARROW, 65_000, 4)).toEqual(["first", "held"]);
  });

  test("goes on after a glitch as if it had not been", () => {
    expect(take(UNLIMITED, 100, 0, 102)).toEqual(["first", "held", "settled 2"]);
    expect(take(UNLIMITED, 100, 0, 0, 102, 103)).toEqual(["first", "held", "held", "settled 2", "counted 1"]);
  });

  test("began anew once three readings in a row say so, and has counted from zero then", () => {
    expect(take(UNLIMITED, 100, 0, 1, 3, 5)).toEqual(["first", "held", "held", "anew 3", "counted 2"]);
  });

  test("is not believed to have begun anew before 30 s of that", () => {
    const counter = new Counter(UNLIMITED);
    expect(takeAll(counter, [100, 0, 0, 0, 0, 0, 0, 0], 0, 5)).toEqual([
      ...["first", "held", "held", "held", "held", "held", "held", "anew 0"],
    ]);
  });

  test("is not believed by readings that contradict each other", () => {
    expect(take(UNLIMITED, 100, 50, 40, 30, 20, 20, 20)).toEqual([
      ...["first", "held", "held", "held", "held", "held", "anew 20"],
    ]);
  });

  test("that counts more than it can is held, and believed without its step when it stays", () => {
    const limited = { ...UNLIMITED, perMillisMax: 1 / 1000 };
    expect(take(limited, 100, 9e9, 130)).toEqual(["first", "held", "settled 30"]);
    expect(take(limited, 100, 5000, 5010, 5020, 5030)).toEqual(["first", "held", "held", "jumped", "counted 10"]);
  });

  test("may bring at once what a device gathers in a minute, or a step of its resolution", () => {
    expect(take({ ...UNLIMITED, perMillisMax: 1 / 1000 }, 100, 161)).toEqual(["first", "counted 61"]);
    expect(take({ ...UNLIMITED, perMillisMax: 1e-9, resolution: 100 }, 100, 200)).toEqual(["first", "counted 100"]);
    expect(take({ ...UNLIMITED, perMillisMax: 1 / 1000 }, 100, 162)).toEqual(["first", "held"]);
  });

  test("may have counted as much longer as it was not read", () => {
    const counter = new Counter({ ...UNLIMITED, perMillisMax: 1 / 1000 });
    expect(takeAll(counter, [100])).toEqual(["first"]);
    expect(takeAll(counter, [3700], 3600)).toEqual(["counted 3600"]);
  });

  test("of a float that falls by its rounding alone stands still, whatever it was scaled by", () => {
    const single = { ...UNLIMITED, resolution: 0, rounding: 2 ** -22 };
    for (const scale of [1, 1000, 0.001, 3_600_000]) {
      // Neighbouring singles, as a device shows them that adds up in doubles.
      const [high, low] = [83_886.1 * scale, 83_886.09 * scale];
      const steps = take(single, high, low, low, low, low, high);
      expect(steps).toEqual(["first", ...Array.from({ length: 5 }, () => "counted 0")]);
      expect(take(single, high, 83_886 * scale)).toEqual(["first", "held"]);
    }
    expect(take({ ...UNLIMITED, resolution: 0 }, 83_886.1, 83_886.09)).toEqual(["first", "held"]);
  });

  test("of any kind that falls by what its scaling rounds stands still", () => {
    expect(take(UNLIMITED, 0.1 + 0.2, 0.3, 0.3, 0.3)).toEqual(["first", "counted 0", "counted 0", "counted 0"]);
  });

  test("that falls little by little is not taken for one that is rounded", () => {
    const single = { ...UNLIMITED, resolution: 0, rounding: 2 ** -22 };
    const falling = Array.from({ length: 8 }, (_, index) => 83_886.1 - index / 64);
    expect(take(single, ...falling).slice(0, 4)).toEqual(["first", "counted 0", "held", "held"]);
  });

  test("goes on from an earlier run, by the age of its last reading or without one", () => {
    const known = new Counter(NARROW);
    known.resume(65_000, seconds(3600), 0 as MonotonicMillis);
    expect(takeAll(known, [1000])).toEqual(["counted 1536"]);
    const unknown = new Counter(NARROW);
    unknown.resume(1000, UNKNOWN_AGE, 0 as MonotonicMillis);
    expect(takeAll(unknown, [60_000])).toEqual(["counted 59000"]);
    const back = new Counter(NARROW);
    back.resume(1000, UNKNOWN_AGE, 0 as MonotonicMillis);
    expect(takeAll(back, [900])).toEqual(["held"]);
  });
});
