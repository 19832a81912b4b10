/**
 * The form of a sealed block: many small blocks merged, with a column of its own for each series.
 *
 * ```
 * struct SealedBlock {        // payload of a record (record.ts), version 2
 *   varint first;             // sequence of the first row; the same as in its key
 *   varint count;             // rows, 1 to 65,536
 *   varint epoch;             // the clock epoch its moments were read in
 *   varint momentsCount;      // columns of moments
 *   varint seriesCount;
 *   zigzag baseAt;            // origin of all columns of moments; that of values is 0
 *   Moments moments[];        // the directory: what each stream below holds, in their order
 *   Series  series[];         // by ascending id
 *   u8      streams[];        // of the range coder (range-coder.ts): moments, series, order
 * }
 *
 * struct Moments {
 *   varint  rows;
 *   varint  span;             // 0: not told; otherwise 1 + latest - earliest
 *   zigzag  earliest;         // after baseAt; only where the span is told
 *   Column  at;               // column.ts
 * }
 *
 * struct Series {
 *   varint  id;               // after the id before it
 *   varint  moments;          // which column of moments is its own
 *   Column  value;
 *   u8      flags;            // of its first row
 *   varint  flagBytes;        // of the stream of its flags; 0 where they stay
 * }
 * ```
 *
 * varint and zigzag are those of block.ts. Series that are read together share one column of moments, whose rows are
 * theirs. Behind the stream of the values of a series comes that of its flags (flag-rows.ts), where they change. The
 * order (row-order.ts) says which series each row is of, so that every row gets its sequence back; it takes what is
 * left of the record. One series can be read without the others.
 */

import assert from "node:assert/strict";
import type { Sequence } from "../../model/log.ts";
import { type SampleBatch, SampleBuilder } from "../../model/samples.ts";
import type { SeriesId } from "../../model/series.ts";
import { inOneGo } from "../../model/time.ts";
import { openRecord, sealRecord, startRecord } from "../record.ts";
import { decodeColumn, encodeColumn } from "./column.ts";
import {
  type Directory,
  type MomentsEntry,
  readDirectory,
  SEALED_ROWS_MAX,
  type SeriesEntry,
  spanOf,
  writeDirectory,
} from "./directory.ts";
import { readFlags, writeFlags } from "./flag-rows.ts";
import { RangeDecoder, RangeEncoder } from "./range-coder.ts";
import { readOrder, writeOrder } from "./row-order.ts";
import { groupBySeries } from "./series-columns.ts";

const VERSION = 2;

/** Encodes the rows of `batch` as one sealed block. Shape: 1 to `SEALED_ROWS_MAX` rows. */
export function encodeSealed(first: Sequence, epoch: number, batch: SampleBatch): Uint8Array {
  return inOneGo(encodeSealedByColumn(first, epoch, batch));
}

/** The same in pieces, a column each: all of it at once would hold up a small board for hundreds of milliseconds. */
export function* encodeSealedByColumn(first: Sequence, epoch: number, batch: SampleBatch): Generator<void, Uint8Array> {
  const { count } = batch;
  assert(count >= 1 && count <= SEALED_ROWS_MAX, `a sealed block holds 1 to ${SEALED_ROWS_MAX} rows, not ${count}`);
  const columns = groupBySeries(batch);
  const coder = new RangeEncoder();
  const streams: Uint8Array[] = [];
  const moments: MomentsEntry[] = [];
  for (const at of columns.moments) {
    const { plan, stream } = encodeColumn(at);
    streams.push(stream);
    moments.push({ rows: at.length, ...spanOf(at), column: plan });
    yield;
  }
  const series: SeriesEntry[] = [];
  for (const { id, moments: momentsIndex, value, flags } of columns.series) {
    const { plan, stream } = encodeColumn(value);
    writeFlags(coder, flags);
    const flagStream = coder.finish();
    streams.push(stream, flagStream);
    const flagBytes = flagStream.length;
    series.push({ id, moments: momentsIndex, column: plan, firstFlags: flags[0] ?? 0, flagBytes });
    yield;
  }
  writeOrder(coder, columns.places, series.length);
  streams.push(coder.finish());

  const writer = startRecord(VERSION, 64 + 2 * count);
  writeDirectory(writer, { first, count, epoch, moments, series });
  for (const stream of streams) writer.bytes(stream);
  return sealRecord(writer);
}

/** Opens the sealed block stored under `first`; undefined when it is damaged. Shape: a whole record. */
export function openSealed(bytes: Uint8Array, first: Sequence): SealedBlock | undefined {
  const reader = openRecord(bytes, VERSION);
  const directory = reader && readDirectory(reader);
  if (reader === undefined || directory?.first !== first) return undefined;
  return new SealedBlock(bytes, bytes.length - reader.rest, directory);
}

/** A sealed block that is intact; nothing but its directory has been decoded. */
export class SealedBlock {
  readonly directory: Directory;
  readonly #bytes: Uint8Array;
  /** Where each stream begins: those of moments, those of series, and the order. */
  readonly #offsets: readonly number[];

  /** `streamsOffset` is where the directory ends. Shape: a whole record. */
  constructor(bytes: Uint8Array, streamsOffset: number, directory: Directory) {
    const offsets = [streamsOffset];
    for (const { column } of directory.moments) offsets.push((offsets.at(-1) ?? 0) + column.bytes);
    for (const entry of directory.series) offsets.push((offsets.at(-1) ?? 0) + entry.column.bytes + entry.flagBytes);
    this.#bytes = bytes;
    this.#offsets = offsets;
    this.directory = directory;
  }

  /** Decodes one series, its rows in their order; undefined when the block has none of it. */
  readSeries(id: SeriesId): SampleBatch | undefined {
    const index = this.directory.series.findIndex((each) => each.id === id);
    const entry = this.directory.series[index];
    if (entry === undefined) return undefined;
    const at = this.#decodeMoments(entry.moments);
    const { value, flags } = this.#decodeSeries(index, at.length);
    return { series: new Uint32Array(at.length).fill(id), at, value, flags, count: at.length };
  }

  /**
   * Decodes the rows of some series in their order, and says which rows of the block they are; undefined where the
   * order contradicts the directory. Columns of other series are not looked at.
   */
  readSome(
    wanted: ReadonlySet<SeriesId>,
  ): { readonly batch: SampleBatch; readonly rows: readonly number[] } | undefined {
    const { count, moments, series } = this.directory;
    if (!series.some(({ id }) => wanted.has(id))) return { batch: new SampleBuilder(0), rows: [] };
    const order = this.#decodeOrder();
    if (order === undefined) return undefined;
    const columns = new Map<number, SampleBatch>();
    /** For each row the index of its series, where that is wanted. */
    const indexOfRow = new Int32Array(count).fill(-1);
    let start = 0;
    for (const [index, entry] of series.entries()) {
      const length = moments[entry.moments]?.rows ?? 0;
      const column = wanted.has(entry.id) ? this.readSeries(entry.id) : undefined;
      if (column !== undefined) {
        columns.set(index, column);
        for (let place = 0; place < length; place += 1) indexOfRow[order[start + place] ?? 0] = index;
      }
      start += length;
    }
    const batch = new SampleBuilder(1_024);
    const rows: number[] = [];
    const next = new Map<number, number>();
    for (let row = 0; row < count; row += 1) {
      const index = indexOfRow[row] ?? -1;
      const column = columns.get(index);
      if (column === undefined) continue;
      const place = next.get(index) ?? 0;
      next.set(index, place + 1);
      rows.push(row);
      batch.pushRow(column, place);
    }
    return { batch, rows };
  }

  /** Decodes all rows in their order; undefined where the order contradicts the directory. */
  readAll(): SampleBatch | undefined {
    const { count, moments, series } = this.directory;
    const rows = this.#decodeOrder();
    if (rows === undefined) return undefined;
    const momentColumns = moments.map((_, index) => this.#decodeMoments(index));
    const batch = {
      series: new Uint32Array(count),
      at: new Float64Array(count),
      value: new Float64Array(count),
      flags: new Uint8Array(count),
      count,
    };
    let start = 0;
    for (const [index, entry] of series.entries()) {
      const at = momentColumns[entry.moments] ?? new Float64Array(0);
      const { value, flags } = this.#decodeSeries(index, at.length);
      for (let place = 0; place < at.length; place += 1) {
        const row = rows[start + place] ?? 0;
        batch.series[row] = entry.id;
        batch.at[row] = at[place] ?? 0;
        batch.value[row] = value[place] ?? 0;
        batch.flags[row] = flags[place] ?? 0;
      }
      start += at.length;
    }
    return batch;
  }

  /** The row of each place when the columns of all series stand one after the other. */
  #decodeOrder(): Uint16Array | undefined {
    const { count, moments, series } = this.directory;
    const places = new Uint16Array(count);
    const offset = this.#offsetOf(moments.length + series.length);
    const coder = new RangeDecoder(this.#bytes, offset, this.#bytes.length);
    if (!readOrder(coder, places, series.length)) return undefined;
    const next = new Float64Array(series.length);
    const ends = new Float64Array(series.length);
    let start = 0;
    for (const [index, entry] of series.entries()) {
      next[index] = start;
      start += moments[entry.moments]?.rows ?? 0;
      ends[index] = start;
    }
    const rows = new Uint16Array(count);
    for (let row = 0; row < count; row += 1) {
      const index = places[row] ?? 0;
      const place = next[index] ?? 0;
      if (place === ends[index]) return undefined;
      rows[place] = row;
      next[index] = place + 1;
    }
    return rows;
  }

  #decodeMoments(index: number): Float64Array<ArrayBuffer> {
    const entry = this.directory.moments[index];
    assert(entry !== undefined, "a directory names only moments that it holds");
    const at = new Float64Array(entry.rows);
    decodeColumn(entry.column, this.#bytes, this.#offsetOf(index), at);
    return at;
  }

  #decodeSeries(index: number, rows: number): { value: Float64Array<ArrayBuffer>; flags: Uint8Array<ArrayBuffer> } {
    const entry = this.directory.series[index];
    assert(entry !== undefined, "a series is decoded that the directory holds");
    const value = new Float64Array(rows);
    const flags = new Uint8Array(rows).fill(entry.firstFlags);
    const offset = this.#offsetOf(this.directory.moments.length + index);
    decodeColumn(entry.column, this.#bytes, offset, value);
    const flagsOffset = offset + entry.column.bytes;
    if (entry.flagBytes > 0)
      readFlags(new RangeDecoder(this.#bytes, flagsOffset, flagsOffset + entry.flagBytes), flags);
    return { value, flags };
  }

  #offsetOf(streamIndex: number): number {
    return this.#offsets[streamIndex] ?? this.#bytes.length;
  }
}
