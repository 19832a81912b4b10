/** How the gateway of a world is configured: the plant's machines on two buses, and its intakes. */

import * as v from "valibot";
import type { Device } from "../../hardware-sim/devices/device.ts";
import type { PlantMachine } from "../../hardware-sim/signals/plant-signals.ts";
import { modbusSettings } from "../../src/inputs/modbus/spec.ts";
import type { GatewayConfig, InstanceConfig, IntakeConfig } from "../../src/model/config.ts";
import type { ModbusProfile } from "../../src/model/profile.ts";
import type { QualityRules } from "../../src/model/quality.ts";
import { millis, seconds } from "../../src/model/time.ts";
import type { LogOptions } from "../../src/store/group-commit-log.ts";
import type { Setting } from "./faults.ts";
import { type IntakeTraits, TIMEOUT } from "./intake-traits.ts";
import type { Reduction } from "./reduction.ts";
import { ANSWER_MS_MAX } from "./simulated-bus.ts";

/** The meter has a bus of its own; on both, units are told apart by their ids. */
export const PLACES = {
  press: { host: "bus.example", unit: 1 },
  pump: { host: "bus.example", unit: 2 },
  meter: { host: "meter.example", unit: 3 },
} as const;

/** The machines of the plant. */
export const MACHINES = Object.keys(PLACES) as PlantMachine[];

/** An intake as a life is told of it. */
export interface PlacedIntake {
  readonly name: string;
  readonly host: string;
  readonly traits: IntakeTraits;
  /** Whether it takes everything by now: any age, and as many bytes as come. */
  readonly isReleased: boolean;
}

/** The log as a setting has it. */
export function logOptionsOf(setting: Setting): LogOptions {
  const { intervals: _intervals, hasMirror: _hasMirror, pointCountMax: _pointCountMax, ...options } = setting;
  return { ...options, freeBytesMin: 0, lagMax: seconds(1e12) };
}

/** Rules that are broken all the time and drop nothing, so that readings wait for the next one and are marked. */
const JUMPY: QualityRules = {
  spike: 1e-3,
  rateMax: 1e-6,
  stuckAfter: seconds(5),
  verdicts: { spike: "mark" },
};

/** The configuration of a life. */
export function configOf(
  devices: ReadonlyMap<PlantMachine, Device>,
  setting: Setting,
  intakes: readonly PlacedIntake[],
  reduction: Reduction | undefined,
): GatewayConfig {
  const instances = [...devices].map(
    ([name, { profile }], index): InstanceConfig => ({
      check: "modbus",
      name,
      file: "conf.d/modbus.yaml",
      line: 1 + index,
      tags: [],
      namespace: "",
      interval: setting.intervals[name],
      profile: name === "pump" ? withRules(profile) : profile,
      ...reduction?.byMachine.get(name),
      settings: v.parse(modbusSettings, { ...PLACES[name], timeout: ANSWER_MS_MAX / 1000 }),
    }),
  );
  return {
    file: "tidegate.yaml",
    hostname: "simulated",
    tags: ["site:simulated"],
    runPath: "run",
    logLevel: "info",
    hasSelfMetrics: false,
    store: { ...logOptionsOf(setting), path: "run/log" },
    hasSelfEvents: true,
    seriesMax: 10_000,
    clockPolicy: "auto",
    intakes: intakes.map(toIntakeConfig),
    checks: [{ name: "modbus", input: "modbus", instances }],
  };
}

function withRules(profile: ModbusProfile): ModbusProfile {
  const points = profile.points.map((point) => (point.counter === undefined ? { ...point, quality: JUMPY } : point));
  return { ...profile, points };
}

function toIntakeConfig({ name, host, traits, isReleased }: PlacedIntake): IntakeConfig {
  const { kind, order, maxAge, older, rollUpAge, flushInterval, backfillRate, pointCountMax, metering } = traits;
  const { unsure, isThinning } = traits;
  const isHolding = older === "hold" && !isReleased;
  const basics = {
    name,
    url: `http://${host}`,
    flushInterval,
    timeout: TIMEOUT,
    maxAge: older === "hold" && isReleased ? millis(Number.POSITIVE_INFINITY) : maxAge,
    ...(isHolding ? { isHoldingOld: true } : {}),
    ...(rollUpAge === undefined ? {} : { rollUpAge }),
    backfillRate,
    pointCountMax,
    unsure,
    ...(isThinning === false ? { isThinning } : {}),
    ...(metering === undefined || isReleased ? {} : { metering }),
  };
  switch (kind) {
    case "datadog":
      return { ...basics, kind, apiKey: "0".repeat(32) };
    case "influx":
      return { ...basics, kind, target: { version: 1, database: "plant" } };
    case "prometheus":
      return { ...basics, kind, version: "1.0", outOfOrderWindow: order === "any" ? seconds(3600) : seconds(0) };
  }
}
