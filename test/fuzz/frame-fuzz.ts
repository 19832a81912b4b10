/** Random and mutated frames through every parser that a device's bytes meet, and what must hold whatever they are. */

import {
  decodeIdentificationAnswer,
  encodeIdentificationRequest,
  type IdentificationRequest,
} from "../../src/decode/device-identification.ts";
import { MbapSplitter } from "../../src/decode/mbap.ts";
import { answerBytesOf, decodeReadAnswer, encodeReadRequest, type ReadRequest } from "../../src/decode/modbus-pdu.ts";
import { decodeTableBit, RegisterDecoder } from "../../src/decode/registers.ts";
import { encodeRtu, RtuScanner, UNCOUNTED } from "../../src/decode/rtu-frame.ts";
import { GatewayError } from "../../src/model/errors.ts";
import { BYTE_ORDERS, POINT_TYPES, type PointType, WORD_ORDERS } from "../../src/model/profile.ts";
import { toHex } from "../support/hex.ts";
import { createSeededRandom } from "../support/seeded-random.ts";
import { toMbap, toRtu } from "../support/wire-exchange.ts";
import { heapAfterRest } from "./heap-after-rest.ts";

/** What became of the frames. */
export interface FuzzReport {
  readonly frames: number;
  /** Frames that a parser gave out, and of these the answers that fit what was asked. */
  readonly found: number;
  readonly fitting: number;
  /** Answers and values that were refused with an error of the house. */
  readonly refused: number;
  readonly values: number;
  /** By how much the heap was larger after the last frame than after the first tenth. Units: bytes. */
  readonly heapGrowth: number;
  /** What must not be, in words; empty where all is well. */
  readonly findings: readonly string[];
}

type Request = ReadRequest | IdentificationRequest;

/** What was asked, and the frame that answers it, whole or not. */
interface Exchange {
  readonly unit: number;
  readonly request: Request;
  readonly answer: Uint8Array;
  readonly bytes: Uint8Array;
  readonly isWhole: boolean;
}

/** So many findings say enough. */
const FINDINGS_MAX = 10;

/** A splitter that lost its step is given up after so many frames, as a link is by its timeouts. */
const FRAMES_PER_LINK = 16;

const WHOLE_TYPES: ReadonlySet<PointType> = new Set(POINT_TYPES.filter((type) => !/^float|^date/u.test(type)));

const DECODERS = POINT_TYPES.flatMap((type) =>
  WORD_ORDERS.flatMap((wordOrder) =>
    BYTE_ORDERS.map((byteOrder) => ({
      type,
      decoder: new RegisterDecoder({ type, wordOrder, byteOrder, bit: 3, byte: "high", sentinels: [0x7fffn, -1n] }),
    })),
  ),
);

/** Sends `count` frames, one after the other by RTU and by TCP. The same seed draws the same frames. */
export function fuzzFrames(seed: number, count: number): FuzzReport {
  const fuzz = new FrameFuzz(seed);
  const firstTenth = Math.max(1, Math.floor(count / 10));
  let heapBefore = 0;
  for (let frame = 0; frame < count && fuzz.findings.length < FINDINGS_MAX; frame += 1) {
    if (frame === firstTenth) heapBefore = heapAfterRest();
    fuzz.send(frame);
  }
  const { found, fitting, refused, values, findings } = fuzz;
  return { frames: count, found, fitting, refused, values, heapGrowth: heapAfterRest() - heapBefore, findings };
}

class FrameFuzz {
  found = 0;
  fitting = 0;
  refused = 0;
  values = 0;
  readonly findings: string[] = [];
  readonly #next: () => number;
  #asked: Exchange | undefined;
  #isAnswered = false;
  readonly #scanner = new RtuScanner(({ unit, functionCode, dataBytes }) => {
    const { request } = this.#asked as Exchange;
    const isOfUnit = unit === this.#asked?.unit && functionCode === functionCodeOf(request);
    const bytes = isIdentification(request) ? UNCOUNTED : answerBytesOf(request);
    return isOfUnit && (dataBytes === undefined || dataBytes === bytes);
  });
  #splitter = new MbapSplitter();
  #isInStep = true;

  constructor(seed: number) {
    this.#next = createSeededRandom(seed).next;
  }

  send(frame: number): void {
    if (frame % 2 === 0) this.#sendByRtu();
    else this.#sendByTcp(frame);
  }

  #sendByRtu(): void {
    const exchange = this.#exchange((unit, pdu) => toRtu({ unit, pdu }));
    const { unit, request, bytes } = exchange;
    this.#asked = exchange;
    this.#isAnswered = false;
    const pdu = isIdentification(request) ? encodeIdentificationRequest(request) : encodeReadRequest(request);
    this.#scanner.begin(encodeRtu(unit, pdu));
    this.#inChunks(bytes, (chunk) =>
      this.#scanner.push(chunk, (finding) => {
        if (finding.kind === "echo") return;
        const found = toRtu(finding.frame);
        if (!contains(bytes, found)) this.#complain(exchange, `gave out ${toHex(found)}, which did not come`);
        this.#take(exchange, finding.frame.unit, finding.frame.pdu);
      }),
    );
    if (this.#scanner.bytesHeld > 512) this.#complain(exchange, `holds ${this.#scanner.bytesHeld} bytes`);
    if (exchange.isWhole && !this.#isAnswered) this.#complain(exchange, "did not find a whole answer");
  }

  #sendByTcp(frame: number): void {
    const transactionId = frame & 0xffff;
    const exchange = this.#exchange((unit, pdu) => toMbap(transactionId, { unit, pdu }));
    if (frame % (2 * FRAMES_PER_LINK) === 1) this.#connect();
    this.#isAnswered = false;
    try {
      this.#inChunks(exchange.bytes, (chunk) =>
        this.#splitter.push(chunk, ({ transactionId: id, unit, pdu }) => {
          if (id === transactionId) this.#take(exchange, unit, pdu);
        }),
      );
    } catch (error) {
      this.#refuse(exchange, error);
      this.#connect();
      return;
    }
    if (exchange.isWhole && this.#isInStep && !this.#isAnswered)
      this.#complain(exchange, "did not find a whole answer");
    this.#isInStep = !this.#splitter.isInsideFrame && (this.#isInStep || exchange.isWhole);
  }

  #connect(): void {
    this.#splitter = new MbapSplitter();
    this.#isInStep = true;
  }

  /** Takes apart what a parser gave out, and the values in it. */
  #take(exchange: Exchange, unit: number, pdu: Uint8Array): void {
    this.found += 1;
    if (unit !== exchange.unit) return;
    try {
      const { request } = exchange;
      const answer = isIdentification(request)
        ? decodeIdentificationAnswer(request, pdu)
        : decodeReadAnswer(request, pdu);
      this.fitting += 1;
      this.#isAnswered ||= toHex(pdu) === toHex(exchange.answer);
      if (answer.kind === "exception") return;
      if (isIdentification(request) || !(answer.data instanceof DataView)) {
        this.#checkIdentification(exchange, pdu);
        return;
      }
      const bytes = answerBytesOf(request);
      if (pdu[1] !== bytes || pdu.length !== 2 + bytes) this.#complain(exchange, `took ${toHex(pdu)} for an answer`);
      this.#decode(exchange, request, answer.data);
    } catch (error) {
      this.#refuse(exchange, error);
    }
  }

  /** Counts its bytes in another way than the parser does. */
  #checkIdentification(exchange: Exchange, pdu: Uint8Array): void {
    const [, , , , more = 0, next = 0, left = 0, ...rest] = pdu;
    const ids: number[] = [];
    for (let object = left; object > 0; object -= 1) {
      const [id = -1, length = Number.NaN] = rest.splice(0, 2);
      if (!(rest.length >= length)) this.#complain(exchange, `took ${toHex(pdu)}, whose objects are not whole`);
      rest.splice(0, length);
      ids.push(id);
    }
    const isInOrder = ids.every((id, index) => index === 0 || id > (ids[index - 1] ?? 0));
    const isEndless = more !== 0 && next <= (ids.at(-1) ?? 0);
    if (rest.length > 0 || !isInOrder || isEndless) this.#complain(exchange, `took ${toHex(pdu)} for an answer`);
    this.values += 1;
  }

  #decode(exchange: Exchange, request: ReadRequest, data: DataView): void {
    const index = this.#draw(data.byteLength * 8 + 8);
    const chosen = DECODERS[this.#draw(DECODERS.length)];
    const isOfBits = request.functionCode <= 2;
    const value = isOfBits ? decodeTableBit(data, index) : (chosen?.decoder.decode(data, index >> 3) ?? 0);
    this.values += 1;
    const isWhole = isOfBits || (chosen !== undefined && WHOLE_TYPES.has(chosen.type));
    if (isWhole && Number.isFinite(value) && !Number.isSafeInteger(value)) {
      this.#complain(exchange, `made ${value} of a ${chosen?.type}`);
    }
  }

  #refuse(exchange: Exchange, error: unknown): void {
    if (error instanceof GatewayError && /^DECODE_|^INPUT_BAD/u.test(error.code)) this.refused += 1;
    else this.#complain(exchange, `threw ${error}`);
  }

  #complain({ request, bytes }: Exchange, what: string): void {
    this.findings.push(`${JSON.stringify(request)} answered by ${toHex(bytes)}: ${what}`);
  }

  #exchange(frame: (unit: number, pdu: Uint8Array) => Uint8Array): Exchange {
    const { request, data } = this.#draw(8) === 0 ? this.#identification() : this.#read();
    const unit = this.#draw(248);
    const answer = this.#draw(8) === 0 ? Uint8Array.of(0x80 | functionCodeOf(request), this.#draw(256)) : data;
    const isWhole = this.#draw(4) === 0;
    if (isWhole) return { unit, request, answer, bytes: frame(unit, answer), isWhole };
    // Half of what is wrong has a frame around it that holds, so that it gets as far as it can.
    const wrong = this.#draw(2) === 0 ? frame(unit, this.#mutate(answer)) : this.#mutate(frame(unit, answer));
    return { unit, request, answer, bytes: wrong, isWhole: false };
  }

  #read(): { request: ReadRequest; data: Uint8Array } {
    const functionCode = 1 + this.#draw(4);
    const count = 1 + this.#draw(this.#draw(4) === 0 ? 125 : 8);
    const request = { functionCode, address: this.#draw(0x1_0000 - count), count };
    const bytes = answerBytesOf(request);
    const data = Uint8Array.from(
      { length: 2 + bytes },
      (_, offset) => [functionCode, bytes][offset] ?? this.#draw(256),
    );
    return { request, data };
  }

  #identification(): { request: IdentificationRequest; data: Uint8Array } {
    const objects = Array.from({ length: this.#draw(5) }, (_, id) => {
      const bytes = Array.from({ length: this.#draw(this.#draw(4) === 0 ? 50 : 12) }, () => this.#draw(256));
      return [id, bytes.length, ...bytes];
    });
    const more = this.#draw(3) === 0 ? [0xff, objects.length + 1] : [0, 0];
    const data = Uint8Array.of(0x2b, 0x0e, 1, 0x81, ...more, objects.length, ...objects.flat());
    return { request: { access: 1, objectId: 0 }, data };
  }

  #mutate(bytes: Uint8Array): Uint8Array {
    const changed = Uint8Array.from(bytes);
    const place = this.#draw(changed.length);
    switch (this.#draw(6)) {
      case 0:
        changed[place] = (changed[place] ?? 0) ^ (1 << this.#draw(8));
        return changed;
      case 1:
        changed[place] = this.#draw(256);
        return changed;
      case 2:
        return changed.slice(0, Math.max(1, place));
      case 3:
        return Uint8Array.of(...this.#noise(), ...changed);
      case 4:
        return Uint8Array.of(...changed.slice(0, place), ...this.#noise(), ...changed.slice(place)).slice(0, 250);
      default:
        return this.#noise();
    }
  }

  #noise(): Uint8Array {
    return Uint8Array.from({ length: 1 + this.#draw(20) }, () => this.#draw(256));
  }

  #inChunks(bytes: Uint8Array, push: (chunk: Uint8Array) => void): void {
    const size = this.#draw(3) === 0 ? 1 + this.#draw(8) : bytes.length;
    for (let start = 0; start < bytes.length; start += size) push(bytes.subarray(start, start + size));
  }

  #draw(count: number): number {
    return Math.floor(this.#next() * count);
  }
}

function isIdentification(request: Request): request is IdentificationRequest {
  return "objectId" in request;
}

function functionCodeOf(request: Request): number {
  return isIdentification(request) ? 0x2b : request.functionCode;
}

function contains(bytes: Uint8Array, part: Uint8Array): boolean {
  return Buffer.from(bytes).includes(Buffer.from(part));
}
