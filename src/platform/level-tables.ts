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

import { type FileHandle, open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { findFlippedBits, maskedChecksum } from "./level-checksum.ts";
import { correctFile, turnOver } from "./level-corrector.ts";
import { readManifest } from "./level-manifest.ts";
import { LevelReader } from "./level-reader.ts";
import type { Quarantine } from "./quarantine.ts";

const FOOTER_BYTES = 48;
const MAGIC = 0xdb4775248b80fb57n;
const MAGIC_OFFSET = 40;

/** What stands behind each block. Units: bytes. */
export const CHECKSUM_BYTES = 4;

/** A table that LevelDB cannot make use of. */
export interface BrokenTable {
  readonly path: string;
  /** What it had when it was made. Units: bytes. */
  readonly size: number;
  /** What is wrong with it, to go behind its name. */
  readonly why: string;
}

/** Finds the tables in use that are there and lost their directory. One that is gone LevelDB misses itself. */
export async function findBrokenTables(folder: string): Promise<readonly BrokenTable[]> {
  const broken: BrokenTable[] = [];
  for (const { number, size } of (await readManifest(folder))?.tables ?? []) {
    const path = join(folder, tableName(number));
    const why = await examine(path, size);
    if (why !== undefined) broken.push({ path, size, why });
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
  const directory = findDirectory(await readAt(handle, size - FOOTER_BYTES, FOOTER_BYTES), size);
  if (directory === undefined) return false;
  const { offset, end } = directory;
  return isIntact(await readAt(handle, offset, end - offset + CHECKSUM_BYTES));
}

/**
 * Corrects the one bit that cost a table its directory, where it is one: in the directory or in the footer that tells
 * its place. Gives whether it has its directory again.
 */
export async function correctTable({ path, size }: BrokenTable, quarantine: Quarantine): Promise<boolean> {
  const table = await readFile(path).catch(() => Buffer.alloc(0));
  if (table.length !== size) return false;
  const flips = findFlipsOfTable(table);
  if (flips.length !== 1) return false;
  await correctFile(path, table, flips, quarantine);
  return true;
}

function findFlipsOfTable(table: Buffer): number[] {
  const footer = table.subarray(-FOOTER_BYTES);
  const footerOffset = table.length - FOOTER_BYTES;
  const directory = findDirectory(footer, table.length);
  const flips = directory === undefined ? [] : findFlippedBits(table, directory.end, directory.offset, directory.end);
  for (let bit = 0; bit < FOOTER_BYTES * 8; bit += 1) {
    const found = findDirectory(turnOver(footer, [bit]), table.length);
    if (found === undefined || !isIntact(table.subarray(found.offset, found.end + CHECKSUM_BYTES))) continue;
    flips.push(footerOffset * 8 + bit);
  }
  return flips;
}

/** Where a block of a table is, from its first byte to its checksum. Units: bytes. */
export interface BlockPlace {
  readonly offset: number;
  readonly end: number;
}

/** Finds the directory of a table, where it is intact. Shape: a whole file, damaged or not. */
export function findIntactDirectory(table: Buffer): BlockPlace | undefined {
  const place = findDirectory(table.subarray(-FOOTER_BYTES), table.length);
  if (place === undefined) return undefined;
  return isIntact(table.subarray(place.offset, place.end + CHECKSUM_BYTES)) ? place : undefined;
}

/** Where the directory is, as the footer tells; undefined where nothing can be there. */
function findDirectory(footer: Buffer, size: number): BlockPlace | undefined {
  if (footer.length < FOOTER_BYTES || footer.readBigUInt64LE(MAGIC_OFFSET) !== MAGIC) return undefined;
  const handles = new LevelReader(footer);
  const [, , offset, byteCount] = [handles.varint(), handles.varint(), handles.varint(), handles.varint()];
  const end = offset + byteCount + 1;
  return end + CHECKSUM_BYTES <= size - FOOTER_BYTES ? { offset, end } : undefined;
}

/** Whether bytes are what their checksum says. Shape: bytes and their masked checksum. */
export function isIntact(block: Buffer): boolean {
  const end = block.length - CHECKSUM_BYTES;
  return end >= 0 && block.readUInt32LE(end) === maskedChecksum(block.subarray(0, end));
}

async function readAt(handle: FileHandle, offset: number, byteCount: number): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(byteCount), 0, byteCount, offset);
  return buffer.subarray(0, bytesRead);
}
