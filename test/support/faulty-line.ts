/**
 * A serial line on the fake clock with units that hold a number of their own in every register for every request, so
 * that an answer to anything else than what was asked is a wrong number.
 *
 * Units answer in the order they were asked, one thing at a time, as on a real line; what befalls an answer is drawn.
 */

import type { OpenLine } from "../../src/inputs/modbus/rtu-connection.ts";
import { millis, type Random } from "../../src/model/time.ts";
import type { ByteStreamEvents } from "../../src/platform/byte-stream.ts";
import type { FakeClock } from "./fake-clock.ts";
import { toRtu } from "./wire-exchange.ts";

/** What can befall an answer. */
export const LINE_FAULTS = [
  "none",
  "silence",
  "late",
  "wrong unit",
  "wrong function",
  "wrong length",
  "cut short",
  "flipped bit",
  "noise before",
  "noise after",
  "byte by byte",
  "exception",
  "closed",
] as const;

/** One of `LINE_FAULTS`. */
export type LineFault = (typeof LINE_FAULTS)[number];

/**
 * With these an answer looks like another one. One that looks like another and is late besides is the answer to
 * something else for all that anyone can tell, so late answers never meet them.
 */
const DISGUISES: ReadonlySet<LineFault> = new Set(["wrong unit", "wrong function", "wrong length"]);

/** Late answers come at most this much after they were asked for. Units: milliseconds. */
const LATE_MS_MAX = 10_000;

/** How long a unit takes to begin its answer. Units: milliseconds. */
const TURNAROUND_MS = 5;

/** Between two bytes that come one by one. Units: milliseconds. */
const BYTE_PAUSE_MS = 5;

interface Frame {
  readonly unit: number;
  readonly pdu: Uint8Array;
}

/** What is in a register of a unit when a request is answered; `serial` counts the requests on the line. */
export function registerAt(serial: number, unit: number, address: number): number {
  let mixed = Math.imul(serial + 1, 0x9e3779b1) ^ Math.imul(unit, 0x85ebca6b) ^ Math.imul(address + 1, 0xc2b2ae35);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d);
  return (mixed ^ (mixed >>> 13)) & 0xffff;
}

/** The line and the units on it. */
export class FaultyLine {
  /** How many requests were sent. */
  serial = 0;
  /** Whether everything that is sent comes back first. */
  hasEcho = false;
  readonly #clock: FakeClock;
  readonly #random: Random;
  readonly #drawFault: (unit: number) => LineFault;
  readonly #busyUntil = new Map<number, number>();
  #events: ByteStreamEvents | undefined;

  constructor(clock: FakeClock, random: Random, drawFault: (unit: number) => LineFault) {
    this.#clock = clock;
    this.#random = random;
    this.#drawFault = drawFault;
  }

  readonly openLine: OpenLine = async (_timeout, events) => {
    this.#events = events;
    return {
      write: (bytes) => this.#hear(bytes),
      close: () => {
        if (this.#events === events) this.#events = undefined;
      },
    };
  };

  #hear(bytes: Uint8Array): void {
    this.serial += 1;
    if (this.hasEcho) this.#deliver(1, bytes);
    const serial = this.serial;
    const unit = bytes[0] ?? 0;
    const pdu = bytes.slice(1, -2);
    const busyFor = Math.max(0, (this.#busyUntil.get(unit) ?? 0) - this.#clock.monotonic());
    const drawn = this.#drawFault(unit);
    const fault = busyFor > 0 && DISGUISES.has(drawn) ? "none" : drawn;
    // A unit that is still at an earlier request may miss the next one.
    if (fault === "silence" || (busyFor > 0 && this.#draw(2) === 0)) return;
    const delay = busyFor + TURNAROUND_MS + (fault === "late" ? this.#draw(LATE_MS_MAX - TURNAROUND_MS) : 0);
    if (delay > LATE_MS_MAX) return;
    const frame = toRtu(this.#frameOf(serial, unit, pdu, fault));
    const sendsFor = fault === "byte by byte" ? BYTE_PAUSE_MS * frame.length : 0;
    this.#busyUntil.set(unit, this.#clock.monotonic() + delay + sendsFor);
    if (fault === "closed") this.#clock.after("line is cut", millis(delay), () => this.#hangUp());
    else this.#answer(delay, fault, frame);
  }

  #frameOf(serial: number, unit: number, pdu: Uint8Array, fault: LineFault): Frame {
    const functionCode = pdu[0] ?? 0;
    const address = ((pdu[1] ?? 0) << 8) | (pdu[2] ?? 0);
    const count = (((pdu[3] ?? 0) << 8) | (pdu[4] ?? 0)) + (fault === "wrong length" ? 1 + this.#draw(3) : 0);
    if (fault === "exception") return { unit, pdu: Uint8Array.of(functionCode | 0x80, 1 + this.#draw(11)) };
    const words = Array.from({ length: count }, (_, index) => registerAt(serial, unit, address + index));
    const data = words.flatMap((word) => [word >> 8, word & 0xff]);
    const answered = fault === "wrong function" ? 7 - functionCode : functionCode;
    return {
      unit: fault === "wrong unit" ? unit + 1 : unit,
      pdu: Uint8Array.of(answered, data.length, ...data),
    };
  }

  #answer(delay: number, fault: LineFault, bytes: Uint8Array): void {
    if (fault === "flipped bit") {
      const index = this.#draw(bytes.length);
      bytes[index] = (bytes[index] ?? 0) ^ (1 << this.#draw(8));
    }
    if (fault === "noise before") this.#deliver(delay, this.#noise());
    if (fault === "byte by byte") {
      for (const [index, byte] of bytes.entries()) this.#deliver(delay + BYTE_PAUSE_MS * index, Uint8Array.of(byte));
    } else {
      this.#deliver(delay, fault === "cut short" ? bytes.subarray(0, 1 + this.#draw(bytes.length - 1)) : bytes);
    }
    if (fault === "noise after") this.#deliver(delay + this.#draw(3), this.#noise());
  }

  #noise(): Uint8Array {
    return Uint8Array.from({ length: 1 + this.#draw(20) }, () => this.#draw(256));
  }

  #deliver(delay: number, bytes: Uint8Array): void {
    this.#clock.after("line carries", millis(delay), () => this.#events?.onData(bytes));
  }

  #hangUp(): void {
    const events = this.#events;
    this.#events = undefined;
    events?.onClose("the line was cut");
  }

  #draw(count: number): number {
    return Math.floor(this.#random.next() * count);
  }
}
