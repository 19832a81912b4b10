import { describe, expect, test } from "vitest";
import { UplinkSpeed } from "../../src/forward/uplink-speed.ts";
import { millis, seconds } from "../../src/model/time.ts";

describe("the samples that go in one payload of the backfill", () => {
  test("begin few and double as long as payloads are quick, up to what the intake takes", () => {
    const speed = new UplinkSpeed(seconds(5), 10_000);
    const counts = Array.from({ length: 6 }, () => {
      const { sampleCount } = speed;
      speed.note(sampleCount, millis(100));
      return sampleCount;
    });
    expect(counts).toEqual([1000, 2000, 4000, 8000, 10_000, 10_000]);
  });

  test("come to what the uplink carries within the time there is, and no less than is worth a request", () => {
    const speed = new UplinkSpeed(seconds(5), 10_000);
    for (let payload = 0; payload < 10; payload += 1)
      speed.note(speed.sampleCount, millis(200 + 20 * speed.sampleCount));
    expect(speed.sampleCount).toBeGreaterThan(220);
    expect(speed.sampleCount).toBeLessThanOrEqual(250);
    for (let payload = 0; payload < 10; payload += 1) speed.note(speed.sampleCount, seconds(60));
    expect(speed.sampleCount).toBe(100);
  });

  test("are not judged by a payload that was small anyhow", () => {
    const speed = new UplinkSpeed(seconds(5), 10_000);
    speed.note(10, seconds(4));
    expect(speed.sampleCount).toBe(1000);
  });
});
