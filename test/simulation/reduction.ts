/** How the gateway of a world thins out what it reads, where it does: with detectors, and limits that are crossed. */

import { Device } from "../../hardware-sim/devices/device.ts";
import { createPlantSignals, type PlantMachine } from "../../hardware-sim/signals/plant-signals.ts";
import type { InstanceConfig } from "../../src/model/config.ts";
import { DEFAULT_FILTER, DETECTOR_KINDS, type FilterPolicy } from "../../src/model/filter.ts";
import { courseOf } from "../../src/model/metrics.ts";
import type { ModbusProfile } from "../../src/model/profile.ts";
import { type Millis, type Random, seconds } from "../../src/model/time.ts";

/** The filter of each machine. */
export interface Reduction {
  readonly window: Millis;
  /** Whether measurements go by their means. */
  readonly isOfMeans: boolean;
  readonly byMachine: ReadonlyMap<PlantMachine, Required<Pick<InstanceConfig, "filter" | "pointFilters">>>;
}

/** Of so many measurements a limit is crossed. */
const LIMITED = 0.5;

/** A limit lies where this part of the values of the first two minutes is below it. */
const BELOW = 0.8;
const LOOKED_AT = 120;

/** Draws it by the values that the machines of a seed will tell. */
export function drawReduction(
  random: Random,
  seed: number,
  profiles: ReadonlyMap<PlantMachine, ModbusProfile>,
): Reduction {
  const pick = <Choice>(choices: readonly [Choice, ...Choice[]]): Choice =>
    choices[Math.floor(random.next() * choices.length)] ?? choices[0];
  const window = seconds(pick([5, 10, 10, 30]));
  const filter: FilterPolicy = {
    ...DEFAULT_FILTER,
    mode: "reduce",
    detector: pick(DETECTOR_KINDS),
    window,
    pre: seconds(pick([5, 20, 60])),
    post: seconds(pick([0, 5, 20])),
    ...(random.next() < 0.2 ? { keep: "deadband", deadband: { size: 1, unit: "percent" } } : {}),
    heartbeat: seconds(30),
  };
  const signals = createPlantSignals(seed);
  const byMachine = new Map(
    [...profiles].map(([name, profile]) => {
      const device = new Device(profile, signals[name]);
      const told = lookAhead(device);
      const limited = profile.points.filter(
        ({ metric }) => courseOf(metric) === "measurement" && random.next() < LIMITED,
      );
      const pointFilters = Object.fromEntries(
        limited.map((point) => [point.name, { ...filter, threshold: { high: limitOf(told.get(point.name) ?? []) } }]),
      );
      return [name, { filter, pointFilters }];
    }),
  );
  return { window, isOfMeans: filter.keep === "mean", byMachine };
}

function lookAhead(device: Device): ReadonlyMap<string, readonly number[]> {
  const told = new Map<string, number[]>();
  for (let second = 0; second < LOOKED_AT; second += 1) {
    device.advanceTo(second);
    for (const { name } of device.profile.points) {
      const value = device.readBack(name);
      if (value === undefined) continue;
      const values = told.get(name) ?? [];
      told.set(name, values);
      values.push(value);
    }
  }
  return told;
}

function limitOf(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length * BELOW)] ?? 0;
}
