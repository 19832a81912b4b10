/**
 * The on-disk form of a block: a run of samples encoded together. This is the small one, written as samples come; what
 * it may be merged into later stands in sealed/sealed-block.ts and is stored under the same kind of key.
 *
 * ```
 * struct Block {              // payload of a record (record.ts), version 1
 *   varint first;             // sequence of the first row; the same as in its key
 *   varint count;             // rows, 1 to 16,384
 *   varint epoch;             // the clock epoch its moments were read in
 *   struct { u8 encoding; u8 rows[]; } series, at, value, flags;
 * }
 * ```
 *
 * varint: seven bits to a byte, the low ones first, the top bit set on all but the last. zigzag: 0, -1, 1, -2 ... as
 * varints 0, 1, 2, 3 ... Each column names its encoding (columns.ts), so a better one later is a new number and not a
 * new format. Moments are stored as the clock gave them; a reader adds the offset of the epoch.
 */

import assert from "node:assert/strict";
import type { Sequence } from "../model/log.ts";
import type { SampleBatch } from "../model/samples.ts";
import {
  readAtColumn,
  readFlagsColumn,
  readSeriesColumn,
  readValueColumn,
  writeAtColumn,
  writeFlagsColumn,
  writeSeriesColumn,
  writeValueColumn,
} from "./columns.ts";
import { openRecord, sealRecord, startRecord } from "./record.ts";

/** Most rows one small block holds; it bounds what reading one costs. */
export const BLOCK_ROWS_MAX = 16_384;

const VERSION = 1;

/** A run of samples. */
export interface Block {
  readonly first: Sequence;
  /** Sequences from the first of this block to that of the next. */
  readonly span: number;
  readonly epoch: number;
  readonly batch: SampleBatch;
  /** Sequence of each row, less `first`; absent where no row is missing. Shape: as long as `batch.count`. */
  readonly offsets?: Uint32Array;
}

/** Encodes the rows of `batch` as one block. Shape: 1 to `BLOCK_ROWS_MAX` rows. */
export function encodeBlock(first: Sequence, epoch: number, batch: SampleBatch): Uint8Array {
  const { count } = batch;
  assert(count >= 1 && count <= BLOCK_ROWS_MAX, `a block holds 1 to ${BLOCK_ROWS_MAX} rows, not ${count}`);
  const writer = startRecord(VERSION, 32 + 6 * count);
  writer.varint(first);
  writer.varint(count);
  writer.varint(epoch);
  writeSeriesColumn(writer, batch.series, count);
  writeAtColumn(writer, batch.at, count);
  writeValueColumn(writer, batch.value, count);
  writeFlagsColumn(writer, batch.flags, count);
  return sealRecord(writer);
}

/** Decodes the block stored under `first`; undefined when it is damaged. Shape: a whole record. */
export function decodeBlock(bytes: Uint8Array, first: Sequence): Block | undefined {
  const reader = openRecord(bytes, VERSION);
  if (reader === undefined || reader.varint() !== first) return undefined;
  const count = reader.varint();
  const epoch = reader.varint();
  if (count < 1 || count > BLOCK_ROWS_MAX) return undefined;
  const series = readSeriesColumn(reader, count);
  const at = readAtColumn(reader, count);
  const value = readValueColumn(reader, count);
  const flags = readFlagsColumn(reader, count);
  if (reader.isBroken || reader.rest > 0) return undefined;
  return { first, span: count, epoch, batch: { series, at, value, flags, count } };
}
