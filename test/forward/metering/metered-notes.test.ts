import { expect, test } from "vitest";
import { millis, seconds } from "../../../src/model/time.ts";
import { Uplinking } from "../uplinking.ts";

const HOUR = 3_600_000;
const METERING = {
  schedule: [{ from: 7 * HOUR, to: 8 * HOUR }],
  isSendingAlarmsAtOnce: true,
  startJitter: millis(0),
};

test("outside of a window only notes of trouble go, and of its end", async () => {
  const plant = new Uplinking(undefined, undefined, { metering: METERING });
  plant.say("press", "ok");
  plant.raise("Nothing much", { alertType: "info" });
  plant.uplink.start();
  await plant.clock.advance(seconds(600));
  expect(plant.http.requests).toEqual([]);
  plant.say("press", "critical");
  await plant.clock.advance(seconds(60));
  plant.say("press", "critical");
  await plant.clock.advance(seconds(60));
  expect(plant.sentChecks).toEqual([["press:2"]]);
  plant.say("press", "ok");
  plant.raise("Press stopped");
  await plant.clock.advance(seconds(60));
  expect(plant.sentChecks).toEqual([["press:2"], ["press:0"]]);
  expect(plant.sentEvents).toEqual(["Nothing much", "Press stopped"]);
  expect([plant.to("host"), plant.to("key")]).toEqual([[], []]);
  await plant.clock.advance(seconds(3600));
  expect([plant.to("host").length, plant.to("key").length]).toEqual([1, 1]);
});

test("notes count for the budget, and where it is used up they wait", async () => {
  const budget = { dayBytesMax: 4000, monthStarts: 1 };
  const metering = { ...METERING, schedule: [], budget };
  const plant = new Uplinking(undefined, undefined, { metering });
  plant.uplink.start();
  for (let minute = 0; minute < 20; minute += 1) {
    plant.say("press", minute % 2 === 0 ? "critical" : "ok");
    await plant.clock.advance(seconds(60));
  }
  const { metered, notes } = plant.uplink.state();
  expect(plant.sentChecks.length).toBeGreaterThan(0);
  expect(plant.sentChecks.length).toBeLessThan(5);
  expect(metered?.day_bytes).toBeGreaterThan(2000);
  expect(metered?.day_bytes).toBeLessThanOrEqual(4000);
  expect(notes?.service_checks.reason).toBe("not sent: the budget of the uplink is used up.");
});
