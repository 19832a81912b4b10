/**
 * Exchanges with a device as text, and their play over Modbus TCP and RTU.
 *
 *     # what it shows, and where it was taken from
 *     > 01 04 0000 0002 71CB      a request: unit, protocol data unit, CRC-16 with its low byte first
 *     < 01 04 04 4366 199A 85E4   what the device answers to it
 *     ! timeout                   or: nothing
 *     ! close                     or, and also after an answer: the device closes the connection
 *     ! refuse                    the next connection is refused
 *
 * The frames are those of RTU, so one file serves both ways of carrying Modbus. Requests are told apart by their bytes;
 * when the same one stands in the file several times, its answers are given in order and the last one stays.
 */

import { readFileSync } from "node:fs";
import { type FakeDevice, FakeHost, type FakePeer } from "./fake-byte-stream.ts";
import { fromHex, toHex } from "./hex.ts";

interface Frame {
  readonly unit: number;
  readonly pdu: Uint8Array;
}

type Action =
  | { readonly kind: "answer"; readonly frame: Frame }
  | { readonly kind: "timeout" }
  | { readonly kind: "close" }
  | { readonly kind: "refuse" };

/** A request and what the device does about it. */
interface Exchange {
  readonly request: Frame;
  readonly actions: Action[];
}

/** A parsed file. */
export interface WireScript {
  readonly file: string;
  /** What happens before the first request. */
  readonly opening: readonly Action[];
  readonly exchanges: readonly Exchange[];
}

/** Reads and checks a file. Errors: one that names the line. */
export function readWireScript(file: string): WireScript {
  return parseWireScript(readFileSync(file, "utf8"), file);
}

/** Parses the text of a file. Errors: one that names the line. */
export function parseWireScript(text: string, file = "exchange"): WireScript {
  const opening: Action[] = [];
  const exchanges: Exchange[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    const content = line.replace(/#.*/, "").trim();
    if (content === "") continue;
    try {
      if (content.startsWith(">")) exchanges.push({ request: parseFrame(content.slice(1)), actions: [] });
      else (exchanges.at(-1)?.actions ?? opening).push(parseAction(content));
    } catch (cause) {
      throw new Error(`${file}:${index + 1}: ${cause instanceof Error ? cause.message : cause}`, { cause });
    }
  }
  for (const { request, actions } of exchanges) {
    if (actions.length === 0) throw new Error(`${file}: nothing is said about what answers ${formatFrame(request)}`);
  }
  return { file, opening, exchanges };
}

function parseAction(content: string): Action {
  if (content.startsWith("<")) return { kind: "answer", frame: parseFrame(content.slice(1)) };
  const word = content.replace(/^!\s*/, "");
  if (word === "timeout" || word === "close" || word === "refuse") return { kind: word };
  throw new Error(`expected >, <, ! timeout, ! close or ! refuse, found: ${content}`);
}

function parseFrame(hex: string): Frame {
  const bytes = fromHex(hex);
  const content = bytes.subarray(0, -2);
  const expected = toHex(crcBytes(content));
  const found = toHex(bytes.subarray(-2));
  if (found !== expected) throw new Error(`the CRC is ${found}, of ${toHex(content)} it is ${expected}`);
  return { unit: content[0] ?? 0, pdu: content.subarray(1) };
}

function formatFrame({ unit, pdu }: Frame): string {
  return `unit ${unit} ${toHex(pdu)}`;
}

/** CRC-16/MODBUS by polynomial division bit by bit, low byte first; written apart from any code under test. */
function crcBytes(bytes: Uint8Array): Uint8Array {
  let crc = 0xffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc % 2 === 1 ? (crc >> 1) ^ 0xa001 : crc >> 1;
  }
  return Uint8Array.of(crc & 0xff, crc >> 8);
}

/** How a player frames what it says. */
export type Framing = "tcp" | "rtu";

/** Plays a script to whoever connects to its `host`. */
export class WirePlayer {
  /** What answers, for a host of its own making. */
  readonly device: FakeDevice = (bytes, peer) => this.#answer(bytes, peer);
  readonly host = new FakeHost(this.device);
  /** What went wrong in the play itself; a test ends by expecting none. */
  readonly failures: string[] = [];
  /** Whether a request that the file does not have is refused as a device would, and not a failure of the play. */
  refusesUnknown = false;
  readonly #script: WireScript;
  readonly #framing: Framing;
  readonly #playedCounts = new Map<string, number>();

  /** `framing` left out means Modbus TCP. */
  constructor(script: WireScript, framing: Framing = "tcp") {
    this.#script = script;
    this.#framing = framing;
    for (const action of script.opening) this.#act(action, undefined, 0);
  }

  /** Requests of the file that were never made. */
  get unplayed(): string[] {
    return this.#script.exchanges
      .map(({ request }) => formatFrame(request))
      .filter((request) => !this.#playedCounts.has(request));
  }

  #answer(bytes: Uint8Array, peer: FakePeer): void {
    const frame = this.#framing === "tcp" ? this.#unwrapMbap(bytes) : parseFrame(toHex(bytes));
    if (frame === undefined) return;
    const request = formatFrame(frame);
    const matching = this.#script.exchanges.filter((exchange) => formatFrame(exchange.request) === request);
    const playedCount = this.#playedCounts.get(request) ?? 0;
    this.#playedCounts.set(request, playedCount + 1);
    const exchange = matching[Math.min(playedCount, matching.length - 1)];
    if (exchange === undefined && this.refusesUnknown) {
      const refusal = { unit: frame.unit, pdu: Uint8Array.of((frame.pdu[0] ?? 0) | 0x80, 2) };
      peer.send(this.#framing === "tcp" ? toMbap(0, refusal) : toRtu(refusal));
      return;
    }
    if (exchange === undefined) {
      const known = this.#script.exchanges.map((each) => `\n  ${formatFrame(each.request)}`).join("");
      this.failures.push(`${this.#script.file} has no request\n  ${request}\nit has${known}`);
      peer.hangUp("the exchange does not have this request");
      return;
    }
    const transactionId = ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0);
    for (const action of exchange.actions) this.#act(action, peer, transactionId);
  }

  #unwrapMbap(bytes: Uint8Array): Frame | undefined {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    if (view.getUint16(2) === 0 && view.getUint16(4) === bytes.length - 6) {
      return { unit: view.getUint8(6), pdu: bytes.subarray(7) };
    }
    this.failures.push(`no MBAP frame: ${toHex(bytes)}`);
    return undefined;
  }

  #act(action: Action, peer: FakePeer | undefined, transactionId: number): void {
    if (action.kind === "refuse") this.host.refuseCount += 1;
    if (action.kind === "close") peer?.hangUp();
    if (action.kind !== "answer") return;
    peer?.send(this.#framing === "tcp" ? toMbap(transactionId, action.frame) : toRtu(action.frame));
  }
}

/** Frames an answer for Modbus TCP; written apart from any code under test. */
export function toMbap(transactionId: number, { unit, pdu }: Frame): Uint8Array {
  const length = pdu.length + 1;
  return Uint8Array.of(transactionId >> 8, transactionId & 0xff, 0, 0, length >> 8, length & 0xff, unit, ...pdu);
}

/** Whether the checksum of a frame of Modbus RTU holds. */
export function isWholeRtu(frame: Uint8Array): boolean {
  const [low, high] = crcBytes(frame.subarray(0, -2));
  return frame.at(-2) === low && frame.at(-1) === high;
}

/** Frames an answer for Modbus RTU; written apart from any code under test. */
export function toRtu({ unit, pdu }: Frame): Uint8Array {
  const content = Uint8Array.of(unit, ...pdu);
  return Uint8Array.of(...content, ...crcBytes(content));
}
