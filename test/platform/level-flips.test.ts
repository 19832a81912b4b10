import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Level } from "level";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { placeOfBatch } from "../../src/platform/level-batch.ts";
import { findFlippedBits, maskedChecksum } from "../../src/platform/level-checksum.ts";
import { turnOver } from "../../src/platform/level-corrector.ts";
import { findFlips } from "../../src/platform/level-flips.ts";
import { placeOfEdit } from "../../src/platform/level-manifest.ts";
import { scanRecords } from "../../src/platform/level-records.ts";
import { createSeededRandom } from "../support/seeded-random.ts";

const SECTOR_BYTES = 512;

let random = createSeededRandom(7);

/** A journal and a manifest by LevelDB: small writes, and some that reach over several blocks. */
let journal: Buffer;
let manifest: Buffer;

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), "tidegate-flips-"));
  const level = new Level<string, Uint8Array>(folder, { valueEncoding: "view", compression: false });
  for (let write = 0; write < 90; write += 1) {
    const value = drawBytes(write % 40 === 20 ? 70_000 : 1 + draw(900));
    await level.batch([
      { type: "put", key: `key ${write}`, value },
      { type: "del", key: `key ${write - 3}` },
      { type: "put", key: `more ${write}`, value: drawBytes(30) },
    ]);
  }
  await level.close();
  const names = (await readdir(folder)).filter((name) => /\.log$|^MANIFEST/u.test(name)).sort();
  const files = await Promise.all(names.map((name) => readFile(join(folder, name))));
  [journal = Buffer.alloc(0), manifest = Buffer.alloc(0)] = files;
  await rm(folder, { recursive: true });
  random = createSeededRandom(8);
});

function draw(below: number): number {
  return Math.floor(random.next() * below);
}

function drawBytes(length: number): Buffer {
  return Buffer.from(Array.from({ length }, () => draw(256)));
}

function drawBits(count: number, bytes: Buffer): number[] {
  const bits = new Set<number>();
  while (bits.size < count) bits.add(draw(bytes.length * 8));
  return [...bits].sort((one, other) => one - other);
}

/** Random bytes behind their checksum. */
function drawChecked(length: number): Buffer {
  const bytes = Buffer.concat([Buffer.alloc(4), drawBytes(length)]);
  bytes.writeUInt32LE(maskedChecksum(bytes.subarray(4)));
  return bytes;
}

function findIn(bytes: Buffer): number[] {
  return findFlippedBits(bytes, 0, 4, bytes.length);
}

/** One record as LevelDB writes it at the front of a file. */
function encodeRecord(record: Buffer): Buffer {
  const pieces: Buffer[] = [];
  for (let at = 0; at < record.length; ) {
    const payload = record.subarray(at, at + 32_768 - 7);
    const isLast = at + payload.length === record.length;
    const kind = at === 0 ? (isLast ? 1 : 2) : isLast ? 4 : 3;
    const piece = Buffer.concat([Buffer.alloc(6), Buffer.of(kind), payload]);
    piece.writeUInt16LE(payload.length, 4);
    piece.writeUInt32LE(maskedChecksum(piece.subarray(6)));
    pieces.push(piece);
    at += payload.length;
  }
  return Buffer.concat(pieces);
}

function isWhole(bytes: Buffer): boolean {
  const { lostBytes, tail } = scanRecords(bytes);
  return lostBytes === 0 && tail.length === 0;
}

describe("a checksum", () => {
  test("that matches accuses no bit", () => {
    for (const length of [1, 2, 100, 32_768]) expect(findIn(drawChecked(length))).toEqual([]);
  });

  test("tells every single bit, be it in the bytes or in itself", () => {
    for (const length of [1, 2, 3, 50, 200]) {
      const bytes = drawChecked(length);
      for (let bit = 0; bit < bytes.length * 8; bit += 1) expect(findIn(turnOver(bytes, [bit]))).toEqual([bit]);
    }
    for (const length of [655, 4_096, 32_768]) {
      const bytes = drawChecked(length);
      for (let draws = 0; draws < 20; draws += 1) {
        const flipped = drawBits(1, bytes);
        expect(findIn(turnOver(bytes, flipped))).toEqual(flipped);
      }
    }
  });

  test("takes two or three wrong bits of a short record, and two of a long one, for nothing else", () => {
    for (const [length, count] of [
      [100, 2],
      [100, 3],
      [600, 3],
      [32_768, 2],
    ] as const) {
      const bytes = drawChecked(length);
      for (let draws = 0; draws < 40; draws += 1) {
        const flipped = drawBits(count, bytes.subarray(4)).map((bit) => bit + 32);
        expect(findIn(turnOver(bytes, flipped))).toEqual([]);
      }
    }
  });
});

describe("a flipped bit of LevelDB's files", () => {
  test("is none in what LevelDB wrote", () => {
    expect([findFlips(journal, placeOfBatch), findFlips(manifest, placeOfEdit)]).toEqual([[], []]);
  });

  test("is found wherever in the journal it is", () => {
    const headers = [0, 1, 2, 3, 4, 5, 6, 7].flatMap((byte) => [byte * 8, 32_768 * 8 + byte * 8 + 5]);
    for (const bit of [...headers, ...drawBits(50, journal)]) {
      const damaged = turnOver(journal, [bit]);
      expect(findFlips(damaged, placeOfBatch)).toEqual(isWhole(damaged) ? [] : [bit]);
    }
  });

  test("is found in every place of the last write, of which LevelDB would say nothing", () => {
    const last = (scanRecords(journal).records.at(-1)?.length ?? 0) + 7;
    for (let bit = (journal.length - last) * 8; bit < journal.length * 8; bit += 37) {
      expect(findFlips(turnOver(journal, [bit]), placeOfBatch)).toEqual([bit]);
    }
  });

  test("is found in every place of the manifest", () => {
    for (let bit = 0; bit < manifest.length * 8; bit += 1) {
      expect(findFlips(turnOver(manifest, [bit]), placeOfEdit)).toEqual([bit]);
    }
  });

  test("is found beside others, each in a write of its own or in a piece of the same", () => {
    const bits = [9 * 8, 20_000 * 8, 32_768 * 8 + 77, 70_000 * 8 + 1, (journal.length - 4) * 8];
    expect(findFlips(turnOver(journal, bits), placeOfBatch)).toEqual(bits);
  });

  test("is found in a write of megabytes without putting its parts together again and again", () => {
    const value = Buffer.concat([Buffer.of(0x80, 0x80, 0x80, 0x01), Buffer.alloc(2 << 20, "tidegate")]);
    const big = encodeRecord(Buffer.concat([Buffer.of(1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 1, 65), value]));
    expect([isWhole(big), scanRecords(big).records.map((record) => placeOfBatch(record))]).toEqual([
      true,
      [{ from: 1, to: 2 }],
    ]);
    const joining = vi.spyOn(Buffer, "concat");
    expect(findFlips(turnOver(big, [big.length * 4 + 3]), placeOfBatch)).toEqual([big.length * 4 + 3]);
    const joined = joining.mock.results.reduce((sum, { value: made }) => sum + made.length, 0);
    joining.mockRestore();
    expect(joined).toBeLessThanOrEqual(2 * big.length);
  });

  test("is found behind damage of another kind, from the next 32 KiB on", () => {
    const bits = [8_000, 8_001, 130_000 * 8 + 5];
    expect(findFlips(turnOver(journal, bits), placeOfBatch)).toEqual([bits[2]]);
  });
});

describe("damage of another kind", () => {
  test("of two or three bits of a write is never taken for a flipped bit", () => {
    for (let draws = 0; draws < 30; draws += 1) {
      const at = draw(8_000) * 8;
      const bits = drawBits(2 + (draws % 2), Buffer.alloc(30)).map((bit) => at + bit);
      const found = findFlips(turnOver(journal, bits), placeOfBatch);
      // Where they happen to be in two writes that follow each other, each of them is found.
      expect(found.every((bit) => bits.includes(bit))).toBe(true);
    }
  });

  test("as a kill or a power cut leaves it at the end is never taken for a flipped bit", () => {
    for (let draws = 0; draws < 30; draws += 1) {
      const cut = draw(journal.length);
      expect(findFlips(journal.subarray(0, cut), placeOfBatch)).toEqual([]);
      const sector = cut - (cut % SECTOR_BYTES);
      const torn = Buffer.from(journal).fill(draws % 3 === 0 ? drawBytes(64) : 0, sector, sector + SECTOR_BYTES);
      expect(findFlips(torn, placeOfBatch)).toEqual([]);
      expect(findFlips(Buffer.from(journal).fill(0, cut), placeOfBatch)).toEqual([]);
    }
  });

  test("is not made good by a write that does not go on where the one before ended", () => {
    const bytes = Buffer.from(journal);
    const [one, two] = scanRecords(bytes).records;
    const second = 7 + (one?.length ?? 0);
    bytes.writeUInt8((bytes[second + 7] ?? 0) + 1, second + 7);
    bytes.writeUInt32LE(maskedChecksum(bytes.subarray(second + 6, second + 7 + (two?.length ?? 0))), second);
    expect(isWhole(bytes)).toBe(true);
    expect(findFlips(turnOver(bytes, [second * 8 + 400]), placeOfBatch)).toEqual([]);
    expect(findFlips(turnOver(bytes, [100]), placeOfBatch)).toEqual([]);
  });

  test("is not made good where a sector is gone, even if a bit would explain it", () => {
    const key = Buffer.from([1, 1, 65, 0x80, 0x08, ...new Uint8Array(1_024)]);
    const piece = Buffer.concat([Buffer.alloc(7), Buffer.from([1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0]), key]);
    piece.writeUInt16LE(piece.length - 7, 4);
    piece.writeUInt8(1, 6);
    piece.writeUInt32LE(maskedChecksum(piece.subarray(6)));
    expect(isWhole(piece)).toBe(true);
    for (const bit of [200, 8_000]) expect(findFlips(turnOver(piece, [bit]), placeOfBatch)).toEqual([]);
  });

  test("all over costs no more than some milliseconds for each 32 KiB", () => {
    expect(findFlips(drawBytes(100_000), placeOfBatch)).toEqual([]);
    expect(findFlips(Buffer.alloc(100_000), placeOfBatch)).toEqual([]);
    expect(findFlips(Buffer.alloc(100_000, 1), placeOfBatch)).toEqual([]);
  });
});
