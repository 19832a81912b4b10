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
  /** A copy, or a part of the chunk that it came in. */
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
  // By hand: a view would cost more than all else here.
  frame[0] = transactionId >> 8;
  frame[1] = transactionId & 0xff;
  frame[5] = 1 + pdu.length;
  frame[UNIT_OFFSET] = unit;
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
  #bytesHeld = 0;

  /** Whether the bytes so far end inside a frame. */
  get isInsideFrame(): boolean {
    return this.#bytesHeld > 0;
  }

  /**
   * Takes the next bytes and calls `onFrame` for each frame they complete, in order.
   *
   * Shape: `chunk` of any length; frames that are whole in it are given out as parts of it.
   * Errors: `INPUT_BAD_REPLY`, after the frames before the bad header were given out.
   */
  push(chunk: Uint8Array, onFrame: (frame: MbapFrame) => void): void {
    let taken = 0;
    while (taken < chunk.length) {
      if (this.#bytesHeld === 0 && chunk.length - taken >= PDU_OFFSET) {
        const end = taken + checkHeader(chunk, taken);
        if (end <= chunk.length) {
          onFrame(frameAt(chunk, taken, end));
          taken = end;
          continue;
        }
      }
      taken += this.#hold(chunk, taken, onFrame);
    }
  }

  /** Takes a part of a frame that comes in several chunks; gives how many bytes. */
  #hold(chunk: Uint8Array, from: number, onFrame: (frame: MbapFrame) => void): number {
    const wanted = this.#bytesHeld < UNIT_OFFSET ? UNIT_OFFSET : frameBytesAt(this.#frame, 0);
    const part = chunk.subarray(from, from + wanted - this.#bytesHeld);
    this.#frame.set(part, this.#bytesHeld);
    this.#bytesHeld += part.length;
    if (this.#bytesHeld < wanted) return part.length;
    if (wanted === UNIT_OFFSET) {
      checkHeader(this.#frame, 0);
    } else {
      this.#bytesHeld = 0;
      onFrame(frameAt(this.#frame.slice(0, wanted), 0, wanted));
    }
    return part.length;
  }
}

function frameBytesAt(bytes: Uint8Array, start: number): number {
  return UNIT_OFFSET + wordAt(bytes, start + 4);
}

/** Gives how long the frame is that begins here. */
function checkHeader(bytes: Uint8Array, start: number): number {
  const protocolId = wordAt(bytes, start + 2);
  const length = wordAt(bytes, start + 4);
  if (protocolId === 0 && length >= LENGTH_MIN && length <= LENGTH_MAX) return UNIT_OFFSET + length;
  throw new GatewayError(
    "INPUT_BAD_REPLY",
    `The bytes received are no Modbus TCP frame: protocol id ${protocolId} where 0 was expected, length ${length} ` +
      `where ${LENGTH_MIN} to ${LENGTH_MAX} was expected. Check that this port serves Modbus TCP, not RTU over TCP.`,
    { context: { protocolId, length } },
  );
}

function frameAt(bytes: Uint8Array, start: number, end: number): MbapFrame {
  return {
    transactionId: wordAt(bytes, start),
    unit: bytes[start + UNIT_OFFSET] ?? 0,
    pdu: bytes.subarray(start + PDU_OFFSET, end),
  };
}

function wordAt(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset] ?? 0) << 8) | (bytes[offset + 1] ?? 0);
}
