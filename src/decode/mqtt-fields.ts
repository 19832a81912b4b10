/** The fields MQTT packets are made of: read with every length checked, written into a buffer that grows. */

import { Buffer } from "node:buffer";
import { GatewayError } from "../model/errors.ts";

/** What a property of MQTT 5 holds. */
export type MqttPropertyValue = number | string;

/** Properties by their number; of one that came several times the last, and pairs of the user not at all. */
export type MqttProperties = ReadonlyMap<number, MqttPropertyValue>;

/** The properties this client reads or writes. Source: MQTT 5.0, 2.2.2.2. */
export const PROPERTY = {
  sessionExpiry: 17,
  assignedClientId: 18,
  serverKeepAlive: 19,
  reasonText: 31,
  receiveMax: 33,
  topicAlias: 35,
  qosMax: 36,
} as const;

type Kind = "byte" | "uint16" | "uint32" | "varint" | "text" | "bytes" | "pair";

/** Source: MQTT 5.0, 2.2.2.2. */
const KINDS: Readonly<Record<number, Kind>> = {
  1: "byte",
  2: "uint32",
  3: "text",
  8: "text",
  9: "bytes",
  11: "varint",
  17: "uint32",
  18: "text",
  19: "uint16",
  21: "text",
  22: "bytes",
  23: "byte",
  24: "uint32",
  25: "byte",
  26: "text",
  28: "text",
  31: "text",
  33: "uint16",
  34: "uint16",
  35: "uint16",
  36: "byte",
  37: "byte",
  38: "pair",
  39: "uint32",
  40: "byte",
  41: "byte",
  42: "byte",
};

/** Says of a packet what makes it none. `found` goes on from "a packet has". */
export function malformed(found: string): GatewayError {
  const message = `a packet has ${found}; MQTT was expected. Something else may answer on that port.`;
  return new GatewayError("INPUT_BAD_REPLY", message);
}

/** Reads fields one after the other. Errors: `INPUT_BAD_REPLY`. */
export class MqttReader {
  readonly #bytes: Buffer;
  #offset = 0;

  /** Shape: any length; it is looked at in place. */
  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Units: bytes. */
  get left(): number {
    return this.#bytes.length - this.#offset;
  }

  byte(): number {
    return this.#bytes.readUInt8(this.#take(1));
  }

  uint16(): number {
    return this.#bytes.readUInt16BE(this.#take(2));
  }

  uint32(): number {
    return this.#bytes.readUInt32BE(this.#take(4));
  }

  /** Limits: four bytes. Source: MQTT 5.0, 1.5.5. */
  varint(): number {
    let value = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.byte();
      value |= (byte & 127) << shift;
      if (byte < 128) return value;
    }
    throw malformed("a length of more than four bytes");
  }

  /** Text with its length before it; bytes that are no UTF-8 become U+FFFD. */
  text(): string {
    const length = this.uint16();
    const offset = this.#take(length);
    return this.#bytes.toString("utf8", offset, offset + length);
  }

  /** What is left. Shape: a view. */
  rest(): Uint8Array {
    return this.#bytes.subarray(this.#take(this.left));
  }

  properties(): MqttProperties {
    const end = this.varint();
    if (end > this.left) throw malformed("properties beyond its end");
    if (end === 0) return NO_PROPERTIES;
    const inner = new MqttReader(this.#bytes.subarray(this.#offset, this.#offset + end));
    this.#offset += end;
    const found = new Map<number, MqttPropertyValue>();
    while (inner.left > 0) inner.#property(found);
    return found;
  }

  #property(found: Map<number, MqttPropertyValue>): void {
    const number = this.varint();
    const kind = KINDS[number];
    if (kind === undefined) throw malformed(`a property ${number}, which MQTT 5 does not know`);
    if (kind === "text") found.set(number, this.text());
    else if (kind === "bytes") this.#take(this.uint16());
    else if (kind === "pair") {
      this.#take(this.uint16());
      this.#take(this.uint16());
    } else found.set(number, this[kind]());
  }

  #take(count: number): number {
    if (count > this.left) throw malformed("fewer bytes than its fields need");
    this.#offset += count;
    return this.#offset - count;
  }
}

const NO_PROPERTIES: MqttProperties = new Map();

/** Gives the bytes a number takes as a length. Limits: 0 to 268,435,455. */
function varintBytes(value: number): readonly number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest >>>= 7) bytes.push((rest & 127) | 128);
  bytes.push(rest);
  return bytes;
}

/** Writes the fields of one packet. */
export class MqttWriter {
  readonly #parts: Uint8Array[] = [];
  #length = 0;

  byte(value: number): this {
    return this.bytes(Uint8Array.of(value));
  }

  uint16(value: number): this {
    return this.bytes(Uint8Array.of(value >> 8, value & 0xff));
  }

  uint32(value: number): this {
    return this.uint16(value >>> 16).uint16(value & 0xffff);
  }

  /** Limits: 65,535 bytes in UTF-8. */
  text(value: string): this {
    return this.field(Buffer.from(value, "utf8"));
  }

  /** Bytes with their length before them. Shape: at most 65,535. */
  field(value: Uint8Array): this {
    return this.uint16(value.length).bytes(value);
  }

  /** Shape: any length. */
  bytes(value: Uint8Array): this {
    this.#parts.push(value);
    this.#length += value.length;
    return this;
  }

  /** Writes what another has collected, with its length before it, as properties are. */
  block(inner: MqttWriter): this {
    return this.bytes(Uint8Array.from(varintBytes(inner.#length))).bytes(inner.#joined());
  }

  /** Makes a whole packet. `head` is its first byte. */
  packet(head: number): Uint8Array {
    return new MqttWriter().byte(head).block(this).#joined();
  }

  #joined(): Uint8Array {
    return Buffer.concat(this.#parts, this.#length);
  }
}
