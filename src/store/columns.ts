/**
 * The encodings of a block's columns. A column is a byte that names its encoding, then its rows.
 *
 * | column | encoding | rows |
 * | --- | --- | --- |
 * | series | 1 | zigzag of the difference to the row before |
 * | at | 0 | IEEE 754 doubles, little-endian; only where encoding 1 could not give every bit back |
 * | at | 1 | zigzag of the difference to the row before, in milliseconds |
 * | value | 1 | decimals: varint of 8 * zigzag(m) + d for m / 10^d with d from 0 to 6; after d = 7 comes a double |
 * | flags | 1 | runs: u8 flags, varint length, until all rows are told |
 *
 * What devices send is mostly a short decimal, so most values take three bytes instead of eight.
 */

import type { ByteReader } from "./byte-reader.ts";
import { type ByteWriter, fitsZigzag } from "./byte-writer.ts";

const PLAIN = 0;
const COMPACT = 1;

const POWERS_OF_TEN = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000];

/** In place of the count of decimals: a double follows. */
const AS_DOUBLE = 7;

/** A larger whole number leaves no room for its count of decimals in a varint, and a double is no longer. */
const DECIMAL_MAX = 2 ** 48;

/** Writes the series of each row. */
export function writeSeriesColumn(writer: ByteWriter, series: Uint32Array, count: number): void {
  writer.u8(COMPACT);
  writeDeltas(writer, series, count);
}

/** Reads the series of each row. */
export function readSeriesColumn(reader: ByteReader, count: number): Uint32Array {
  const series = new Uint32Array(count);
  if (reader.u8() === COMPACT) readDeltas(reader, series);
  else reader.isBroken = true;
  return series;
}

/** Writes the moment of each row. */
export function writeAtColumn(writer: ByteWriter, at: Float64Array, count: number): void {
  if (hasExactDeltas(at, count)) {
    writer.u8(COMPACT);
    writeDeltas(writer, at, count);
  } else {
    writer.u8(PLAIN);
    for (let row = 0; row < count; row += 1) writer.f64(at[row] ?? 0);
  }
}

/** Reads the moment of each row. */
export function readAtColumn(reader: ByteReader, count: number): Float64Array {
  const at = new Float64Array(count);
  const encoding = reader.u8();
  if (encoding === COMPACT) readDeltas(reader, at);
  else if (encoding === PLAIN) for (let row = 0; row < count; row += 1) at[row] = reader.f64();
  else reader.isBroken = true;
  return at;
}

/** Writes the value of each row. */
export function writeValueColumn(writer: ByteWriter, value: Float64Array, count: number): void {
  writer.u8(COMPACT);
  for (let row = 0; row < count; row += 1) writeDecimal(writer, value[row] ?? 0);
}

/** Reads the value of each row. */
export function readValueColumn(reader: ByteReader, count: number): Float64Array {
  const value = new Float64Array(count);
  if (reader.u8() !== COMPACT) reader.isBroken = true;
  for (let row = 0; row < count; row += 1) value[row] = readDecimal(reader);
  return value;
}

/** Writes the flags of each row. Shape: `flags` has at least `count` rows. */
export function writeFlagsColumn(writer: ByteWriter, flags: Uint8Array, count: number): void {
  writer.u8(COMPACT);
  for (let start = 0; start < count; ) {
    const flag = flags[start] ?? 0;
    let end = start + 1;
    while (end < count && flags[end] === flag) end += 1;
    writer.u8(flag);
    writer.varint(end - start);
    start = end;
  }
}

/** Reads the flags of each row. */
export function readFlagsColumn(reader: ByteReader, count: number): Uint8Array {
  const flags = new Uint8Array(count);
  if (reader.u8() !== COMPACT) reader.isBroken = true;
  for (let start = 0; start < count && !reader.isBroken; ) {
    const flag = reader.u8();
    const length = reader.varint();
    if (length < 1 || length > count - start) reader.isBroken = true;
    else flags.fill(flag, start, start + length);
    start += length;
  }
  return flags;
}

type Numbers = Uint32Array | Float64Array;

function writeDeltas(writer: ByteWriter, rows: Numbers, count: number): void {
  let before = 0;
  for (let row = 0; row < count; row += 1) {
    const current = rows[row] ?? 0;
    writer.zigzag(current - before);
    before = current;
  }
}

function readDeltas(reader: ByteReader, rows: Numbers): void {
  let current = 0;
  for (let row = 0; row < rows.length; row += 1) {
    current += reader.zigzag();
    rows[row] = current;
  }
}

function hasExactDeltas(rows: Float64Array, count: number): boolean {
  let before = 0;
  for (let row = 0; row < count; row += 1) {
    const current = rows[row] ?? 0;
    if (!fitsZigzag(current) || !fitsZigzag(current - before) || Object.is(current, -0)) return false;
    before = current;
  }
  return true;
}

function writeDecimal(writer: ByteWriter, value: number): void {
  for (let decimals = 0; decimals < POWERS_OF_TEN.length; decimals += 1) {
    const power = POWERS_OF_TEN[decimals] ?? 1;
    const whole = Math.round(value * power);
    if (whole > DECIMAL_MAX || whole < -DECIMAL_MAX) break;
    if (whole / power === value && !Object.is(value, -0)) {
      writer.varint(8 * (whole < 0 ? -2 * whole - 1 : 2 * whole) + decimals);
      return;
    }
  }
  writer.varint(AS_DOUBLE);
  writer.f64(value);
}

function readDecimal(reader: ByteReader): number {
  const coded = reader.varint();
  const decimals = coded % 8;
  if (decimals === AS_DOUBLE) return reader.f64();
  const folded = (coded - decimals) / 8;
  return (folded % 2 === 0 ? folded / 2 : -(folded + 1) / 2) / (POWERS_OF_TEN[decimals] ?? 1);
}
