/** How long things take on a serial line. */

import { type Millis, millis } from "../../model/time.ts";

/** The parities of Modbus. Source: MODBUS over Serial Line V1.02, 2.5.1. */
export const PARITIES = ["none", "even", "odd"] as const;

/** How characters look on a line. */
export interface LineSettings {
  /** Bits per second. */
  readonly baud: number;
  readonly parity: (typeof PARITIES)[number];
  readonly stopBits: 1 | 2;
  /** Leaving it out means 8, as Modbus RTU always has. */
  readonly dataBits?: 7 | 8;
}

/** How a frame of RTU is carried: byte by byte, or by two characters for each. */
export type LineCoding = "rtu" | "ascii";

/**
 * Above this rate the silence no longer shrinks: a receiver would be interrupted too often.
 *
 * Units: baud. Source: MODBUS over Serial Line V1.02, 2.5.1.1.
 */
const SHRINKING_BAUD_MAX = 19_200;

/** Units: milliseconds. Source: MODBUS over Serial Line V1.02, 2.5.1.1. */
const SILENCE_MS_MIN = 1.75;

/** Source: MODBUS over Serial Line V1.02, 2.5.1.1. */
const SILENCE_CHARACTERS = 3.5;

/** The times that follow from a line's settings. */
export class LineTiming {
  /** The silence that has to lie between two frames. */
  readonly silence: Millis;
  readonly #characterMs: number;
  readonly #isAscii: boolean;

  /** Leaving out `coding` means RTU. */
  constructor({ baud, parity, stopBits, dataBits = 8 }: LineSettings, coding: LineCoding = "rtu") {
    const bits = 1 + dataBits + (parity === "none" ? 0 : 1) + stopBits;
    this.#isAscii = coding === "ascii";
    this.#characterMs = (1000 * bits) / baud;
    this.silence = millis(baud > SHRINKING_BAUD_MAX ? SILENCE_MS_MIN : SILENCE_CHARACTERS * this.#characterMs);
  }

  /** How long so many bytes of RTU are on the wire, in so many frames. */
  wireTime(bytes: number, frames = 1): Millis {
    return millis(this.charactersOf(bytes, frames) * this.#characterMs);
  }

  /**
   * How many characters they are. In ASCII each byte is two, the checksum has one byte instead of two, and a colon, a
   * carriage return and a line feed mark the frame. Source: MODBUS over Serial Line V1.02, 2.5.2.1.
   */
  charactersOf(bytes: number, frames: number): number {
    return this.#isAscii ? 2 * bytes + frames : bytes;
  }
}
