import { type Point, type PointType, pointWidth } from "../../src/model/profile.ts";

/** A value as a device puts it into registers. */
export interface EncodedValue {
  /** In the order of the wire. Shape: as many words of 16 bits as the type is wide. */
  readonly words: readonly number[];
  /** What a reader of these words should find, in the point's unit; undefined for "no reading". */
  readonly readBack: number | undefined;
}

/** The parts of a point that decide its coding. */
export type Coding = Pick<Point, "type" | "wordOrder" | "byteOrder" | "scale" | "offset" | "sentinels">;

/**
 * Encodes a value as a device with this coding would: it rounds to its resolution, stays at the end of its type
 * instead of wrapping, and never says "no reading" by accident.
 *
 * Units: `value` in the point's unit.
 */
export function encodeRegisters(coding: Coding, value: number): EncodedValue {
  const raw = (value - coding.offset) / coding.scale;
  if (coding.type === "float32" || coding.type === "float64") {
    const stored = coding.type === "float32" ? shortestSingle(raw) : raw;
    return { words: toWire(coding, floatBits(coding.type, stored)), readBack: scaled(coding, stored) };
  }
  const { lowest, highest } = integerLimits(coding.type);
  let whole = BigInt(Math.round(raw));
  if (whole < lowest) whole = lowest;
  if (whole > highest) whole = highest;
  while (isSentinel(coding, whole)) whole += whole > 0n ? -1n : 1n;
  return { words: toWire(coding, whole), readBack: scaled(coding, Number(whole)) };
}

/** Encodes "no reading": the first sentinel of the point. Errors: a RangeError when the point has none. */
export function encodeAbsence(coding: Coding): EncodedValue {
  const sentinel = coding.sentinels[0];
  if (sentinel === undefined) throw new RangeError("a point without sentinels cannot say that it has no reading");
  return { words: toWire(coding, sentinel), readBack: undefined };
}

function toWire(coding: Coding, bits: bigint): readonly number[] {
  const width = pointWidth(coding.type);
  const words: number[] = [];
  for (let index = width - 1; index >= 0; index -= 1) {
    const word = Number((bits >> BigInt(16 * index)) & 0xffffn);
    words.push(coding.byteOrder === "high-byte-first" ? word : ((word & 0xff) << 8) | (word >> 8));
  }
  return coding.wordOrder === "high-word-first" ? words : words.reverse();
}

function isSentinel(coding: Coding, whole: bigint): boolean {
  const bitCount = 16 * pointWidth(coding.type);
  return coding.sentinels.some((sentinel) => BigInt.asUintN(bitCount, sentinel) === BigInt.asUintN(bitCount, whole));
}

function integerLimits(type: PointType): { lowest: bigint; highest: bigint } {
  if (type === "bit") return { lowest: 0n, highest: 1n };
  const bitCount = BigInt(16 * pointWidth(type));
  return type.startsWith("u")
    ? { lowest: 0n, highest: (1n << bitCount) - 1n }
    : { lowest: -(1n << (bitCount - 1n)), highest: (1n << (bitCount - 1n)) - 1n };
}

function floatBits(type: "float32" | "float64", value: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  if (type === "float32") {
    view.setFloat32(0, value);
    return BigInt(view.getUint32(0));
  }
  view.setFloat64(0, value);
  return view.getBigUint64(0);
}

/** The shortest decimal that a single stores as the same bits: 230.1 and not 230.10000610351562. */
function shortestSingle(value: number): number {
  const stored = Math.fround(value);
  for (let digits = 1; digits < 9; digits += 1) {
    const short = Number(stored.toPrecision(digits));
    if (Math.fround(short) === stored) return short;
  }
  return Number(stored.toPrecision(9));
}

function scaled(coding: Coding, raw: number): number {
  return raw * coding.scale + coding.offset;
}
