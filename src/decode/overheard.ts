/**
 * Modbus RTU between others: requests as well as answers, of which nobody here knows when they will come.
 *
 * Silences do not survive an adapter, so a frame is known by what it has to be: a function code that has a length, and
 * a checksum that holds over it.
 *
 * Source: MODBUS over Serial Line V1.02, 2.5.1; MODBUS Application Protocol V1.1b3, 6.
 */

import { EXCEPTION_FLAG } from "./modbus-pdu.ts";
import { crc16Modbus } from "./rtu-frame.ts";

/** Unit, function code, two words and checksum: what reads, or writes one value, and what answers a write. */
const SHORT_BYTES = 8;

/** Unit, function code, exception code and checksum. */
const EXCEPTION_BYTES = 5;

/** What an answer with data has around its data. */
const ANSWER_OVERHEAD_BYTES = 5;

/** What a request to write several values has around its data, and where it says how much there is. */
const WRITE_OVERHEAD_BYTES = 9;
const WRITE_COUNT_OFFSET = 6;

const FRAME_BYTES_MAX = 256;

const UNIT_MAX = 247;

/** One frame between others. */
export interface OverheardFrame {
  readonly unit: number;
  /** Without the flag of an exception. */
  readonly functionCode: number;
  /** An answer is what follows a request of the same unit and function, and could be one. */
  readonly kind: "request" | "answer" | "exception";
  /** Of a request: the first address, as the wire carries it. */
  readonly address: number;
  /** Of a request to read: how many. */
  readonly count: number;
}

/**
 * Finds frames in what is heard on a line.
 *
 * Limits: holds 512 bytes; when they are full, the older half is forgotten, which no frame of 256 bytes can miss.
 */
export class Eavesdropper {
  readonly #bytes = new Uint8Array(2 * FRAME_BYTES_MAX);
  #bytesHeld = 0;
  #byteCount = 0;
  #frameByteCount = 0;
  #asked: OverheardFrame | undefined;

  /** All that was heard. Units: bytes. */
  get byteCount(): number {
    return this.#byteCount;
  }

  /** What of it was no frame. Units: bytes. */
  get noiseByteCount(): number {
    return this.#byteCount - this.#frameByteCount;
  }

  /** Takes the next bytes and gives the frames that they end, in order. Shape: `chunk` of any length. */
  push(chunk: Uint8Array): OverheardFrame[] {
    const frames: OverheardFrame[] = [];
    for (const byte of chunk) {
      if (this.#bytesHeld === this.#bytes.length) this.#forgetOlderHalf();
      this.#bytes[this.#bytesHeld] = byte;
      this.#bytesHeld += 1;
      this.#byteCount += 1;
      const frame = this.#frameThatEnds();
      if (frame !== undefined) frames.push(frame);
    }
    return frames;
  }

  /** The longest frame that ends at the newest byte: what is shorter lies inside it by chance. */
  #frameThatEnds(): OverheardFrame | undefined {
    const from = Math.max(0, this.#bytesHeld - FRAME_BYTES_MAX);
    for (let start = from; start <= this.#bytesHeld - EXCEPTION_BYTES; start += 1) {
      if (!this.#hasLength(start)) continue;
      if (crc16Modbus(this.#bytes, start, this.#bytesHeld) !== 0) continue;
      const frame = this.#describe(start);
      this.#frameByteCount += this.#bytesHeld - start;
      this.#bytesHeld = 0;
      this.#asked = frame.kind === "request" ? frame : undefined;
      return frame;
    }
    return undefined;
  }

  /** Whether a frame that begins at `start` may be as long as what is there. */
  #hasLength(start: number): boolean {
    const length = this.#bytesHeld - start;
    const functionCode = this.#bytes[start + 1] ?? 0;
    const third = this.#bytes[start + 2] ?? 0;
    if ((this.#bytes[start] ?? 0) > UNIT_MAX) return false;
    if ((functionCode & EXCEPTION_FLAG) !== 0) {
      return length === EXCEPTION_BYTES && isKnown(functionCode ^ EXCEPTION_FLAG) && third >= 1 && third <= 11;
    }
    if (!isKnown(functionCode)) return false;
    if (length === SHORT_BYTES) return true;
    if (functionCode <= 4) return length === ANSWER_OVERHEAD_BYTES + third;
    const isLongWrite = functionCode === 15 || functionCode === 16;
    return isLongWrite && length === WRITE_OVERHEAD_BYTES + (this.#bytes[start + WRITE_COUNT_OFFSET] ?? 0);
  }

  #describe(start: number): OverheardFrame {
    const [unit = 0, code = 0, third = 0] = this.#bytes.subarray(start, start + 3);
    const functionCode = code & ~EXCEPTION_FLAG;
    const length = this.#bytesHeld - start;
    const view = new DataView(this.#bytes.buffer);
    const isAsked = this.#asked?.unit === unit && this.#asked.functionCode === functionCode;
    const couldAnswer = functionCode > 4 ? length === SHORT_BYTES : length === ANSWER_OVERHEAD_BYTES + third;
    if (code !== functionCode) return { unit, functionCode, kind: "exception", address: 0, count: 0 };
    if (couldAnswer && (isAsked || length !== SHORT_BYTES)) {
      return { unit, functionCode, kind: "answer", address: 0, count: 0 };
    }
    const count = functionCode === 5 || functionCode === 6 ? 1 : view.getUint16(start + 4);
    return { unit, functionCode, kind: "request", address: view.getUint16(start + 2), count };
  }

  #forgetOlderHalf(): void {
    this.#bytes.copyWithin(0, FRAME_BYTES_MAX, this.#bytesHeld);
    this.#bytesHeld -= FRAME_BYTES_MAX;
  }
}

/** The function codes of which the length is known: reading, and writing one value or several. */
function isKnown(functionCode: number): boolean {
  return (functionCode >= 1 && functionCode <= 6) || functionCode === 15 || functionCode === 16;
}
