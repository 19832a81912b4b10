/**
 * The blocks of which LevelDB's tables are made. LevelDB makes sure of nothing in them: by default it checks no
 * checksum, and a key that is shorter than its own part of it fails an assertion, which ends the process.
 *
 * ```
 * struct StoredBlock { u8 contents[]; u8 kind; u32 checksum; }   // kind 1: contents are packed by Snappy
 * struct Contents {
 *   Entry entries[];
 *   u32 restarts[];           // offsets of entries whose key stands in full
 *   u32 restartCount;
 * }
 * struct Entry {
 *   varint shared;            // bytes that its key has in common with the key before
 *   varint keyBytes; varint valueBytes;
 *   u8 key[keyBytes]; u8 value[valueBytes];
 * }
 * struct Key { u8 key[]; u64 numberAndKind; }    // number of the write * 256 + kind; of one key the latest comes first
 * ```
 *
 * Source: LevelDB 1.20, table/block_builder.cc, table/format.cc, db/dbformat.h.
 */

import { LevelReader } from "./level-reader.ts";
import { unpackSnappy } from "./snappy.ts";

const KIND = { plain: 0, snappy: 1 } as const;
const NUMBER_BYTES = 8;

/** Something is put or deleted. */
const KEY_KIND_MAX = 1;

/** A key of LevelDB and what stands under it. */
export interface BlockEntry {
  readonly key: Buffer;
  readonly value: Buffer;
}

/** What the keys of a block have to be: behind one and not behind another; undefined where that is not known. */
export interface KeyBounds {
  readonly after: Buffer | undefined;
  readonly upTo: Buffer | undefined;
}

/** Reads the entries of a block; undefined where they cannot be followed to the end. Shape: its contents and kind. */
export function readBlock(stored: Buffer): readonly BlockEntry[] | undefined {
  const packed = stored.subarray(0, -1);
  const kind = stored.at(-1);
  const contents = kind === KIND.snappy ? unpackSnappy(packed) : packed;
  if (contents === undefined || kind === undefined || kind > KIND.snappy || contents.length < 4) return undefined;
  const restartCount = contents.readUInt32LE(contents.length - 4);
  if (restartCount === 0) return [];
  const end = contents.length - 4 * (1 + restartCount);
  return end < 0 ? undefined : readEntries(contents, end, restartCount);
}

/** Whether LevelDB can do nothing wrong with a block: its keys are keys, in order. Shape: its contents and kind. */
export function isSoundBlock(stored: Buffer, { after, upTo }: KeyBounds): boolean {
  const entries = readBlock(stored);
  if (entries === undefined) return false;
  let before = after;
  for (const { key } of entries) {
    if (key.length < NUMBER_BYTES || (key.at(-NUMBER_BYTES) ?? 0) > KEY_KIND_MAX) return false;
    if (before !== undefined && compareKeys(before, key) >= 0) return false;
    before = key;
  }
  return before === after || before === undefined || upTo === undefined || compareKeys(before, upTo) <= 0;
}

/** A block that takes as many bytes and holds nothing. Units: bytes, the kind among them. */
export function createEmptyBlock(byteCount: number): Buffer {
  return Buffer.alloc(byteCount);
}

/** As LevelDB orders its keys. Shape: no shorter than its own part of a key. */
export function compareKeys(one: Buffer, other: Buffer): number {
  const order = userKeyOf(one).compare(userKeyOf(other));
  if (order !== 0) return order;
  const [number, otherNumber] = [one, other].map((key) => key.readBigUInt64LE(key.length - NUMBER_BYTES));
  if (number === otherNumber) return 0;
  return (number ?? 0n) > (otherNumber ?? 0n) ? -1 : 1;
}

/** What of a key is not LevelDB's own. Shape: as for `compareKeys`. */
export function userKeyOf(key: Buffer): Buffer {
  return key.subarray(0, -NUMBER_BYTES);
}

/** The key just before another: the same one, of a later write. Shape: as for `compareKeys`. */
export function keyBefore(key: Buffer): Buffer {
  const before = Buffer.from(key);
  const offset = key.length - NUMBER_BYTES;
  before.writeBigUInt64LE(key.readBigUInt64LE(offset) + 1n, offset);
  return before;
}

function readEntries(contents: Buffer, end: number, restartCount: number): readonly BlockEntry[] | undefined {
  const entries: BlockEntry[] = [];
  const full = new Set([0]);
  const reader = new LevelReader(contents.subarray(0, end));
  let key = Buffer.alloc(0);
  try {
    while (!reader.isAtEnd) {
      const { offset } = reader;
      const [shared, keyBytes, valueBytes] = [reader.varint(), reader.varint(), reader.varint()];
      if (shared > key.length) return undefined;
      if (shared === 0) full.add(offset);
      key = Buffer.concat([key.subarray(0, shared), reader.take(keyBytes)]);
      entries.push({ key, value: reader.take(valueBytes) });
    }
  } catch {
    return undefined;
  }
  for (let restart = 0, before = -1; restart < restartCount; restart += 1) {
    const offset = contents.readUInt32LE(end + 4 * restart);
    if (!full.has(offset) || offset <= before) return undefined;
    before = offset;
  }
  return entries;
}
