import { describe, expect, test } from "vitest";
import { distanceBetween, type Place } from "../../../src/decode/earth.ts";
import { canBeZone, measureZone } from "../../../src/inputs/nmea/zone-shape.ts";
import { type NamedZone, ZoneWatch } from "../../../src/inputs/nmea/zone-watch.ts";
import type { MonotonicMillis } from "../../../src/model/time.ts";

function at(latitude: number, longitude: number): Place {
  return { latitude, longitude };
}

/** A degree along a meridian of our sphere. Units: metres. */
const DEGREE = (Math.PI * 6_371_008.8) / 180;

describe("distances", () => {
  test.each([
    ["nothing", at(52.5, 13.4), at(52.5, 13.4), 0],
    ["a metre", at(52.5, 13.4), at(52.5 + 1 / DEGREE, 13.4), 1],
    ["across the line of the date", at(0, 179.5), at(0, -179.5), DEGREE],
    ["over a pole", at(89.5, 0), at(89.5, 180), DEGREE],
    ["to the other side of the earth", at(0, 0), at(0, 180), 180 * DEGREE],
  ])("are those over the ground: %s", (_what, one, other, metres) => {
    expect(distanceBetween(one, other)).toBeCloseTo(metres, 3);
  });

  test("agree with those of others: Paris to New York", () => {
    // 5,837 km on the ellipsoid of WGS 84, by GeographicLib's GeodSolve.
    expect(distanceBetween(at(48.8566, 2.3522), at(40.7128, -74.006)) / 1000).toBeCloseTo(5837, -2);
  });
});

describe("a zone", () => {
  test("that is a circle is as deep as its radius in the middle, and nothing at its border", () => {
    const depthAt = measureZone({ centre: at(60, 10), radius: 100 });
    expect(depthAt(at(60, 10))).toBeCloseTo(100, 6);
    expect(depthAt(at(60 + 100 / DEGREE, 10))).toBeCloseTo(0, 3);
    expect(depthAt(at(60, 10 + 250 / (DEGREE * Math.cos(Math.PI / 3))))).toBeCloseTo(-150, 1);
  });

  test.each([
    [
      "a yard",
      [at(52.543, 13.348), at(52.543, 13.351), at(52.541, 13.351), at(52.541, 13.348)],
      at(52.542, 13.3495),
      at(52.5445, 13.3495),
    ],
    [
      "the other way round",
      [at(52.541, 13.348), at(52.541, 13.351), at(52.543, 13.351), at(52.543, 13.348)],
      at(52.542, 13.3495),
      at(52.542, 13.352),
    ],
    [
      "across the line of the date",
      [at(-1, 179), at(1, 179), at(1, -179), at(-1, -179)],
      at(0.5, -179.9),
      at(0.5, 178.9),
    ],
    ["around the north pole", [at(80, 0), at(80, 120), at(80, -120)], at(89, 77), at(74, 60)],
    ["around the south pole", [at(-80, 0), at(-80, 90), at(-80, 180), at(-80, -90)], at(-88, 45), at(70, 45)],
    ["with a notch", [at(0, 0), at(0, 4), at(4, 4), at(1, 2), at(4, 0)], at(0.5, 2), at(3, 2)],
  ])("with corners has an inside and an outside: %s", (_what, corners, inside, outside) => {
    const depthAt = measureZone({ corners });
    expect(depthAt(inside)).toBeGreaterThan(0);
    expect(depthAt(outside)).toBeLessThan(0);
  });

  test("with corners is as deep as its nearest edge is far", () => {
    const depthAt = measureZone({ corners: [at(0, 0), at(0, 1), at(1, 1), at(1, 0)] });
    expect(depthAt(at(0.1, 0.5)) / DEGREE).toBeCloseTo(0.1, 4);
    expect(depthAt(at(-0.2, 0.5)) / DEGREE).toBeCloseTo(-0.2, 4);
    expect(depthAt(at(-3, -4)) / DEGREE).toBeCloseTo(-5, 2);
  });

  test("with a corner twice, or all in one line, harms nothing", () => {
    const twice = measureZone({ corners: [at(0, 0), at(0, 1), at(0, 1), at(1, 1), at(1, 0)] });
    expect(twice(at(0.5, 0.5))).toBeGreaterThan(0);
    const line = measureZone({ corners: [at(0, 0), at(0, 1), at(0, 2)] });
    expect(line(at(0.5, 1))).toBeLessThan(0);
  });

  test.each([
    ["a city", true, [at(52, 13), at(53, 13), at(53, 14)]],
    ["around a pole", true, [at(60, 0), at(60, 120), at(60, -120)]],
    ["half of the earth", false, [at(0, 0), at(0, 120), at(0, -120)]],
    ["with a corner on the other side", false, [at(52, 13), at(53, 13), at(-53, -167)]],
  ])("may be as large as a continent: %s", (_what, isPossible, corners) => {
    expect(canBeZone(corners)).toBe(isPossible);
  });
});

const MARKET: NamedZone = { name: "market", shape: { centre: at(0, 0), radius: 100 } };

/** A place so many metres north of the middle of the market. */
function north(metres: number): Place {
  return at(metres / DEGREE, 0);
}

class Walk {
  readonly watch: ZoneWatch;
  #second = 0;

  constructor(before?: Record<string, boolean>) {
    this.watch = new ZoneWatch([MARKET], before);
  }

  go(metres: number, accuracy = 5): string {
    this.#second += 1;
    const sighting = { place: north(metres), accuracy, monotonic: (this.#second * 1000) as MonotonicMillis };
    return this.watch
      .see(sighting)
      .map(({ isInside }) => (isInside ? "enter" : "leave"))
      .join();
  }
}

describe("the zones a receiver is in", () => {
  test("are known from the first position on, which crosses nothing", () => {
    const walk = new Walk();
    expect(walk.watch.states).toEqual([undefined]);
    expect(walk.go(0)).toBe("");
    expect(walk.watch.states).toEqual([true]);
    expect(walk.watch.index).toBe(0);
  });

  test("change with the second position that is clearly beyond the border", () => {
    const walk = new Walk();
    const told = [150, 110, 90, 80, 70].map((metres) => walk.go(metres));
    expect(told).toEqual(["", "", "", "enter", ""]);
    expect([90, 106, 107, 200].map((metres) => walk.go(metres))).toEqual(["", "", "leave", ""]);
  });

  test("do not change by one position that is far off", () => {
    const walk = new Walk();
    expect([0, 0, 5000, 0, 0].map((metres) => walk.go(metres)).join("")).toBe("");
  });

  test("do not change while positions wander across a border, for an hour", () => {
    const walk = new Walk();
    walk.go(90, 15);
    const told = Array.from({ length: 3600 }, (_, second) => walk.go(100 + 12 * Math.sin(second / 3) + 2, 15));
    expect(told.join("")).toBe("");
  });

  test("change when the receiver stays just beyond a border", () => {
    const walk = new Walk();
    walk.go(90);
    const told = Array.from({ length: 40 }, () => walk.go(103));
    expect(told.filter((each) => each !== "")).toEqual(["leave"]);
    expect(told.indexOf("leave")).toBe(30);
  });

  test("count as crossed where they changed while nobody looked", () => {
    const walk = new Walk({ market: true });
    expect([500, 500].map((metres) => walk.go(metres))).toEqual(["", "leave"]);
    expect(walk.watch.memory).toEqual({ market: false });
  });
});
