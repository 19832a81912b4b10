import { describe, expect, test } from "vitest";
import { BLOCK_ROWS_MAX, decodeBlock, encodeBlock } from "../../src/store/block.ts";
import { ByteReader } from "../../src/store/byte-reader.ts";
import { ByteWriter } from "../../src/store/byte-writer.ts";
import { batchOf, rowsOf } from "../support/samples.ts";

describe("bytes", () => {
  test("reading past the end gives zeros and says so once asked", () => {
    const reader = new ByteReader(Uint8Array.of(0x80));
    expect([reader.varint(), reader.f64(), reader.text(), reader.isBroken]).toEqual([0, 0, "", true]);
  });

  test("a varint without an end is broken", () => {
    const reader = new ByteReader(new Uint8Array(20).fill(0xff));
    expect([reader.varint(), reader.isBroken]).toEqual([0, true]);
  });

  test("a text longer than the bytes that are there is broken", () => {
    const writer = new ByteWriter();
    writer.varint(5_000);
    const reader = new ByteReader(writer.written());
    expect([reader.text(), reader.isBroken]).toEqual(["", true]);
  });

  test("a varint refuses what it cannot hold", () => {
    const writer = new ByteWriter();
    for (const bad of [-1, 0.5, 2 ** 53, Number.NaN]) expect(() => writer.varint(bad)).toThrow("a varint holds");
  });

  test.each([0, 1, 127, 128, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 49 + 3, Number.MAX_SAFE_INTEGER])(
    "a varint of %d comes back",
    (value) => {
      const writer = new ByteWriter();
      writer.varint(value);
      expect(new ByteReader(writer.written()).varint()).toBe(value);
    },
  );
});

describe("a block", () => {
  test("without rows or with too many is a bug", () => {
    expect(() => encodeBlock(0, 0, batchOf())).toThrow("a block holds 1 to");
    const rows = Array.from({ length: BLOCK_ROWS_MAX + 1 }, () => [0, 0, 0] as const);
    expect(() => encodeBlock(0, 0, batchOf(...rows))).toThrow("a block holds 1 to");
  });

  test("under another key than its own is not taken for the block of that key", () => {
    const bytes = encodeBlock(7, 0, batchOf([0, 1, 2]));
    expect(decodeBlock(bytes, 7)?.first).toBe(7);
    expect(decodeBlock(bytes, 8)).toBeUndefined();
  });

  test("with any one bit turned over is not taken for one", () => {
    const bytes = encodeBlock(7, 1, batchOf([3, 1_770_000_000_000, 230.1, 0]));
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const damaged = Uint8Array.from(bytes);
      damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(decodeBlock(damaged, 7)).toBeUndefined();
    }
  });

  test("cut short anywhere is not taken for one", () => {
    const bytes = encodeBlock(7, 1, batchOf([3, 1_770_000_000_000, 230.1, 0]));
    for (let length = 0; length < bytes.length; length += 1) {
      expect(decodeBlock(bytes.subarray(0, length), 7)).toBeUndefined();
    }
  });

  test("of one poll of decimals takes about five bytes a row", () => {
    const rows = Array.from({ length: 100 }, (_, series) => [series, 1_770_000_000_000, 2_000 + series * 1.1] as const);
    expect(encodeBlock(0, 0, batchOf(...rows)).length).toBeLessThan(530);
  });

  test.each([
    ["not-a-number", Number.NaN],
    ["infinity", Number.NEGATIVE_INFINITY],
    ["minus zero", -0],
    ["the smallest double", Number.MIN_VALUE],
    ["the largest double", Number.MAX_VALUE],
    ["an integer beyond 2^53", 2 ** 60],
    ["a third", 1 / 3],
    ["an energy total", 123_456_789_012.345],
  ])("gives back %s bit for bit", (_name, value) => {
    const block = decodeBlock(encodeBlock(0, 0, batchOf([0, 5, value])), 0);
    expect(block && rowsOf(block.batch)).toEqual([[0, 5, value, 0]]);
    expect(Object.is(block?.batch.value[0], value)).toBe(true);
  });

  test.each([[-1.5], [Number.NaN], [2 ** 60], [-0]])("gives back a moment that is no usual integer: %d", (at) => {
    const block = decodeBlock(encodeBlock(0, 0, batchOf([0, 5, 0], [0, at, 0])), 0);
    expect(Object.is(block?.batch.at[1], at)).toBe(true);
  });
});
