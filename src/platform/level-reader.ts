/** Reads the numbers and texts of which LevelDB's records are made. Source: LevelDB 1.20, util/coding.h. */

/** Reads one record from its front; going past its end throws. */
export class LevelReader {
  readonly #bytes: Buffer;
  #offset: number;

  constructor(bytes: Buffer, offset = 0) {
    this.#bytes = bytes;
    this.#offset = offset;
  }

  get isAtEnd(): boolean {
    return this.#offset === this.#bytes.length;
  }

  /** Where the next is read. Units: bytes. */
  get offset(): number {
    return this.#offset;
  }

  varint(): number {
    let value = 0;
    for (let weight = 1; ; weight *= 128) {
      const byte = this.#bytes.readUInt8(this.#offset);
      this.#offset += 1;
      value += (byte & 127) * weight;
      if (byte < 128) return value;
    }
  }

  take(length: number): Buffer {
    const start = this.#offset;
    this.#offset += length;
    if (this.#offset > this.#bytes.length) throw new Error("a record ends too early");
    return this.#bytes.subarray(start, this.#offset);
  }

  text(): Buffer {
    return this.take(this.varint());
  }

  skipText(): void {
    this.text();
  }
}
