/**
 * The frame of Modbus TCP (MBAP), big-endian:
 *
 *     offset 0  transaction id   2 bytes, repeated in the answer
 *     offset 2  protocol id      2 bytes, always 0
 *     offset 4  length           2 bytes, of everything after it: unit and protocol data unit
 *     offset 6  unit             1 byte
 *     offset 7  protocol data unit
 *
 * Source: MODBUS Messaging on TCP/IP Implementation Guide V1.0b, 3.1.3.
 */

import assert from "node:assert/strict";
import { GatewayError } from "../model/errors.ts";
import { PDU_BYTES_MAX, refuseWrite } from "./modbus-pdu.ts";

const UNIT_OFFSET = 6;
const PDU_OFFSET = 7;

/** The smallest length field: a unit and a function code. */
const LENGTH_MIN = 2;
const LENGTH_MAX = 1 + PDU_BYTES_MAX;

/** One frame as it came. */
export interface MbapFrame {
  readonly transactionId: number;
  readonly unit: number;
  /** A copy that belongs to the receiver. */
  readonly pdu: Uint8Array;
}

/**
 * Frames a request.
 *
 * Shape: `pdu` is 1 to 253 bytes, function code first.
 * Errors: `INPUT_WRITE_REFUSED`, whoever built the request: this is the last gate before the wire.
 */
export function encodeMbap(transactionId: number, unit: number, pdu: Uint8Array): Uint8Array {
  refuseWrite(pdu);
  assert(pdu.length <= PDU_BYTES_MAX);
  const frame = new Uint8Array(PDU_OFFSET + pdu.length);
  const view = new DataView(frame.buffer);
  view.setUint16(0, transactionId);
  view.setUint16(4, 1 + pdu.length);
  view.setUint8(UNIT_OFFSET, unit);
  frame.set(pdu, PDU_OFFSET);
  return frame;
}

/**
 * Cuts a stream of bytes into frames, however the bytes were chunked on their way.
 *
 * The protocol has no mark by which a receiver finds the start of a frame again, so a header that cannot be one is the
 * end of the stream: the link has to be closed and opened again, and a new splitter begins.
 *
 * Limits: holds one frame, 260 bytes; a header that announces more is refused at once instead of being waited for.
 */
export class MbapSplitter {
  readonly #frame = new Uint8Array(UNIT_OFFSET + LENGTH_MAX);
  readonly #view = new DataView(this.#frame.buffer);
  #bytesHeld = 0;

  /** Whether the bytes so far end inside a frame. */
  get isInsideFrame(): boolean {
    return this.#bytesHeld > 0;
  }

  /**
   * Takes the next bytes and calls `onFrame` for each frame they complete, in order.
   *
   * Shape: `chunk` of any length.
   * Errors: `INPUT_BAD_REPLY`, after the frames before the bad header were given out.
   */
  push(chunk: Uint8Array, onFrame: (frame: MbapFrame) => void): void {
    let taken = 0;
    while (taken < chunk.length) {
      const wanted = this.#bytesHeld < UNIT_OFFSET ? UNIT_OFFSET : this.#frameBytes();
      const part = chunk.subarray(taken, taken + wanted - this.#bytesHeld);
      this.#frame.set(part, this.#bytesHeld);
      this.#bytesHeld += part.length;
      taken += part.length;
      if (this.#bytesHeld < wanted) return;
      if (wanted === UNIT_OFFSET) this.#checkHeader();
      else onFrame(this.#takeFrame());
    }
  }

  #frameBytes(): number {
    return UNIT_OFFSET + this.#view.getUint16(4);
  }

  #checkHeader(): void {
    const protocolId = this.#view.getUint16(2);
    const length = this.#view.getUint16(4);
    if (protocolId === 0 && length >= LENGTH_MIN && length <= LENGTH_MAX) return;
    throw new GatewayError(
      "INPUT_BAD_REPLY",
      `The bytes received are no Modbus TCP frame: protocol id ${protocolId} where 0 was expected, length ${length} ` +
        `where ${LENGTH_MIN} to ${LENGTH_MAX} was expected. Check that this port serves Modbus TCP, not RTU over TCP.`,
      { context: { protocolId, length } },
    );
  }

  #takeFrame(): MbapFrame {
    const end = this.#bytesHeld;
    this.#bytesHeld = 0;
    return {
      transactionId: this.#view.getUint16(0),
      unit: this.#view.getUint8(UNIT_OFFSET),
      pdu: this.#frame.slice(PDU_OFFSET, end),
    };
  }
}
