/**
 * The envelope around every value of the store.
 *
 * ```
 * struct Record {
 *   u32 checksum;   // CRC-32 of everything after it, little-endian
 *   u8  version;    // of this kind of record
 *   u8  payload[];
 * }
 * ```
 *
 * LevelDB checks its own blocks only when asked, and a repair may bring back half of what was written, so each value
 * proves itself. A record that does not is treated as missing.
 */

import { crc32 } from "node:zlib";
import { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";

const CHECKSUM_BYTES = 4;
const HEADER_BYTES = CHECKSUM_BYTES + 1;

/** Starts a record; write the payload, then seal it. */
export function startRecord(version: number, capacity?: number): ByteWriter {
  const writer = new ByteWriter(capacity);
  for (let index = 0; index < CHECKSUM_BYTES; index += 1) writer.u8(0);
  writer.u8(version);
  return writer;
}

/** Puts the checksum in and gives the bytes, which the writer must not touch again. */
export function sealRecord(writer: ByteWriter): Uint8Array {
  writer.overwriteU32(0, crc32(writer.written().subarray(CHECKSUM_BYTES)));
  return writer.written();
}

/** The version of an intact record; undefined when it is damaged. Shape: a whole record. */
export function versionOf(bytes: Uint8Array): number | undefined {
  if (bytes.length < HEADER_BYTES) return undefined;
  const stored = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  return stored === crc32(bytes.subarray(CHECKSUM_BYTES)) ? bytes[CHECKSUM_BYTES] : undefined;
}

/** Gives a damaged record a checksum that fits, to look at what it claims. Shape: at least the four bytes of one. */
export function overlookChecksum(bytes: Uint8Array): Uint8Array {
  const claimed = Uint8Array.from(bytes);
  new DataView(claimed.buffer).setUint32(0, crc32(claimed.subarray(CHECKSUM_BYTES)), true);
  return claimed;
}

/** Opens the payload; undefined when the record is damaged or of another version. Shape: a whole record. */
export function openRecord(bytes: Uint8Array, version: number): ByteReader | undefined {
  return versionOf(bytes) === version ? new ByteReader(bytes, HEADER_BYTES) : undefined;
}
