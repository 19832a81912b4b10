/**
 * The form of a block that lost rows to thinning: a sealed block of the rows that are left, and where they stood.
 *
 * ```
 * struct ThinnedBlock {       // payload of a record (record.ts), version 3
 *   varint first;             // as in its key
 *   varint span;              // sequences up to the next block
 *   varint n; struct { varint gone; varint left; } runs[n];   // in sequence; what follows the last run is gone
 *   u8     sealed[];          // a whole sealed block (sealed/sealed-block.ts)
 * }
 * ```
 */

import assert from "node:assert/strict";
import type { Sequence } from "../model/log.ts";
import type { Block } from "./block.ts";
import type { ByteReader } from "./byte-reader.ts";
import type { ByteWriter } from "./byte-writer.ts";
import { openRecord, sealRecord, startRecord } from "./record.ts";
import { SEALED_ROWS_MAX } from "./sealed/directory.ts";
import { encodeSealedByColumn, openSealed, type SealedBlock } from "./sealed/sealed-block.ts";

const VERSION = 3;

/** Encodes a block of which rows are missing, a column at a time. */
export function* encodeThinnedByColumn({ first, span, epoch, batch, offsets }: Block): Generator<void, Uint8Array> {
  assert(offsets !== undefined, "a thinned block knows where its rows stood");
  const sealed = yield* encodeSealedByColumn(first, epoch, batch);
  const writer = startRecord(VERSION, sealed.length + 2 * batch.count + 32);
  writer.varint(first);
  writer.varint(span);
  writeRuns(writer, offsets);
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
  const offsets = readRuns(reader, span);
  if (reader.isBroken || offsets === undefined) return undefined;
  const sealed = openSealed(bytes.subarray(bytes.length - reader.rest), first);
  return sealed?.directory.count === offsets.length ? { span, offsets, sealed } : undefined;
}

function writeRuns(writer: ByteWriter, offsets: Uint32Array): void {
  const runs: number[] = [];
  let end = 0;
  for (let row = 0; row < offsets.length; ) {
    const start = offsets[row] ?? 0;
    let next = start;
    while (row < offsets.length && offsets[row] === next) {
      row += 1;
      next += 1;
    }
    runs.push(start - end, next - start);
    end = next;
  }
  writer.varint(runs.length / 2);
  for (const length of runs) writer.varint(length);
}

/** Undefined when the runs do not fit into the span. */
function readRuns(reader: ByteReader, span: number): Uint32Array | undefined {
  const runCount = reader.varint();
  if (span > SEALED_ROWS_MAX || runCount > span) return undefined;
  const offsets = new Uint32Array(span);
  let count = 0;
  let next = 0;
  for (let run = 0; run < runCount && !reader.isBroken; run += 1) {
    next += reader.varint();
    const left = reader.varint();
    if (next + left > span) return undefined;
    for (let row = 0; row < left; row += 1) {
      offsets[count] = next;
      count += 1;
      next += 1;
    }
  }
  return offsets.subarray(0, count);
}
