import { expect, test } from "vitest";
import { millis, seconds } from "../../src/model/time.ts";
import { OutageWorld } from "./outage-world.ts";

/** A flush, and what a payload takes on this uplink. Units: milliseconds. */
const LIVE_DELAY_MAX = 10_000 + 1_000;

const UPLINK = { bitsPerSecond: 10e6, latency: millis(50) };

test("an hour without network is read back whole from a Datadog intake that takes any age, and live within a flush", async () => {
  const any = millis(Number.POSITIVE_INFINITY);
  const world = new OutageWorld({ seriesCount: 4, window: any, ages: { maxAge: any }, ...UPLINK });
  await world.open();
  await world.run(seconds(30));
  world.isDown = true;
  await world.run(seconds(3600));
  const end = world.seconds;
  const began = world.clock.now();
  world.awaitIntake();
  await world.run(seconds(100));
  expect((world.noticedAt ?? Number.NaN) - began).toBeLessThanOrEqual(64_000);
  expect(world.forwarder.state().backfill).toBeNull();
  expect(world.shareHeld(0, end)).toBe(1);
  expect([world.wrong, world.intake.vanished]).toEqual([0, 0]);
  expect(world.liveDelays.length).toBeGreaterThanOrEqual(4 * 30);
  expect(Math.max(...world.liveDelays)).toBeLessThanOrEqual(LIVE_DELAY_MAX);
  await world.close();
});

test("of an hour without network an intake with a window of half an hour shows that, and nothing vanishes there", async () => {
  const window = { window: seconds(1800), ages: { maxAge: seconds(1800) } };
  const world = new OutageWorld({ seriesCount: 4, ...window, ...UPLINK });
  await world.open();
  world.isDown = true;
  await world.run(seconds(3600));
  const end = world.seconds;
  world.awaitIntake();
  await world.run(seconds(100));
  const { tooOld, delivered } = world.cursor.counts;
  expect(world.shareHeld(0, 1800)).toBe(0);
  expect(world.shareHeld(1900, end)).toBe(1);
  expect(tooOld).toBeGreaterThanOrEqual(4 * 1800);
  expect([world.intake.vanished, world.wrong, world.cursor.counts.rejected]).toEqual([0, 0, 0]);
  expect(tooOld + delivered + world.cursor.waiting).toBe(4 * world.seconds);
  expect(Math.max(...world.liveDelays)).toBeLessThanOrEqual(LIVE_DELAY_MAX);
  await world.close();
});
