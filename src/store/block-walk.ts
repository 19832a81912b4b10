/** Reading rows back: for a cursor by sequence, for a query by time. */

import type { LogSlice, MissingReason, Sequence } from "../model/log.ts";
import type { LogPage, PageQuery } from "../model/log-care.ts";
import { type SampleBatch, SampleBuilder } from "../model/samples.ts";
import type { SeriesId } from "../model/series.ts";
import type { Database } from "../platform/level-database.ts";
import type { Block } from "./block.ts";
import { type BlockEntry, type BlockIndex, endOf, LEVEL_LOST, LEVEL_SMALL } from "./block-index.ts";
import type { EpochTable, FlagChange } from "./epochs.ts";
import { blockKey, sequenceOfKey } from "./keys.ts";
import type { SeriesTable } from "./series-table.ts";
import { decodeStoredBlock, decodeStoredSeries, decodeStoredSome, type StoredSeries } from "./stored-block.ts";

/** Rows of one page. */
export const PAGE_ROWS_MAX = 10_000;

/** Rows that are decoded for one page, give or take a block. */
const LOOKED_ROWS_MAX = 65_536;

/** So many series are decoded by themselves. */
const FEW_SERIES = 8;

/** Walks the intact blocks that start between the two sequences, `from` inclusive to `to` exclusive. */
export async function* walkBlocks(
  database: Database,
  from: Sequence,
  to: Sequence,
): AsyncGenerator<readonly [Block, Uint8Array]> {
  for await (const [key, bytes] of database.entries({ from: blockKey(from), to: blockKey(to) })) {
    const first = sequenceOfKey(key);
    const block = first === undefined ? undefined : decodeStoredBlock(bytes, first);
    if (block !== undefined) yield [block, bytes];
  }
}

/** Reads the blocks of one log. Errors: `STORE_FAILED`, from every method. */
export class BlockReader {
  readonly #database: Database;
  readonly #index: BlockIndex;
  readonly #epochs: EpochTable;
  readonly #series: SeriesTable;
  /** The large block that was read last: a reader takes it in many slices. */
  #latest: { readonly entry: BlockEntry; readonly block: Block } | undefined;

  /** Until it is over, the index may name what is gone. */
  #change: Promise<void> = Promise.resolve();

  constructor(database: Database, index: BlockIndex, epochs: EpochTable, series: SeriesTable) {
    this.#database = database;
    this.#index = index;
    this.#epochs = epochs;
    this.#series = series;
  }

  /** Takes note of a change of blocks that has begun: a block that is missing meanwhile is not lost. */
  expect(change: Promise<void>): void {
    this.#change = change.catch(() => undefined);
  }

  /** Reads one block; undefined when it is missing or damaged. */
  async read(entry: BlockEntry): Promise<Block | undefined> {
    if (this.#latest?.entry.first === entry.first && this.#latest.entry.level === entry.level)
      return this.#latest.block;
    const bytes = await this.#database.get(blockKey(entry.first));
    const block = bytes === undefined ? undefined : decodeStoredBlock(bytes, entry.first);
    if (block !== undefined && entry.level !== LEVEL_SMALL) this.#latest = { entry, block };
    return block;
  }

  /**
   * Reads the rows between two sequences, `from` inclusive to `to` exclusive, or as many of them as go into one slice.
   * Rows of a block that is missing or damaged, and rows whose series lost its definition, are unreadable.
   */
  async slice(from: Sequence, to: Sequence): Promise<LogSlice> {
    const slice = new SliceBuilder(from, to);
    for await (const block of this.#blocksBetween(from, to)) {
      if (!slice.skipTo(block.first, "unreadable") || !this.#takeRows(slice, block)) return slice.end();
    }
    slice.skipTo(to, "unreadable");
    return slice.end();
  }

  /** Gives whether the slice goes on after the block. */
  #takeRows(slice: SliceBuilder, block: Block): boolean {
    const { first, offsets, batch } = block;
    const offset = this.#epochs.offsetOf(block.epoch);
    const { kept, added } = this.#epochs.flagsOf(block.epoch);
    for (let row = 0; row < batch.count; row += 1) {
      const sequence = first + (offsets?.[row] ?? row);
      if (sequence < slice.next) continue;
      if (!slice.skipTo(sequence, "thinned")) return false;
      const id = batch.series[row] ?? 0;
      const flags = ((batch.flags[row] ?? 0) & kept) | added;
      if (this.#series.has(id)) slice.take(id, (batch.at[row] ?? 0) + offset, batch.value[row] ?? 0, flags);
      else if (!slice.skipTo(sequence + 1, "unreadable")) return false;
    }
    return slice.skipTo(endOf(block), "thinned");
  }

  /**
   * Reads one series between two moments, both inclusive, oldest first. Blocks may be sealed, thinned or deleted
   * meanwhile, so it goes on from where it stands and not by a list. Units: milliseconds since 1970.
   */
  async range(series: SeriesId, from: number, to: number): Promise<SampleBatch> {
    const found = new SampleBuilder();
    let next = 0;
    for (let entry = this.#index.reaching(next); entry !== undefined; entry = this.#index.reaching(next)) {
      const offset = this.#epochs.offsetOf(entry.epoch);
      let end = endOf(entry);
      if (entry.minAt + offset <= to && entry.maxAt + offset >= from) {
        const rows = await this.#rowsOf(entry, series, next);
        if (rows === undefined) await this.#change;
        if (rows === undefined && this.#hasChanged(entry)) continue;
        if (rows !== undefined) {
          pushBetween(found, rows.batch, offset, this.#epochs.flagsOf(entry.epoch), from, to);
          end = Math.max(end, entry.first + rows.span);
        }
      }
      next = end;
    }
    return sortByMoment(found);
  }

  /**
   * Reads samples in the order they came. A page ends when it is full, or when enough was looked at for nothing, so
   * that whoever asks for little of a long log does not wait for all of it at once.
   */
  async page(query: PageQuery): Promise<LogPage> {
    const { fromAt, toAt } = query;
    const found = new PageBuilder();
    let looked = 0;
    let next = query.from;
    for (let entry = this.#index.reaching(next); entry !== undefined; entry = this.#index.reaching(next)) {
      const offset = this.#epochs.offsetOf(entry.epoch);
      if (entry.minAt + offset <= toAt && entry.maxAt + offset >= fromAt) {
        if (looked >= LOOKED_ROWS_MAX) return found.end(next);
        looked += entry.count;
        const block = await this.#readSome(entry, query.series);
        if (block === undefined && entry.level !== LEVEL_LOST) found.unreadable += entry.count;
        const full = block && this.#takePage(found, block, { ...query, from: next });
        if (full !== undefined) return found.end(full);
      }
      next = endOf(entry);
    }
    return found.end(undefined);
  }

  /** Of a few series only their columns are decoded; for many, a block that is kept serves several pages. */
  async #readSome(entry: BlockEntry, series: ReadonlySet<SeriesId> | undefined): Promise<Block | undefined> {
    const isKept = this.#latest?.entry.first === entry.first;
    if (series === undefined || series.size > FEW_SERIES || isKept) return await this.read(entry);
    const bytes = await this.#database.get(blockKey(entry.first));
    return bytes && decodeStoredSome(bytes, entry.first, series);
  }

  /** Gives the sequence at which the page was full; undefined when it is not. */
  #takePage(found: PageBuilder, block: Block, { from, fromAt, toAt, series }: PageQuery): Sequence | undefined {
    const { first, offsets, batch } = block;
    const offset = this.#epochs.offsetOf(block.epoch);
    const { kept, added } = this.#epochs.flagsOf(block.epoch);
    for (let row = 0; row < batch.count; row += 1) {
      const sequence = first + (offsets?.[row] ?? row);
      const id = batch.series[row] ?? 0;
      const at = (batch.at[row] ?? 0) + offset;
      if (sequence < from || at < fromAt || at > toAt || !this.#series.has(id)) continue;
      if (series !== undefined && !series.has(id)) continue;
      if (found.batch.count === PAGE_ROWS_MAX) return sequence;
      found.sequences.push(sequence);
      found.batch.push(id, at, batch.value[row] ?? 0, ((batch.flags[row] ?? 0) & kept) | added);
    }
    return undefined;
  }

  /**
   * The rows of one series from a sequence on, in what stands where the block did: it may have been merged with those
   * after it. Undefined when nothing that can be read does.
   */
  async #rowsOf(entry: BlockEntry, series: SeriesId, from: Sequence): Promise<StoredSeries | undefined> {
    const bytes = await this.#database.get(blockKey(entry.first));
    if (bytes === undefined) return undefined;
    if (entry.first >= from) {
      const rows = decodeStoredSeries(bytes, entry.first, series);
      return rows && { ...rows, batch: rowsOfSeries(rows.batch, series, 0) };
    }
    const block = decodeStoredBlock(bytes, entry.first);
    if (block === undefined) return undefined;
    const { batch, offsets, span } = block;
    let start = 0;
    while (start < batch.count && entry.first + (offsets?.[start] ?? start) < from) start += 1;
    return { batch: rowsOfSeries(batch, series, start), span };
  }

  #hasChanged({ first, level }: BlockEntry): boolean {
    const now = this.#index.reaching(first);
    return now?.first !== first || now.level !== level;
  }

  /** Small blocks are read in walks, large ones one at a time. */
  async *#blocksBetween(from: Sequence, to: Sequence): AsyncGenerator<Block> {
    for (let position = Math.max(0, this.#index.findLastStartingBy(from)); ; ) {
      const entry = this.#index.at(position);
      if (entry === undefined || entry.first >= to) return;
      if (entry.level === LEVEL_SMALL) {
        let end = position;
        while (this.#index.levelAt(end) === LEVEL_SMALL && (this.#index.firstAt(end) ?? to) < to) end += 1;
        for await (const [block] of walkBlocks(this.#database, entry.first, this.#index.firstAt(end) ?? to))
          yield block;
        position = end;
      } else {
        const block = await this.read(entry);
        if (block !== undefined) yield block;
        position += 1;
      }
    }
  }
}

function rowsOfSeries(rows: SampleBatch, series: SeriesId, start: number): SampleBatch {
  const found = new SampleBuilder();
  for (let row = start; row < rows.count; row += 1) if (rows.series[row] === series) found.pushRow(rows, row);
  return found;
}

function pushBetween(
  found: SampleBuilder,
  rows: SampleBatch,
  offset: number,
  { kept, added }: FlagChange,
  from: number,
  to: number,
): void {
  for (let row = 0; row < rows.count; row += 1) {
    const at = (rows.at[row] ?? 0) + offset;
    if (at < from || at > to) continue;
    found.push(rows.series[row] ?? 0, at, rows.value[row] ?? 0, ((rows.flags[row] ?? 0) & kept) | added);
  }
}

/** Gathers the rows of a page. */
class PageBuilder {
  readonly batch = new SampleBuilder();
  readonly sequences: Sequence[] = [];
  unreadable = 0;

  end(next: Sequence | undefined): LogPage {
    return { batch: this.batch, sequences: this.sequences, next, unreadable: this.unreadable };
  }
}

/** Gathers rows in sequence, until the end or until rows are missing for a second reason. */
class SliceBuilder {
  /** The sequence that comes next. */
  next: Sequence;
  readonly #from: Sequence;
  readonly #to: Sequence;
  readonly #batch: SampleBuilder;
  readonly #sequences: Float64Array;
  #missing: MissingReason | undefined;

  constructor(from: Sequence, to: Sequence) {
    this.next = from;
    this.#from = from;
    this.#to = to;
    this.#batch = new SampleBuilder(to - from);
    this.#sequences = new Float64Array(to - from);
  }

  /** Passes over the sequences before `sequence`, which are missing. Gives whether the slice takes what follows. */
  skipTo(sequence: Sequence, reason: MissingReason): boolean {
    const end = Math.min(sequence, this.#to);
    if (end > this.next) {
      this.#missing ??= reason;
      if (this.#missing !== reason) return false;
      this.next = end;
    }
    return this.next < this.#to;
  }

  take(series: SeriesId, at: number, value: number, flags: number): void {
    this.#sequences[this.#batch.count] = this.next;
    this.#batch.push(series, at, value, flags);
    this.next += 1;
  }

  end(): LogSlice {
    const sequences = this.#sequences.subarray(0, this.#batch.count);
    return { from: this.#from, to: this.next, batch: this.#batch, sequences, missing: this.#missing ?? "unreadable" };
  }
}

/** Sorts rows by moment; those of the same moment stay in their order. Usually there is nothing to do. */
export function sortByMoment(batch: SampleBatch): SampleBatch {
  const { at, count } = batch;
  if (isSorted(at, count)) return batch;
  const order = Uint32Array.from({ length: count }, (_, row) => row);
  order.sort((one, other) => (at[one] ?? 0) - (at[other] ?? 0) || one - other);
  const sorted = new SampleBuilder(count);
  for (const row of order) sorted.pushRow(batch, row);
  return sorted;
}

function isSorted(at: Float64Array, count: number): boolean {
  for (let row = 1; row < count; row += 1) {
    if ((at[row] ?? 0) < (at[row - 1] ?? 0)) return false;
  }
  return true;
}
