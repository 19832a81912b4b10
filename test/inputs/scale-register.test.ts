import { describe, expect, test } from "vitest";
import { Device } from "../../hardware-sim/devices/device.ts";
import { BlockDecoder } from "../../src/inputs/modbus/block-decoder.ts";
import { planReads } from "../../src/inputs/modbus/plan.ts";
import { costOfReadsAt } from "../../src/inputs/modbus/read-cost.ts";
import { ReadingTable } from "../../src/inputs/modbus/reading-table.ts";
import type { Point } from "../../src/model/profile.ts";
import { fromHex } from "../support/hex.ts";
import { smallMeter } from "./small-meter.ts";

/** Points as model 103 of SunSpec has them behind its id and length; `offset` counts from the id. */
function inverterPoint(name: string, offset: number, own: Partial<Point>): Point {
  return {
    name,
    table: "holding-register",
    address: 40_070 + offset,
    type: "uint16",
    wordOrder: "high-word-first",
    byteOrder: "high-byte-first",
    scale: 1,
    offset: 0,
    sentinels: own.type === "int16" ? [0x8000n] : [0xffffn],
    unit: "A",
    metric: "current",
    tags: [],
    ...own,
  };
}

const points = [
  inverterPoint("current", 2, { scaleRegister: 40_076 }),
  inverterPoint("current-l1", 3, { scaleRegister: 40_076 }),
  inverterPoint("voltage-l1-l2", 7, { scaleRegister: 40_083 }),
  inverterPoint("voltage-l1", 10, { scaleRegister: 40_083 }),
  inverterPoint("power", 14, { type: "int16", scaleRegister: 40_085 }),
];
const network = costOfReadsAt({ kind: "tcp", host: "10.0.0.5", port: 502 });

/** Current, three phases of it and its scale; three voltages between phases, three to neutral and theirs; power. */
const CURRENTS = "007c 0029 002a 002b ffff";
const VOLTAGES = "ffff ffff ffff 0961 0962 0963 ffff";
const POWER = "0b9a 0000";

function read(hex: string): { readonly values: Record<string, number>; readonly absent: number; bad: string[] } {
  const [block] = planReads({ points, maxRegisters: 125, maxGap: 0 }, network);
  if (block === undefined) throw new Error("there is a block");
  expect(block.request).toEqual({ functionCode: 3, address: 40_072, count: 14 });
  const table = new ReadingTable(points.length);
  const leftovers = new BlockDecoder(block, points).decodeInto(table, new DataView(fromHex(hex).buffer), 0);
  const nameOf = (index = 0): string => points[index]?.name ?? "";
  const values = Array.from({ length: table.count }, (_, row) => [nameOf(table.point[row]), table.value[row]] as const);
  const bad = leftovers.bad.map(({ point }) => nameOf(point));
  return { values: Object.fromEntries(values) as Record<string, number>, absent: leftovers.absent, bad };
}

describe("a register that scales others", () => {
  test("multiplies them by its power of ten, and never a value that is not there", () => {
    expect(read(`${CURRENTS} ${VOLTAGES} ${POWER}`)).toEqual({
      values: { current: 12.4, "current-l1": 4.1, "voltage-l1": 240.1, power: 2970 },
      absent: 1,
      bad: [],
    });
  });

  test("may say something else in the next answer", () => {
    expect(read(`${CURRENTS} ${VOLTAGES} 0129 0001`).values).toMatchObject({ power: 2970 });
    expect(read(`${CURRENTS} ${VOLTAGES} 7402 ffff`).values).toMatchObject({ power: 2969.8 });
  });

  test("that is not implemented means that there is no reading", () => {
    expect(read(`${CURRENTS} ${VOLTAGES} 0b9a 8000`)).toMatchObject({ absent: 2, bad: [] });
  });

  test.each(["000b", "fff5", "7fff"])("of %s is no power of ten, and its values are bad", (exponent) => {
    expect(read(`${CURRENTS} ${VOLTAGES} 0b9a ${exponent}`)).toMatchObject({ absent: 1, bad: ["power"] });
  });

  test("is read by the request of its values, whatever the limits and gaps", () => {
    const [first, second] = points as [Point, Point];
    const wanted = [first, { ...second, address: 40_090, scaleRegister: 40_073 }];
    const blocks = planReads({ points: wanted, maxRegisters: 4, maxGap: 0 }, network);
    expect(blocks.map(({ request, points: indexes }) => [request.address, request.count, ...indexes])).toEqual([
      [40_072, 5, 0],
      [40_073, 18, 1],
    ]);
  });
});

describe("a simulated device with a register that scales others", () => {
  const device = new Device(
    { ...smallMeter, points },
    (at) =>
      ({ name }) =>
        name === "power" ? at : 12.4,
  );

  function registerAt(address: number): number {
    return device.bank.read("holding-register", address);
  }

  test("takes the finest scale that all its values fit into, and says what a reader should find", () => {
    device.advanceTo(32_000);
    expect([registerAt(40_076), registerAt(40_072)]).toEqual([0xfffd, 12_400]);
    expect([registerAt(40_085), registerAt(40_084)]).toEqual([0, 32_000]);
    device.advanceTo(64_000);
    expect([registerAt(40_085), registerAt(40_084)]).toEqual([1, 6400]);
    expect(device.readBack("power")).toBe(64_000);
  });

  test("does not have a scale where no value is", () => {
    device.hold("power", "absent");
    device.advanceTo(1);
    expect([registerAt(40_085), registerAt(40_084)]).toEqual([0x8000, 0x8000]);
    expect(device.readBack("power")).toBeUndefined();
  });
});
