/** A block as the database holds it, in one of three forms: as it came, sealed, or thinned. Its record says which. */

import type { Sequence } from "../model/log.ts";
import { type SampleBatch, SampleBuilder } from "../model/samples.ts";
import type { SeriesId } from "../model/series.ts";
import { inOneGo } from "../model/time.ts";
import { type Block, decodeBlock, encodeBlock } from "./block.ts";
import { LEVEL_SEALED, LEVEL_SMALL } from "./block-index.ts";
import { overlookChecksum } from "./record.ts";
import { encodeSealedByColumn, openSealed, type SealedBlock } from "./sealed/sealed-block.ts";
import { encodeThinnedByColumn, openThinned } from "./thinned-block.ts";

const NO_ROWS = new SampleBuilder(0);

/** Encodes a block in the form of its level. */
export function encodeStoredBlock(block: Block, level: number): Uint8Array {
  return level === LEVEL_SMALL
    ? encodeBlock(block.first, block.epoch, block.batch)
    : inOneGo(encodeByColumn(block, level));
}

/** Encodes a block that is sealed or thinned, a column at a time. */
export function encodeByColumn(block: Block, level: number): Generator<void, Uint8Array> {
  return level === LEVEL_SEALED
    ? encodeSealedByColumn(block.first, block.epoch, block.batch)
    : encodeThinnedByColumn(block);
}

/** Decodes the block stored under `first`; undefined when it is damaged. Shape: a whole record. */
export function decodeStoredBlock(bytes: Uint8Array, first: Sequence): Block | undefined {
  const sealed = openSealed(bytes, first);
  if (sealed !== undefined) return readWhole(sealed, first, sealed.directory.count);
  const thinned = openThinned(bytes, first);
  if (thinned === undefined) return decodeBlock(bytes, first);
  const block = readWhole(thinned.sealed, first, thinned.span);
  return block && { ...block, offsets: thinned.offsets };
}

/** Rows of one series, perhaps among others, and how far the block that they stand in reaches. */
export interface StoredSeries {
  readonly batch: SampleBatch;
  readonly span: number;
}

/**
 * The rows of one series, and perhaps others: a sealed block decodes no other. Undefined when the block is damaged.
 * Shape: a whole record.
 */
export function decodeStoredSeries(bytes: Uint8Array, first: Sequence, series: SeriesId): StoredSeries | undefined {
  const whole = openSealed(bytes, first);
  const thinned = whole === undefined ? openThinned(bytes, first) : undefined;
  const sealed = whole ?? thinned?.sealed;
  if (sealed === undefined) return decodeBlock(bytes, first);
  return { batch: sealed.readSeries(series) ?? NO_ROWS, span: thinned?.span ?? sealed.directory.count };
}

/**
 * Decodes of a block only what some series have in it, where its form allows that; the rows stand where they stood.
 * Undefined when the block is damaged. Shape: a whole record.
 */
export function decodeStoredSome(bytes: Uint8Array, first: Sequence, wanted: ReadonlySet<SeriesId>): Block | undefined {
  const whole = openSealed(bytes, first);
  const thinned = whole === undefined ? openThinned(bytes, first) : undefined;
  const sealed = whole ?? thinned?.sealed;
  if (sealed === undefined) return decodeBlock(bytes, first);
  const some = sealed.readSome(wanted);
  if (some === undefined) return undefined;
  const { batch, rows } = some;
  const offsets = Uint32Array.from(rows, (row) => thinned?.offsets[row] ?? row);
  const { count, epoch } = sealed.directory;
  return { first, span: thinned?.span ?? count, epoch, batch, offsets };
}

/**
 * How many rows of each series a damaged block claims to have, by what stands before its columns; undefined where even
 * that does not add up. Shape: a whole record.
 */
export function readClaimedSeries(bytes: Uint8Array, first: Sequence): Map<SeriesId, number> | undefined {
  if (bytes.length < 4) return undefined;
  const claimed = overlookChecksum(bytes);
  const directory = (openSealed(claimed, first) ?? openThinned(claimed, first)?.sealed)?.directory;
  if (directory !== undefined) {
    return new Map(directory.series.map(({ id, moments }) => [id, directory.moments[moments]?.rows ?? 0]));
  }
  const batch = decodeBlock(claimed, first)?.batch;
  return batch && countRows(batch);
}

/** How many rows of each series a batch has. */
export function countRows({ series, count }: SampleBatch): Map<SeriesId, number> {
  const counts = new Map<SeriesId, number>();
  for (const id of series.subarray(0, count)) counts.set(id, (counts.get(id) ?? 0) + 1);
  return counts;
}

/** The level of a block whose index record is lost; of a thinned one it is a guess. Shape: a whole record. */
export function levelOf(bytes: Uint8Array, first: Sequence): number {
  if (openSealed(bytes, first) !== undefined) return LEVEL_SEALED;
  return openThinned(bytes, first) === undefined ? LEVEL_SMALL : LEVEL_SEALED + 1;
}

/** Joins neighbouring blocks of one epoch, of which none was thinned. Shape: at least one block, in sequence. */
export function joinBlocks(blocks: readonly Block[]): Block {
  const [oldest] = blocks;
  const count = blocks.reduce((sum, { batch }) => sum + batch.count, 0);
  const batch = new SampleBuilder(count);
  for (const block of blocks) batch.pushAll(block.batch);
  return { first: oldest?.first ?? 0, epoch: oldest?.epoch ?? 0, span: count, batch };
}

function readWhole(sealed: SealedBlock, first: Sequence, span: number): Block | undefined {
  const batch = sealed.readAll();
  return batch && { first, span, epoch: sealed.directory.epoch, batch };
}
