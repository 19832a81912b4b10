import { describe, expect, test } from "vitest";
import { RECEIVER_FAULTS, talkOfSecond } from "../../hardware-sim/devices/nmea-talk.ts";
import { FoodTruckMachine } from "../../hardware-sim/plant/food-truck-machine.ts";
import { DEPOT, FoodTruck, MARKET } from "../../hardware-sim/signals/food-truck.ts";
import { createRandom } from "../../hardware-sim/signals/seeded-random.ts";
import { distanceBetween } from "../../src/decode/earth.ts";
import { loadFiles } from "../config/config-folder.ts";
import { ReceiverBench } from "../inputs/nmea/receiver-bench.ts";
import { valuesOf } from "../support/polled-values.ts";

const START = Date.UTC(2027, 4, 1, 12);

describe("the food truck of the plant", () => {
  test("goes round between yard and market, and stands at both", () => {
    const truck = new FoodTruck(createRandom(1, "food-truck"));
    const round = Array.from({ length: 300 }, (_, second) => truck.at(second));
    for (const stop of [DEPOT, MARKET]) {
      expect(round.filter((state) => distanceBetween(state, stop) < 5 && state.speed < 1).length).toBeGreaterThan(30);
    }
    expect(round.filter(({ speed }) => speed > 10).length).toBeGreaterThan(100);
    const jumps = round.slice(1).map((state, index) => distanceBetween(state, round[index] ?? state));
    expect(Math.max(...jumps)).toBeLessThan(20);
  });

  test("is read by the gateway as it drives: position, speed, zones, events and the way it came", async () => {
    const truck = new FoodTruck(createRandom(1, "food-truck"));
    const zones = [
      { name: "market", lat: MARKET.latitude, lon: MARKET.longitude, radius: 50 },
      { name: "depot", lat: DEPOT.latitude, lon: DEPOT.longitude, radius: 50 },
    ];
    const bench = new ReceiverBench({ zones, zone_tag: false, parked_after: 10 });
    await bench.connect();
    const driven = Array.from({ length: 120 }, (_, second) => truck.at(second));
    for (const [second, state] of driven.entries()) {
      await bench.tell(Buffer.from(talkOfSecond(START + second * 1000, state, undefined)));
    }
    const outcome = await bench.poll();
    const values = valuesOf(bench.input, outcome);
    expect(outcome.faults).toEqual([]);
    expect(values["latitude"]).toEqual(driven.map(({ latitude }) => expect.closeTo(latitude, 6)));
    expect(values["longitude"]).toEqual(driven.map(({ longitude }) => expect.closeTo(longitude, 6)));
    expect(values["speed"]).toEqual(driven.map(({ speed }) => expect.closeTo(speed, 2)));
    expect(values["satellites"]?.at(-1)).toBe(8);
    expect(values["satellites-visible"]?.at(-1)).toBe(10);
    expect(outcome.events?.map(({ title }) => title)).toEqual([
      ...["truck left depot", "truck entered market", "truck left market", "truck entered depot"],
      ...["truck left depot", "truck entered market", "truck left market"],
    ]);
    expect(new Set(values["moving"])).toEqual(new Set([0, 1]));
    expect(values["distance"]?.at(-1)).toBeGreaterThan(700);
  });

  test.each(RECEIVER_FAULTS)("gives no position while its receiver has this fault: %s", async (fault) => {
    const truck = new FoodTruck(createRandom(1, "food-truck"));
    const bench = new ReceiverBench();
    await bench.connect();
    for (let second = 0; second < 10; second += 1) {
      await bench.tell(Buffer.from(talkOfSecond(START + second * 1000, truck.at(second), fault)));
    }
    const outcome = await bench.poll();
    expect(valuesOf(bench.input, outcome)["latitude"]).toBeUndefined();
    expect(outcome.isReachable).toBe(fault === "no-fix");
  });

  test("by TCP has a configuration that the gateway takes", async () => {
    const machine = new FoodTruckMachine({ seed: 1, now: () => 0, terminals: "none here" });
    await machine.open();
    const { config, problems } = loadFiles(machine.files);
    await machine.close();
    expect(problems).toEqual([]);
    expect(config?.checks[0]?.instances[0]).toMatchObject({ name: "food-truck", settings: { host: "127.0.0.1" } });
  });
});
