/** How long things take on a serial line. */

import { characterTime, type LineSettings } from "../../model/line-settings.ts";
import { type Millis, millis } from "../../model/time.ts";

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
  constructor(line: LineSettings, coding: LineCoding = "rtu") {
    this.#isAscii = coding === "ascii";
    this.#characterMs = characterTime(line);
    this.silence = millis(line.baud > SHRINKING_BAUD_MAX ? SILENCE_MS_MIN : SILENCE_CHARACTERS * this.#characterMs);
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
