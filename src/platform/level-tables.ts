/**
 * Looks whether LevelDB's tables still have their directory. LevelDB itself takes a table whose directory reads as
 * zeros for an empty one: it gives nothing of it, says nothing, and deletes it with the next merge of tables. A table
 * that was cut short it refuses to read each time anew.
 *
 * ```
 * struct Table {
 *   u8 blocks[];              // the last of them is the directory, with a u8 kind and a masked CRC-32C behind it
 *   struct { varint offset; varint size; } filter, directory;
 *   u8 padding[];             // up to 40 bytes, with the two before
 *   u64 magic;
 * }
 * ```
 *
 * Source: LevelDB 1.20, table/format.cc.
 */

import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import { maskedChecksum } from "./level-checksum.ts";
import { readManifest } from "./level-manifest.ts";
import { LevelReader } from "./level-reader.ts";

const FOOTER_BYTES = 48;
const MAGIC = 0xdb4775248b80fb57n;
const MAGIC_OFFSET = 40;
const TRAILER_BYTES = 5;

/** A table that LevelDB cannot make use of. */
export interface BrokenTable {
  readonly path: string;
  /** What is wrong with it, to go behind its name. */
  readonly why: string;
}

/** Finds the tables in use that are there and lost their directory. One that is gone LevelDB misses itself. */
export async function findBrokenTables(folder: string): Promise<readonly BrokenTable[]> {
  const broken: BrokenTable[] = [];
  for (const { number, size } of (await readManifest(folder))?.tables ?? []) {
    const path = join(folder, tableName(number));
    const why = await examine(path, size);
    if (why !== undefined) broken.push({ path, why });
  }
  return broken;
}

/** The file of a table. */
export function tableName(number: number): string {
  return `${String(number).padStart(6, "0")}.ldb`;
}

/** Says what is wrong with a table; undefined when it has its directory, or is gone. Units: bytes. */
async function examine(path: string, size: number): Promise<string | undefined> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, "r");
    const actual = (await handle.stat()).size;
    if (actual < size) return `has ${actual} bytes instead of ${size}`;
    return (await hasDirectory(handle, size)) ? undefined : "has lost its directory";
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
    return code === "ENOENT" ? undefined : `cannot be read (${String(code)})`;
  } finally {
    await handle?.close();
  }
}

async function hasDirectory(handle: FileHandle, size: number): Promise<boolean> {
  const footer = await readAt(handle, size - FOOTER_BYTES, FOOTER_BYTES);
  if (footer.readBigUInt64LE(MAGIC_OFFSET) !== MAGIC) return false;
  const handles = new LevelReader(footer);
  const [, , offset, byteCount] = [handles.varint(), handles.varint(), handles.varint(), handles.varint()];
  if (offset + byteCount + TRAILER_BYTES > size - FOOTER_BYTES) return false;
  const block = await readAt(handle, offset, byteCount + TRAILER_BYTES);
  return block.readUInt32LE(byteCount + 1) === maskedChecksum(block.subarray(0, byteCount + 1));
}

async function readAt(handle: FileHandle, offset: number, byteCount: number): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(byteCount), 0, byteCount, offset);
  return buffer.subarray(0, bytesRead);
}
