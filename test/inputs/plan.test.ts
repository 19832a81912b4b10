import { describe, expect, test } from "vitest";
import { planReads } from "../../src/inputs/modbus/plan.ts";
import type { Point, PointType, Table } from "../../src/model/profile.ts";
import { smallMeter } from "./small-meter.ts";

/** Points by table, address and type, as far as a plan looks at them. */
function points(...places: [Table, number, PointType][]): Point[] {
  const [base] = smallMeter.points;
  if (base === undefined) throw new Error("the small meter has points");
  return places.map(([table, address, type]) => ({ ...base, table, address, type }));
}

/** A plan as `function:address+count`. */
function plan(wanted: Point[], limits: { maxRegisters?: number; maxGap?: number } = {}): string[] {
  return planReads({ points: wanted, maxRegisters: 125, maxGap: 0, ...limits }).map(
    ({ request }) => `${request.functionCode}:${request.address}+${request.count}`,
  );
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
});
