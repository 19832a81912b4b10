/**
 * A serial line on the fake clock with units whose every answer is told from every other by its numbers.
 *
 * Units answer in the order they were asked, one thing at a time, as on a real line; what befalls an answer is drawn.
 */

import {
  DAMAGES,
  damageAnswer,
  isDamage,
  isMishearing,
  MISHEARINGS,
  mishear,
} from "../../hardware-sim/devices/answer-faults.ts";
import type { OpenLine } from "../../src/inputs/modbus/rtu-connection.ts";
import { millis, type Random } from "../../src/model/time.ts";
import type { ByteStreamEvents } from "../../src/platform/byte-stream.ts";
import type { FakeClock } from "./fake-clock.ts";
import { answerRead, refuseRead } from "./serial-registers.ts";
import { toRtu } from "./wire-exchange.ts";

/** What can befall an answer. */
export const LINE_FAULTS = ["none", "silence", "late", ...MISHEARINGS, ...DAMAGES, "exception", "closed"] as const;

/** One of `LINE_FAULTS`. */
export type LineFault = (typeof LINE_FAULTS)[number];

/** Late answers come at most this much after they were asked for. Units: milliseconds. */
const LATE_MS_MAX = 10_000;

/** How long a unit takes to begin its answer. Units: milliseconds. */
const TURNAROUND_MS = 5;

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
    const unit = bytes[0] ?? 0;
    const busyFor = Math.max(0, (this.#busyUntil.get(unit) ?? 0) - this.#clock.monotonic());
    const drawn = this.#drawFault(unit);
    // One that looks like another answer and is late besides is the answer to something else for all that anyone can
    // tell, so late answers never meet a mishearing.
    const fault = busyFor > 0 && isMishearing(drawn) ? "none" : drawn;
    // A unit that is still at an earlier request may miss the next one.
    if (fault === "silence" || (busyFor > 0 && this.#draw(2) === 0)) return;
    const delay = busyFor + TURNAROUND_MS + (fault === "late" ? this.#draw(LATE_MS_MAX - TURNAROUND_MS) : 0);
    if (delay > LATE_MS_MAX) return;
    const frame = this.#answer(unit, bytes.slice(1, -2), fault);
    const pieces = damageAnswer(frame, isDamage(fault) ? fault : undefined, (count) => this.#draw(count));
    this.#busyUntil.set(unit, this.#clock.monotonic() + delay + (pieces.at(-1)?.afterMs ?? 0));
    if (fault === "closed") this.#clock.after("line is cut", millis(delay), () => this.#hangUp());
    else for (const piece of pieces) this.#deliver(delay + piece.afterMs, piece.bytes);
  }

  #answer(unit: number, pdu: Uint8Array, fault: LineFault): Uint8Array {
    if (fault === "exception") return toRtu({ unit, pdu: refuseRead(pdu, 1 + this.#draw(11)) });
    const asked = { transaction: 0, unit, pdu };
    const heard = isMishearing(fault) ? mishear(asked, fault, (count) => this.#draw(count)) : asked;
    return toRtu({ unit: heard.unit, pdu: answerRead(this.serial, heard.unit, heard.pdu) });
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
