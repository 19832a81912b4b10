/** What a read costs on its bus, as far as that is known before it is made. */

import { answerBytesOf, type ReadSize } from "../../decode/modbus-pdu.ts";
import { type Millis, millis } from "../../model/time.ts";
import { LineTiming } from "./line-timing.ts";
import { codingOf, type LinkPlace } from "./place.ts";

/** What one read takes. Units: `bytes` on the wire both ways, without what TCP adds. */
export interface ReadCost {
  readonly bytes: number;
  readonly duration: Millis;
}

/** Tells the cost of a read. */
export type CostOfRead = (read: ReadSize) => ReadCost;

/** How long a device is taken to think before it answers; few manuals say. Units: milliseconds. */
export const TURNAROUND_MS = 10;

/** How long a network is taken to need there and back. Units: milliseconds. */
export const NETWORK_MS = 1;

/** A byte at 10 Mbit/s: next to nothing, yet of two plans with as many requests the shorter one wins. */
const NETWORK_BYTE_MS = 0.0008;

/** Unit, function code, address, count, checksum. Source: MODBUS over Serial Line V1.02, 2.3. */
const RTU_REQUEST_BYTES = 8;

/** Unit, function code, byte count, checksum. */
const RTU_ANSWER_OVERHEAD_BYTES = 5;

/** Source: MODBUS Messaging on TCP/IP Implementation Guide V1.0b, 3.1.3. */
const TCP_HEADER_BYTES = 7;

/** Function code, address, count. */
const REQUEST_PDU_BYTES = 5;

/** Function code, byte count. */
const ANSWER_PDU_OVERHEAD_BYTES = 2;

/**
 * Tells what reads cost at a place. On a line of RTU two silences belong to each: we keep one before we ask, and by the
 * other the device knows that the request is over.
 */
export function costOfReadsAt(place: LinkPlace): CostOfRead {
  if (!("line" in place)) {
    return (read) => {
      const bytes = 2 * TCP_HEADER_BYTES + REQUEST_PDU_BYTES + ANSWER_PDU_OVERHEAD_BYTES + answerBytesOf(read);
      return { bytes, duration: millis(NETWORK_MS + TURNAROUND_MS + bytes * NETWORK_BYTE_MS) };
    };
  }
  const coding = codingOf(place);
  const timing = new LineTiming(place.line, coding);
  // The end of a frame of ASCII is a character of its own.
  const silences = coding === "ascii" ? 1 : 2;
  const fixedMs = silences * timing.silence + TURNAROUND_MS + ("host" in place ? NETWORK_MS : 0);
  return (read) => {
    const bytes = RTU_REQUEST_BYTES + RTU_ANSWER_OVERHEAD_BYTES + answerBytesOf(read);
    return { bytes: timing.charactersOf(bytes, 2), duration: millis(fixedMs + timing.wireTime(bytes, 2)) };
  };
}
