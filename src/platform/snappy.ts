/**
 * Snappy, in which LevelDB keeps a block that becomes smaller by it.
 *
 * ```
 * struct Snappy { varint length; Element elements[]; }   // of the unpacked bytes
 * struct Element { u8 tag; u8 rest[]; }                  // the lowest two bits of the tag tell its kind
 * ```
 *
 * Source: https://github.com/google/snappy/blob/main/format_description.txt
 */

import { LevelReader } from "./level-reader.ts";

/** No block of a table comes near it; damaged ones may claim anything. Units: bytes. */
const LENGTH_MAX = 64 * 1024 * 1024;

const KIND = { literal: 0, nearCopy: 1, copy: 2, farCopy: 3 } as const;

/** Lengths up to this stand in the tag itself; above, it tells in how many bytes they stand. */
const SHORT_LITERAL_MAX = 60;

/** Unpacks; undefined where that cannot be done. Shape: any. */
export function unpackSnappy(packed: Buffer): Buffer | undefined {
  try {
    const reader = new LevelReader(packed);
    const length = reader.varint();
    if (length > LENGTH_MAX) return undefined;
    const unpacked = Buffer.alloc(length);
    let end = 0;
    while (!reader.isAtEnd) end = unpackElement(reader, unpacked, end);
    return end === length ? unpacked : undefined;
  } catch {
    return undefined;
  }
}

/** Gives the new end of what is unpacked; throws where an element cannot be. */
function unpackElement(reader: LevelReader, unpacked: Buffer, end: number): number {
  const tag = reader.take(1).readUInt8();
  const kind = tag & 3;
  const upper = tag >> 2;
  if (kind === KIND.literal) {
    const length = 1 + (upper < SHORT_LITERAL_MAX ? upper : readNumber(reader, upper - SHORT_LITERAL_MAX + 1));
    refuseBeyond(unpacked, end + length);
    reader.take(length).copy(unpacked, end);
    return end + length;
  }
  const isNear = kind === KIND.nearCopy;
  const length = isNear ? 4 + (upper & 7) : 1 + upper;
  const back = isNear ? ((upper >> 3) << 8) | readNumber(reader, 1) : readNumber(reader, kind === KIND.copy ? 2 : 4);
  refuseBeyond(unpacked, end + length);
  if (back === 0 || back > end) throw new RangeError("a copy of what is not there");
  for (let at = end; at < end + length; at += 1) unpacked[at] = unpacked[at - back] ?? 0;
  return end + length;
}

function readNumber(reader: LevelReader, byteCount: number): number {
  return reader.take(byteCount).readUIntLE(0, byteCount);
}

function refuseBeyond(unpacked: Buffer, end: number): void {
  if (end > unpacked.length) throw new RangeError("more than was said");
}
