/**
 * A serial line on the fake clock with units whose every answer is told from every other by its numbers.
 *
 * Units answer in the order they were asked, one thing at a time, as on a real line; what befalls an answer is drawn.
 */

import {
  alterEcho,
  collide,
  DAMAGES,
  damageAnswer,
  isDamage,
  isMishearing,
  MISHEARINGS,
  mishear,
  type Piece,
} from "../../hardware-sim/devices/answer-faults.ts";
import type { OpenLine } from "../../src/inputs/modbus/rtu-connection.ts";
import { millis, type Random } from "../../src/model/time.ts";
import type { ByteStreamEvents } from "../../src/platform/byte-stream.ts";
import type { FakeClock } from "./fake-clock.ts";
import { answerRead, isSame, refuseRead } from "./serial-registers.ts";
import { isWholeRtu, toRtu } from "./wire-exchange.ts";

/** What can befall an answer. */
export const LINE_FAULTS = [
  "none",
  "silence",
  "late",
  ...MISHEARINGS,
  ...DAMAGES,
  "exception",
  "closed",
  /** What is sent comes back, and not as it was sent. */
  "altered echo",
  /** Another master speaks at the same time, so no unit understands anything. */
  "collision of requests",
  /** Another master asks for something, and is answered, before the unit answers. */
  "another master",
] as const;

/** One of `LINE_FAULTS`. */
export type LineFault = (typeof LINE_FAULTS)[number];

/** Late answers come at most this much after they were asked for. Units: milliseconds. */
const LATE_MS_MAX = 10_000;

/** How long a unit takes to begin its answer. Units: milliseconds. */
const TURNAROUND_MS = 5;

/** Another master asks for more than is ever asked here: nobody could tell whose an answer of the same length is. */
const OTHERS_COUNT_MIN = 20;

/** How long another master takes to ask and to be answered. Units: milliseconds. */
const OTHERS_EXCHANGE_MS = 40;

/** The line and the units on it. */
export class FaultyLine {
  /** How many requests were sent. */
  serial = 0;
  /** What befell the last request. */
  fate: LineFault = "none";
  /** Answers whose checksum held by chance in spite of a collision: those were made to collide anew. */
  drawnAnew = 0;
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
    const unit = bytes[0] ?? 0;
    const busyFor = Math.max(0, (this.#busyUntil.get(unit) ?? 0) - this.#clock.monotonic());
    const drawn = this.#drawFault(unit);
    // One that looks like another answer and is late besides is the answer to something else for all that anyone can
    // tell, so late answers never meet a mishearing.
    this.fate = busyFor > 0 && isMishearing(drawn) ? "none" : drawn;
    this.#echo(bytes, this.fate);
    // A unit that is still at an earlier request may miss the next one.
    if (busyFor > 0 && this.#draw(2) === 0) this.fate = "silence";
    if (this.fate === "silence" || this.fate === "collision of requests") return;
    const delay = busyFor + TURNAROUND_MS + (this.fate === "late" ? this.#draw(LATE_MS_MAX - TURNAROUND_MS) : 0);
    if (delay > LATE_MS_MAX) this.fate = "silence";
    else this.#react(bytes, delay, this.fate);
  }

  #echo(bytes: Uint8Array, fault: LineFault): void {
    const draw = (count: number): number => this.#draw(count);
    if (fault === "altered echo") this.#deliver(1, alterEcho(bytes, draw));
    else if (fault !== "collision of requests") this.#deliver(1, this.hasEcho ? bytes : new Uint8Array());
    // Who does not hear itself hears the other when it has spoken.
    else this.#deliver(1, collide(bytes, draw).subarray(this.hasEcho ? 0 : bytes.length));
  }

  #react(bytes: Uint8Array, delay: number, fault: LineFault): void {
    const unit = bytes[0] ?? 0;
    const answersAt = delay + (fault === "another master" ? OTHERS_EXCHANGE_MS : 0);
    const pieces = this.#damage(this.#answer(unit, bytes.slice(1, -2), fault), fault);
    this.#busyUntil.set(unit, this.#clock.monotonic() + answersAt + (pieces.at(-1)?.afterMs ?? 0));
    if (fault === "another master") this.#letOtherAsk(delay);
    if (fault === "closed") this.#clock.after("line is cut", millis(delay), () => this.#hangUp());
    else for (const piece of pieces) this.#deliver(answersAt + piece.afterMs, piece.bytes);
  }

  #damage(frame: Uint8Array, fault: LineFault): readonly Piece[] {
    for (;;) {
      const pieces = damageAnswer(frame, isDamage(fault) ? fault : undefined, (count) => this.#draw(count));
      const heard = pieces[0]?.bytes.subarray(0, frame.length) ?? frame;
      // One collision in 65,536 leaves a checksum that holds, and RTU has nothing else by which anyone could tell.
      if (fault !== "collision" || isSame(heard, frame) || !isWholeRtu(heard)) return pieces;
      this.drawnAnew += 1;
    }
  }

  #letOtherAsk(delay: number): void {
    const unit = 1 + this.#draw(4);
    const count = OTHERS_COUNT_MIN + this.#draw(100);
    const pdu = Uint8Array.of(3 + this.#draw(2), this.#draw(4), this.#draw(256), 0, count);
    this.#deliver(delay, toRtu({ unit, pdu }));
    this.#deliver(delay + OTHERS_EXCHANGE_MS / 2, toRtu({ unit, pdu: answerRead(this.serial, unit, pdu) }));
  }

  #answer(unit: number, pdu: Uint8Array, fault: LineFault): Uint8Array {
    if (fault === "exception") return toRtu({ unit, pdu: refuseRead(pdu, 1 + this.#draw(11)) });
    const asked = { transaction: 0, unit, pdu };
    const heard = isMishearing(fault) ? mishear(asked, fault, (count) => this.#draw(count)) : asked;
    return toRtu({ unit: heard.unit, pdu: answerRead(this.serial, heard.unit, heard.pdu) });
  }

  #deliver(delay: number, bytes: Uint8Array): void {
    if (bytes.length === 0) return;
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
