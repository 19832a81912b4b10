import { type Point, type PointType, pointBits, pointWidth, type WordOrder } from "../../src/model/profile.ts";

/** A value as a device puts it into registers. */
export interface EncodedValue {
  /** In the order of the wire. Shape: as many words of 16 bits as the type is wide. */
  readonly words: readonly number[];
  /** What a reader of these words should find, in the point's unit; undefined for "no reading". */
  readonly readBack: number | undefined;
}

/** The parts of a point that decide its coding. */
export type Coding = Pick<
  Point,
  "type" | "byte" | "wordOrder" | "byteOrder" | "scale" | "offset" | "decimals" | "sentinels"
>;

/**
 * Encodes a value as a device with this coding would: it rounds to its resolution, stays at the end of its type
 * instead of wrapping, and never says "no reading" by accident.
 *
 * Units: `value` in the point's unit.
 */
export function encodeRegisters(coding: Coding, value: number): EncodedValue {
  const { type } = coding;
  const raw = (value - coding.offset) / coding.scale;
  if (type === "float32" || type === "float32-4q" || type === "float64") {
    const stored = type === "float64" ? raw : shortestSingle(raw);
    return { words: toWire(coding, floatBits(type, stored)), readBack: scaled(coding, stored) };
  }
  const { lowest, highest } = integerLimits(type);
  let whole = BigInt(Math.round(raw));
  if (whole < lowest) whole = lowest;
  if (whole > highest) whole = highest;
  while (isSentinel(coding, encodeBits(type, whole))) whole += whole > 0n ? -1n : 1n;
  return { words: toWire(coding, encodeBits(type, whole)), readBack: scaled(coding, Number(whole)) };
}

/** Says whether a value is within what the type can hold. Units: `value` in the point's unit. */
export function canEncode({ type, scale, offset }: Coding, value: number): boolean {
  if (type === "float32" || type === "float32-4q" || type === "float64") return true;
  const { lowest, highest } = integerLimits(type);
  const raw = Math.round((value - offset) / scale);
  return raw >= Number(lowest) && raw <= Number(highest);
}

/** Encodes "no reading": the first sentinel of the point. Errors: a RangeError when the point has none. */
export function encodeAbsence(coding: Coding): EncodedValue {
  const sentinel = coding.sentinels[0];
  if (sentinel === undefined) throw new RangeError("a point without sentinels cannot say that it has no reading");
  return { words: toWire(coding, sentinel), readBack: undefined };
}

function toWire(coding: Coding, bits: bigint): readonly number[] {
  const width = pointWidth(coding.type);
  const own = BigInt.asUintN(pointBits(coding.type), bits);
  const placed = coding.byte === "high" ? own << 8n : own;
  const words: number[] = [];
  for (let index = width - 1; index >= 0; index -= 1) {
    const word = Number((placed >> BigInt(16 * index)) & 0xffffn);
    words.push(coding.byteOrder === "high-byte-first" ? word : ((word & 0xff) << 8) | (word >> 8));
  }
  return orderWords(words, coding.wordOrder);
}

function orderWords([...words]: readonly number[], order: WordOrder): readonly number[] {
  if (order === "low-word-first") return words.reverse();
  if (words.length !== 4 || order === "high-word-first") return words;
  const halves = [words.slice(0, 2), words.slice(2)];
  return (order === "low-half-first" ? halves.reverse() : halves.map((half) => half.reverse())).flat();
}

function isSentinel(coding: Coding, bits: bigint): boolean {
  const bitCount = pointBits(coding.type);
  return coding.sentinels.some((sentinel) => BigInt.asUintN(bitCount, sentinel) === BigInt.asUintN(bitCount, bits));
}

function integerLimits(type: PointType): { lowest: bigint; highest: bigint } {
  const bitCount = BigInt(pointBits(type));
  switch (type) {
    case "bit":
      return { lowest: 0n, highest: 1n };
    case "bcd16":
      return { lowest: 0n, highest: 9999n };
    case "bcd32":
      return { lowest: 0n, highest: 9999_9999n };
    case "sign-magnitude16":
    case "sign-magnitude32":
      return { lowest: 1n - (1n << (bitCount - 1n)), highest: (1n << (bitCount - 1n)) - 1n };
    case "uint32-m10k":
    case "uint48-m10k":
    case "uint64-m10k":
      return { lowest: 0n, highest: 10_000n ** (bitCount / 16n) - 1n };
    case "int32-m10k":
    case "int48-m10k":
    case "int64-m10k":
      return { lowest: 1n - 10_000n ** (bitCount / 16n), highest: 10_000n ** (bitCount / 16n) - 1n };
    case "date-iec":
      return { lowest: SECONDS_OF_2000, highest: SECONDS_OF_2000 + 126n * 31_536_000n };
    case "date-bytes":
      return { lowest: -2_208_988_800n, highest: -2_208_988_800n + 255n * 31_536_000n };
    default:
      return type.startsWith("u")
        ? { lowest: 0n, highest: (1n << bitCount) - 1n }
        : { lowest: -(1n << (bitCount - 1n)), highest: (1n << (bitCount - 1n)) - 1n };
  }
}

/** Source: Unix time of 2000-01-01 00:00:00 UTC. */
const SECONDS_OF_2000 = 946_684_800n;

/** The bits of a whole number as its type writes it. */
function encodeBits(type: PointType, whole: bigint): bigint {
  switch (type) {
    case "bcd16":
    case "bcd32":
      return BigInt(`0x${whole}`);
    case "sign-magnitude16":
    case "sign-magnitude32":
      return whole < 0n ? (1n << BigInt(pointBits(type) - 1)) | -whole : whole;
    case "date-iec":
      return iecDateBits(new Date(Number(whole) * 1000));
    case "date-bytes":
      return dateBytesBits(new Date(Number(whole) * 1000));
    default:
      return type.endsWith("-m10k") ? tenThousandsBits(whole, pointWidth(type)) : whole;
  }
}

/** Each register has the sign of the whole, as division that rounds towards zero leaves it. */
function tenThousandsBits(whole: bigint, width: number): bigint {
  let bits = 0n;
  let rest = whole;
  for (let place = 0; place < width; place += 1) {
    bits |= BigInt.asUintN(16, rest % 10_000n) << BigInt(16 * place);
    rest /= 10_000n;
  }
  return bits;
}

function iecDateBits(date: Date): bigint {
  const words = [
    date.getUTCFullYear() - 2000,
    ((date.getUTCMonth() + 1) << 8) | ((date.getUTCDay() + 1) << 5) | date.getUTCDate(),
    (date.getUTCHours() << 8) | date.getUTCMinutes(),
    date.getUTCSeconds() * 1000 + date.getUTCMilliseconds(),
  ];
  return words.reduce((bits, word) => (bits << 16n) | BigInt(word), 0n);
}

function dateBytesBits(date: Date): bigint {
  const bytes = [
    date.getUTCMonth() + 1,
    date.getUTCDate(),
    date.getUTCFullYear() - 1900,
    date.getUTCHours(),
    date.getUTCMinutes(),
    date.getUTCSeconds(),
  ];
  return bytes.reduce((bits, byte) => (bits << 8n) | BigInt(byte), 0n);
}

function floatBits(type: PointType, value: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  if (type === "float64") {
    view.setFloat64(0, value);
    return view.getBigUint64(0);
  }
  view.setFloat32(0, value);
  return BigInt(view.getUint32(0));
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
  const { decimals } = coding;
  const value = raw * coding.scale + coding.offset;
  return decimals === undefined ? value : Number(value.toFixed(decimals));
}
