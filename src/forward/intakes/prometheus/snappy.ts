/**
 * Bytes to the block format of Snappy, which remote write wants.
 *
 * The input is cut into fragments of 64 KiB. In each, four bytes are looked up in a table of where their like was seen
 * last: what repeats becomes a copy, the rest literals. The longer nothing repeats, the wider the steps, so that what
 * cannot be compressed costs little time.
 *
 * Source: google/snappy, format_description.txt.
 */

const FRAGMENT_BYTES = 65_536;

/** Slots of the table: a power of two, at most one for each four bytes of a fragment. */
const SLOTS_MIN = 256;
const SLOTS_MAX = 16_384;

/** A copy of less costs as much as its bytes. */
const MATCH_BYTES = 4;

/** Near its end a fragment is not searched: a match there saves nothing. */
const TAIL_BYTES = 15;

/** Longest copy of one element. */
const COPY_BYTES_MAX = 64;

/** A copy with an offset of eleven bits is one byte shorter, and holds 4 to 11 bytes. */
const NEAR_OFFSET_MAX = 2047;
const NEAR_BYTES_MAX = 11;

/** Compresses. Shape: any length. Limits: what it gives is at most 32 bytes and a sixth longer than `raw`. */
export function compressSnappy(raw: Uint8Array): Uint8Array {
  const compressor = new Compressor(raw);
  for (let start = 0; start < raw.length; start += FRAGMENT_BYTES) {
    compressor.fragment(start, Math.min(start + FRAGMENT_BYTES, raw.length));
  }
  return compressor.written();
}

class Compressor {
  readonly #raw: Uint8Array;
  readonly #out: Uint8Array;
  readonly #slots: Uint16Array;
  #length = 0;

  constructor(raw: Uint8Array) {
    this.#raw = raw;
    this.#out = new Uint8Array(32 + raw.length + Math.ceil(raw.length / 6));
    let slotCount = SLOTS_MIN;
    while (slotCount < SLOTS_MAX && slotCount < raw.length) slotCount *= 2;
    this.#slots = new Uint16Array(slotCount);
    let rest = raw.length;
    for (; rest > 127; rest >>>= 7) this.#out[this.#length++] = (rest & 127) | 128;
    this.#out[this.#length++] = rest;
  }

  written(): Uint8Array {
    return this.#out.slice(0, this.#length);
  }

  /** Compresses the bytes from `start` to `end` (exclusive); copies reach back to `start` at most. */
  fragment(start: number, end: number): void {
    const raw = this.#raw;
    const slots = this.#slots.fill(0);
    const shift = 32 - Math.log2(slots.length);
    const searchEnd = end - TAIL_BYTES;
    let literalStart = start;
    let at = start + 1;
    let misses = 32;
    while (at < searchEnd) {
      const four = readFour(raw, at);
      const slot = Math.imul(four, 0x1e35a7bd) >>> shift;
      const seen = start + (slots[slot] as number);
      slots[slot] = at - start;
      if (seen >= at || readFour(raw, seen) !== four) {
        at += misses >>> 5;
        misses += 1;
        continue;
      }
      if (at > literalStart) this.#literal(literalStart, at);
      let matched = MATCH_BYTES;
      while (at + matched < end && raw[seen + matched] === raw[at + matched]) matched += 1;
      this.#copy(at - seen, matched);
      at += matched;
      literalStart = at;
      misses = 32;
      // What was just copied is likely to come again: its last bytes are worth a slot.
      if (at < searchEnd) slots[Math.imul(readFour(raw, at - 1), 0x1e35a7bd) >>> shift] = at - 1 - start;
    }
    if (end > literalStart) this.#literal(literalStart, end);
  }

  #literal(start: number, end: number): void {
    const out = this.#out;
    const last = end - start - 1;
    if (last < 60) {
      out[this.#length++] = last << 2;
    } else if (last < 256) {
      out[this.#length++] = 60 << 2;
      out[this.#length++] = last;
    } else {
      out[this.#length++] = 61 << 2;
      out[this.#length++] = last & 255;
      out[this.#length++] = last >>> 8;
    }
    out.set(this.#raw.subarray(start, end), this.#length);
    this.#length += end - start;
  }

  #copy(offset: number, byteCount: number): void {
    let rest = byteCount;
    // No element of less than four bytes may be left over.
    while (rest >= COPY_BYTES_MAX + MATCH_BYTES) {
      this.#farCopy(offset, COPY_BYTES_MAX);
      rest -= COPY_BYTES_MAX;
    }
    if (rest > COPY_BYTES_MAX) {
      this.#farCopy(offset, COPY_BYTES_MAX - MATCH_BYTES);
      rest -= COPY_BYTES_MAX - MATCH_BYTES;
    }
    if (rest > NEAR_BYTES_MAX || offset > NEAR_OFFSET_MAX) {
      this.#farCopy(offset, rest);
      return;
    }
    this.#out[this.#length++] = ((offset >>> 8) << 5) | ((rest - MATCH_BYTES) << 2) | 1;
    this.#out[this.#length++] = offset & 255;
  }

  #farCopy(offset: number, byteCount: number): void {
    this.#out[this.#length++] = ((byteCount - 1) << 2) | 2;
    this.#out[this.#length++] = offset & 255;
    this.#out[this.#length++] = offset >>> 8;
  }
}

function readFour(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] as number) |
    ((bytes[at + 1] as number) << 8) |
    ((bytes[at + 2] as number) << 16) |
    ((bytes[at + 3] as number) << 24)
  );
}
