/** Bytes back to what `ByteWriter` wrote. */

const TEXT = new TextDecoder();

/** The weight of a varint's eighth byte: nothing the writer makes is longer. */
const WEIGHT_MAX = 2 ** 49;

/**
 * Reads values one after the other. Reading past the end gives zeros and sets `isBroken`, so that a decoder can read
 * to its end and ask once.
 */
export class ByteReader {
  isBroken = false;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #offset: number;

  /** Reads `bytes` from `offset` on. Shape: any length. */
  constructor(bytes: Uint8Array, offset = 0) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#offset = offset;
  }

  /** Bytes not yet read. */
  get rest(): number {
    return this.#bytes.length - this.#offset;
  }

  u8(): number {
    const value = this.#bytes[this.#offset];
    if (value === undefined) {
      this.isBroken = true;
      return 0;
    }
    this.#offset += 1;
    return value;
  }

  f64(): number {
    if (this.rest < 8) {
      this.isBroken = true;
      return 0;
    }
    const value = this.#view.getFloat64(this.#offset, true);
    this.#offset += 8;
    return value;
  }

  varint(): number {
    let value = 0;
    for (let weight = 1; weight <= WEIGHT_MAX; weight *= 128) {
      const byte = this.u8();
      value += (byte & 127) * weight;
      if (byte < 128) return value;
    }
    this.isBroken = true;
    return 0;
  }

  zigzag(): number {
    const value = this.varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  text(): string {
    const byteCount = this.varint();
    if (this.rest < byteCount) {
      this.isBroken = true;
      return "";
    }
    const value = TEXT.decode(this.#bytes.subarray(this.#offset, this.#offset + byteCount));
    this.#offset += byteCount;
    return value;
  }

  texts(): string[] {
    const count = this.varint();
    const values: string[] = [];
    for (let index = 0; index < count && !this.isBroken; index += 1) values.push(this.text());
    return values;
  }
}
