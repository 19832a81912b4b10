import { describe, expect, test } from "vitest";
import { RegisterBank } from "../../hardware-sim/devices/register-bank.ts";

describe("a register bank", () => {
  test("addresses outside 16 bits are refused", () => {
    const bank = new RegisterBank();
    expect(() => bank.read("holding-register", 65_536)).toThrow(RangeError);
    expect(() => bank.read("coil", -1)).toThrow(RangeError);
    expect(() => bank.write("input-register", 65_535, [1, 2])).toThrow(RangeError);
  });

  test("registers that nobody set hold their own address", () => {
    const bank = new RegisterBank();
    for (const address of [0, 1, 0x1234, 65_535]) {
      expect(bank.read("holding-register", address)).toBe(address);
      expect(bank.read("input-register", address)).toBe(address);
    }
  });

  test("bits that nobody set say whether their address is odd", () => {
    const bank = new RegisterBank();
    expect([0, 1, 2, 65_535].map((address) => bank.read("coil", address))).toEqual([0, 1, 0, 1]);
    expect([0, 1, 2, 65_535].map((address) => bank.read("discrete-input", address))).toEqual([0, 1, 0, 1]);
  });

  test("setting one table leaves the others and the neighbours", () => {
    const bank = new RegisterBank();
    bank.write("holding-register", 10, [0xabcd, 0xef01]);
    expect([9, 10, 11, 12].map((address) => bank.read("holding-register", address))).toEqual([9, 0xabcd, 0xef01, 12]);
    expect(bank.read("input-register", 10)).toBe(10);
  });

  test("setting a bit of a register leaves its other bits", () => {
    const bank = new RegisterBank();
    bank.write("holding-register", 7, [0b1000_0001]);
    bank.writeBit("holding-register", 7, 3, true);
    bank.writeBit("holding-register", 7, 0, false);
    expect(bank.read("holding-register", 7)).toBe(0b1000_1000);
  });
});
