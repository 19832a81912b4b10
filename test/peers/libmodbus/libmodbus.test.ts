import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Child } from "../child-process.ts";
import { type KnownDevice, modbusPeerSuite } from "../modbus-peer-suite.ts";

/** Compiles the server with the system's compiler and starts it. */
async function startServer(folder: string, options: readonly string[]): Promise<Child> {
  const source = fileURLToPath(new URL("./server.c", import.meta.url));
  const program = join(folder, "libmodbus-server");
  await using compiler = new Child("gcc", [
    "-Wall",
    "-Werror",
    "-I/usr/include/modbus",
    "-o",
    program,
    source,
    "-lmodbus",
  ]);
  const { code, errors } = await compiler.ended();
  if (code !== 0) throw new Error(`the server does not compile: ${errors}`);
  return new Child(program, options);
}

const devices: readonly KnownDevice[] = [
  {
    instance: "meter-1",
    unit: 1,
    profile: "eastron/sdm630",
    values: {
      "voltage-l1": 229.9,
      "voltage-l2": 231.25,
      "voltage-l3": 228.7,
      "current-l1": 12.5,
      "current-l2": 0,
      "current-l3": 3.3,
      "power-l1": 2873.75,
      "power-l2": 0,
      "power-l3": -754.7,
      "apparent-power-l1": 2900.5,
      "apparent-power-l2": 0,
      "apparent-power-l3": 802.25,
      "reactive-power-l1": -393.75,
      "reactive-power-l2": 0,
      "reactive-power-l3": 271.5,
      "power-factor-l1": 0.991,
      "power-factor-l2": 1,
      "power-factor-l3": -0.941,
      power: 2119.05,
      "apparent-power": 3702.75,
      "reactive-power": -122.25,
      "power-factor": 0.572,
      frequency: 50.02,
      "energy-import": 987_654_300,
      "energy-export": 500,
      "reactive-energy-import": 4_321_500,
      "reactive-energy-export": 8125,
      "energy-total": 987_654_800,
      "reactive-energy-total": 4_329_625,
    },
  },
  {
    instance: "meter-2",
    unit: 2,
    profile: "abb/b23",
    values: {
      "energy-import": 90_071_992_547_390,
      "energy-export": 17_250,
      "energy-import-l1": 30_023_997_515_790,
      "energy-import-l2": 30_023_997_515_800,
      "energy-import-l3": 30_023_997_515_800,
      "energy-export-l1": 17_250,
      "energy-export-l2": 0,
      "voltage-l1": 229.9,
      "voltage-l2": 231.2,
      "voltage-l3": 228.7,
      "current-l1": 12.5,
      "current-l2": 0,
      "current-l3": 3.3,
      power: 2119.05,
      "power-l1": 2873.75,
      "power-l2": 0,
      "power-l3": -754.7,
      frequency: 50.02,
      "power-factor": -0.87,
      "power-factor-l1": 1,
      "power-factor-l2": -0.001,
    },
  },
];

modbusPeerSuite("tcp", (folder) => startServer(folder, []), devices);

// A server of libmodbus on a serial line has one unit id.
modbusPeerSuite(
  "serial",
  (folder) => startServer(folder, ["serial"]),
  devices.filter(({ unit }) => unit === 1),
);
