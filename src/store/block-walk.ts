/** Reading rows back: for a cursor by sequence, for a query by time. */

import type { LogSlice, Sequence } from "../model/log.ts";
import { type SampleBatch, SampleBuilder } from "../model/samples.ts";
import type { SeriesId } from "../model/series.ts";
import type { Database } from "../platform/level-database.ts";
import { type Block, decodeBlock } from "./block.ts";
import { type BlockIndex, endOf } from "./block-index.ts";
import type { EpochTable } from "./epochs.ts";
import { blockKey, sequenceOfKey } from "./keys.ts";
import type { SeriesTable } from "./series-table.ts";

/** What reading needs to know beside the blocks. */
export interface BlockContext {
  readonly database: Database;
  readonly index: BlockIndex;
  readonly epochs: EpochTable;
  readonly series: SeriesTable;
}

/** Walks the intact blocks that start between the two sequences, `from` inclusive to `to` exclusive. */
export async function* walkBlocks(database: Database, from: Sequence, to: Sequence): AsyncGenerator<Block> {
  for await (const [key, bytes] of database.entries({ from: blockKey(from), to: blockKey(to) })) {
    const first = sequenceOfKey(key);
    const block = first === undefined ? undefined : decodeBlock(bytes, first);
    if (block !== undefined) yield block;
  }
}

/**
 * Reads the rows between two sequences, `from` inclusive to `to` exclusive. Rows of a block that is missing or damaged,
 * and rows whose series lost its definition, count as unreadable.
 *
 * Errors: `STORE_FAILED`.
 */
export async function readSlice(context: BlockContext, from: Sequence, to: Sequence): Promise<LogSlice> {
  const { database, index, epochs, series } = context;
  const batch = new SampleBuilder(to - from);
  const sequences = new Float64Array(to - from);
  const start = index.at(index.findLastStartingBy(from))?.first ?? from;
  for await (const { first, epoch, batch: rows } of walkBlocks(database, start, to)) {
    const offset = epochs.offsetOf(epoch);
    const { kept, added } = epochs.flagsOf(epoch);
    const rowEnd = Math.min(rows.count, to - first);
    for (let row = Math.max(0, from - first); row < rowEnd; row += 1) {
      const id = rows.series[row] ?? 0;
      if (!series.has(id)) continue;
      sequences[batch.count] = first + row;
      const flags = ((rows.flags[row] ?? 0) & kept) | added;
      batch.push(id, (rows.at[row] ?? 0) + offset, rows.value[row] ?? 0, flags);
    }
  }
  const unreadable = to - from - batch.count;
  return { from, to, batch, sequences: sequences.subarray(0, batch.count), unreadable };
}

/**
 * Reads one series between two moments, both inclusive, oldest first. Units: milliseconds since 1970.
 *
 * Errors: `STORE_FAILED`.
 */
export async function readRange(
  context: BlockContext,
  series: SeriesId,
  from: number,
  to: number,
): Promise<SampleBatch> {
  const { database, epochs } = context;
  const found = new SampleBuilder();
  for (const run of overlappingRuns(context, from, to)) {
    for await (const { epoch, batch: rows } of walkBlocks(database, run.from, run.to)) {
      const offset = epochs.offsetOf(epoch);
      const { kept, added } = epochs.flagsOf(epoch);
      for (let row = 0; row < rows.count; row += 1) {
        const at = (rows.at[row] ?? 0) + offset;
        if (rows.series[row] !== series || at < from || at > to) continue;
        found.push(series, at, rows.value[row] ?? 0, ((rows.flags[row] ?? 0) & kept) | added);
      }
    }
  }
  return sortByMoment(found);
}

/** Sorts rows by moment; those of the same moment stay in their order. Usually there is nothing to do. */
export function sortByMoment(batch: SampleBatch): SampleBatch {
  const { at, count } = batch;
  if (isSorted(at, count)) return batch;
  const order = Uint32Array.from({ length: count }, (_, row) => row);
  order.sort((one, other) => (at[one] ?? 0) - (at[other] ?? 0) || one - other);
  const sorted = new SampleBuilder(count);
  for (const row of order) sorted.pushAll(batch, row, row + 1);
  return sorted;
}

function isSorted(at: Float64Array, count: number): boolean {
  for (let row = 1; row < count; row += 1) {
    if ((at[row] ?? 0) < (at[row - 1] ?? 0)) return false;
  }
  return true;
}

/** Neighbouring blocks whose time spans overlap the one asked for, joined so that each run is one walk. */
function overlappingRuns(context: BlockContext, from: number, to: number): { from: Sequence; to: Sequence }[] {
  const { index, epochs } = context;
  const runs: { from: Sequence; to: Sequence }[] = [];
  for (let position = 0; position < index.length; position += 1) {
    const entry = index.at(position);
    if (entry === undefined) continue;
    const offset = epochs.offsetOf(entry.epoch);
    if (entry.minAt + offset > to || entry.maxAt + offset < from) continue;
    const last = runs.at(-1);
    if (last?.to === entry.first) last.to = endOf(entry);
    else runs.push({ from: entry.first, to: endOf(entry) });
  }
  return runs;
}
