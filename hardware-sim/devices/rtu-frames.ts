/** The envelope of Modbus RTU. Source: MODBUS over Serial Line V1.02, 2.5.1 and 6.2.2. */

import type { Envelope, EnvelopedPdu, RequestReader } from "./envelope.ts";

/** A request to read or to write one value: unit, function code, two words and checksum. Units: bytes. */
const REQUEST_BYTES = 8;

/** A request for the identification: unit, function code, type, access, object and checksum. Units: bytes. */
const IDENTIFICATION_BYTES = 7;

/** What a request to write several values has around its data. Units: bytes. */
const WRITE_OVERHEAD_BYTES = 9;

/** Modbus RTU on a stream of bytes. */
export const RTU: Envelope = {
  createReader: () => new RtuReader(),
  encode: ({ unit, pdu }) => {
    const content = Uint8Array.of(unit, ...pdu);
    const crc = crc16(content);
    return Uint8Array.of(...content, crc & 0xff, crc >> 8);
  },
};

/** A line has no way to say that a frame was bad: what fits no request is passed over, byte by byte. */
class RtuReader implements RequestReader {
  #pending: readonly number[] = [];

  push(chunk: Uint8Array): readonly EnvelopedPdu[] {
    const bytes = [...this.#pending, ...chunk];
    const frames: EnvelopedPdu[] = [];
    let offset = 0;
    while (bytes.length - offset >= IDENTIFICATION_BYTES) {
      const size = requestBytes(bytes, offset);
      if (offset + size > bytes.length) break;
      const frame = Uint8Array.from(bytes.slice(offset, offset + size));
      const isWhole = crc16(frame) === 0;
      if (isWhole) frames.push({ transaction: 0, unit: frame[0] ?? 0, pdu: frame.slice(1, -2) });
      offset += isWhole ? size : 1;
    }
    this.#pending = bytes.slice(offset);
    return frames;
  }
}

function requestBytes(bytes: readonly number[], offset: number): number {
  const functionCode = bytes[offset + 1];
  if (functionCode === 0x2b) return IDENTIFICATION_BYTES;
  const writesSeveral = functionCode === 15 || functionCode === 16;
  return writesSeveral ? WRITE_OVERHEAD_BYTES + (bytes[offset + 6] ?? 0) : REQUEST_BYTES;
}

/** Source: section 6.2.2, bit by bit. */
function crc16(bytes: Uint8Array): number {
  let crc = 0xffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc % 2 === 1 ? (crc >> 1) ^ 0xa001 : crc >> 1;
  }
  return crc;
}
