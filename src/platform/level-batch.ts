/**
 * What LevelDB writes into its journal, one batch a record.
 *
 * ```
 * struct Batch {
 *   u64 number;               // of its first operation; each operation has the next
 *   u32 count;
 *   struct { u8 kind; text key; text value; } operations[count];   // kind 1 puts; kind 0 deletes, and has no value
 * }
 * struct text { varint length; u8 bytes[length]; }
 * ```
 *
 * Source: LevelDB 1.20, db/write_batch.cc.
 */

import type { RecordPlace } from "./level-flips.ts";
import { LevelReader } from "./level-reader.ts";

const COUNT_OFFSET = 8;
const OPERATIONS_OFFSET = 12;
const KIND = { delete: 0, put: 1 };

/** Gives the numbers of a batch; undefined for what is none. Shape: a whole record. */
export function placeOfBatch(record: Buffer): RecordPlace | undefined {
  if (record.length < OPERATIONS_OFFSET) return undefined;
  const from = Number(record.readBigUInt64LE(0));
  const count = record.readUInt32LE(COUNT_OFFSET);
  return countOperations(record) === count ? { from, to: from + count } : undefined;
}

/** Undefined where something is no operation. */
function countOperations(batch: Buffer): number | undefined {
  const reader = new LevelReader(batch, OPERATIONS_OFFSET);
  let count = 0;
  try {
    for (; !reader.isAtEnd; count += 1) {
      const kind = reader.varint();
      if (kind !== KIND.put && kind !== KIND.delete) return undefined;
      reader.skipText();
      if (kind === KIND.put) reader.skipText();
    }
  } catch {
    return undefined;
  }
  return count;
}
