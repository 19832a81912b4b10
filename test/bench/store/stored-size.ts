/** What the log puts on disk for some rows, each key and index record counted. */

import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type SampleBatch, SampleBuilder } from "../../../src/model/samples.ts";
import { type DatabaseOperation, openLevelDatabase } from "../../../src/platform/level-database.ts";
import { encodeBlock } from "../../../src/store/block.ts";
import { describeBlock, encodeIndexRecord, LEVEL_SEALED } from "../../../src/store/block-index.ts";
import { blockKey, indexKey } from "../../../src/store/keys.ts";
import { quarantineFor } from "../../support/quarantine.ts";

const PUTS_EACH = 1_000;

/** Rows `from` to `to` (exclusive) as a batch of their own. */
export function cut(rows: SampleBatch, from: number, to: number): SampleBatch {
  const part = new SampleBuilder(to - from);
  part.pushAll(rows, from, to);
  return part;
}

/** Bytes of the keys and the index record that come with a block of `blockBytes` bytes. */
export function indexBytes(rows: SampleBatch, blockBytes: number): number {
  const block = { first: 1e9, span: rows.count, epoch: 1, batch: rows };
  const record = encodeIndexRecord(describeBlock(block, blockBytes, LEVEL_SEALED));
  return blockKey(1e9).length + indexKey(1e9).length + record.length;
}

/** The rows in blocks as they come, so many rows in each. */
export function smallBlocks(rows: SampleBatch, rowsEach: number): { blocks: Uint8Array[]; bytes: number } {
  const blocks: Uint8Array[] = [];
  let bytes = 0;
  for (let from = 0; from < rows.count; from += rowsEach) {
    const part = cut(rows, from, Math.min(rows.count, from + rowsEach));
    const block = encodeBlock(1e9 + from, 1, part);
    blocks.push(block);
    bytes += block.length + indexBytes(part, block.length);
  }
  return { blocks, bytes };
}

/** The rows as lines of JSON. */
export function toJson(rows: SampleBatch): string {
  let text = "";
  for (let row = 0; row < rows.count; row += 1) {
    text += `{"series":${rows.series[row]},"at":${rows.at[row]},"value":${rows.value[row]},"flags":${rows.flags[row]}}\n`;
  }
  return text;
}

/** The size of a LevelDB, compacted, that has each row under series and moment: 12 bytes of key, 9 of value. */
export async function plainPutsBytes(rows: SampleBatch): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), "tidegate-bench-"));
  try {
    const database = await openLevelDatabase(folder, quarantineFor(folder));
    for (let from = 0; from < rows.count; from += PUTS_EACH) {
      const operations: DatabaseOperation[] = [];
      for (let row = from; row < Math.min(rows.count, from + PUTS_EACH); row += 1) {
        operations.push({ type: "put", key: keyOf(rows, row), value: rowOf(rows, row) });
      }
      await database.write(operations, { sync: false });
    }
    await database.compact(new Uint8Array(12), new Uint8Array(12).fill(255));
    await database.close();
    let bytes = 0;
    for (const name of await readdir(folder)) if (name.endsWith(".ldb")) bytes += (await stat(join(folder, name))).size;
    return bytes;
  } finally {
    await rm(folder, { recursive: true });
  }
}

function keyOf(rows: SampleBatch, row: number): Uint8Array {
  const key = new DataView(new ArrayBuffer(12));
  key.setUint32(0, rows.series[row] ?? 0);
  key.setFloat64(4, rows.at[row] ?? 0);
  return new Uint8Array(key.buffer);
}

function rowOf(rows: SampleBatch, row: number): Uint8Array {
  const value = new DataView(new ArrayBuffer(9));
  value.setFloat64(0, rows.value[row] ?? 0);
  value.setUint8(8, rows.flags[row] ?? 0);
  return new Uint8Array(value.buffer);
}
