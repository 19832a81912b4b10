/** A serial line on the fake clock that takes its time, with units on it that can be dead for a while. */

import { LineTiming } from "../../src/inputs/modbus/line-timing.ts";
import { type Clock, millis } from "../../src/model/time.ts";
import type { ByteStreamEvents } from "../../src/platform/byte-stream.ts";
import type { OpenSerialPort } from "../../src/platform/serial-port.ts";
import { toRtu } from "./wire-exchange.ts";

/** How long a unit takes to begin its answer. Units: milliseconds. */
const TURNAROUND_MS = 10;

/** Every register holds the number of its unit. */
export class PacedLine {
  /** Says whether a unit hears what it is asked now. */
  isDead: (unit: number) => boolean = () => false;
  /** How long after its turnaround a unit begins to answer. Units: milliseconds. */
  delayOf: (unit: number) => number = () => 0;
  /** How many words each unit has answered with, by request. */
  readonly answered = new Map<number, { readonly at: number; readonly words: number }[]>();
  /** How often a unit was asked in vain. */
  readonly inVain = new Map<number, number>();
  readonly #clock: Clock;
  #events: ByteStreamEvents | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  readonly open: OpenSerialPort = async (_port, settings, events) => {
    this.#events = events;
    const timing = new LineTiming(settings);
    return { write: (bytes) => this.#hear(bytes, timing), close: () => undefined };
  };

  /** Counts the answers of a unit since a moment, of at least so many words. Units: `since` monotonic milliseconds. */
  countOf(unit: number, since: number, wordsMin: number): number {
    return (this.answered.get(unit) ?? []).filter(({ at, words }) => at >= since && words >= wordsMin).length;
  }

  #hear(bytes: Uint8Array, timing: LineTiming): void {
    const [unit = 0, functionCode = 0] = bytes;
    if (this.isDead(unit)) {
      this.inVain.set(unit, (this.inVain.get(unit) ?? 0) + 1);
      return;
    }
    const words = bytes[5] ?? 0;
    const data = Array.from({ length: words }, () => [0, unit]).flat();
    const frame = toRtu({ unit, pdu: Uint8Array.of(functionCode, data.length, ...data) });
    const delay = timing.wireTime(bytes.length + frame.length) + TURNAROUND_MS + this.delayOf(unit);
    this.#clock.after("paced line", millis(delay), () => {
      const answers = this.answered.get(unit) ?? [];
      answers.push({ at: this.#clock.monotonic(), words });
      this.answered.set(unit, answers);
      this.#events?.onData(frame);
    });
  }
}
