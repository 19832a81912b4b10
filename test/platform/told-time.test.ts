import { beforeEach, describe, expect, test } from "vitest";
import { epochMillis, type MonotonicMillis } from "../../src/model/time.ts";
import { ToldTime } from "../../src/platform/told-time.ts";

/** The right time less the monotonic clock. */
const LINE = Date.UTC(2027, 3, 1);

let told: ToldTime;
let second: number;

beforeEach(() => {
  told = new ToldTime();
  second = 0;
});

/** A receiver tells the time each second, off by `off` and late by `late` milliseconds. */
function tell(count: number, off = 0, late: (second: number) => number = () => 100, source = "truck"): void {
  for (let told_ = 0; told_ < count; told_ += 1) {
    second += 1;
    const monotonic = (second * 1000 + late(second)) as MonotonicMillis;
    told.offer({ at: epochMillis(LINE + second * 1000 + off), monotonic, source });
  }
}

/** How far off the known time is; undefined where none is known. Units: milliseconds. */
function offOf(): number | undefined {
  return told.known === undefined ? undefined : told.known.line - LINE;
}

describe("the time that a receiver tells", () => {
  test("is not believed at once, nor within half a minute", () => {
    tell(30);
    expect(offOf()).toBeUndefined();
    expect(told.doubt).toBe("truck has told it for 29 s, and is believed after 30 s");
    tell(1);
    expect(offOf()).toBe(-100);
    expect(told.doubt).toBe("");
  });

  test("is not believed by few readings, however long that took", () => {
    for (let turn = 0; turn < 9; turn += 1) {
      tell(1);
      second += 20;
    }
    expect(offOf()).toBeUndefined();
    tell(1);
    expect(offOf()).toBe(-100);
  });

  test("is that of the reading that came earliest, as none comes too early", () => {
    tell(60, 0, (at) => 80 + ((at * 137) % 700));
    expect(offOf()).toBeGreaterThan(-130);
    expect(offOf()).toBeLessThanOrEqual(-80);
  });

  test("is not believed while it jumps about, or comes with long gaps", () => {
    for (let turn = 0; turn < 60; turn += 1) tell(1, turn % 2 === 0 ? 0 : 5000);
    expect(offOf()).toBeUndefined();
    for (let turn = 0; turn < 60; turn += 1) {
      tell(1);
      second += 61;
    }
    expect(offOf()).toBeUndefined();
  });

  test("is refused with the day that may be meant, where the count of weeks has run over", () => {
    tell(100, -1024 * 7 * 86_400_000);
    expect(offOf()).toBeUndefined();
    expect(told.doubt).toBe(
      "truck tells a time that cannot be: it says 2007-08-16, which is before this program was written; " +
        "its count of weeks may have run over, then it means 2027-04-01, and newer firmware tells so",
    );
    tell(100, 80 * 365 * 86_400_000);
    expect(told.doubt).toContain("too far ahead to be");
  });

  test("stays when a single reading is off, or a spoilt one comes for less than a minute", () => {
    tell(60);
    tell(1, 3_600_000);
    tell(60);
    tell(55, 7_200_000);
    tell(10);
    expect(offOf()).toBe(-100);
  });

  test("changes by the leap seconds that a receiver had not heard of, once it goes on with them", () => {
    tell(60, 18_000);
    expect(offOf()).toBe(17_900);
    tell(60);
    expect(offOf()).toBe(17_900);
    tell(2);
    expect(offOf()).toBe(-100);
  });

  test("follows the receiver for as long as a machine's own clock drifts", () => {
    tell(60);
    // A quartz that is 50 ppm slow loses 4.3 s in a day.
    for (let turn = 0; turn < 86_400; turn += 1) {
      second += 1;
      const monotonic = (second * 1000 * (1 - 50e-6) + 100) as MonotonicMillis;
      told.offer({ at: epochMillis(LINE + second * 1000), monotonic, source: "truck" });
    }
    const now = (told.known?.line ?? 0) + second * 1000 * (1 - 50e-6);
    expect(Math.abs(now - (LINE + second * 1000))).toBeLessThan(350);
  });

  test("is that of the receiver heard first, until it has been silent for ten minutes", () => {
    tell(60);
    for (let turn = 0; turn < 120; turn += 1) {
      tell(1);
      second -= 1;
      tell(1, 60_000, () => 0, "boat");
    }
    expect(told.known?.source).toBe("truck");
    tell(500, 60_000, () => 0, "boat");
    expect(told.known?.source).toBe("truck");
    tell(200, 60_000, () => 0, "boat");
    expect(told.known).toMatchObject({ source: "boat", line: LINE + 60_000 });
  });
});
