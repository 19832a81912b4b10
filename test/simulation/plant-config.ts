/** How the gateway of a world is configured: the plant's machines on two buses, and one intake or two. */

import * as v from "valibot";
import type { Device } from "../../hardware-sim/devices/device.ts";
import type { PlantMachine } from "../../hardware-sim/signals/plant-signals.ts";
import { modbusSettings } from "../../src/inputs/modbus/spec.ts";
import type { GatewayConfig, InstanceConfig, IntakeConfig } from "../../src/model/config.ts";
import { seconds } from "../../src/model/time.ts";
import type { LogOptions } from "../../src/store/group-commit-log.ts";
import type { Setting } from "./faults.ts";
import { ANSWER_MS_MAX } from "./simulated-bus.ts";

/** The meter has a bus of its own; on both, units are told apart by their ids. */
export const PLACES = {
  press: { host: "bus.example", unit: 1 },
  pump: { host: "bus.example", unit: 2 },
  meter: { host: "meter.example", unit: 3 },
} as const;

/** The machines of the plant. */
export const MACHINES = Object.keys(PLACES) as PlantMachine[];

/** The intakes that there can be, by the host they stand on; the first is always configured. */
export const INTAKES = { datadog: "intake.example", mirror: "mirror.example" } as const;

/** The log as a setting has it. */
export function logOptionsOf(setting: Setting): LogOptions {
  const { intervals: _intervals, hasMirror: _hasMirror, pointCountMax: _pointCountMax, ...options } = setting;
  return { ...options, freeBytesMin: 0, lagMax: seconds(1e12) };
}

/** The configuration of a life; `intakeNames` are those of its intakes. */
export function configOf(
  devices: ReadonlyMap<PlantMachine, Device>,
  setting: Setting,
  intakeNames: readonly (keyof typeof INTAKES)[],
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
      profile,
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
    clockPolicy: "auto",
    intakes: intakeNames.map(
      (name): IntakeConfig => ({
        name,
        kind: "datadog",
        url: `http://${INTAKES[name]}`,
        apiKey: "0".repeat(32),
        flushInterval: seconds(5),
        timeout: seconds(10),
        maxAge: seconds(3600),
        pointCountMax: setting.pointCountMax,
      }),
    ),
    checks: [{ name: "modbus", input: "modbus", instances }],
  };
}
