/**
 * Looks through all blocks of LevelDB's tables, which LevelDB itself reads without a look at their checksums: one that
 * is damaged gives wrong keys, ends a merge of tables, or ends the process, at each start anew.
 *
 * One bit that turned over is corrected. Of another damage, what keys there still are can be followed or not. If so,
 * nothing in the block can do harm, and the block stays: each value proves itself to the store, which misses only those
 * that are damaged. If not, an empty block takes its place, and what only it held is missing.
 */

import { readdir, readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { createEmptyBlock, isSoundBlock, type KeyBounds, keyBefore, readBlock, userKeyOf } from "./level-blocks.ts";
import { findFlippedBits, maskedChecksum } from "./level-checksum.ts";
import { correctFile, turnOver } from "./level-corrector.ts";
import { readManifest } from "./level-manifest.ts";
import { LevelReader } from "./level-reader.ts";
import { type BlockPlace, CHECKSUM_BYTES, findIntactDirectory, isIntact, tableName } from "./level-tables.ts";
import type { Quarantine } from "./quarantine.ts";
import { replaceFile } from "./replace-file.ts";

const TABLE = /^\d+\.(?:ldb|sst)$/u;

/** A table to look through, and what its keys have to be. */
export interface TablePlace extends KeyBounds {
  readonly path: string;
  /** Units: bytes; 0 where nobody knows. */
  readonly size: number;
}

interface BlockFound extends BlockPlace, KeyBounds {}

/** Lists the tables in use; where no manifest tells them, every table there is. */
export async function listTables(folder: string): Promise<readonly TablePlace[]> {
  const manifest = await readManifest(folder);
  if (manifest !== undefined) {
    return manifest.tables.map(({ number, size, first, last }) => {
      return { path: join(folder, tableName(number)), size, after: keyBefore(first), upTo: last };
    });
  }
  const names = (await readdir(folder).catch((): string[] => [])).filter((name) => TABLE.test(name));
  return names.map((name) => ({ path: join(folder, name), size: 0, after: undefined, upTo: undefined }));
}

/** Whether a table may hold keys from one inclusive to another exclusive. Shape: keys as the store has them. */
export function reachesInto({ after, upTo }: TablePlace, from: Uint8Array, to: Uint8Array): boolean {
  const isBefore = upTo !== undefined && userKeyOf(upTo).compare(from) < 0;
  return !isBefore && (after === undefined || userKeyOf(after).compare(to) < 0);
}

/** Whether a block of a table is damaged; one without a directory, or that is gone, is not looked through. */
export async function hasDamagedBlock(place: TablePlace): Promise<boolean> {
  const table = await readFile(place.path).catch(() => Buffer.alloc(0));
  return findDamagedBlocks(table, place).length > 0;
}

/** Mends the damaged blocks of a table of a closed database. Gives whether rows went, so that others may be back. */
export async function mendBlocks(place: TablePlace, quarantine: Quarantine): Promise<boolean> {
  const { path } = place;
  let table: Buffer = await readFile(path).catch(() => Buffer.alloc(0));
  const damaged = findDamagedBlocks(table, place);
  const flips = damaged.map((block) => findFlip(table, block));
  const flipped = flips.filter((flip) => flip !== undefined);
  if (flipped.length > 0) table = await correctFile(path, table, flipped, quarantine);
  const left = damaged.filter((_, position) => flips[position] === undefined);
  if (left.length === 0) return false;
  await quarantine.keep(basename(path), table);
  const mended = Buffer.from(table);
  const emptied: BlockFound[] = [];
  for (const block of left) {
    const { offset, end } = block;
    if (!isSoundBlock(table.subarray(offset, end), block)) {
      createEmptyBlock(end - offset).copy(mended, offset);
      emptied.push(block);
    }
    mended.writeUInt32LE(maskedChecksum(mended.subarray(offset, end)), end);
  }
  await replaceFile(path, mended);
  quarantine.say(describe(path, left, emptied));
  return emptied.length > 0;
}

/** Shape: a whole file, damaged or not. */
function findDamagedBlocks(table: Buffer, bounds: KeyBounds): readonly BlockFound[] {
  return listBlocks(table, bounds).filter(({ offset, end }) => !isIntact(table.subarray(offset, end + CHECKSUM_BYTES)));
}

/** Every block that the directory names. */
function listBlocks(table: Buffer, { after, upTo }: KeyBounds): readonly BlockFound[] {
  const directory = findIntactDirectory(table);
  const entries = directory && readBlock(table.subarray(directory.offset, directory.end));
  const blocks: BlockFound[] = [];
  for (const [position, { key, value }] of (entries ?? []).entries()) {
    const handle = new LevelReader(value);
    const offset = handle.varint();
    const end = offset + handle.varint() + 1;
    // What the directory has for the last block may be behind the first key of the next table.
    const isLast = position + 1 === entries?.length;
    blocks.push({ offset, end, after: blocks.at(-1)?.upTo ?? after, upTo: isLast ? (upTo ?? key) : key });
  }
  return blocks;
}

/** The one bit that explains why a block does not match its checksum, where it is one. */
function findFlip(table: Buffer, block: BlockFound): number | undefined {
  const { offset, end } = block;
  const flips = findFlippedBits(table, end, offset, end).filter((bit) =>
    isSoundBlock(turnOver(table.subarray(offset, end), bit < end * 8 ? [bit - offset * 8] : []), block),
  );
  return flips.length === 1 ? flips[0] : undefined;
}

function describe(path: string, left: readonly BlockFound[], emptied: readonly BlockFound[]): string {
  const kept = left.length - emptied.length;
  const parts = [
    ...(emptied.length > 0 ? [`${countBytes(emptied)} bytes are taken out, and what only they held is missing`] : []),
    ...(kept > 0 ? [`${countBytes(left) - countBytes(emptied)} bytes stay for what of them can be read`] : []),
  ];
  const count = left.length === 1 ? "one block" : `${left.length} blocks`;
  return `The table ${basename(path)} of the database in ${dirname(path)} is damaged in ${count}: ${parts.join("; ")}.`;
}

function countBytes(blocks: readonly BlockPlace[]): number {
  return blocks.reduce((sum, { offset, end }) => sum + end - offset, 0);
}
