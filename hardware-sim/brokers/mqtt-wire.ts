/** MQTT 3.1.1 and 5 as a broker reads and writes it, with nothing of the gateway's own. */

/** A packet with its first byte and its body. */
export interface RawPacket {
  readonly head: number;
  readonly body: Buffer;
}

/** Gives the whole packets at the beginning of bytes, and what is left. Errors: a length that has no end. */
export function splitPackets(bytes: Buffer): { readonly packets: readonly RawPacket[]; readonly rest: Buffer } {
  const packets: RawPacket[] = [];
  let rest = bytes;
  for (;;) {
    const length = readLength(rest, 1);
    if (length === undefined || rest.length < length.end + length.value) return { packets, rest };
    packets.push({ head: rest.readUInt8(0), body: rest.subarray(length.end, length.end + length.value) });
    rest = rest.subarray(length.end + length.value);
  }
}

function readLength(bytes: Buffer, from: number): { readonly value: number; readonly end: number } | undefined {
  let value = 0;
  for (let index = 0; index < 4; index += 1) {
    const byte = bytes[from + index];
    if (byte === undefined) return undefined;
    value += (byte & 127) * 128 ** index;
    if (byte < 128) return { value, end: from + index + 1 };
  }
  throw new Error("a length of more than four bytes");
}

/** Makes a packet. */
export function packet(head: number, ...parts: readonly (Buffer | number)[]): Buffer {
  const body = Buffer.concat(parts.map((part) => (typeof part === "number" ? Buffer.of(part) : part)));
  const length: number[] = [];
  let rest = body.length;
  for (; rest > 127; rest = Math.floor(rest / 128)) length.push((rest % 128) | 128);
  return Buffer.concat([Buffer.of(head, ...length, rest), body]);
}

/** Writes a number of two bytes. */
export function uint16(value: number): Buffer {
  return Buffer.of(value >> 8, value & 0xff);
}

/** Writes a text with its length before it. */
export function text(value: string): Buffer {
  const bytes = Buffer.from(value, "utf8");
  return Buffer.concat([uint16(bytes.length), bytes]);
}

/** Reads a body from its beginning. */
export class BodyReader {
  readonly #body: Buffer;
  #offset = 0;

  constructor(body: Buffer) {
    this.#body = body;
  }

  get isAtEnd(): boolean {
    return this.#offset >= this.#body.length;
  }

  byte(): number {
    this.#offset += 1;
    return this.#body.readUInt8(this.#offset - 1);
  }

  uint16(): number {
    this.#offset += 2;
    return this.#body.readUInt16BE(this.#offset - 2);
  }

  text(): string {
    const length = this.uint16();
    this.#offset += length;
    return this.#body.toString("utf8", this.#offset - length, this.#offset);
  }

  /** Passes over the properties of version 5. */
  skipProperties(): void {
    const length = readLength(this.#body, this.#offset);
    if (length === undefined) throw new Error("properties that are cut off");
    this.#offset = length.end + length.value;
  }

  rest(): Buffer {
    return this.#body.subarray(this.#offset);
  }
}
