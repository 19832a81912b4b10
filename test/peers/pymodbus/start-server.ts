import { fileURLToPath } from "node:url";
import { Child } from "../child-process.ts";
import type { KnownDevice } from "../modbus-peer-suite.ts";

/** Debian's own interpreter: another one that comes first on the PATH does not see Debian's packages. */
const PYTHON = "/usr/bin/python3";

/** What the units of the server hold. */
export const PYMODBUS_DEVICES: readonly KnownDevice[] = [
  {
    instance: "meter-1",
    unit: 1,
    profile: "eastron/sdm630",
    values: {
      "voltage-l1": 230.1,
      "voltage-l2": 229.8,
      "voltage-l3": 231.4,
      "current-l1": 5.25,
      "current-l2": 4.75,
      "current-l3": 0.125,
      "power-l1": 1207.5,
      "power-l2": -310.25,
      "power-l3": 28.9,
      "apparent-power-l1": 1215.25,
      "apparent-power-l2": 331.5,
      "apparent-power-l3": 29.5,
      "reactive-power-l1": 136.5,
      "reactive-power-l2": -116.75,
      "reactive-power-l3": 6.25,
      "power-factor-l1": 0.994,
      "power-factor-l2": -0.936,
      "power-factor-l3": 0.98,
      power: 926.15,
      "apparent-power": 1576.25,
      "reactive-power": 26,
      "power-factor": 0.588,
      frequency: 49.98,
      "energy-import": 10_234_500,
      "energy-export": 17_250,
      "reactive-energy-import": 812_500,
      "reactive-energy-export": 3750,
      "energy-total": 10_251_750,
      "reactive-energy-total": 816_250,
    },
  },
  {
    instance: "meter-2",
    unit: 2,
    profile: "abb/b23",
    values: {
      "energy-import": 1_234_567_890_120,
      "energy-import-l1": 411_522_630_000,
      "energy-import-l2": 411_522_630_010,
      "energy-import-l3": 411_522_630_110,
      "voltage-l1": 230.1,
      "voltage-l2": 229.8,
      "voltage-l3": 231.4,
      "current-l1": 5.25,
      "current-l2": 4.75,
      "current-l3": 0.13,
      power: -926.15,
      "power-l1": 1207.5,
      "power-l2": -310.25,
      "power-l3": 28.9,
      frequency: 49.98,
      "power-factor": -0.985,
      "power-factor-l1": 0.998,
      "power-factor-l2": -1,
    },
  },
];

const SERVER = fileURLToPath(new URL("./server.py", import.meta.url));

/**
 * Starts the server. Its first line is its port on the network; with a serial port, it opens `port` and says `where`
 * the other end is.
 */
export function startPymodbus(way: string, port = "", where = ""): Child {
  return new Child(PYTHON, [SERVER, way, port, where]);
}
