/** Raw values out of the bytes of registers, for every type and order a profile can name. */

import assert from "node:assert/strict";
import { GatewayError } from "../model/errors.ts";
import { type Point, pointWidth } from "../model/profile.ts";
import { shortestDecimal } from "./decimal.ts";

/** How a value lies in its registers: the part of a point that decoding needs. */
export type RegisterCoding = Pick<Point, "type" | "bit" | "wordOrder" | "byteOrder" | "sentinels">;

const TWO_TO_32 = 2 ** 32;

/** Bits become a float by lying in the same memory as one. */
const floatBits = new DataView(new ArrayBuffer(8));

/**
 * Decodes one point from register bytes; made once per point, so that a value costs arithmetic and nothing else.
 *
 * Sentinels are compared with the raw bits, before anything is made of them: for an int16 both -32768 and 0x8000 name
 * the same bits, for a float a sentinel is its bit pattern.
 */
export class RegisterDecoder {
  readonly #type: Point["type"];
  readonly #width: number;
  readonly #bit: number;
  readonly #isLowWordFirst: boolean;
  readonly #isLowByteFirst: boolean;
  readonly #sentinelsHigh: Uint32Array;
  readonly #sentinelsLow: Uint32Array;

  constructor(coding: RegisterCoding) {
    this.#type = coding.type;
    this.#width = pointWidth(coding.type);
    this.#bit = coding.bit ?? 0;
    this.#isLowWordFirst = coding.wordOrder === "low-word-first";
    this.#isLowByteFirst = coding.byteOrder === "low-byte-first";
    const sentinels = coding.sentinels.map((sentinel) => BigInt.asUintN(16 * this.#width, sentinel));
    this.#sentinelsHigh = Uint32Array.from(sentinels, (bits) => Number(bits >> 32n));
    this.#sentinelsLow = Uint32Array.from(sentinels, (bits) => Number(bits & 0xffff_ffffn));
  }

  /**
   * Decodes the value that starts at `offset`, before scale and offset of the profile.
   *
   * A finite number is the value. NaN says that the device has no reading: a sentinel, or NaN itself in a float. An
   * infinity says that there is a value which cannot be represented: an integer of 2^53 or more either way, whose
   * neighbours a double cannot tell apart, or an infinity in a float.
   *
   * Units: none; `offset` is bytes. Shape: at least 2 bytes per register of the type from `offset`.
   * Errors: `DECODE_SHORT_FRAME`.
   * Source: MODBUS Application Protocol V1.1b3, 4.2 for the bytes of a register; the rest is each vendor's own.
   */
  decode(data: DataView, offset: number): number {
    if (offset + 2 * this.#width > data.byteLength) throw shortData(offset + 2 * this.#width, data);
    const isQuad = this.#width === 4;
    const high = isQuad ? this.#twoWords(data, offset, 0) : 0;
    const low = this.#width === 1 ? this.#word(data, offset, 0) : this.#twoWords(data, offset, isQuad ? 2 : 0);
    if (this.#type === "bit") return (low >>> this.#bit) & 1;
    return this.#isSentinel(high, low) ? Number.NaN : toNumber(this.#type, high, low);
  }

  /** Reads two registers, the one of `place` being the more significant, as an unsigned 32-bit number. */
  #twoWords(data: DataView, offset: number, place: number): number {
    return ((this.#word(data, offset, place) << 16) | this.#word(data, offset, place + 1)) >>> 0;
  }

  /** Reads one register of the value; place 0 is the most significant. */
  #word(data: DataView, offset: number, place: number): number {
    const index = this.#isLowWordFirst ? this.#width - 1 - place : place;
    return data.getUint16(offset + 2 * index, this.#isLowByteFirst);
  }

  #isSentinel(high: number, low: number): boolean {
    for (let index = 0; index < this.#sentinelsLow.length; index += 1) {
      if (this.#sentinelsLow[index] === low && this.#sentinelsHigh[index] === high) return true;
    }
    return false;
  }
}

/**
 * Decodes one bit of a bit table's answer.
 *
 * Units: `index` counts bits from the first one asked for. Shape: bits lowest first in each byte.
 * Errors: `DECODE_SHORT_FRAME`.
 * Source: MODBUS Application Protocol V1.1b3, 6.1.
 */
export function decodeTableBit(data: DataView, index: number): number {
  if (index >= data.byteLength * 8) throw shortData((index >> 3) + 1, data);
  return (data.getUint8(index >> 3) >> (index & 7)) & 1;
}

/** Makes a number of raw bits. Shape: `high` and `low` are unsigned halves; up to 32 bits lie in `low`. */
function toNumber(type: Exclude<Point["type"], "bit">, high: number, low: number): number {
  switch (type) {
    case "uint16":
    case "uint32":
      return low;
    case "int16":
      return (low << 16) >> 16;
    case "int32":
      return low | 0;
    case "uint64":
      return exactInteger(high * TWO_TO_32 + low);
    case "int64":
      return exactInteger((high | 0) * TWO_TO_32 + low);
    case "float32":
      floatBits.setUint32(0, low);
      return shortestDecimal(floatBits.getFloat32(0));
    case "float64":
      floatBits.setUint32(0, high);
      floatBits.setUint32(4, low);
      return floatBits.getFloat64(0);
    default:
      return assert.fail(`type ${type satisfies never}`);
  }
}

/** Lets an integer pass while a double tells it from its neighbours; beyond, it may have been rounded already. */
function exactInteger(value: number): number {
  if (Number.isSafeInteger(value)) return value;
  return value > 0 ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
}

function shortData(bytesMin: number, data: DataView): GatewayError {
  return new GatewayError(
    "DECODE_SHORT_FRAME",
    `The value needs ${bytesMin} bytes and the answer holds ${data.byteLength}.`,
  );
}
