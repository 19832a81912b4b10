/**
 * The frame of Modbus RTU:
 *
 *     offset 0   unit   1 byte
 *     offset 1   protocol data unit
 *     last two   CRC-16 of everything before them, low byte first
 *
 * Nothing marks where a frame begins but the silence before it, and silence does not survive a USB adapter or a
 * network. So an answer is found by what it has to be: its function code and its byte count say how long it is, or the
 * byte counts of the objects in it, and its checksum whether it is one.
 *
 * Source: MODBUS over Serial Line Specification and Implementation Guide V1.02, 2.5.1 and 6.2.2.
 */

import assert from "node:assert/strict";
import { identificationBytesMin } from "./device-identification.ts";
import {
  answerBytesOf,
  EXCEPTION_FLAG,
  PDU_BYTES_MAX,
  READ_IDENTIFICATION,
  type ReadRequest,
  refuseWrite,
} from "./modbus-pdu.ts";

const CRC_BYTES = 2;
const CRC_START = 0xffff;
const CRC_POLYNOMIAL = 0xa001;

/** The longest frame: unit, protocol data unit and checksum. Units: bytes. */
const FRAME_BYTES_MAX = 1 + PDU_BYTES_MAX + CRC_BYTES;

/** An exception: unit, function code, exception code and checksum. Units: bytes. */
const EXCEPTION_BYTES = 5;

/** What an answer with data has around its data: unit, function code, byte count and checksum. Units: bytes. */
const DATA_OVERHEAD_BYTES = 5;

/** The most data a byte count can announce without the frame being too long for the line. Units: bytes. */
const DATA_BYTES_MAX = FRAME_BYTES_MAX - DATA_OVERHEAD_BYTES;

const CRC_TABLE = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit += 1) crc = (crc & 1) === 1 ? (crc >> 1) ^ CRC_POLYNOMIAL : crc >> 1;
  return crc;
});

/**
 * Computes the CRC-16 of Modbus over the bytes from `start` to `end`; over a frame with its checksum it is 0.
 *
 * Shape: `bytes` of any length; leaving out `start` and `end` means all.
 */
export function crc16Modbus(bytes: Uint8Array, start = 0, end = bytes.length): number {
  let crc = CRC_START;
  for (let offset = start; offset < end; offset += 1) {
    crc = (crc >> 8) ^ (CRC_TABLE[(crc ^ (bytes[offset] ?? 0)) & 0xff] ?? 0);
  }
  return crc;
}

/**
 * Frames a request.
 *
 * Shape: `pdu` is 1 to 253 bytes, function code first.
 * Errors: `INPUT_WRITE_REFUSED`, whoever built the request: this is the last gate before the wire.
 */
export function encodeRtu(unit: number, pdu: Uint8Array): Uint8Array {
  refuseWrite(pdu);
  assert(pdu.length <= PDU_BYTES_MAX);
  const frame = new Uint8Array(1 + pdu.length + CRC_BYTES);
  frame[0] = unit;
  frame.set(pdu, 1);
  const crc = crc16Modbus(frame, 0, 1 + pdu.length);
  frame[frame.length - 2] = crc & 0xff;
  frame[frame.length - 1] = crc >> 8;
  return frame;
}

/** Counts the bytes of the frame that answers `request` with data. */
export function answerFrameBytes(request: ReadRequest): number {
  return DATA_OVERHEAD_BYTES + answerBytesOf(request);
}

/** Stands for the bytes of an answer that only says on its way how long it is. */
export const UNCOUNTED = -1;

/** Counts the bytes of the longest frame that answers a request of this shape. */
export function shapeFrameBytesMax({ dataBytes = 0 }: AnswerShape): number {
  return dataBytes === UNCOUNTED ? FRAME_BYTES_MAX : DATA_OVERHEAD_BYTES + dataBytes;
}

/** What tells one answer from another: RTU has no transaction ids, and no address in an answer. */
export interface AnswerShape {
  readonly unit: number;
  /** As it was asked: without the flag of an exception. */
  readonly functionCode: number;
  /** Of data, as the byte count says; `UNCOUNTED` for an identification; undefined for an exception. */
  readonly dataBytes: number | undefined;
}

/** One frame whose checksum holds. */
export interface RtuFrame extends AnswerShape {
  /** A copy that belongs to the receiver. */
  readonly pdu: Uint8Array;
}

/** What a scanner found; each begins after the end of the one before. */
export type RtuFinding =
  | { readonly kind: "frame"; readonly frame: RtuFrame }
  /** What was sent came back: an adapter that hears itself. */
  | { readonly kind: "echo" };

interface Candidate {
  readonly start: number;
  /** Of an identification: the first place where it may end, by as much of it as is there. */
  end: number;
  readonly shape: AnswerShape;
  readonly isExpected: boolean;
}

/**
 * Finds answers in a stream of bytes, however the bytes were chunked, with any noise between them.
 *
 * Each byte is looked at as it comes: a frame ends there if some earlier byte was the unit of a header that announces
 * exactly this length, and the checksum holds. Noise therefore never hides the frame after it. What lies inside an
 * expected frame that is still coming is its data, whatever it looks like.
 *
 * Limits: holds 512 bytes. When they are full, the older half is forgotten, which no frame of 256 bytes can miss.
 */
export class RtuScanner {
  readonly #bytes = new Uint8Array(2 * FRAME_BYTES_MAX);
  readonly #isExpected: (shape: AnswerShape) => boolean;
  #bytesHeld = 0;
  #candidates: Candidate[] = [];
  #sent: Uint8Array = new Uint8Array(0);
  #isEchoPossible = false;
  #noiseBytes = 0;
  #brokenCount = 0;

  /** `isExpected` says which answers are waited for; it is asked as soon as a header is there. */
  constructor(isExpected: (shape: AnswerShape) => boolean) {
    this.#isExpected = isExpected;
  }

  /** Whether the bytes since the last finding end inside an expected frame. */
  get isInsideFrame(): boolean {
    return this.#candidates.some((candidate) => candidate.isExpected);
  }

  /** Bytes since the last finding, or since `begin`. */
  get bytesHeld(): number {
    return this.#bytesHeld;
  }

  /** Bytes that were part of no finding, in all. */
  get noiseBytes(): number {
    return this.#noiseBytes;
  }

  /** Expected frames that came in full and whose checksum does not hold, in all. */
  get brokenCount(): number {
    return this.#brokenCount;
  }

  /**
   * Begins anew with a request that is sent now and may come back; what was held counts as noise.
   *
   * Shape: `sent` is a whole frame.
   */
  begin(sent: Uint8Array): void {
    this.#dropHeld(this.#bytesHeld);
    this.#sent = sent;
    this.#isEchoPossible = true;
  }

  /**
   * Takes the next bytes and calls `onFinding` for everything they complete, in order.
   *
   * Shape: `chunk` of any length.
   */
  push(chunk: Uint8Array, onFinding: (finding: RtuFinding) => void): void {
    for (const byte of chunk) {
      if (this.#bytesHeld === this.#bytes.length) this.#dropHeld(FRAME_BYTES_MAX);
      this.#bytes[this.#bytesHeld] = byte;
      this.#bytesHeld += 1;
      const finding = this.#takeByte();
      if (finding === undefined) continue;
      this.#candidates = [];
      this.#isEchoPossible = false;
      this.#bytesHeld = 0;
      onFinding(finding);
    }
  }

  #takeByte(): RtuFinding | undefined {
    const echoStart = this.#bytesHeld - this.#sent.length;
    if (this.#endsWithSent(echoStart)) {
      this.#noiseBytes += echoStart;
      return { kind: "echo" };
    }
    this.#noteCandidates();
    // A beginning that is the same as that of what was sent may be its echo, which is told from an answer by waiting.
    if (this.#isEchoPossible) this.#isEchoPossible = this.#beginsLikeSent();
    return this.#isEchoPossible ? undefined : this.#takeEnding();
  }

  #endsWithSent(start: number): boolean {
    if (start < 0 || this.#sent.length === 0) return false;
    for (let index = 0; index < this.#sent.length; index += 1) {
      if (this.#bytes[start + index] !== this.#sent[index]) return false;
    }
    return !this.#candidates.some((candidate) => candidate.isExpected && candidate.start < start);
  }

  #beginsLikeSent(): boolean {
    const index = this.#bytesHeld - 1;
    return this.#bytes[index] === this.#sent[index];
  }

  /** Notes what the newest byte makes a header of; candidates stand in the order of their starts. */
  #noteCandidates(): void {
    const end = this.#bytesHeld;
    const newest = this.#bytes[end - 1] ?? 0;
    const functionCode = this.#bytes[end - 2] ?? 0;
    this.#measureIdentifications();
    if (end >= 3 && isReading(functionCode) && isDataLength(functionCode, newest)) {
      this.#addCandidate(end - 3, DATA_OVERHEAD_BYTES + newest, functionCode, newest);
    }
    if (end >= 3 && functionCode === READ_IDENTIFICATION.functionCode && newest === READ_IDENTIFICATION.type) {
      this.#addCandidate(end - 3, FRAME_BYTES_MAX, functionCode, UNCOUNTED);
      this.#measureIdentifications();
    }
    if (end >= 2 && isAnswerable(newest ^ EXCEPTION_FLAG)) {
      this.#addCandidate(end - 2, EXCEPTION_BYTES, newest ^ EXCEPTION_FLAG, undefined);
    }
  }

  #addCandidate(start: number, bytes: number, functionCode: number, dataBytes: number | undefined): void {
    const shape = { unit: this.#bytes[start] ?? 0, functionCode, dataBytes };
    this.#candidates.push({ start, end: start + bytes, shape, isExpected: this.#isExpected(shape) });
  }

  /** Finds out how long identifications are; one that is too long for the line is none. */
  #measureIdentifications(): void {
    let isTooLong = false;
    for (const candidate of this.#candidates) {
      if (candidate.shape.dataBytes !== UNCOUNTED) continue;
      const bytes = identificationBytesMin(this.#bytes.subarray(0, this.#bytesHeld), candidate.start + 1);
      candidate.end = candidate.start + 1 + bytes + CRC_BYTES;
      isTooLong ||= candidate.end - candidate.start > FRAME_BYTES_MAX;
    }
    if (!isTooLong) return;
    this.#candidates = this.#candidates.filter(({ start, end }) => end - start <= FRAME_BYTES_MAX);
  }

  /**
   * Gives the frame that ends at the newest byte, unless it lies inside an expected one that is still coming. One that
   * ended while the bytes were the same as what was sent is none.
   */
  #takeEnding(): RtuFinding | undefined {
    const end = this.#bytesHeld;
    let isEnclosed = false;
    let found: Candidate | undefined;
    for (const candidate of this.#candidates) {
      if (candidate.end > end) isEnclosed ||= candidate.isExpected;
      else if (candidate.end === end && !isEnclosed) found ??= this.#checked(candidate);
    }
    this.#candidates = this.#candidates.filter((candidate) => candidate.end > end);
    if (found === undefined) return undefined;
    this.#noiseBytes += found.start;
    const pdu = this.#bytes.slice(found.start + 1, found.end - CRC_BYTES);
    return { kind: "frame", frame: { ...found.shape, pdu } };
  }

  #checked(candidate: Candidate): Candidate | undefined {
    if (crc16Modbus(this.#bytes, candidate.start, candidate.end) === 0) return candidate;
    if (candidate.isExpected) this.#brokenCount += 1;
    return undefined;
  }

  #dropHeld(count: number): void {
    this.#bytes.copyWithin(0, count, this.#bytesHeld);
    this.#bytesHeld -= count;
    this.#noiseBytes += count;
    this.#isEchoPossible = false;
    this.#candidates = this.#candidates
      .filter((candidate) => candidate.start >= count)
      .map((candidate) => ({ ...candidate, start: candidate.start - count, end: candidate.end - count }));
  }
}

function isReading(functionCode: number): boolean {
  return functionCode >= 1 && functionCode <= 4;
}

function isAnswerable(functionCode: number): boolean {
  return isReading(functionCode) || functionCode === READ_IDENTIFICATION.functionCode;
}

function isDataLength(functionCode: number, dataBytes: number): boolean {
  const isWhole = functionCode <= 2 || dataBytes % 2 === 0;
  return dataBytes >= 1 && dataBytes <= DATA_BYTES_MAX && isWhole;
}
