/** Numbers and text to bytes, little-endian, into a buffer that grows. */

import assert from "node:assert/strict";

const TEXT = new TextEncoder();

/** Most bytes one number can take: a varint of 53 bits. */
const NUMBER_BYTES_MAX = 8;

/** Zigzag doubles its number, which must stay exact. */
const ZIGZAG_MAX = 2 ** 52 - 1;

/** Says whether `value` can be written by `zigzag` and read back exactly. */
export function fitsZigzag(value: number): boolean {
  return Number.isInteger(value) && value <= ZIGZAG_MAX && value >= -ZIGZAG_MAX;
}

/** Writes values one after the other. */
export class ByteWriter {
  length = 0;
  #bytes: Uint8Array<ArrayBuffer>;
  #view: DataView;

  /** `capacity` is the room to start with, in bytes; it doubles when it is used up. */
  constructor(capacity = 256) {
    this.#bytes = new Uint8Array(Math.max(capacity, NUMBER_BYTES_MAX));
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** Writes an unsigned byte. */
  u8(value: number): void {
    this.#reserve(1);
    this.#bytes[this.length++] = value;
  }

  /** Writes an IEEE 754 double, bit for bit. */
  f64(value: number): void {
    this.#reserve(8);
    this.#view.setFloat64(this.length, value, true);
    this.length += 8;
  }

  /** Writes an integer from 0 to 2^53 - 1, seven bits to a byte, the low ones first. */
  varint(value: number): void {
    assert(Number.isSafeInteger(value) && value >= 0, `a varint holds 0 to 2^53 - 1, not ${value}`);
    this.#reserve(NUMBER_BYTES_MAX);
    let rest = value;
    while (rest > 0x7fff_ffff) {
      this.#bytes[this.length++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    while (rest > 127) {
      this.#bytes[this.length++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    this.#bytes[this.length++] = rest;
  }

  /** Writes an integer that may be negative as a varint: 0, -1, 1, -2 ... become 0, 1, 2, 3 ... */
  zigzag(value: number): void {
    this.varint(value < 0 ? -2 * value - 1 : 2 * value);
  }

  /** Writes text as its length in bytes, then UTF-8. */
  text(value: string): void {
    const bytes = TEXT.encode(value);
    this.varint(bytes.length);
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** Writes a list of texts as its length, then each. */
  texts(values: readonly string[]): void {
    this.varint(values.length);
    for (const value of values) this.text(value);
  }

  /** Writes bytes as they are. Shape: any length. */
  bytes(value: Uint8Array): void {
    this.#reserve(value.length);
    this.#bytes.set(value, this.length);
    this.length += value.length;
  }

  /** Puts an unsigned 32-bit number over what was written at `offset`. */
  overwriteU32(offset: number, value: number): void {
    this.#view.setUint32(offset, value, true);
  }

  /** What was written so far. Shape: a view, valid until the next write. */
  written(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.length);
  }

  #reserve(byteCount: number): void {
    if (this.length + byteCount <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(this.length + byteCount, this.#bytes.length * 2));
    grown.set(this.#bytes);
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}
