import { describe, expect, test } from "vitest";
import { formatPlainAddress, isAddress, placeOfAddress } from "../../src/config/register-address.ts";
import type { Table } from "../../src/model/profile.ts";

/** A place as `table address`, or what was expected instead. */
function read(written: string, table?: Table): string {
  const place = placeOfAddress(written, table);
  return "address" in place ? `${place.table} ${place.address}` : `not ${place.expected}`;
}

describe("an address", () => {
  test.each([
    "",
    "-1",
    "1.5",
    "holding",
    "holding:",
    "register:1",
    "holding:65536",
    "65536",
    "500001",
    "465537",
    "065537",
    "0x10000",
    "4 0001",
  ])("is not written %j", (written) => expect(isAddress(written)).toBe(false));

  test.each([
    ["holding:0", "holding-register 0"],
    ["holding:40001", "holding-register 40001"],
    ["input:0x0C", "input-register 12"],
    ["discrete:7", "discrete-input 7"],
    ["coil:65535", "coil 65535"],
    ["40001", "holding-register 0"],
    ["30010", "input-register 9"],
    ["10001", "discrete-input 0"],
    ["400001", "holding-register 0"],
    ["465536", "holding-register 65535"],
    ["300001", "input-register 0"],
    ["100016", "discrete-input 15"],
    ["00001", "coil 0"],
    ["000017", "coil 16"],
    ["065536", "coil 65535"],
  ])("of %s alone is %s", (written, expected) => {
    expect(isAddress(written)).toBe(true);
    expect(read(written)).toBe(expected);
  });

  test.each([
    ["0", "holding-register", "holding-register 0"],
    ["0x9C41", "holding-register", "holding-register 40001"],
    ["40000", "holding-register", "holding-register 40000"],
    ["40001", "input-register", "input-register 40001"],
    ["30001", "holding-register", "holding-register 30001"],
    ["400001", "holding-register", "holding-register 0"],
    ["holding:40001", "holding-register", "holding-register 40001"],
    ["00013", "holding-register", "holding-register 13"],
    ["0013", "coil", "coil 13"],
    ["00000", "coil", "coil 0"],
    ["coil:00013", "coil", "coil 13"],
  ] as const)("of %s beside %s is %s", (written, table, expected) => expect(read(written, table)).toBe(expected));

  test("that may also be a register number of its table is refused with both", () => {
    expect(read("40001", "holding-register")).toBe("not holding:40001 or holding:0");
    expect(read("30775", "input-register")).toBe("not input:30775 or input:774");
    expect(read("10001", "discrete-input")).toBe("not discrete:10001 or discrete:0");
    expect(read("00001", "coil")).toBe("not coil:1 or coil:0");
  });

  test("that names another table than the one beside it is refused", () => {
    expect(read("holding:3", "input-register")).toBe("not one of table input-register");
    expect(read("400001", "coil")).toBe("not one of table coil");
  });

  test("is written so that it reads back as the same place", () => {
    for (const table of ["coil", "discrete-input", "holding-register", "input-register"] as const) {
      for (const address of [0, 9999, 10_000, 10_001, 19_999, 30_001, 40_000, 40_001, 49_999, 50_000, 65_535]) {
        expect(read(formatPlainAddress({ table, address }), table)).toBe(`${table} ${address}`);
      }
    }
  });
});
