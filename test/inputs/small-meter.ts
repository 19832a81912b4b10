import * as v from "valibot";
import { type ModbusSettings, modbusSettings } from "../../src/inputs/modbus/spec.ts";
import type { InstanceConfig } from "../../src/model/config.ts";
import type { ModbusProfile, Point } from "../../src/model/profile.ts";
import { seconds } from "../../src/model/time.ts";

function point(name: string, own: Pick<Point, "table" | "address" | "type"> & Partial<Point>): Point {
  return {
    name,
    wordOrder: "high-word-first",
    byteOrder: "high-byte-first",
    scale: 1,
    offset: 0,
    sentinels: [],
    unit: "V",
    metric: "voltage",
    tags: [],
    ...own,
  };
}

/** A device that no vendor makes: a point of every table and most types, in four blocks. */
export const smallMeter: ModbusProfile = {
  id: "test/small-meter",
  description: "Small meter",
  source: { title: "This file" },
  trust: "manual-only",
  protocol: "modbus",
  maxRegisters: 125,
  maxGap: 0,
  points: [
    point("running", { table: "discrete-input", address: 5, type: "bit" }),
    point("alarm", { table: "discrete-input", address: 6, type: "bit" }),
    point("energy", {
      table: "holding-register",
      address: 100,
      type: "uint64",
      scale: 0.001,
      sentinels: [0xffff_ffff_ffff_ffffn],
    }),
    point("voltage", { table: "input-register", address: 0, type: "float32" }),
    point("current", { table: "input-register", address: 2, type: "int16", scale: 0.01, offset: 1 }),
    point("power", { table: "input-register", address: 10, type: "int32", wordOrder: "low-word-first" }),
  ],
};

/** An instance that reads it as unit 7 of 10.0.0.5. */
export function smallMeterInstance(settings: Partial<ModbusSettings> = {}): InstanceConfig {
  return {
    check: "modbus",
    name: "small-meter",
    file: "conf.d/modbus.yaml",
    line: 1,
    tags: [],
    namespace: "",
    interval: seconds(15),
    profile: smallMeter,
    settings: v.parse(modbusSettings, { host: "10.0.0.5", unit: 7, ...settings }),
  };
}
