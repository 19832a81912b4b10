import { describe, expect, test } from "vitest";
import { Device } from "../../hardware-sim/devices/device.ts";
import { BlockDecoder } from "../../src/inputs/modbus/block-decoder.ts";
import { planReads } from "../../src/inputs/modbus/plan.ts";
import { costOfReadsAt } from "../../src/inputs/modbus/read-cost.ts";
import { ReadingTable } from "../../src/inputs/modbus/reading-table.ts";
import type { Point } from "../../src/model/profile.ts";
import { fromHex } from "../support/hex.ts";
import { smallMeter } from "./small-meter.ts";
import { words } from "./word-instance.ts";

const [state] = words(4) as [Point];
const points: readonly Point[] = [
  { ...state, name: "state", sentinels: [0xffffn] },
  { ...state, name: "running", sentinels: [0xffffn], equals: [1, 3] },
];

function read(hex: string): { readonly values: readonly (number | undefined)[]; readonly absent: number } {
  const [block] = planReads(
    { points, maxRegisters: 125, maxGap: 0 },
    costOfReadsAt({ kind: "tcp", host: "a", port: 502 }),
  );
  if (block === undefined) throw new Error("there is a block");
  const table = new ReadingTable(points.length);
  const { absent } = new BlockDecoder(block, points).decodeInto(table, new DataView(fromHex(hex).buffer), 0);
  return { values: Array.from({ length: table.count }, (_, row) => table.value[row]), absent };
}

describe("a register of states", () => {
  test.each([
    ["0001", [1, 1]],
    ["0003", [3, 1]],
    ["0000", [0, 0]],
    ["0002", [2, 0]],
    ["fffe", [65_534, 0]],
  ])("of %s is its number, and beside it whether that is one of those asked for", (hex, values) => {
    expect(read(hex)).toEqual({ values, absent: 0 });
  });

  test("without a reading is no state at all", () => {
    expect(read("ffff")).toEqual({ values: [], absent: 2 });
  });

  test("of a simulated device holds a number that a reader makes the same of", () => {
    const [, running] = points as [Point, Point];
    const device = new Device({ ...smallMeter, points: [running] }, (at) => () => at);
    const told = [0, 1].map((at) => {
      device.advanceTo(at);
      return [device.bank.read("holding-register", 4), device.readBack("running")];
    });
    expect(told).toEqual([
      [0, 0],
      [1, 1],
    ]);
  });
});
