/**
 * An adaptive binary range coder: each bit costs what it was worth, given how often its context saw it before.
 *
 * The range is kept within 31 bits, so that every number is a small integer to the engine. A stream ends where its last
 * byte that is not zero stands; a reader takes what is beyond for zeros. So a stream that says nothing has no bytes,
 * and any bytes at all decode to something: that they are the right ones is for the checksum around them to say.
 */

/** The range is refilled when it falls below this. */
const RANGE_MIN = 2 ** 23;

const RANGE_MAX = 2 ** 31 - 1;

/** The lower end of the range has one bit more, for what an addition carries into it. */
const LOW_END = 2 ** 32;

/** Most raw bits that go through the range at once. */
const RAW_BITS_MAX = 8;

/** How many bits a context counts; from then on it forgets old ones at the same rate as new ones come. */
const COUNT_MAX = 127;

/** How far a context moves to the bit it saw, by how many it saw before. Units: 2^-14. */
const RATES = Int32Array.from({ length: COUNT_MAX + 1 }, (_, count) => Math.round(16_384 / (count + 1.6)));

/** A context that has seen nothing: even odds in the upper 16 bits, a count of zero in the lower. */
const UNSEEN = 0x7fff_0000;

/** What is known of a set of yes-no questions: for each the odds of "no" and how often it was asked. */
export type Contexts = Uint32Array<ArrayBuffer>;

/** Contexts that have seen nothing. */
export function createContexts(count: number): Contexts {
  return new Uint32Array(count).fill(UNSEEN);
}

/** Makes the `count` contexts from `place` on forget. */
export function resetContexts(contexts: Contexts, place: number, count: number): void {
  contexts.fill(UNSEEN, place, place + count);
}

/** The context after one more bit. The odds stay clear of both ends, where a bit would have no room in the range. */
function learn(context: number, bit: number): number {
  const odds = context >>> 16;
  const count = context & 0xffff;
  const target = bit === 0 ? 65_503 : 32;
  const moved = odds + (((target - odds) * (RATES[count] ?? 0)) >> 14);
  return ((moved << 16) | (count < COUNT_MAX ? count + 1 : count)) >>> 0;
}

/** Writes bits. */
export class RangeEncoder {
  #bytes = new Uint8Array(4_096);
  #length = 0;
  #low = 0;
  #range = RANGE_MAX;

  /** Writes one bit under the context at `place`. */
  bit(contexts: Contexts, place: number, bit: number): void {
    const context = contexts[place] ?? 0;
    const bound = Math.imul(this.#range >>> 16, context >>> 16);
    contexts[place] = learn(context, bit);
    if (bit === 0) {
      this.#range = bound;
    } else {
      this.#range -= bound;
      this.#advance(bound);
    }
    while (this.#range < RANGE_MIN) this.#shift();
  }

  /** Writes the low `width` bits of `value`, the top one first, in a tree of contexts that begins at `place`. */
  tree(contexts: Contexts, place: number, width: number, value: number): void {
    let node = 1;
    for (let shift = width - 1; shift >= 0; shift -= 1) {
      const bit = (value >>> shift) & 1;
      this.bit(contexts, place + node, bit);
      node = 2 * node + bit;
    }
  }

  /** Writes the low `width` bits of `value` as they are. Limits: a width of 0 to 53. */
  raw(value: number, width: number): void {
    for (let rest = width; rest > 0; ) {
      const taken = Math.min(rest, RAW_BITS_MAX);
      rest -= taken;
      const part = Math.floor(value / 2 ** rest) & (2 ** taken - 1);
      this.#range >>>= taken;
      this.#advance(this.#range * part);
      while (this.#range < RANGE_MIN) this.#shift();
    }
  }

  /** Ends the stream, gives a copy of its bytes and begins a new one. */
  finish(): Uint8Array {
    const rest = this.#low % RANGE_MIN;
    if (rest > 0) this.#advance(RANGE_MIN - rest);
    this.#shift();
    this.#shift();
    while (this.#length > 0 && this.#bytes[this.#length - 1] === 0) this.#length -= 1;
    const stream = this.#bytes.slice(0, this.#length);
    this.#length = 0;
    this.#low = 0;
    this.#range = RANGE_MAX;
    return stream;
  }

  /** Moves the lower end of the range up; a carry goes into the bytes that have left it. */
  #advance(step: number): void {
    this.#low += step;
    if (this.#low < LOW_END) return;
    this.#low -= LOW_END;
    let place = this.#length - 1;
    while (this.#bytes[place] === 0xff) {
      this.#bytes[place] = 0;
      place -= 1;
    }
    this.#bytes[place] = (this.#bytes[place] ?? 0) + 1;
  }

  #shift(): void {
    if (this.#length === this.#bytes.length) {
      const grown = new Uint8Array(2 * this.#bytes.length);
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    this.#bytes[this.#length] = this.#low >>> 24;
    this.#length += 1;
    this.#low = (this.#low << 8) >>> 0;
    this.#range <<= 8;
  }
}

/** Reads what a `RangeEncoder` wrote. */
export class RangeDecoder {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #offset: number;
  #code: number;
  #range = RANGE_MAX;

  /** Reads the bytes from `offset` to `end`. Shape: any bytes; other ones than a coder wrote give other bits. */
  constructor(bytes: Uint8Array, offset: number, end: number) {
    this.#bytes = bytes;
    this.#offset = offset;
    this.#end = end;
    this.#code = 0;
    for (let index = 0; index < 4; index += 1) this.#code = (this.#code << 8) | this.#next();
  }

  /** Reads one bit under the context at `place`. */
  bit(contexts: Contexts, place: number): number {
    const context = contexts[place] ?? 0;
    const bound = Math.imul(this.#range >>> 16, context >>> 16);
    let bit = 0;
    if (this.#code < bound) {
      this.#range = bound;
    } else {
      bit = 1;
      this.#code -= bound;
      this.#range -= bound;
    }
    contexts[place] = learn(context, bit);
    while (this.#range < RANGE_MIN) this.#shift();
    return bit;
  }

  /** Reads `width` bits in the tree of contexts that begins at `place`. */
  tree(contexts: Contexts, place: number, width: number): number {
    let node = 1;
    for (let index = 0; index < width; index += 1) node = 2 * node + this.bit(contexts, place + node);
    return node - (1 << width);
  }

  /** Reads `width` bits as they are. Limits: a width of 0 to 53. */
  raw(width: number): number {
    let value = 0;
    for (let rest = width; rest > 0; ) {
      const taken = Math.min(rest, RAW_BITS_MAX);
      rest -= taken;
      this.#range >>>= taken;
      const part = Math.floor(this.#code / this.#range) & (2 ** taken - 1);
      this.#code -= this.#range * part;
      value = value * 2 ** taken + part;
      while (this.#range < RANGE_MIN) this.#shift();
    }
    return value;
  }

  #shift(): void {
    this.#code = (this.#code << 8) | this.#next();
    this.#range <<= 8;
  }

  #next(): number {
    const byte = this.#offset < this.#end ? (this.#bytes[this.#offset] ?? 0) : 0;
    this.#offset += 1;
    return byte;
  }
}
