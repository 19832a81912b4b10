import { describe, expect, test } from "vitest";
import { planInstance, planReads, type Readable } from "../../src/inputs/modbus/plan.ts";
import { costOfReadsAt } from "../../src/inputs/modbus/read-cost.ts";
import type { Point, PointType, Table } from "../../src/model/profile.ts";
import { smallMeter, smallMeterInstance } from "./small-meter.ts";

/** Points by table, address and type, as far as a plan looks at them. */
function points(...places: [Table, number, PointType][]): Point[] {
  const [base] = smallMeter.points;
  if (base === undefined) throw new Error("the small meter has points");
  return places.map(([table, address, type]) => ({ ...base, table, address, type }));
}

const network = costOfReadsAt({ kind: "tcp", host: "10.0.0.5", port: 502 });
const slowLine = costOfReadsAt({
  kind: "serial",
  serial: "/dev/ttyAMA0",
  line: { baud: 1200, parity: "none", stopBits: 1 },
});

function describeBlocks(blocks: ReturnType<typeof planReads>): string[] {
  return blocks.map(({ request }) => `${request.functionCode}:${request.address}+${request.count}`);
}

/** A plan as `function:address+count`. */
function plan(wanted: Point[], limits: Partial<Readable> = {}, costOf = network): string[] {
  return describeBlocks(planReads({ points: wanted, maxRegisters: 125, maxGap: 0, ...limits }, costOf));
}

describe("a plan", () => {
  test("of no points has no requests", () => {
    expect(plan([])).toEqual([]);
  });

  test("reads neighbours together, in whatever order the profile names them", () => {
    const wanted = points(["holding-register", 4, "uint16"], ["holding-register", 0, "uint64"]);
    expect(plan(wanted)).toEqual(["3:0+5"]);
  });

  test("keeps tables apart", () => {
    const wanted = points(["input-register", 0, "uint16"], ["holding-register", 1, "uint16"], ["coil", 2, "bit"]);
    expect(plan(wanted)).toEqual(["1:2+1", "3:1+1", "4:0+1"]);
  });

  test("reads through a gap only as far as the profile allows", () => {
    const wanted = points(["input-register", 0, "float32"], ["input-register", 4, "float32"]);
    expect(plan(wanted, { maxGap: 0 })).toEqual(["4:0+2", "4:4+2"]);
    expect(plan(wanted, { maxGap: 1 })).toEqual(["4:0+2", "4:4+2"]);
    expect(plan(wanted, { maxGap: 2 })).toEqual(["4:0+6"]);
  });

  test("does not split a value at the limit", () => {
    const wanted = points(["input-register", 0, "uint16"], ["input-register", 1, "float64"]);
    expect(plan(wanted, { maxRegisters: 4 })).toEqual(["4:0+1", "4:1+4"]);
    expect(plan(wanted, { maxRegisters: 2 })).toEqual(["4:0+1", "4:1+4"]);
  });

  test("asks for 125 registers or 2,000 bits at the most", () => {
    const registers = Array.from({ length: 130 }, (_, address) => address);
    const bits = Array.from({ length: 2005 }, (_, address) => address);
    expect(
      plan(
        registers.flatMap((address) => points(["input-register", address, "int16"])),
        { maxRegisters: 999 },
      ),
    ).toEqual(["4:0+125", "4:125+5"]);
    expect(
      plan(
        bits.flatMap((address) => points(["coil", address, "bit"])),
        { maxRegisters: 4 },
      ),
    ).toEqual(["1:0+2000", "1:2000+5"]);
  });

  test("reads a register once for all its bits, and for a value that lies over another", () => {
    const wanted = points(
      ["holding-register", 7, "uint32"],
      ["holding-register", 7, "bit"],
      ["holding-register", 8, "bit"],
      ["holding-register", 8, "bit"],
    );
    expect(plan(wanted)).toEqual(["3:7+2"]);
  });

  test("sees the neighbour of a long value over which a short one lies", () => {
    const wanted = points(
      ["holding-register", 0, "uint64"],
      ["holding-register", 1, "bit"],
      ["holding-register", 4, "int16"],
    );
    expect(plan(wanted)).toEqual(["3:0+5"]);
  });

  test("reads through a gap only where that takes less time than another request", () => {
    const wanted = points(["input-register", 0, "uint16"], ["input-register", 40, "uint16"]);
    expect(plan(wanted, { maxGap: 60 }, network)).toEqual(["4:0+41"]);
    expect(plan(wanted, { maxGap: 60 }, slowLine)).toEqual(["4:0+1", "4:40+1"]);
  });

  test("cuts a long run where it has a gap, and not where its limit happens to fall", () => {
    const wanted = points(
      ["input-register", 0, "uint16"],
      ["input-register", 4, "uint16"],
      ["input-register", 5, "uint16"],
    );
    expect(plan(wanted, { maxRegisters: 5, maxGap: 3 })).toEqual(["4:0+1", "4:4+2"]);
  });

  test("reads a register that a read clears alone, once for all its points, and never in passing", () => {
    const wanted = points(
      ["holding-register", 0, "uint16"],
      ["holding-register", 1, "bit"],
      ["holding-register", 1, "bit"],
      ["holding-register", 2, "uint16"],
    );
    const clearOnRead = [{ table: "holding-register", start: 1, end: 2 }] as const;
    expect(plan(wanted, { clearOnRead, maxGap: 8 })).toEqual(["3:0+1", "3:1+1", "3:2+1"]);
    expect(plan(wanted.toSpliced(1, 2), { clearOnRead, maxGap: 8 })).toEqual(["3:0+1", "3:2+1"]);
    expect(plan(wanted, { clearOnRead: [{ ...clearOnRead[0], table: "coil" }] })).toEqual(["3:0+3"]);
  });

  test("goes by the limits of the instance, though never above those of its profile", () => {
    const planWith = (own: Parameters<typeof smallMeterInstance>[0]): string[] => {
      const { settings } = smallMeterInstance(own);
      return describeBlocks(
        planInstance({ ...smallMeter, maxRegisters: 8 }, settings as Parameters<typeof planInstance>[1]),
      );
    };
    expect(planWith({})).toEqual(["2:5+2", "3:100+4", "4:0+3", "4:10+2"]);
    expect(planWith({ max_gap: 7 })).toEqual(planWith({}));
    expect(planWith({ max_registers: 2 })).toEqual(["2:5+2", "3:100+4", "4:0+2", "4:2+1", "4:10+2"]);
    const { settings } = smallMeterInstance({ max_gap: 7 });
    const blocks = planInstance(smallMeter, settings as Parameters<typeof planInstance>[1]);
    expect(describeBlocks(blocks)).toEqual(["2:5+2", "3:100+4", "4:0+12"]);
  });
});
