/** The envelope of Modbus TCP. Source: MODBUS Messaging on TCP/IP Implementation Guide V1.0b, 3.1.3. */

import type { Envelope, EnvelopedPdu, RequestReader } from "./envelope.ts";

const HEADER_BYTES = 7;
/** The length field counts the unit and the PDU, which is at most 253 bytes. */
const LENGTH_MAX = 254;

/** Modbus TCP. */
export const MBAP: Envelope = { createReader: () => new MbapReader(), encode: encodeMbap };

/** Gathers frames out of a byte stream that may be cut anywhere. */
class MbapReader implements RequestReader {
  #pending: Uint8Array = new Uint8Array(0);

  /**
   * Takes a chunk and gives the frames it completes; undefined when the stream is not Modbus TCP, after which it
   * cannot be read on.
   *
   * Shape: any number of bytes. Limits: keeps less than one frame.
   */
  push(chunk: Uint8Array): EnvelopedPdu[] | undefined {
    const bytes = new Uint8Array(this.#pending.byteLength + chunk.byteLength);
    bytes.set(this.#pending);
    bytes.set(chunk, this.#pending.byteLength);
    const view = new DataView(bytes.buffer);
    const frames: EnvelopedPdu[] = [];
    let offset = 0;
    while (bytes.byteLength - offset >= HEADER_BYTES) {
      const length = view.getUint16(offset + 4);
      if (view.getUint16(offset + 2) !== 0 || length < 2 || length > LENGTH_MAX) return undefined;
      const end = offset + 6 + length;
      if (end > bytes.byteLength) break;
      const pdu = bytes.slice(offset + HEADER_BYTES, end);
      frames.push({ transaction: view.getUint16(offset), unit: view.getUint8(offset + 6), pdu });
      offset = end;
    }
    this.#pending = bytes.slice(offset);
    return frames;
  }
}

/** Puts a PDU into its envelope. */
function encodeMbap(frame: EnvelopedPdu): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + frame.pdu.byteLength);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, frame.transaction);
  view.setUint16(4, 1 + frame.pdu.byteLength);
  view.setUint8(6, frame.unit);
  bytes.set(frame.pdu, HEADER_BYTES);
  return bytes;
}
