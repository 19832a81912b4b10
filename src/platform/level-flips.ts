/**
 * Finds single bits that turned over in LevelDB's journals and manifests. LevelDB itself would leave out as much as
 * 32 KiB for each.
 *
 * A power cut leaves wrong bytes too, in writes that were not synced, and those must not come back by chance. So a
 * correction has to be the only one of its kind, in every piece of a record, and the record has to be what LevelDB
 * writes: pieces in their order, of which only the last may end before its block does, a payload that can be followed
 * to its end, and a number that goes on where the record before ended and is gone on with by the one behind.
 */

import { findFlippedBits, maskedChecksum } from "./level-checksum.ts";
import { turnOver } from "./level-corrector.ts";
import {
  BLOCK_BYTES,
  endOf,
  endOfBlock,
  HEADER_BYTES,
  isPiece,
  KIND,
  KIND_OFFSET,
  LENGTH_OFFSET,
  skipPadding,
} from "./level-records.ts";

/** Where a record stands in the order of all: the next one begins where it ends. */
export interface RecordPlace {
  readonly from: number;
  readonly to: number;
}

/** Gives the place of a record; undefined for what cannot be one. */
export type PlaceOf = (record: Buffer) => RecordPlace | undefined;

/** A piece, or the rest of a record, as it is once `flipped` are turned over again. */
interface Reading {
  /** Joined only when the record is whole: one of 32 MiB, which a disk that came back gets, has a thousand. */
  readonly payloads: readonly Buffer[];
  readonly end: number;
  /** Numbered through the file: the lowest bit of byte 2 is 16. */
  readonly flipped: readonly number[];
}

/** What a disk loses at once in a power cut, at the least. Units: bytes. */
const SECTOR_BYTES = 512;

/** As many zeros are the end of a sector that was lost, and hardly of a payload. Units: bytes. */
const LOST_BYTES_MIN = 16;

/**
 * Finds the bits of a file of records that turned over, numbered through the file. What is damaged in another way is
 * stepped over as LevelDB does. Shape: a whole file, damaged or not.
 */
export function findFlips(bytes: Buffer, placeOf: PlaceOf): readonly number[] {
  const flipped: number[] = [];
  /** Where the next record begins, and whether that is known or at least so. */
  let next = 0;
  let isKnown = false;
  for (let offset = skipPadding(bytes, 0); offset < bytes.length; ) {
    if (!isBegin(bytes, offset) && isPiece(bytes, offset)) {
      offset = skipPadding(bytes, endOf(bytes, offset));
      continue;
    }
    const found = findRecord(bytes, offset, (place) => (isKnown ? place.from === next : place.from >= next), placeOf);
    isKnown = found?.place !== undefined;
    next = found?.place?.to ?? next;
    flipped.push(...(found?.flipped ?? []));
    offset = skipPadding(bytes, found?.end ?? offset + BLOCK_BYTES - (offset % BLOCK_BYTES));
  }
  return flipped;
}

type FoundRecord = Reading & { readonly place: RecordPlace | undefined };

/** The record at `offset`, where it is intact, or where there is one way to correct it. */
function findRecord(
  bytes: Buffer,
  offset: number,
  fits: (place: RecordPlace) => boolean,
  placeOf: PlaceOf,
): FoundRecord | undefined {
  const found: FoundRecord[] = [];
  for (const reading of readRecord(bytes, offset, KIND.first)) {
    const place = placeOf(Buffer.concat(reading.payloads));
    const isRight =
      reading.flipped.length === 0 ||
      (place !== undefined && fits(place) && isGoneOnWith(bytes, reading.end, place, placeOf));
    if (isRight) found.push({ ...reading, place });
  }
  return found.length === 1 ? found[0] : undefined;
}

/** Whether what stands behind a record begins where that ends, as far as it can be read as it is. */
function isGoneOnWith(bytes: Buffer, end: number, place: RecordPlace, placeOf: PlaceOf): boolean {
  const offset = skipPadding(bytes, end);
  if (!isPiece(bytes, offset)) return true;
  if (!isBegin(bytes, offset)) return false;
  for (const { payloads, flipped } of readRecord(bytes, offset, KIND.first)) {
    if (flipped.length === 0) return placeOf(Buffer.concat(payloads))?.from === place.to;
  }
  return true;
}

/** Every way to read the rest of a record, with at most one bit of each piece turned over. */
function* readRecord(bytes: Buffer, from: number, kind: typeof KIND.first | typeof KIND.middle): Generator<Reading> {
  const offset = skipPadding(bytes, from);
  const last = kind === KIND.first ? KIND.whole : KIND.last;
  for (const piece of readPiece(bytes, offset)) {
    if (piece.kind === last) yield piece;
    // What goes on fills its block.
    if (piece.kind !== kind || piece.end % BLOCK_BYTES !== 0) continue;
    for (const rest of readRecord(bytes, piece.end, KIND.middle)) {
      const flipped = [...piece.flipped, ...rest.flipped];
      yield { payloads: [...piece.payloads, ...rest.payloads], end: rest.end, flipped };
    }
  }
}

function* readPiece(bytes: Buffer, offset: number): Generator<Reading & { readonly kind: number }> {
  const rest = bytes.subarray(offset, endOfBlock(bytes, offset));
  if (isPiece(bytes, offset)) yield toPiece(rest, offset, []);
  else {
    for (const bit of findFlipsOfPiece(bytes, offset)) {
      const turned = turnOver(rest, [bit - offset * 8]);
      if (!hasLostSector(rest.subarray(0, endOf(turned, 0)), offset)) yield toPiece(turned, offset, [bit]);
    }
  }
}

/** Shape: an intact piece, and anything behind it. */
function toPiece(bytes: Buffer, offset: number, flipped: readonly number[]): Reading & { readonly kind: number } {
  const end = endOf(bytes, 0);
  return { kind: bytes[KIND_OFFSET] ?? 0, payloads: [bytes.subarray(HEADER_BYTES, end)], end: offset + end, flipped };
}

/** Whether a sector reads as zeros, as far as a piece is in it: a power cut leaves that, a bit that turned does not. */
function hasLostSector(piece: Buffer, offset: number): boolean {
  for (let from = 0; from < piece.length; ) {
    const to = Math.min(piece.length, from + SECTOR_BYTES - ((offset + from) % SECTOR_BYTES));
    if (to - from >= LOST_BYTES_MIN && piece.subarray(from, to).every((byte) => byte === 0)) return true;
    from = to;
  }
  return false;
}

/** The bits each of which, turned over alone, makes a piece intact that is not. */
function findFlipsOfPiece(bytes: Buffer, offset: number): number[] {
  const limit = endOfBlock(bytes, offset);
  if (offset + HEADER_BYTES > limit) return [];
  const end = endOf(bytes, offset);
  const flips = end > limit ? [] : findFlippedBits(bytes, offset, offset + KIND_OFFSET, end);
  const stored = bytes.readUInt32LE(offset);
  for (let bit = 0; bit < 16; bit += 1) {
    const turnedEnd = offset + HEADER_BYTES + ((end - offset - HEADER_BYTES) ^ (1 << bit));
    if (turnedEnd > limit || maskedChecksum(bytes.subarray(offset + KIND_OFFSET, turnedEnd)) !== stored) continue;
    flips.push((offset + LENGTH_OFFSET) * 8 + bit);
  }
  return flips;
}

function isBegin(bytes: Buffer, offset: number): boolean {
  const kind = bytes[offset + KIND_OFFSET];
  return kind === KIND.whole || kind === KIND.first;
}
