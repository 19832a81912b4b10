import { describe, expect, test } from "vitest";
import type { SampleBatch } from "../../../src/model/samples.ts";
import { ByteWriter } from "../../../src/store/byte-writer.ts";
import { sealRecord, startRecord } from "../../../src/store/record.ts";
import { SEALED_ROWS_MAX, writeDirectory } from "../../../src/store/sealed/directory.ts";
import { encodeSealed, openSealed } from "../../../src/store/sealed/sealed-block.ts";
import { decodeStoredBlock } from "../../../src/store/stored-block.ts";
import { batchOf, rowsOf } from "../../support/samples.ts";

const START = 1_770_000_000_000;

/** A batch of one series with these values, a second apart. */
function batchOfValues(values: readonly number[]): SampleBatch {
  return batchOf(...values.map((value, row) => [7, START + 1_000 * row, value] as const));
}

function bytesOf(batch: SampleBatch): number {
  return encodeSealed(0, 0, batch).length;
}

/** The rows that come back, or undefined. */
function throughDisk(batch: SampleBatch): number[][] | undefined {
  const block = decodeStoredBlock(encodeSealed(40, 3, batch), 40);
  return block && rowsOf(block.batch);
}

function bitsOf(values: Float64Array): bigint[] {
  return [...new BigUint64Array(values.slice().buffer)];
}

const POLLS = batchOf(
  [3, START, 230.1],
  [4, START, 1],
  [9, START, 1 / 3],
  [3, START + 1_003, 230.2],
  [4, START + 1_003, 1, 5],
  [9, START + 1_003, 2 / 3],
  [4, START + 2_001, 2],
  [3, START + 2_001, 229.9],
);

describe("a sealed block that cannot be", () => {
  test("without rows or with too many is a bug", () => {
    expect(() => encodeSealed(0, 0, batchOf())).toThrow("a sealed block holds 1 to");
    const column = new Uint32Array(SEALED_ROWS_MAX + 1);
    const at = new Float64Array(column.length);
    const batch = { series: column, at, value: at, flags: new Uint8Array(column.length), count: column.length };
    expect(() => encodeSealed(0, 0, batch)).toThrow("a sealed block holds 1 to");
  });

  test("under another key than its own is not taken for the block of that key", () => {
    const bytes = encodeSealed(7, 0, POLLS);
    expect(openSealed(bytes, 7)?.directory.first).toBe(7);
    expect(openSealed(bytes, 8)).toBeUndefined();
  });

  test("with any one bit turned over is not taken for one", () => {
    const bytes = encodeSealed(7, 1, POLLS);
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const damaged = Uint8Array.from(bytes);
      damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(decodeStoredBlock(damaged, 7)).toBeUndefined();
    }
  });

  test("cut short anywhere is not taken for one", () => {
    const bytes = encodeSealed(7, 1, POLLS);
    for (let length = 0; length < bytes.length; length += 1) {
      expect(decodeStoredBlock(bytes.subarray(0, length), 7)).toBeUndefined();
    }
  });

  test.each([
    ["more rows than a block may hold", [0, SEALED_ROWS_MAX + 1, 0, 1, 1]],
    ["more series than rows", [0, 2, 0, 1, 3]],
    ["more columns of moments than series", [0, 2, 0, 2, 1]],
    ["series without end", [0, 60_000, 0, 1, 60_000]],
  ])("that speaks of %s is not taken for one", (_what, numbers) => {
    const writer = startRecord(2);
    for (const number of numbers) writer.varint(number);
    writer.bytes(new Uint8Array(40));
    expect(openSealed(sealRecord(writer), 0)).toBeUndefined();
  });

  test("whose moments are more than its rows is not taken for one", () => {
    const { directory } = openSealed(encodeSealed(0, 0, batchOf([1, START, 0], [2, START + 1, 0])), 0) ?? {};
    const [moments, series] = [directory?.moments[0], directory?.series[0]];
    if (directory === undefined || moments === undefined || series === undefined) throw new Error("no directory");
    const bytesWith = (unused: number): Uint8Array => {
      const writer = startRecord(2);
      const both = [moments, { ...moments, rows: unused }];
      writeDirectory(writer, { ...directory, moments: both, series: [series, { ...series, id: 2 }] });
      return sealRecord(writer);
    };
    expect(openSealed(bytesWith(1), 0)).toBeDefined();
    expect(openSealed(bytesWith(2), 0)).toBeUndefined();
  });
});

describe("a sealed block", () => {
  test("gives back its rows in their order, with its sequence and epoch", () => {
    const block = decodeStoredBlock(encodeSealed(40, 3, POLLS), 40);
    expect([block?.first, block?.epoch]).toEqual([40, 3]);
    expect(block && rowsOf(block.batch)).toEqual(rowsOf(POLLS));
  });

  test("gives back one series without the others", () => {
    const block = openSealed(encodeSealed(40, 3, POLLS), 40);
    const series = block?.readSeries(4);
    expect(series && rowsOf(series)).toEqual(rowsOf(POLLS).filter(([id]) => id === 4));
    expect(block?.readSeries(5)).toBeUndefined();
  });

  test("says of each series how many rows it has and when", () => {
    const directory = openSealed(encodeSealed(40, 3, POLLS), 40)?.directory;
    const spans = directory?.series.map(({ id, moments }) => {
      const { rows, minAt, maxAt } = directory.moments[moments] ?? {};
      return [id, rows, minAt, maxAt];
    });
    expect(spans).toEqual([
      [3, 3, START, START + 2_001],
      [4, 3, START, START + 2_001],
      [9, 2, START, START + 1_003],
    ]);
    expect(directory?.moments.length).toBe(2);
  });

  test("of many polls takes next to nothing for their order and shared moments", () => {
    const rows = Array.from(
      { length: 20_000 },
      (_, row) => [row % 50, START + 1_000 * Math.floor(row / 50), 1] as const,
    );
    expect(bytesOf(batchOf(...rows))).toBeLessThan(20_000 * 0.07);
  });

  test("tells no span where the moments are no whole numbers", () => {
    const directory = openSealed(encodeSealed(0, 0, batchOf([1, 0.5, 0], [1, Number.NaN, 0])), 0)?.directory;
    const { minAt, maxAt } = directory?.moments[0] ?? {};
    expect([minAt, maxAt]).toEqual([Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]);
  });

  test("of as many rows as it may hold comes back", () => {
    const rows = Array.from({ length: SEALED_ROWS_MAX }, (_, row) => [row % 300, START + row, row / 10] as const);
    expect(throughDisk(batchOf(...rows))).toEqual(rows.map((row) => [...row, 0]));
  });
});

describe("what a column costs", () => {
  /** A slow wave in whole steps, with noise. */
  const steps = Array.from(
    { length: 2_000 },
    (_, row) => 100 + Math.round(50 * Math.sin(row / 40) + 3 * Math.sin(row * row)),
  );

  test.each([
    ["a value that stays", steps.map(() => Math.PI), 0.03],
    ["a counter that runs evenly", steps.map((_, row) => 1e9 + 17 * row), 0.03],
    ["a decimal that walks", steps.map((step) => step / 10), 0.6],
    ["a decimal that was computed with a binary error", steps.map((step) => step * 0.1), 0.65],
    ["a float of 32 bits that walks", steps.map((step) => Math.fround(20.7 + step / 10)), 3.2],
    ["a converter with a hundred levels", steps.map((step) => (step * Math.E) / 4_095), 0.8],
    ["a pattern that repeats", steps.map((_, row) => Math.sin((row % 100) * (row % 100))), 0.7],
    ["noise in all bits", steps.map((_, row) => Math.sin(row * row)), 7.5],
  ])("%s", (_what, values, bytesMax) => {
    expect(bytesOf(batchOfValues(values)) / values.length).toBeLessThan(bytesMax);
  });
});

describe("values at the edge come back bit for bit", () => {
  const edges = [
    0,
    -0,
    1,
    -1,
    0.1,
    -0.1,
    0.1 + 0.2,
    1 / 3,
    5e-324,
    -5e-324,
    2.2250738585072014e-308,
    Number.MAX_VALUE,
    -Number.MAX_VALUE,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    Number.NaN,
    2 ** 48,
    -(2 ** 48),
    2 ** 48 + 1,
    2 ** 53,
    2 ** 60,
    1e22,
    1e23,
    123_456_789_012.345,
    1e-12,
    4e-13,
    Math.fround(0.1),
  ];

  test("one at a time", () => {
    for (const edge of edges) expect(throughDisk(batchOfValues([edge]))?.[0]?.[2]).toBe(edge);
  });

  test("one among many decimals", () => {
    for (const edge of edges) {
      const values = Array.from({ length: 64 }, (_, row) => (row === 40 ? edge : 20 + row / 10));
      expect(throughDisk(batchOfValues(values))?.map((row) => row[2])).toEqual(values);
    }
  });

  test("all together, as values and as moments", () => {
    const batch = batchOf(...edges.map((edge) => [1, edge, edge] as const));
    expect(throughDisk(batch)).toEqual(rowsOf(batch));
  });

  test("where a line through them would leave what a double can count", () => {
    const values = Array.from({ length: 500 }, (_, row) => (row % 5) * 2 ** 46);
    expect(throughDisk(batchOfValues(values))?.map((row) => row[2])).toEqual(values);
  });

  test("from a table of few", () => {
    const values = Array.from({ length: 500 }, (_, row) => Math.sqrt(row % 3) - Math.E ** (row % 7));
    expect(throughDisk(batchOfValues(values))?.map((row) => row[2])).toEqual(values);
    const column = openSealed(encodeSealed(0, 0, batchOfValues(values)), 0)?.directory.series[0]?.column;
    expect(column?.table?.rows).toBe(21);
  });

  test("with the payloads of what is not a number", () => {
    const bits = [0x7ff8_0000_0000_0000n, 0x7ff8_0000_0000_0001n, 0xfff8_dead_beef_0000n, 0x3ff0_0000_0000_0000n];
    const value = new Float64Array(BigUint64Array.from(bits).buffer);
    const series = new Uint32Array(value.length);
    const batch = { series, at: value, value, flags: new Uint8Array(value.length), count: value.length };
    const back = decodeStoredBlock(encodeSealed(0, 0, batch), 0)?.batch;
    expect([back && bitsOf(back.value), back && bitsOf(back.at)]).toEqual([bits, bits]);
  });
});

describe("bytes", () => {
  test("are written as they are", () => {
    const writer = new ByteWriter(1);
    writer.bytes(Uint8Array.from({ length: 100 }, (_, index) => index));
    expect([writer.length, writer.written()[99]]).toEqual([100, 99]);
  });
});
