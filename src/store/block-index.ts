/**
 * What the log knows of its blocks without reading them.
 *
 * ```
 * struct Index {              // payload of a record, version 2, under the same sequence as its block
 *   varint span;              // sequences, from the block's first to the next block's
 *   varint count;             // rows; fewer than the span where the block was thinned
 *   varint bytes;             // of the block record
 *   varint epoch;
 *   varint level;             // 0 as it came, 1 sealed, from 2 on thinned, each time to half; 255 lost, without rows
 *   f64    minAt, maxAt;      // as stored in the block, without the offset of the epoch
 * }
 * ```
 *
 * Version 1 had neither span nor level: its blocks are all as they came.
 *
 * The record is a copy of what the block says: where it is missing or damaged, recovery asks the block.
 */

import type { Sequence } from "../model/log.ts";
import type { Block } from "./block.ts";
import { openRecord, sealRecord, startRecord } from "./record.ts";

const VERSION = 2;
const VERSION_WITHOUT_LEVEL = 1;

/** How a block was made: as it came. */
export const LEVEL_SMALL = 0;
/** How a block was made: of small ones, with every row. From the next level on rows are missing. */
export const LEVEL_SEALED = 1;
/** That there is no block: what had these sequences is lost, and has been counted. */
export const LEVEL_LOST = 255;

/** One block. Units: `bytes` as encoded; `minAt` and `maxAt` milliseconds since 1970. */
export interface BlockEntry {
  readonly first: Sequence;
  /** Sequences from the first of this block to that of the next. */
  readonly span: number;
  /** Rows that are there. */
  readonly count: number;
  readonly bytes: number;
  readonly epoch: number;
  readonly level: number;
  readonly minAt: number;
  readonly maxAt: number;
}

/** The sequence after a block. */
export function endOf(entry: Pick<BlockEntry, "first" | "span">): Sequence {
  return entry.first + entry.span;
}

/** Describes a block of `bytes` bytes. */
export function describeBlock({ first, span, epoch, batch }: Block, bytes: number, level: number): BlockEntry {
  let minAt = Number.POSITIVE_INFINITY;
  let maxAt = Number.NEGATIVE_INFINITY;
  for (let row = 0; row < batch.count; row += 1) {
    const at = batch.at[row] ?? 0;
    if (at < minAt) minAt = at;
    if (at > maxAt) maxAt = at;
  }
  return { first, span, count: batch.count, bytes, epoch, level, minAt, maxAt };
}

/** Encodes an index record. */
export function encodeIndexRecord(entry: BlockEntry): Uint8Array {
  const writer = startRecord(VERSION, 48);
  writer.varint(entry.span);
  writer.varint(entry.count);
  writer.varint(entry.bytes);
  writer.varint(entry.epoch);
  writer.varint(entry.level);
  writer.f64(entry.minAt);
  writer.f64(entry.maxAt);
  return sealRecord(writer);
}

/** Decodes the index record stored under `first`; undefined when it is damaged. Shape: a whole record. */
export function decodeIndexRecord(bytes: Uint8Array, first: Sequence): BlockEntry | undefined {
  const older = openRecord(bytes, VERSION_WITHOUT_LEVEL);
  const reader = older ?? openRecord(bytes, VERSION);
  if (reader === undefined) return undefined;
  const span = reader.varint();
  const entry = {
    first,
    span,
    count: older === undefined ? reader.varint() : span,
    bytes: reader.varint(),
    epoch: reader.varint(),
    level: older === undefined ? reader.varint() : LEVEL_SMALL,
    minAt: reader.f64(),
    maxAt: reader.f64(),
  };
  const isFilled = entry.level === LEVEL_LOST ? entry.count === 0 : entry.count > 0;
  return reader.isBroken || !isFilled || entry.span < 1 || entry.span < entry.count ? undefined : entry;
}

/** Rows of one number each: first, span, count, bytes, epoch, level, minAt, maxAt. */
const COLUMN_COUNT = 8;
const COUNT_COLUMN = 2;
const BYTES_COLUMN = 3;
const EPOCH_COLUMN = 4;
const LEVEL_COLUMN = 5;

/** All blocks, oldest first. Limits: 64 bytes of memory for each block. */
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
    this.#put(this.#end, entry);
    this.#end += 1;
    this.bytes += entry.bytes;
  }

  /** The block at `index`, 0 being the oldest; undefined beyond either end. */
  at(index: number): BlockEntry | undefined {
    if (index < 0 || index >= this.length) return undefined;
    const cell = (this.#start + index) * COLUMN_COUNT;
    const row = this.#cells.subarray(cell, cell + COLUMN_COUNT);
    const [first = 0, span = 0, count = 0, bytes = 0, epoch = 0, level = 0, minAt = 0, maxAt = 0] = row;
    return { first, span, count, bytes, epoch, level, minAt, maxAt };
  }

  /** The level of the block at `index`; undefined beyond either end. */
  levelAt(index: number): number | undefined {
    return this.#cellAt(index, LEVEL_COLUMN);
  }

  /** The epoch of the block at `index`; undefined beyond either end. */
  epochAt(index: number): number | undefined {
    return this.#cellAt(index, EPOCH_COLUMN);
  }

  /** The rows of the block at `index`; undefined beyond either end. */
  countAt(index: number): number | undefined {
    return this.#cellAt(index, COUNT_COLUMN);
  }

  /** The encoded size of the block at `index`; undefined beyond either end. Units: bytes. */
  bytesAt(index: number): number | undefined {
    return this.#cellAt(index, BYTES_COLUMN);
  }

  /** The first sequence of the block at `index`; undefined beyond either end. */
  firstAt(index: number): Sequence | undefined {
    return this.#cellAt(index, 0);
  }

  /** Puts one block in the place of the `blockCount` blocks from `index` on. */
  replace(index: number, blockCount: number, entry: BlockEntry): void {
    for (let offset = 0; offset < blockCount; offset += 1) this.bytes -= this.bytesAt(index + offset) ?? 0;
    const place = this.#start + index;
    this.#cells.copyWithin((place + 1) * COLUMN_COUNT, (place + blockCount) * COLUMN_COUNT, this.#end * COLUMN_COUNT);
    this.#put(place, entry);
    this.#end -= blockCount - 1;
    this.bytes += entry.bytes;
  }

  /** Forgets the `blockCount` oldest blocks. */
  dropOldest(blockCount: number): void {
    for (let index = 0; index < blockCount; index += 1) this.bytes -= this.bytesAt(index) ?? 0;
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

  #cellAt(index: number, column: number): number | undefined {
    return index < 0 || index >= this.length ? undefined : this.#cells[(this.#start + index) * COLUMN_COUNT + column];
  }

  #put(place: number, { first, span, count, bytes, epoch, level, minAt, maxAt }: BlockEntry): void {
    this.#cells.set([first, span, count, bytes, epoch, level, minAt, maxAt], place * COLUMN_COUNT);
  }

  /** The first block that ends after `sequence`; undefined when none does. */
  reaching(sequence: Sequence): BlockEntry | undefined {
    const position = Math.max(0, this.findLastStartingBy(sequence));
    const entry = this.at(position);
    return entry !== undefined && endOf(entry) <= sequence ? this.at(position + 1) : entry;
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
