/**
 * Protocol Buffers, as much of them as devices send: bytes to fields, with every length checked.
 *
 * Source: Protocol Buffers documentation, Encoding.
 */

import { Buffer } from "node:buffer";
import { GatewayError } from "../model/errors.ts";

/** Kinds of fields on the wire. */
const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

/** Source: Protocol Buffers documentation, Encoding, Base 128 Varints. */
const VARINT_BYTES_MAX = 10;

const TWO_TO_32 = 2 ** 32;

/**
 * Walks over the fields of a message. After `next` the number of the field is in `field`, and what it holds in `high`
 * and `low`, as unsigned halves, or in `bytes`; the kind of the field says which.
 *
 * Errors: `INPUT_BAD_REPLY`.
 */
export class ProtobufReader {
  /** The number of the field that was read last. */
  field = 0;
  high = 0;
  low = 0;
  /** What a text, bytes or an inner message hold; undefined for numbers. Shape: a view. */
  bytes: Uint8Array | undefined;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #offset = 0;

  /** Shape: any length; it is looked at in place. */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Reads the next field; says whether there was one. */
  next(): boolean {
    if (this.#offset === this.#bytes.length) return false;
    this.#varint();
    const tag = this.low;
    this.field = tag >>> 3;
    this.bytes = undefined;
    if (this.field === 0 || this.high !== 0) throw damaged("a field of no number");
    switch (tag & 7) {
      case VARINT:
        this.#varint();
        break;
      case FIXED64:
        this.low = this.#view.getUint32(this.#take(8), true);
        this.high = this.#view.getUint32(this.#offset - 4, true);
        break;
      case FIXED32:
        this.high = 0;
        this.low = this.#view.getUint32(this.#take(4), true);
        break;
      case LENGTH_DELIMITED: {
        this.#varint();
        const length = this.high * TWO_TO_32 + this.low;
        const offset = this.#take(length);
        this.bytes = this.#bytes.subarray(offset, offset + length);
        break;
      }
      default:
        throw damaged(`a field of kind ${tag & 7}`);
    }
    return true;
  }

  /** What was read last, as a number of the range that is exact; beyond it, an infinity. */
  get count(): number {
    const value = this.high * TWO_TO_32 + this.low;
    return Number.isSafeInteger(value) ? value : Number.POSITIVE_INFINITY;
  }

  /** What was read last, as text; bytes that are no UTF-8 become U+FFFD. */
  get text(): string {
    const { bytes } = this;
    if (bytes === undefined) throw damaged(`a number in field ${this.field}, where a text was expected`);
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
  }

  /** What was read last, as the fields of a message within this one. */
  get inner(): ProtobufReader {
    if (this.bytes === undefined) throw damaged(`a number in field ${this.field}, where a message was expected`);
    return new ProtobufReader(this.bytes);
  }

  #varint(): void {
    this.high = 0;
    this.low = 0;
    for (let index = 0; index < VARINT_BYTES_MAX; index += 1) {
      const byte = this.#bytes[this.#take(1)] ?? 0;
      const part = byte & 127;
      const shift = 7 * index;
      if (shift < 28) this.low |= part << shift;
      else if (shift === 28) {
        this.low |= part << 28;
        this.high = part >>> 4;
      } else this.high |= part << (shift - 32);
      if (byte < 128) {
        this.low >>>= 0;
        this.high >>>= 0;
        return;
      }
    }
    throw damaged("a number of more than ten bytes");
  }

  #take(count: number): number {
    if (count > this.#bytes.length - this.#offset) throw damaged("an end before its last field is whole");
    this.#offset += count;
    return this.#offset - count;
  }
}

function damaged(found: string): GatewayError {
  return new GatewayError("INPUT_BAD_REPLY", `a message has ${found}: it is damaged, or no Protocol Buffers at all.`);
}
