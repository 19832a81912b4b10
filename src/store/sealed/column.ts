/**
 * A column of doubles as one stream of the range coder: its numbers, or a table of the different ones by size and then
 * the place of each row in it. A converter that knows a few hundred levels, or a mean of a few whole numbers, gives
 * doubles with all their digits, yet only so many.
 *
 * ```
 * struct Column {             // in the directory
 *   varint  size;             // 2 * bytes of the stream + (there is a table)
 *   Numbers numbers;          // numbers.ts; where there is a table, of the places in it
 *   varint  tableRows;        // these two only where there is a table; it comes first in the stream
 *   Numbers table;
 * }
 * ```
 */

import type { ByteReader } from "../byte-reader.ts";
import type { ByteWriter } from "../byte-writer.ts";
import { NumberCodec, type NumberPlan, readNumberPlan, writeNumberPlan } from "./numbers.ts";
import { RangeDecoder, RangeEncoder } from "./range-coder.ts";

/** A table is tried where errors are longer than this on the mean. Units: bits. */
const ERROR_BITS_MIN = 2;

/** A table has at most one number for so many rows. */
const TABLE_SHARE = 4;

/** What the head of a table costs, about. Units: bytes. */
const TABLE_HEAD_BYTES = 12;

/** What the directory says of a column. Units: `bytes` of its stream. */
export interface ColumnPlan {
  readonly bytes: number;
  readonly numbers: NumberPlan;
  readonly table: { readonly rows: number; readonly numbers: NumberPlan } | undefined;
}

/** A column that has been encoded. */
export interface EncodedColumn {
  readonly plan: ColumnPlan;
  readonly stream: Uint8Array;
}

/** Writes what the directory says of a column whose whole numbers begin near `origin`. */
export function writeColumnPlan(writer: ByteWriter, { bytes, numbers, table }: ColumnPlan, origin: number): void {
  writer.varint(2 * bytes + (table === undefined ? 0 : 1));
  writeNumberPlan(writer, numbers, origin);
  if (table === undefined) return;
  writer.varint(table.rows);
  writeNumberPlan(writer, table.numbers, origin);
}

/** Reads what the directory says of a column; what no writer made breaks the reader. */
export function readColumnPlan(reader: ByteReader, origin: number): ColumnPlan {
  const size = reader.varint();
  const numbers = readNumberPlan(reader, origin);
  const hasTable = size % 2 === 1;
  const table = hasTable ? { rows: reader.varint(), numbers: readNumberPlan(reader, origin) } : undefined;
  return { bytes: Math.floor(size / 2), numbers, table };
}

const NUMBERS = new NumberCodec();
const CODER = new RangeEncoder();

/** Encodes a column. */
export function encodeColumn(values: Float64Array): EncodedColumn {
  const plain = NUMBERS.write(CODER, values);
  const stream = CODER.finish();
  const direct = { plan: { bytes: stream.length, numbers: plain, table: undefined }, stream };
  const different = plain.integers.errorBits < ERROR_BITS_MIN ? undefined : differentOnes(values);
  if (different === undefined) return direct;
  const tabled = encodeWithTable(values, different);
  return tabled.stream.length + TABLE_HEAD_BYTES < stream.length ? tabled : direct;
}

/** Decodes a column until `values` is full. Shape: the bytes of the stream from `offset` on. */
export function decodeColumn(plan: ColumnPlan, bytes: Uint8Array, offset: number, values: Float64Array): void {
  const coder = new RangeDecoder(bytes, offset, offset + plan.bytes);
  const table = new Float64Array(plan.table?.rows ?? 0);
  if (plan.table !== undefined) NUMBERS.read(coder, plan.table.numbers, table);
  NUMBERS.read(coder, plan.numbers, values);
  if (plan.table === undefined) return;
  for (let row = 0; row < values.length; row += 1) values[row] = table[values[row] ?? 0] ?? 0;
}

function encodeWithTable(values: Float64Array, different: Map<number, number>): EncodedColumn {
  const table = Float64Array.from(different.keys()).sort();
  for (const [place, value] of table.entries()) different.set(value, place);
  const tableNumbers = NUMBERS.write(CODER, table);
  const numbers = NUMBERS.write(
    CODER,
    values.map((value) => different.get(value) ?? 0),
  );
  const stream = CODER.finish();
  return { plan: { bytes: stream.length, numbers, table: { rows: table.length, numbers: tableNumbers } }, stream };
}

/** The different numbers of a column; undefined where they are many, or some that a map takes for the same are not. */
function differentOnes(values: Float64Array): Map<number, number> | undefined {
  const countMax = values.length / TABLE_SHARE;
  const different = new Map<number, number>();
  for (const value of values) {
    if (Number.isNaN(value) || Object.is(value, -0)) return undefined;
    different.set(value, 0);
    if (different.size > countMax) return undefined;
  }
  return different;
}
