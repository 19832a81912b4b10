/**
 * The form of a block that lost rows to thinning: a sealed block of the rows that are left, and where they stood.
 *
 * ```
 * struct ThinnedBlock {       // payload of a record (record.ts), version 3
 *   varint first;             // as in its key
 *   varint span;              // sequences up to the next block
 *   varint count;             // rows that are left
 *   Column gaps;              // sealed/column.ts: from the row before to each in sequence; for the first, from `first`
 *   u8     stream[];          // of the gaps
 *   u8     sealed[];          // a whole sealed block (sealed/sealed-block.ts)
 * }
 * ```
 *
 * Where machines are polled in turn the gaps repeat, and cost next to nothing.
 */

import assert from "node:assert/strict";
import type { Sequence } from "../model/log.ts";
import type { Block } from "./block.ts";
import { openRecord, sealRecord, startRecord } from "./record.ts";
import { decodeColumn, encodeColumn, readColumnPlan, writeColumnPlan } from "./sealed/column.ts";
import { SEALED_ROWS_MAX } from "./sealed/directory.ts";
import { encodeSealedByColumn, openSealed, type SealedBlock } from "./sealed/sealed-block.ts";

const VERSION = 3;

/** Encodes a block of which rows are missing, a column at a time. */
export function* encodeThinnedByColumn({ first, span, epoch, batch, offsets }: Block): Generator<void, Uint8Array> {
  assert(offsets !== undefined, "a thinned block knows where its rows stood");
  const sealed = yield* encodeSealedByColumn(first, epoch, batch);
  const { plan, stream } = encodeColumn(Float64Array.from(offsets, (offset, row) => offset - (offsets[row - 1] ?? 0)));
  const writer = startRecord(VERSION, sealed.length + stream.length + 64);
  writer.varint(first);
  writer.varint(span);
  writer.varint(offsets.length);
  writeColumnPlan(writer, plan, 0);
  writer.bytes(stream);
  writer.bytes(sealed);
  return sealRecord(writer);
}

/** A thinned block that is intact. */
export interface OpenThinned {
  readonly span: number;
  /** Sequence of each row, less that of the first. */
  readonly offsets: Uint32Array;
  readonly sealed: SealedBlock;
}

/** Opens the block stored under `first`; undefined when it is damaged. Shape: a whole record. */
export function openThinned(bytes: Uint8Array, first: Sequence): OpenThinned | undefined {
  const reader = openRecord(bytes, VERSION);
  if (reader === undefined || reader.varint() !== first) return undefined;
  const span = reader.varint();
  const count = reader.varint();
  const plan = readColumnPlan(reader, 0);
  if (reader.isBroken || span > SEALED_ROWS_MAX || count > span) return undefined;
  if ((plan.table?.rows ?? 0) > count || plan.bytes > reader.rest) return undefined;
  const gaps = new Float64Array(count);
  const streamAt = bytes.length - reader.rest;
  decodeColumn(plan, bytes, streamAt, gaps);
  const offsets = addUp(gaps, span);
  const sealed = openSealed(bytes.subarray(streamAt + plan.bytes), first);
  if (offsets === undefined || sealed?.directory.count !== count) return undefined;
  return { span, offsets, sealed };
}

/** Undefined when a row stands where another does, or beyond the span. */
function addUp(gaps: Float64Array, span: number): Uint32Array | undefined {
  const offsets = new Uint32Array(gaps.length);
  let offset = 0;
  for (const [row, gap] of gaps.entries()) {
    if (!Number.isInteger(gap) || gap < (row === 0 ? 0 : 1)) return undefined;
    offset += gap;
    if (offset >= span) return undefined;
    offsets[row] = offset;
  }
  return offsets;
}
