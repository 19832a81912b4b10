/** Raw values out of the bytes of registers, for every type and order a profile can name. */

import { GatewayError } from "../model/errors.ts";
import { type Point, pointBits, pointWidth, type WordOrder } from "../model/profile.ts";
import { toNumber } from "./raw-number.ts";

/** How a value lies in its registers: the part of a point that decoding needs. */
export type RegisterCoding = Pick<Point, "type" | "bit" | "byte" | "wordOrder" | "byteOrder" | "sentinels">;

/**
 * Decodes one point from register bytes; made once per point, so that a value costs arithmetic and nothing else.
 *
 * Sentinels are compared with the raw bits, before anything is made of them: for an int16 both -32768 and 0x8000 name
 * the same bits, for a float a sentinel is its bit pattern.
 */
export class RegisterDecoder {
  readonly #type: Point["type"];
  readonly #width: number;
  /** How far the value is shifted within its register, and the bits that are then its own. */
  readonly #shift: number;
  readonly #mask: number;
  /** Where each register of the value lies, the most significant first. Units: bytes. */
  readonly #offsets: Uint8Array;
  readonly #isLowByteFirst: boolean;
  readonly #sentinelsHigh: Uint32Array;
  readonly #sentinelsLow: Uint32Array;

  constructor(coding: RegisterCoding) {
    this.#type = coding.type;
    this.#width = pointWidth(coding.type);
    const bits = pointBits(coding.type);
    this.#shift = bits === 8 && coding.byte === "high" ? 8 : (coding.bit ?? 0);
    this.#mask = 2 ** Math.min(bits, 16) - 1;
    this.#offsets = offsetsOf(this.#width, coding.wordOrder);
    this.#isLowByteFirst = coding.byteOrder === "low-byte-first";
    const sentinels = coding.sentinels.map((sentinel) => BigInt.asUintN(bits, sentinel));
    this.#sentinelsHigh = Uint32Array.from(sentinels, (bits) => Number(bits >> 32n));
    this.#sentinelsLow = Uint32Array.from(sentinels, (bits) => Number(bits & 0xffff_ffffn));
  }

  /**
   * Decodes the value that starts at `offset`, before scale and offset of the profile.
   *
   * A finite number is the value. NaN says that the device has no reading: a sentinel, or NaN itself in a float. An
   * infinity says that there is something which is no value: an integer of 2^53 or more either way, whose neighbours a
   * double cannot tell apart, an infinity in a float, a digit or a date that does not exist.
   *
   * Units: none; `offset` is bytes. Shape: at least 2 bytes per register of the type from `offset`.
   * Errors: `DECODE_SHORT_FRAME`.
   * Source: MODBUS Application Protocol V1.1b3, 4.2 for the bytes of a register; the rest is each vendor's own.
   */
  decode(data: DataView, offset: number): number {
    if (offset + 2 * this.#width > data.byteLength) throw shortData(offset + 2 * this.#width, data);
    let high = 0;
    let low = 0;
    switch (this.#width) {
      case 1:
        low = (this.#word(data, offset, 0) >>> this.#shift) & this.#mask;
        break;
      case 2:
        low = this.#twoWords(data, offset, 0);
        break;
      case 3:
        high = this.#word(data, offset, 0);
        low = this.#twoWords(data, offset, 1);
        break;
      default:
        high = this.#twoWords(data, offset, 0);
        low = this.#twoWords(data, offset, 2);
    }
    return this.#isSentinel(high, low) ? Number.NaN : toNumber(this.#type, high, low);
  }

  /** Reads two registers, the one of `place` being the more significant, as an unsigned 32-bit number. */
  #twoWords(data: DataView, offset: number, place: number): number {
    return ((this.#word(data, offset, place) << 16) | this.#word(data, offset, place + 1)) >>> 0;
  }

  /** Reads one register of the value; place 0 is the most significant. */
  #word(data: DataView, offset: number, place: number): number {
    return data.getUint16(offset + (this.#offsets[place] ?? 0), this.#isLowByteFirst);
  }

  #isSentinel(high: number, low: number): boolean {
    for (let index = 0; index < this.#sentinelsLow.length; index += 1) {
      if (this.#sentinelsLow[index] === low && this.#sentinelsHigh[index] === high) return true;
    }
    return false;
  }
}

/** Finds where each register of a value lies, the most significant first. Units: bytes. */
function offsetsOf(width: number, order: WordOrder): Uint8Array {
  const placeOf: Readonly<Record<WordOrder, (place: number) => number>> = {
    "high-word-first": (place) => place,
    "low-word-first": (place) => width - 1 - place,
    "low-half-first": (place) => (width === 4 ? place ^ 2 : place),
    "low-word-first-in-halves": (place) => (width === 4 ? place ^ 1 : place),
  };
  return Uint8Array.from({ length: width }, (_, place) => 2 * placeOf[order](place));
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

function shortData(bytesMin: number, data: DataView): GatewayError {
  return new GatewayError(
    "DECODE_SHORT_FRAME",
    `The value needs ${bytesMin} bytes and the answer holds ${data.byteLength}.`,
  );
}
