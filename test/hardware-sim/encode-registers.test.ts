import { describe, expect, test } from "vitest";
import { type Coding, encodeAbsence, encodeRegisters } from "../../hardware-sim/devices/encode-registers.ts";

const plain: Coding = {
  type: "uint16",
  wordOrder: "high-word-first",
  byteOrder: "high-byte-first",
  scale: 1,
  offset: 0,
  sentinels: [],
};

function wordsOf(coding: Partial<Coding>, value: number): string {
  const { words } = encodeRegisters({ ...plain, ...coding }, value);
  return words.map((word) => word.toString(16).padStart(4, "0")).join(" ");
}

describe("the encoder of the simulated devices", () => {
  test("a point without a sentinel cannot say that it has no reading", () => {
    expect(() => encodeAbsence(plain)).toThrow(RangeError);
  });

  test("no number at all is a bug of the signal, not a reading", () => {
    expect(() => encodeRegisters(plain, Number.NaN)).toThrow(RangeError);
  });

  // Words worked out by hand from two's complement and IEEE 754.
  test.each([
    ["uint16", 513, "0201"],
    ["int16", -2, "fffe"],
    ["uint32", 0x12345678, "1234 5678"],
    ["int32", -70_000, "fffe ee90"],
    ["uint64", 0x1_0002_0003, "0000 0001 0002 0003"],
    ["int64", -3, "ffff ffff ffff fffd"],
    ["float32", 230, "4366 0000"],
    ["float32", -0.15625, "be20 0000"],
    ["float64", 1.5, "3ff8 0000 0000 0000"],
    ["uint8", 255, "00ff"],
    ["int8", -1, "00ff"],
    ["bcd16", 2301, "2301"],
    ["bcd32", 12_345_678, "1234 5678"],
    ["sign-magnitude16", -2, "8002"],
    ["uint32-m10k", 10_002, "0001 0002"],
    ["int48-m10k", -100_020_003, "ffff fffe fffd"],
    ["date-iec", 1_795_352_711, "001a 0b36 0d05 2af8"],
    ["date-bytes", 1_795_352_711, "0b16 7e0d 050b"],
  ] as const)("%s of %d is %s", (type, value, words) => {
    expect(wordsOf({ type }, value)).toBe(words);
  });

  test("low word first turns the words round and leaves their bytes", () => {
    expect(wordsOf({ type: "uint32", wordOrder: "low-word-first" }, 0x12345678)).toBe("5678 1234");
    expect(wordsOf({ type: "float32", wordOrder: "low-word-first" }, 230)).toBe("0000 4366");
  });

  test("the halves of 64 bits are turned round, or the words within them", () => {
    const bits = 0x1_0002_0003;
    expect(wordsOf({ type: "uint64", wordOrder: "low-half-first" }, bits)).toBe("0002 0003 0000 0001");
    expect(wordsOf({ type: "uint64", wordOrder: "low-word-first-in-halves" }, bits)).toBe("0001 0000 0003 0002");
  });

  test("low byte first turns the bytes of each word and leaves the words", () => {
    expect(wordsOf({ type: "uint32", byteOrder: "low-byte-first" }, 0x12345678)).toBe("3412 7856");
  });

  test("both orders together are the value backwards", () => {
    expect(wordsOf({ type: "uint32", wordOrder: "low-word-first", byteOrder: "low-byte-first" }, 0x12345678)).toBe(
      "7856 3412",
    );
  });

  test("the high byte of a register is shifted there", () => {
    expect(wordsOf({ type: "uint8", byte: "high" }, 18)).toBe("1200");
    expect(wordsOf({ type: "uint8", byte: "high", byteOrder: "low-byte-first" }, 18)).toBe("0012");
  });

  test("scale and offset are taken out before encoding and rounded to the device's resolution", () => {
    const { words, readBack } = encodeRegisters({ ...plain, type: "int16", scale: 0.5, offset: -40 }, 21.2);
    expect(words).toEqual([122]);
    expect(readBack).toBe(21);
  });

  test("a single reads back as the shortest decimal that names it", () => {
    expect(encodeRegisters({ ...plain, type: "float32" }, 230.1).readBack).toBe(230.1);
    expect(encodeRegisters({ ...plain, type: "float32" }, 1 / 3).readBack).toBe(0.33333334);
    expect(encodeRegisters({ ...plain, type: "float32" }, 16_777_217).readBack).toBe(16_777_216);
  });

  test("beyond its type a device stays at the end and does not wrap", () => {
    expect(wordsOf({}, 70_000)).toBe("ffff");
    expect(wordsOf({}, -1)).toBe("0000");
    expect(wordsOf({ type: "int16" }, -40_000)).toBe("8000");
  });

  test("no reading is the first sentinel, and a value never is one by accident", () => {
    const coding: Coding = { ...plain, type: "int16", sentinels: [0x8000n, 0x7fffn] };
    expect(encodeAbsence(coding)).toEqual({ words: [0x8000], readBack: undefined });
    expect(encodeRegisters(coding, 40_000)).toEqual({ words: [0x7ffe], readBack: 32_766 });
    expect(encodeRegisters(coding, -40_000)).toEqual({ words: [0x8001], readBack: -32_767 });
  });
});
