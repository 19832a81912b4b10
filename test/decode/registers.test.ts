import { describe, expect, test } from "vitest";
import { decodeTableBit, type RegisterCoding, RegisterDecoder } from "../../src/decode/registers.ts";
import { fromHex } from "../support/hex.ts";

const plain: RegisterCoding = {
  type: "uint16",
  wordOrder: "high-word-first",
  byteOrder: "high-byte-first",
  sentinels: [],
};

function decode(hex: string, coding: Partial<RegisterCoding>, offset = 0): number {
  const bytes = fromHex(hex);
  return new RegisterDecoder({ ...plain, ...coding }).decode(new DataView(bytes.buffer), offset);
}

describe("registers", () => {
  test("that end before the value does are refused", () => {
    expect(() => decode("0001", { type: "int32" })).toThrow(expect.objectContaining({ code: "DECODE_SHORT_FRAME" }));
    expect(() => decode("00010002", {}, 4)).toThrow(expect.objectContaining({ code: "DECODE_SHORT_FRAME" }));
  });

  test.each([
    ["uint16", "fffe", 65_534],
    ["int16", "fffe", -2],
    ["uint32", "fffffffe", 4_294_967_294],
    ["int32", "fffffffe", -2],
    ["uint64", "0000000100000002", 4_294_967_298],
    ["int64", "fffffffffffffffe", -2],
    ["float32", "4366199a", 230.1],
    ["float64", "406cc33333333333", 230.1],
    ["bcd16", "2301", 2301],
    ["bcd32", "12345678", 12_345_678],
    ["sign-magnitude16", "8002", -2],
    ["sign-magnitude32", "80000002", -2],
    ["uint32-m10k", "00010002", 10_002],
    ["uint32-m10k", "ffff270f", 655_359_999],
    ["uint48-m10k", "000100020003", 100_020_003],
    ["uint64-m10k", "0001000200030004", 1_000_200_030_004],
    ["int32-m10k", "fffffffe", -10_002],
    ["int32-m10k", "ffff270f", -1],
    ["int48-m10k", "ffff00000000", -100_000_000],
    ["int64-m10k", "ffff000000000000", -1_000_000_000_000],
    ["float32-4q", "3f000000", 0.5],
    ["float32-4q", "3fc00000", 0.5],
    ["float32-4q", "bfe66666", -0.2],
    ["date-iec", "001a0b760d052cfa", Date.UTC(2026, 10, 22, 13, 5, 11, 514) / 1000],
    ["date-bytes", "0b167e0d050b", Date.UTC(2026, 10, 22, 13, 5, 11) / 1000],
  ] as const)("hold a %s", (type, hex, value) => {
    expect(decode(hex, { type })).toBe(value);
  });

  test.each([
    ["high-word-first", "high-byte-first", "0102030405060708"],
    ["low-word-first", "high-byte-first", "0708050603040102"],
    ["high-word-first", "low-byte-first", "0201040306050807"],
    ["low-word-first", "low-byte-first", "0807060504030201"],
  ] as const)("are put together %s and %s", (wordOrder, byteOrder, hex) => {
    const bits = 0x0102_0304_0506_0708n;
    expect(decode(hex, { type: "uint64", wordOrder, byteOrder })).toBe(Number.POSITIVE_INFINITY);
    const first32 = wordOrder === "high-word-first" ? hex.slice(0, 8) : hex.slice(8);
    expect(decode(first32, { type: "uint32", wordOrder, byteOrder })).toBe(Number(bits >> 32n));
    expect(decode("0506070801020304", { type: "uint64", wordOrder: "low-half-first" })).toBe(Infinity);
    const first16 = wordOrder === "high-word-first" ? hex.slice(0, 4) : hex.slice(12);
    expect(decode(first16, { type: "uint16", wordOrder, byteOrder })).toBe(Number(bits >> 48n));
  });

  test("are read from the offset on", () => {
    expect(decode("ffff00050006", {}, 2)).toBe(5);
  });
});

describe("a bit", () => {
  test.each([
    [0, "0001"],
    [7, "0080"],
    [8, "0100"],
    [15, "8000"],
  ])("%i of a register is counted from its lowest", (bit, hex) => {
    expect(decode(hex, { type: "bit", bit })).toBe(1);
    expect(decode((0xffff ^ Number.parseInt(hex, 16)).toString(16).padStart(4, "0"), { type: "bit", bit })).toBe(0);
  });

  test("of a register follows the byte order", () => {
    expect(decode("0100", { type: "bit", bit: 0, byteOrder: "low-byte-first" })).toBe(1);
  });

  test("of a bit table is counted from the first one asked for", () => {
    const data = new DataView(fromHex("cd 01").buffer);
    expect(Array.from({ length: 9 }, (_, index) => decodeTableBit(data, index))).toEqual([1, 0, 1, 1, 0, 0, 1, 1, 1]);
    expect(() => decodeTableBit(data, 16)).toThrow(expect.objectContaining({ code: "DECODE_SHORT_FRAME" }));
  });
});

describe("a sentinel", () => {
  test.each([
    ["int16", 0x8000n, "8000", "8001"],
    ["int16", -32_768n, "8000", "7fff"],
    ["uint16", 0xffffn, "ffff", "fffe"],
    ["int32", -1n, "ffffffff", "7fffffff"],
    ["uint64", 0xffff_ffff_ffff_ffffn, "ffffffffffffffff", "00000000ffffffff"],
    ["int64", -0x8000_0000_0000_0000n, "8000000000000000", "0000000080000000"],
    ["float32", 0xc479_c000n, "c479c000", "4479c000"],
    ["bcd16", 0xffffn, "ffff", "9999"],
    ["uint8", 0xffn, "00ff", "ff01"],
    ["int8", -128n, "ff80", "8000"],
    ["uint48-m10k", 0xffff_ffff_ffffn, "ffffffffffff", "000000000001"],
  ] as const)("of an %s is found by its bits (%i)", (type, sentinel, hex, other) => {
    expect(decode(hex, { type, sentinels: [5n, sentinel] })).toBeNaN();
    expect(decode(other, { type, sentinels: [5n, sentinel] })).not.toBeNaN();
  });

  test("is found whatever the order on the wire", () => {
    expect(decode("00000080", { type: "int32", sentinels: [0x8000n], byteOrder: "low-byte-first" })).toBeNaN();
    expect(decode("80000000", { type: "uint32", sentinels: [0x8000n], wordOrder: "low-word-first" })).toBeNaN();
  });
});

describe("what no number can hold", () => {
  test("is an infinity from 2^53 on, where whole numbers begin to be rounded", () => {
    expect(decode("001fffffffffffff", { type: "uint64" })).toBe(Number.MAX_SAFE_INTEGER);
    expect(decode("0020000000000000", { type: "uint64" })).toBe(Number.POSITIVE_INFINITY);
    expect(decode("0020000000000001", { type: "uint64" })).toBe(Number.POSITIVE_INFINITY);
    expect(decode("ffe0000000000001", { type: "int64" })).toBe(-Number.MAX_SAFE_INTEGER);
    expect(decode("ffe0000000000000", { type: "int64" })).toBe(Number.NEGATIVE_INFINITY);
    expect(decode("8000000000000000", { type: "int64" })).toBe(Number.NEGATIVE_INFINITY);
  });

  test.each([
    ["bcd16", "123a"],
    ["bcd32", "a0000000"],
    ["uint32-m10k", "00012710"],
    ["uint48-m10k", "000127100000"],
    ["uint64-m10k", "0000271000000000"],
    ["int32-m10k", "0000d8f0"],
    ["float32-4q", "40066666"],
    ["date-iec", "001a0d160d050000"],
    ["date-iec", "001a021e0d050000"],
    ["date-iec", "001a0b160d05ea60"],
    ["date-bytes", "0b1f7e0d050b"],
    ["date-bytes", "0b167e18050b"],
  ] as const)("is an infinity where a %s has a digit or a date that does not exist (%s)", (type, hex) => {
    expect(decode(hex, { type })).toBe(Number.POSITIVE_INFINITY);
  });

  test("is no reading where a clock was never set, or says itself that it is wrong", () => {
    expect(decode("0000000000000000", { type: "date-iec" })).toBeNaN();
    expect(decode("001a0b160d850000", { type: "date-iec" })).toBeNaN();
    expect(decode("000000000000", { type: "date-bytes" })).toBeNaN();
  });

  test("is an infinity that a float already is, while NaN means no reading", () => {
    expect(decode("7f800000", { type: "float32" })).toBe(Number.POSITIVE_INFINITY);
    expect(decode("fff0000000000000", { type: "float64" })).toBe(Number.NEGATIVE_INFINITY);
    expect(decode("7fc00000", { type: "float32" })).toBeNaN();
    expect(decode("ffc00001", { type: "float32" })).toBeNaN();
    expect(decode("7ff8000000000000", { type: "float64" })).toBeNaN();
  });
});
