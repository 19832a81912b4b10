/** The whole state of a detector as typed arrays of fixed length, so that saving it is copying it. */

/** Tells a state from other bytes. */
const MARK = 0x7d37;
const HEAD_BYTES = 8;

/**
 * Small parts share buffers of this size: one of its own takes some 300 bytes beside what it holds, and a detector has
 * dozens of parts.
 */
const SHARED_BYTES = 1024;

/** A double begins at a multiple of this. Units: bytes. */
const ALIGNMENT = 8;

/** Hands out arrays to the parts of a detector in a fixed order, and saves and restores them all. */
export class StateBlock {
  readonly #parts: (Float64Array | Float32Array | Uint8Array)[] = [];
  readonly #signature: number;
  #shared = new ArrayBuffer(0);
  /** How much of the shared buffer is handed out. Units: bytes. */
  #taken = 0;

  /** `signature` changes when the same bytes would mean something else: kind and version of the detector. */
  constructor(signature: number) {
    this.#signature = signature;
  }

  /** Hands out doubles, all 0. */
  doubles(count: number): Float64Array {
    return this.#hand(new Float64Array(...this.#place(count * Float64Array.BYTES_PER_ELEMENT), count));
  }

  /** Hands out singles, all 0. */
  singles(count: number): Float32Array {
    return this.#hand(new Float32Array(...this.#place(count * Float32Array.BYTES_PER_ELEMENT), count));
  }

  /** Hands out bytes, all 0. */
  bytes(count: number): Uint8Array {
    return this.#hand(new Uint8Array(...this.#place(count), count));
  }

  #place(bytes: number): readonly [buffer: ArrayBuffer, offset: number] {
    if (bytes > SHARED_BYTES / 2) return [new ArrayBuffer(bytes), 0];
    if (this.#taken + bytes > this.#shared.byteLength) {
      this.#shared = new ArrayBuffer(SHARED_BYTES);
      this.#taken = 0;
    }
    const offset = this.#taken;
    this.#taken += ALIGNMENT * Math.ceil(bytes / ALIGNMENT);
    return [this.#shared, offset];
  }

  #hand<T extends Float64Array | Float32Array | Uint8Array>(part: T): T {
    this.#parts.push(part);
    return part;
  }

  /** What `save` gives. Units: bytes. */
  get byteLength(): number {
    return this.#parts.reduce((sum, part) => sum + part.byteLength, HEAD_BYTES);
  }

  /** Copies the state out. */
  save(): Uint8Array {
    const bytes = new Uint8Array(this.byteLength);
    const head = new DataView(bytes.buffer);
    head.setUint16(0, MARK, true);
    head.setUint16(2, this.#signature, true);
    head.setUint32(4, bytes.length, true);
    let offset = HEAD_BYTES;
    for (const part of this.#parts) {
      bytes.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), offset);
      offset += part.byteLength;
    }
    return bytes;
  }

  /**
   * Copies a state in, and says whether it could: what another kind, another version or something else wrote is left.
   *
   * Shape: what `save` gave.
   */
  restore(bytes: Uint8Array): boolean {
    if (bytes.length !== this.byteLength) return false;
    const head = new DataView(bytes.buffer, bytes.byteOffset, HEAD_BYTES);
    if (head.getUint16(0, true) !== MARK || head.getUint16(2, true) !== this.#signature) return false;
    if (head.getUint32(4, true) !== bytes.length) return false;
    let offset = HEAD_BYTES;
    for (const part of this.#parts) {
      new Uint8Array(part.buffer, part.byteOffset, part.byteLength).set(
        bytes.subarray(offset, offset + part.byteLength),
      );
      offset += part.byteLength;
    }
    return true;
  }
}
