import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Level } from "level";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { scanRecords } from "../../src/platform/level-records.ts";

let folder: string;
/** A journal by LevelDB: small writes, and some that reach over several blocks. */
let journal: Buffer;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tidegate-records-"));
  const level = new Level<string, Uint8Array>(folder, { valueEncoding: "view", compression: false });
  for (let write = 0; write < 120; write += 1) {
    const size = write % 50 === 0 ? 70_000 : 500 + (write % 7);
    await level.put(`key ${write}`, new Uint8Array(size).fill(write));
  }
  await level.close();
  const [name = ""] = (await readdir(folder)).filter((each) => each.endsWith(".log"));
  journal = await readFile(join(folder, name));
});

afterEach(() => rm(folder, { recursive: true }));

function scanDamaged(offset: number, length: number) {
  const bytes = Buffer.from(journal);
  for (let at = offset; at < offset + length; at += 1) bytes[at] = (bytes[at] ?? 0) ^ 0x55;
  return scanRecords(bytes);
}

describe("the records of a journal", () => {
  test("are found in what LevelDB wrote", () => {
    const { records, lostBytes, tail } = scanRecords(journal);
    expect([records.length, lostBytes, tail.length]).toEqual([120, 0, 0]);
  });

  test("are all found but those that a damaged place touches", () => {
    const { records } = scanRecords(journal);
    for (let offset = 0; offset < journal.length - 1_000; offset += 9_973) {
      const found = scanDamaged(offset, 20);
      const missing = records.filter((record) => !found.records.some((each) => each.equals(record)));
      expect(found.records.length).toBe(records.length - missing.length);
      expect(missing.length).toBeGreaterThanOrEqual(offset === 0 ? 1 : 0);
      expect(missing.length).toBeLessThanOrEqual(2);
      expect(found.lostBytes).toBeGreaterThanOrEqual(missing.reduce((sum, { length }) => sum + length, 0));
    }
  });

  test("are told from a last one that was cut off at any byte", () => {
    const last = scanRecords(journal).records.at(-1) ?? Buffer.alloc(0);
    // A small write, in one piece behind its checksum, length and kind.
    const start = journal.length - last.length - 7;
    for (let end = start + 1; end < journal.length; end += 7) {
      const found = scanRecords(journal.subarray(0, end));
      expect([found.records.length, found.lostBytes, found.tail.length]).toEqual([119, 0, end - start]);
    }
  });

  test("are none in a file of anything else", () => {
    expect(scanRecords(Buffer.alloc(100_000))).toMatchObject({ records: [], lostBytes: 0 });
    expect(scanRecords(Buffer.alloc(100_000, 1))).toMatchObject({ records: [], lostBytes: 0 });
    expect(scanRecords(Buffer.alloc(0))).toMatchObject({ records: [], lostBytes: 0 });
  });
});
