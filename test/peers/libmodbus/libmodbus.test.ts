import { type KnownDevice, modbusPeerSuite } from "../modbus-peer-suite.ts";
import { startServer } from "./start-server.ts";

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
