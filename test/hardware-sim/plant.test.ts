import { mkdir, mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Device } from "../../hardware-sim/devices/device.ts";
import { Terminals } from "../../hardware-sim/lines/pseudo-terminal.ts";
import { Plant } from "../../hardware-sim/plant/plant.ts";
import { loadShippedProfile } from "../../hardware-sim/plant/shipped-profiles.ts";
import { createPlantSignals, PLANT_BINDINGS, PLANT_PROFILES } from "../../hardware-sim/signals/plant-signals.ts";

const MACHINES = ["press", "pump", "meter"] as const;

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "plant-"));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

test("a profile that is not shipped is refused by its name", () => {
  expect(() => loadShippedProfile("tidegate/prass")).toThrow(/tidegate\/prass/);
});

describe.each(MACHINES)("the %s made from its shipped profile", (name) => {
  const profile = loadShippedProfile(PLANT_PROFILES[name]);

  test("has a quantity behind every point, and no quantity without a point", () => {
    expect(Object.keys(PLANT_BINDINGS[name]).sort()).toEqual(profile.points.map((point) => point.name).sort());
  });

  test("stays in the range of each point for half an hour, and moves", () => {
    const device = new Device(profile, createPlantSignals(1)[name]);
    const seen = new Map(profile.points.map((point) => [point.name, new Set<number>()]));
    const outside: string[] = [];
    for (let second = 1; second <= 1800; second += 1) {
      device.advanceTo(second);
      for (const point of profile.points) {
        const value = device.readBack(point.name);
        if (value === undefined) throw new Error(`${point.name} has no reading at ${second} s`);
        const [lowest, highest] = point.range ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
        if (!(value >= lowest && value <= highest)) outside.push(`${point.name} is ${value} at ${second} s`);
        seen.get(point.name)?.add(value);
      }
    }
    expect(outside).toEqual([]);
    const still = [...seen].filter(([, values]) => values.size === 1).map(([point]) => point);
    expect(still.filter((point) => !/^(running|.*-export)$/.test(point))).toEqual([]);
  });

  test("is the same for the same seed and another for another", () => {
    const record = (seed: number) => {
      const device = new Device(profile, createPlantSignals(seed)[name]);
      device.advanceTo(300);
      return profile.points.map((point) => device.readBack(point.name));
    };
    expect(record(5)).toEqual(record(5));
    expect(record(6)).not.toEqual(record(5));
  });
});

test("the meter measures the press: its power rises and falls with the press's own", () => {
  const signals = createPlantSignals(1);
  const press = new Device(loadShippedProfile(PLANT_PROFILES.press), signals.press);
  const meter = new Device(loadShippedProfile(PLANT_PROFILES.meter), signals.meter);
  const powers: { press: number; meter: number }[] = [];
  for (let second = 10; second < 60; second += 1) {
    press.advanceTo(second);
    meter.advanceTo(second);
    powers.push({ press: press.readBack("motor-power") ?? 0, meter: (meter.readBack("power") ?? 0) / 1000 });
  }
  const highest = powers.reduce((a, b) => (b.press > a.press ? b : a));
  const lowest = powers.reduce((a, b) => (b.press < a.press ? b : a));
  expect(highest.meter - lowest.meter).toBeCloseTo(highest.press - lowest.press, 0);
});

test("opening a plant writes its configuration and leaves nothing of an earlier run", async () => {
  const left = join(folder, "run", "left-behind");
  await using first = await Plant.open(folder, 1);
  await mkdir(left, { recursive: true });
  await using plant = await Plant.open(folder, 1);
  expect(plant.intake.url).not.toBe(first.intake.url);
  await expect(stat(left)).rejects.toMatchObject({ code: "ENOENT" });
  const main = await readFile(join(folder, "tidegate.yaml"), "utf8");
  expect(main).toContain(`dd_url: "${plant.intake.url}"`);
});

function placesIn(instances: string): readonly (readonly (string | undefined)[])[] {
  const pattern =
    / {4}(?:serial: "(\S+)"|host: \S+\n {4}port: (\d+)\n {4}framing: (\w+))\n {4}baud: (\d+)\n {4}unit: (\d)/gu;
  return [...instances.matchAll(pattern)].map((match) => match.slice(1));
}

test("a machine without pseudo-terminals gets its line behind a converter", async () => {
  await using plant = await Plant.open(folder, 1, "none here");
  expect([plant.hall.kind, plant.hall.lack]).toEqual(["rtu-over-tcp", "none here"]);
  const { place } = plant.hall;
  if (typeof place === "string") throw new Error("there is no port");
  expect(placesIn(await readFile(join(folder, "conf.d", "modbus.yaml"), "utf8"))).toEqual([
    [undefined, String(place.port), "rtu", "19200", "1"],
    [undefined, String(place.port), "rtu", "19200", "2"],
    [undefined, String(plant.meter.port), "tcp", "19200", "1"],
  ]);
});

test("a machine with pseudo-terminals has its line on a serial port", async () => {
  const terminals = await Terminals.find();
  // Without the optional package that makes them, the words are all there is to check.
  if (typeof terminals === "string") return expect(terminals).toMatch(/koffi/u);
  await using plant = await Plant.open(folder, 1, terminals);
  expect([plant.hall.kind, plant.hall.lack]).toEqual(["serial", ""]);
  const path = String(plant.hall.place);
  expect((await stat(path)).isCharacterDevice()).toBe(true);
  expect(placesIn(await readFile(join(folder, "conf.d", "modbus.yaml"), "utf8"))).toEqual([
    [path, undefined, undefined, "19200", "1"],
    [path, undefined, undefined, "19200", "2"],
    [undefined, String(plant.meter.port), "tcp", "19200", "1"],
  ]);
});
