/**
 * Protocol Buffers, as much of them as intakes need: fields to bytes, into a buffer that grows and is used again.
 *
 * A message within a message has its length before it, so who writes one tells its size first: the `sizeOf` functions
 * add up to what the methods of the same name write.
 *
 * Source: Protocol Buffers documentation, Encoding.
 */

import assert from "node:assert/strict";

const TEXT = new TextEncoder();

/** Kinds of fields on the wire. */
const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;

/** Longest varint of a number that is exact in JavaScript: 53 bits. */
const VARINT_BYTES_MAX = 8;

/** Gives the bytes of a varint. Limits: 0 to 2^53 - 1. */
export function sizeOfVarint(value: number): number {
  let size = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) size += 1;
  return size;
}

/** Writes fields one after the other. */
export class ProtobufWriter {
  #bytes: Uint8Array<ArrayBuffer>;
  #view: DataView;
  #length = 0;

  /** `capacity` is the room to start with, in bytes; it doubles when it is used up. */
  constructor(capacity = 256) {
    this.#bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** Bytes written since the last `clear`. */
  get length(): number {
    return this.#length;
  }

  /** Begins anew in the same buffer. */
  clear(): void {
    this.#length = 0;
  }

  /** What was written so far. Shape: a view, valid until the next write. */
  written(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Writes an integer as `int64`, `uint64`, `int32`, `uint32` or an enum. Limits: 0 to 2^53 - 1. */
  varintField(field: number, value: number): void {
    this.#tag(field, VARINT);
    this.#varint(value);
  }

  /** Writes a `double`, bit for bit. */
  doubleField(field: number, value: number): void {
    this.#tag(field, FIXED64);
    this.double(value);
  }

  /** Writes a `fixed64` of two halves. Limits: each 0 to 2^32 - 1. */
  fixed64Field(field: number, high: number, low: number): void {
    this.#tag(field, FIXED64);
    this.#reserve(8);
    this.#view.setUint32(this.#length, low, true);
    this.#view.setUint32(this.#length + 4, high, true);
    this.#length += 8;
  }

  /** Writes a `string`. */
  textField(field: number, value: string): void {
    this.bytesField(field, TEXT.encode(value));
  }

  /** Writes `bytes`, or a message that is encoded already. Shape: any length. */
  bytesField(field: number, value: Uint8Array): void {
    this.startMessage(field, value.length);
    this.bytes(value);
  }

  /** Writes an integer without a field, as it stands in a packed one. Limits: 0 to 2^53 - 1. */
  varint(value: number): void {
    this.#varint(value);
  }

  /** Writes an integer without a field as `sint64`, by which small ones are short below 0 too. Limits: below 2^52. */
  signedVarint(value: number): void {
    this.#varint(value < 0 ? -2 * value - 1 : 2 * value);
  }

  /** Writes a `float` without a field. */
  float(value: number): void {
    this.#reserve(4);
    this.#view.setFloat32(this.#length, value, true);
    this.#length += 4;
  }

  /** Writes a `double` without a field, bit for bit. */
  double(value: number): void {
    this.#reserve(8);
    this.#view.setFloat64(this.#length, value, true);
    this.#length += 8;
  }

  /** Writes a text behind its length, without a field. */
  text(value: string): void {
    const bytes = TEXT.encode(value);
    this.#varint(bytes.length);
    this.bytes(bytes);
  }

  /** Begins a message of so many bytes, which are to be written next. */
  startMessage(field: number, size: number): void {
    this.#tag(field, LENGTH_DELIMITED);
    this.#varint(size);
  }

  /** Writes fields that are encoded already. Shape: any length. */
  bytes(value: Uint8Array): void {
    this.#reserve(value.length);
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
  }

  #tag(field: number, kind: number): void {
    this.#varint(field * 8 + kind);
  }

  #varint(value: number): void {
    assert(Number.isSafeInteger(value) && value >= 0, `a varint holds 0 to 2^53 - 1, not ${value}`);
    this.#reserve(VARINT_BYTES_MAX);
    let rest = value;
    while (rest > 0x7fff_ffff) {
      this.#bytes[this.#length++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    while (rest > 127) {
      this.#bytes[this.#length++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    this.#bytes[this.#length++] = rest;
  }

  #reserve(byteCount: number): void {
    if (this.#length + byteCount <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(this.#length + byteCount, this.#bytes.length * 2));
    grown.set(this.#bytes);
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}
