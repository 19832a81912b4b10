/**
 * The form of LevelDB's journals and manifests.
 *
 * ```
 * struct File { Block blocks[]; }           // of 32 KiB; the last one is shorter
 * struct Block { Piece pieces[]; u8 zeros[]; }   // fewer zeros than a piece has bytes before its payload
 * struct Piece {
 *   u32 checksum;                           // masked CRC-32C of kind and payload
 *   u16 length;
 *   u8 kind;                                // 1 a whole record, 2 its first part, 3 one of its middle, 4 its last
 *   u8 payload[length];
 * }
 * ```
 *
 * Source: LevelDB 1.20, db/log_format.h.
 */

import { maskedChecksum } from "./level-checksum.ts";

/** Units: bytes. */
export const BLOCK_BYTES = 32_768;

/** What stands before the payload of a piece. Units: bytes. */
export const HEADER_BYTES = 7;

/** Where the parts of a header stand; the checksum is at its front. Units: bytes. */
export const LENGTH_OFFSET = 4;

/** Where the kind stands; the checksum is over all from there on. Units: bytes. */
export const KIND_OFFSET = 6;

/** The kinds of pieces. */
export const KIND = { whole: 1, first: 2, middle: 3, last: 4 } as const;

/** What a file of records holds. */
export interface RecordScan {
  readonly records: readonly Buffer[];
  /** Bytes that belong to no whole record, with a whole one behind them: a cut-off write does not leave that. */
  readonly lostBytes: number;
  /** Bytes that belong to no whole record, at the end. */
  readonly tail: Buffer;
}

/**
 * Finds the whole records of a file. LevelDB steps over all of a block that stands behind a damaged place in it.
 * Shape: a whole file, damaged or not.
 */
export function scanRecords(bytes: Buffer): RecordScan {
  const records: Buffer[] = [];
  let lostBytes = 0;
  /** Where the last whole record ends, and where the one begins of which there are pieces. */
  let wholeUntil = 0;
  let begunAt = 0;
  let pieces: Buffer[] = [];
  for (let offset = findPiece(bytes, 0); offset < bytes.length; ) {
    const kind = bytes[offset + KIND_OFFSET];
    const end = endOf(bytes, offset);
    const isBegin = kind === KIND.whole || kind === KIND.first;
    if (isBegin) {
      pieces = [];
      begunAt = offset;
    }
    if (isBegin || pieces.length > 0) pieces.push(bytes.subarray(offset + HEADER_BYTES, end));
    const next = skipPadding(bytes, end);
    if (pieces.length > 0 && (kind === KIND.whole || kind === KIND.last)) {
      records.push(Buffer.concat(pieces));
      pieces = [];
      lostBytes += begunAt - wholeUntil;
      wholeUntil = next;
    }
    offset = findPiece(bytes, next);
    if (offset !== next) pieces = [];
  }
  return { records, lostBytes, tail: bytes.subarray(wholeUntil) };
}

/** The first place from `offset` on where an intact piece stands; the length of the file where there is none. */
function findPiece(bytes: Buffer, offset: number): number {
  for (let at = offset; at + HEADER_BYTES <= bytes.length; at += 1) {
    const start = skipPadding(bytes, at);
    if (isPiece(bytes, start)) return start;
    at = start;
  }
  return bytes.length;
}

/** The next place where a piece can begin: none stands across the end of a block. Units: bytes. */
export function skipPadding(bytes: Buffer, offset: number): number {
  const left = BLOCK_BYTES - (offset % BLOCK_BYTES);
  return Math.min(bytes.length, left < HEADER_BYTES ? offset + left : offset);
}

/** Whether an intact piece stands there. Shape: a whole file. */
export function isPiece(bytes: Buffer, offset: number): boolean {
  if (offset + HEADER_BYTES > bytes.length) return false;
  const kind = bytes[offset + KIND_OFFSET] ?? 0;
  const end = endOf(bytes, offset);
  if (kind < KIND.whole || kind > KIND.last || end > endOfBlock(bytes, offset)) return false;
  return bytes.readUInt32LE(offset) === maskedChecksum(bytes.subarray(offset + KIND_OFFSET, end));
}

/** Where the piece at `offset` ends, by what it says. Shape: a whole file. */
export function endOf(bytes: Buffer, offset: number): number {
  return offset + HEADER_BYTES + bytes.readUInt16LE(offset + LENGTH_OFFSET);
}

/** Where the block ends in which `offset` is, or the file within it. Shape: a whole file. */
export function endOfBlock(bytes: Buffer, offset: number): number {
  return Math.min(bytes.length, offset + BLOCK_BYTES - (offset % BLOCK_BYTES));
}
