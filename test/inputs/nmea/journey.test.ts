import { describe, expect, test } from "vitest";
import { Journey, type JourneyMemory } from "../../../src/inputs/nmea/journey.ts";
import { type MonotonicMillis, seconds } from "../../../src/model/time.ts";
import { createSeededRandom } from "../../support/seeded-random.ts";

const DEGREE = (Math.PI * 6_371_008.8) / 180;
const MIDNIGHT = Date.UTC(2027, 2, 1);

/** A receiver on a road to the north, with a position each second. */
class Drive {
  readonly journey: Journey;
  second: number;
  metres = 0;
  readonly #random = createSeededRandom(7);

  constructor(before?: JourneyMemory, second = 0) {
    this.journey = new Journey(seconds(120), before);
    this.second = second;
  }

  /** Goes on at a speed; positions are off by up to `noise` metres. */
  go(count: number, speed: number, noise = 0): void {
    for (let step = 0; step < count; step += 1) {
      this.second += 1;
      this.metres += speed;
      const off = (): number => noise * (2 * this.#random.next() - 1);
      const place = { latitude: (this.metres + off()) / DEGREE, longitude: off() / DEGREE };
      const monotonic = (this.second * 1000) as MonotonicMillis;
      this.journey.take({ place, accuracy: 5, monotonic, utc: MIDNIGHT + this.second * 1000 });
    }
  }
}

describe("a journey", () => {
  test("is neither moving nor parked before that is known", () => {
    const drive = new Drive();
    expect(drive.journey.isMoving).toBeUndefined();
    expect(drive.journey.parkedFor).toBeUndefined();
    drive.go(119, 0);
    expect(drive.journey.isMoving).toBeUndefined();
    drive.go(2, 0);
    expect(drive.journey.isMoving).toBe(false);
    expect(drive.journey.parkedFor).toBe(120_000);
  });

  test("adds up what was driven, to a few metres", () => {
    const drive = new Drive();
    drive.go(600, 14, 2);
    expect(drive.journey.isMoving).toBe(true);
    expect(drive.journey.distance).toBeGreaterThan(600 * 14 * 0.98);
    expect(drive.journey.distance).toBeLessThan(600 * 14 * 1.02);
  });

  test("adds up what was walked too", () => {
    const drive = new Drive();
    drive.go(600, 1.2);
    expect(drive.journey.distance).toBeGreaterThan(700);
    expect(drive.journey.distance).toBeLessThanOrEqual(720);
  });

  test("stays parked while positions wander for a day, and adds nothing up", () => {
    const drive = new Drive();
    drive.go(86_400, 0, 10);
    expect(drive.journey.isMoving).toBe(false);
    expect(drive.journey.distance).toBe(0);
    expect(drive.journey.parkedFor).toBeGreaterThan(86_000_000);
  });

  test("is not parked at a traffic light, and is after the time that is asked for", () => {
    const drive = new Drive();
    drive.go(60, 14);
    drive.go(90, 0, 2);
    expect(drive.journey.isMoving).toBe(true);
    expect(drive.journey.parkedFor).toBe(0);
    drive.go(60, 14);
    const driven = drive.journey.distance;
    drive.go(121, 0, 2);
    expect(drive.journey.isMoving).toBe(false);
    expect(drive.journey.distance - driven).toBeLessThan(30);
  });

  test("counts from where it stood when it goes on", () => {
    const drive = new Drive();
    drive.go(300, 0, 3);
    drive.go(100, 10);
    expect(drive.journey.isMoving).toBe(true);
    expect(drive.journey.distance).toBeGreaterThan(980);
    expect(drive.journey.distance).toBeLessThan(1015);
  });

  test("takes a single position far away for an error", () => {
    const drive = new Drive();
    drive.go(60, 10);
    drive.metres += 50_000;
    drive.go(1, 0);
    drive.metres -= 50_000;
    drive.go(60, 10);
    expect(drive.journey.distance).toBeLessThan(1210);
    expect(drive.journey.distance).toBeGreaterThan(1180);
  });

  test("goes on from another place when the receiver stays there, and did not drive there", () => {
    const drive = new Drive();
    drive.go(60, 10);
    drive.metres += 50_000;
    drive.go(60, 10);
    expect(drive.journey.distance).toBeLessThan(1210);
    expect(drive.journey.distance).toBeGreaterThan(1000);
  });

  test("adds a tunnel as a straight line", () => {
    const drive = new Drive();
    drive.go(60, 20);
    drive.second += 180;
    drive.metres += 180 * 20;
    drive.go(60, 20);
    expect(drive.journey.distance).toBeGreaterThan(300 * 20 - 30);
    expect(drive.journey.distance).toBeLessThanOrEqual(300 * 20);
  });

  test("survives a restart: the way, the parking, and a short drive that nobody saw", () => {
    const drive = new Drive();
    drive.go(100, 10);
    drive.go(200, 0);
    const { distance, parkedFor } = drive.journey;
    const kept = JSON.parse(JSON.stringify(drive.journey.memory)) as JourneyMemory;
    const parked = new Drive(kept, 400);
    parked.metres = drive.metres;
    parked.go(1, 0);
    expect(parked.journey.isMoving).toBe(false);
    expect(parked.journey.distance).toBe(distance);
    expect(parked.journey.parkedFor).toBe((parkedFor ?? 0) + 101_000);

    const driven = new Drive(kept, 400);
    driven.metres = drive.metres + 1000;
    driven.go(1, 0);
    expect(driven.journey.isMoving).toBeUndefined();
    expect(driven.journey.distance).toBe(distance + 1000);

    const longAgo = new Drive(kept, 90_000);
    longAgo.metres = drive.metres + 1000;
    longAgo.go(1, 0);
    expect(longAgo.journey.distance).toBe(distance);
  });
});
