/**
 * What the log knows of its blocks without reading them.
 *
 * ```
 * struct Index {              // payload of a record, version 1, under the same sequence as its block
 *   varint count;             // rows
 *   varint bytes;             // of the block record
 *   varint epoch;
 *   f64    minAt, maxAt;      // as stored in the block, without the offset of the epoch
 * }
 * ```
 *
 * The record is a copy of what the block says: where it is missing or damaged, recovery asks the block.
 */

import type { Sequence } from "../model/log.ts";
import type { SampleBatch } from "../model/samples.ts";
import { openRecord, sealRecord, startRecord } from "./record.ts";

const VERSION = 1;

/** One block. Units: `bytes` as encoded; `minAt` and `maxAt` milliseconds since 1970. */
export interface BlockEntry {
  readonly first: Sequence;
  readonly count: number;
  readonly bytes: number;
  readonly epoch: number;
  readonly minAt: number;
  readonly maxAt: number;
}

/** The sequence after the last row of a block. */
export function endOf(entry: BlockEntry): Sequence {
  return entry.first + entry.count;
}

/** Describes a block of `bytes` bytes that holds `batch`. */
export function describeBlock(first: Sequence, epoch: number, batch: SampleBatch, bytes: number): BlockEntry {
  let minAt = Number.POSITIVE_INFINITY;
  let maxAt = Number.NEGATIVE_INFINITY;
  for (let row = 0; row < batch.count; row += 1) {
    const at = batch.at[row] ?? 0;
    if (at < minAt) minAt = at;
    if (at > maxAt) maxAt = at;
  }
  return { first, count: batch.count, bytes, epoch, minAt, maxAt };
}

/** Encodes an index record. */
export function encodeIndexRecord(entry: BlockEntry): Uint8Array {
  const writer = startRecord(VERSION, 40);
  writer.varint(entry.count);
  writer.varint(entry.bytes);
  writer.varint(entry.epoch);
  writer.f64(entry.minAt);
  writer.f64(entry.maxAt);
  return sealRecord(writer);
}

/** Decodes the index record stored under `first`; undefined when it is damaged. Shape: a whole record. */
export function decodeIndexRecord(bytes: Uint8Array, first: Sequence): BlockEntry | undefined {
  const reader = openRecord(bytes, VERSION);
  if (reader === undefined) return undefined;
  const entry = {
    first,
    count: reader.varint(),
    bytes: reader.varint(),
    epoch: reader.varint(),
    minAt: reader.f64(),
    maxAt: reader.f64(),
  };
  return reader.isBroken || entry.count < 1 ? undefined : entry;
}

/** Rows of one number each: first, count, bytes, epoch, minAt, maxAt. */
const COLUMN_COUNT = 6;

/** All blocks, oldest first. Limits: 48 bytes of memory for each block. */
export class BlockIndex {
  /** Encoded size of all blocks. Units: bytes. */
  bytes = 0;
  #start = 0;
  #end = 0;
  #cells = new Float64Array(64 * COLUMN_COUNT);

  /** How many blocks there are. */
  get length(): number {
    return this.#end - this.#start;
  }

  /** Adds the newest block. */
  push(entry: BlockEntry): void {
    if (this.#end * COLUMN_COUNT === this.#cells.length) this.#makeRoom();
    const { first, count, bytes, epoch, minAt, maxAt } = entry;
    this.#cells.set([first, count, bytes, epoch, minAt, maxAt], this.#end * COLUMN_COUNT);
    this.#end += 1;
    this.bytes += bytes;
  }

  /** The block at `index`, 0 being the oldest; undefined beyond either end. */
  at(index: number): BlockEntry | undefined {
    if (index < 0 || index >= this.length) return undefined;
    const cell = (this.#start + index) * COLUMN_COUNT;
    const [first = 0, count = 0, bytes = 0, epoch = 0, minAt = 0, maxAt = 0] = this.#cells.subarray(
      cell,
      cell + COLUMN_COUNT,
    );
    return { first, count, bytes, epoch, minAt, maxAt };
  }

  /** Forgets the `blockCount` oldest blocks. */
  dropOldest(blockCount: number): void {
    for (let index = 0; index < blockCount; index += 1) this.bytes -= this.at(index)?.bytes ?? 0;
    this.#start += blockCount;
  }

  /** The index of the last block that starts at or before `sequence`; -1 when all start after it. */
  findLastStartingBy(sequence: Sequence): number {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#cells[(this.#start + middle) * COLUMN_COUNT] ?? 0) <= sequence) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  /** Moves what is left to the front; grows when the room in front is less than half. */
  #makeRoom(): void {
    const held = this.#cells.subarray(this.#start * COLUMN_COUNT, this.#end * COLUMN_COUNT);
    const cells = this.#start * 2 > this.#end ? this.#cells : new Float64Array(this.#cells.length * 2);
    cells.set(held);
    this.#cells = cells;
    this.#end -= this.#start;
    this.#start = 0;
  }
}
