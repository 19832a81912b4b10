/** The directory of a sealed block: what stands in it and where. The layout is in sealed-block.ts. */

import type { ByteReader } from "../byte-reader.ts";
import type { ByteWriter } from "../byte-writer.ts";
import { type ColumnPlan, readColumnPlan, writeColumnPlan } from "./column.ts";
import { INTEGER_MAX } from "./integer-plan.ts";

/** Most rows one sealed block holds; it bounds what reading one costs. */
export const SEALED_ROWS_MAX = 65_536;

/** A column of moments that one series or many share. Units: milliseconds since 1970. */
export interface MomentsEntry {
  readonly rows: number;
  /** Infinite either way where the moments are no whole numbers. */
  readonly minAt: number;
  readonly maxAt: number;
  readonly column: ColumnPlan;
}

/** A series with its values and flags. Units: `flagBytes` of the stream of its flags, 0 where they never change. */
export interface SeriesEntry {
  readonly id: number;
  readonly moments: number;
  readonly column: ColumnPlan;
  readonly firstFlags: number;
  readonly flagBytes: number;
}

/** Everything that stands before the streams. */
export interface Directory {
  readonly first: number;
  readonly count: number;
  readonly epoch: number;
  readonly moments: readonly MomentsEntry[];
  readonly series: readonly SeriesEntry[];
}

/** Writes a directory. */
export function writeDirectory(writer: ByteWriter, directory: Directory): void {
  const { first, count, epoch, moments, series } = directory;
  const baseAt = moments.find(isSpanTold)?.minAt ?? 0;
  writer.varint(first);
  writer.varint(count);
  writer.varint(epoch);
  writer.varint(moments.length);
  writer.varint(series.length);
  writer.zigzag(baseAt);
  for (const entry of moments) {
    writer.varint(entry.rows);
    writer.varint(isSpanTold(entry) ? 1 + entry.maxAt - entry.minAt : 0);
    if (isSpanTold(entry)) writer.zigzag(entry.minAt - baseAt);
    writeColumnPlan(writer, entry.column, baseAt);
  }
  let idBefore = 0;
  for (const entry of series) {
    writer.varint(entry.id - idBefore);
    writer.varint(entry.moments);
    writeColumnPlan(writer, entry.column, 0);
    writer.u8(entry.firstFlags);
    writer.varint(entry.flagBytes);
    idBefore = entry.id;
  }
}

/** Reads a directory; undefined where it does not add up, so that nothing in it asks for more room than its rows. */
export function readDirectory(reader: ByteReader): Directory | undefined {
  const first = reader.varint();
  const count = reader.varint();
  const epoch = reader.varint();
  const momentsCount = reader.varint();
  const seriesCount = reader.varint();
  const baseAt = reader.zigzag();
  if (count < 1 || count > SEALED_ROWS_MAX || seriesCount > count || momentsCount > seriesCount) return undefined;
  const moments: MomentsEntry[] = [];
  while (moments.length < momentsCount && !reader.isBroken) moments.push(readMoments(reader, baseAt));
  const series: SeriesEntry[] = [];
  let id = 0;
  while (series.length < seriesCount && !reader.isBroken) {
    const idStep = reader.varint();
    if (idStep === 0 && series.length > 0) return undefined;
    id += idStep;
    series.push(readSeries(reader, id));
  }
  if (reader.isBroken || id > 0xffff_ffff) return undefined;
  return addsUp(count, moments, series, reader.rest) ? { first, count, epoch, moments, series } : undefined;
}

/** Says whether every row is told once, by moments that a series has, and every stream is there. */
function addsUp(
  count: number,
  moments: readonly MomentsEntry[],
  series: readonly SeriesEntry[],
  streamBytes: number,
): boolean {
  let momentCount = 0;
  let rowCount = 0;
  let byteCount = 0;
  for (const { rows, column } of moments) {
    if (rows < 1 || (column.table?.rows ?? 0) > rows) return false;
    momentCount += rows;
    byteCount += column.bytes;
  }
  for (const { moments: index, column, flagBytes } of series) {
    const rows = moments[index]?.rows ?? Number.NaN;
    if ((column.table?.rows ?? 0) > rows) return false;
    rowCount += rows;
    byteCount += column.bytes + flagBytes;
  }
  return momentCount <= count && rowCount === count && byteCount <= streamBytes;
}

/** The earliest and the latest of a column of moments; infinite either way where not all are whole numbers. */
export function spanOf(at: Float64Array): { minAt: number; maxAt: number } {
  let minAt = Number.POSITIVE_INFINITY;
  let maxAt = Number.NEGATIVE_INFINITY;
  for (const moment of at) {
    if (!Number.isInteger(moment) || Math.abs(moment) > INTEGER_MAX) return UNTOLD;
    if (moment < minAt) minAt = moment;
    if (moment > maxAt) maxAt = moment;
  }
  return { minAt, maxAt };
}

const UNTOLD = { minAt: Number.NEGATIVE_INFINITY, maxAt: Number.POSITIVE_INFINITY };

function isSpanTold(entry: MomentsEntry): boolean {
  return entry.minAt > Number.NEGATIVE_INFINITY;
}

function readMoments(reader: ByteReader, baseAt: number): MomentsEntry {
  const rows = reader.varint();
  const span = reader.varint();
  const minAt = span === 0 ? UNTOLD.minAt : baseAt + reader.zigzag();
  const maxAt = span === 0 ? UNTOLD.maxAt : minAt + span - 1;
  return { rows, minAt, maxAt, column: readColumnPlan(reader, baseAt) };
}

function readSeries(reader: ByteReader, id: number): SeriesEntry {
  const moments = reader.varint();
  return { id, moments, column: readColumnPlan(reader, 0), firstFlags: reader.u8(), flagBytes: reader.varint() };
}
