/** Where MQTT packets begin and end in a stream of bytes. */

import { malformed } from "./mqtt-fields.ts";
import { isPublish } from "./mqtt-packets.ts";

/** The longest length there is, in bytes. Source: MQTT 5.0, 1.5.5. */
const LENGTH_BYTES_MAX = 4;

/**
 * Takes a whole packet: its first byte and what follows its length. `cutBytes` is what was left out at the end of a
 * message that is too large.
 */
export type TakeFrame = (head: number, body: Uint8Array, cutBytes: number) => void;

/** Cuts a stream into packets, and holds at most one that is not complete. */
export class MqttFrames {
  readonly #bytesMax: number;
  readonly #take: TakeFrame;
  /** The packet under way: its first byte, the bytes of its length, then its body. */
  #head = -1;
  #length = 0;
  #lengthBytes = 0;
  #body: Uint8Array | undefined;
  #filled = 0;
  #cutLeft = 0;
  #cutBytes = 0;

  /** Of a message only `bytesMax` are kept, the rest is passed over; any other packet of that size is an error. */
  constructor(bytesMax: number, take: TakeFrame) {
    this.#bytesMax = bytesMax;
    this.#take = take;
  }

  /**
   * Takes bytes as they come. Shape: any length. Errors: `INPUT_BAD_REPLY`, after which nothing more is to be pushed.
   */
  push(bytes: Uint8Array): void {
    let offset = 0;
    while (offset < bytes.length) {
      if (this.#body !== undefined) offset = this.#fill(this.#body, bytes, offset);
      else {
        const byte = bytes[offset] ?? 0;
        offset += 1;
        if (this.#head < 0) this.#head = byte;
        else if (this.#takeLengthByte(byte)) offset = this.#begin(bytes, offset);
      }
    }
  }

  #takeLengthByte(byte: number): boolean {
    this.#length += (byte & 127) * 128 ** this.#lengthBytes;
    this.#lengthBytes += 1;
    if (byte < 128) return true;
    if (this.#lengthBytes === LENGTH_BYTES_MAX) throw malformed("a length of more than four bytes");
    return false;
  }

  /** A body that is here as a whole is not copied. */
  #begin(bytes: Uint8Array, offset: number): number {
    const length = this.#length;
    const kept = Math.min(length, this.#bytesMax);
    if (kept < length && !isPublish(this.#head)) {
      throw malformed(`${length} bytes, where ${this.#bytesMax} are the most`);
    }
    if (kept === length && offset + length <= bytes.length) {
      this.#end(bytes.subarray(offset, offset + length));
      return offset + length;
    }
    this.#body = new Uint8Array(kept);
    this.#filled = 0;
    this.#cutBytes = length - kept;
    this.#cutLeft = this.#cutBytes;
    return this.#fill(this.#body, bytes, offset);
  }

  #fill(body: Uint8Array, bytes: Uint8Array, offset: number): number {
    const taken = Math.min(body.length - this.#filled, bytes.length - offset);
    body.set(bytes.subarray(offset, offset + taken), this.#filled);
    this.#filled += taken;
    const cut = this.#filled < body.length ? 0 : Math.min(this.#cutLeft, bytes.length - offset - taken);
    this.#cutLeft -= cut;
    if (this.#filled === body.length && this.#cutLeft === 0) this.#end(body);
    return offset + taken + cut;
  }

  #end(body: Uint8Array): void {
    const [head, cutBytes] = [this.#head, this.#cutBytes];
    this.#head = -1;
    this.#length = 0;
    this.#lengthBytes = 0;
    this.#body = undefined;
    this.#cutBytes = 0;
    this.#take(head, body, cutBytes);
  }
}
