import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Level } from "level";
import { beforeAll, describe, expect, test } from "vitest";
import { isSoundBlock, readBlock } from "../../src/platform/level-blocks.ts";
import { LevelReader } from "../../src/platform/level-reader.ts";
import { findIntactDirectory } from "../../src/platform/level-tables.ts";
import { unpackSnappy } from "../../src/platform/snappy.ts";
import { createSeededRandom } from "../support/seeded-random.ts";

const random = createSeededRandom(5);

/** What LevelDB was given, by key, and the blocks it made of it. */
const given = new Map<string, Buffer>();
let blocks: Buffer[];

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), "tidegate-blocks-"));
  const level = new Level<Uint8Array, Uint8Array>(folder, { keyEncoding: "view", valueEncoding: "view" });
  for (let number = 1000; number < 1400; number += 1)
    given.set(`key ${number}`, drawValue(Math.floor((number - 1000) / 80)));
  for (const [key, value] of given) await level.put(Buffer.from(key), value);
  await (level as unknown as { compactRange(from: Uint8Array, to: Uint8Array): Promise<void> }).compactRange(
    Uint8Array.of(0),
    Uint8Array.of(255),
  );
  await level.close();
  const name = (await readdir(folder)).find((each) => each.endsWith(".ldb")) ?? "";
  const table = await readFile(join(folder, name));
  const directory = findIntactDirectory(table);
  blocks = (readBlock(table.subarray(directory?.offset, directory?.end)) ?? []).map(({ value }) => {
    const handle = new LevelReader(value);
    const offset = handle.varint();
    return table.subarray(offset, offset + handle.varint() + 1);
  });
  await rm(folder, { recursive: true });
});

/** Values of noise, of one byte, of a short and of a far repetition, and long ones. */
function drawValue(kind: number): Buffer {
  const noise = Buffer.from(Array.from({ length: 200 }, () => Math.floor(random.next() * 256)));
  if (kind === 0) return noise;
  if (kind === 1) return Buffer.alloc(500, 7);
  if (kind === 2) return Buffer.concat([noise.subarray(0, 9), noise.subarray(0, 9), noise.subarray(0, 9)]);
  if (kind === 3) return Buffer.concat([noise, Buffer.alloc(3_000, 1), noise]);
  return Buffer.concat(Array.from({ length: 100 }, () => noise));
}

describe("a block of LevelDB", () => {
  test("is read as it was written, packed or not", () => {
    const entries = blocks.flatMap((block) => readBlock(block) ?? []);
    expect(new Set(blocks.map((block) => block.at(-1)))).toEqual(new Set([0, 1]));
    expect(entries.map(({ key }) => key.subarray(0, -8).toString())).toEqual([...given.keys()]);
    expect(entries.every(({ key, value }) => given.get(key.subarray(0, -8).toString())?.equals(value))).toBe(true);
    expect(blocks.every((block) => isSoundBlock(block, { after: undefined, upTo: undefined }))).toBe(true);
  });

  test("is sound between its neighbours only", () => {
    const [one, two, three] = [0, 1, 2].map((position) => readBlock(blocks[position] ?? Buffer.alloc(0))?.at(-1)?.key);
    expect(isSoundBlock(blocks[1] ?? Buffer.alloc(0), { after: one, upTo: two })).toBe(true);
    expect(isSoundBlock(blocks[1] ?? Buffer.alloc(0), { after: two, upTo: three })).toBe(false);
    expect(isSoundBlock(blocks[1] ?? Buffer.alloc(0), { after: undefined, upTo: one })).toBe(false);
  });

  test("of any bytes is none, and never throws", () => {
    for (let draws = 0; draws < 2_000; draws += 1) {
      const block = Buffer.from(blocks[draws % 7] ?? Buffer.alloc(0));
      for (let bytes = 0; bytes < 3; bytes += 1) block[Math.floor(random.next() * block.length)] = random.next() * 256;
      isSoundBlock(block.subarray(0, 1 + Math.floor(random.next() * 2 * block.length)), {
        after: undefined,
        upTo: undefined,
      });
    }
    expect(isSoundBlock(Buffer.alloc(0), { after: undefined, upTo: undefined })).toBe(false);
    expect(isSoundBlock(Buffer.alloc(100, 255), { after: undefined, upTo: undefined })).toBe(false);
  });
});

test("what Snappy cannot have packed is not unpacked", () => {
  expect(unpackSnappy(Buffer.from([5, 4 << 2, 1, 2, 3, 4, 5]))).toEqual(Buffer.from([1, 2, 3, 4, 5]));
  for (const packed of [
    [],
    [4, 4 << 2, 1, 2, 3, 4, 5],
    [6, 4 << 2, 1, 2, 3, 4, 5],
    [5, 4 << 2, 1],
    [4, 1, 0],
    [4, 1, 9],
  ]) {
    expect(unpackSnappy(Buffer.from(packed))).toBeUndefined();
  }
  expect(unpackSnappy(Buffer.from([255, 255, 255, 255, 15, 0, 1]))).toBeUndefined();
});
