/** How long things take on a serial line. */

import { type Millis, millis } from "../../model/time.ts";

/** The parities of Modbus. Source: MODBUS over Serial Line V1.02, 2.5.1. */
export const PARITIES = ["none", "even", "odd"] as const;

/** How characters look on a line; Modbus RTU always has eight data bits. */
export interface LineSettings {
  /** Bits per second. */
  readonly baud: number;
  readonly parity: (typeof PARITIES)[number];
  readonly stopBits: 1 | 2;
}

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

const DATA_BITS = 8;

/** The times that follow from a line's settings. */
export class LineTiming {
  /** The silence that has to lie between two frames. */
  readonly silence: Millis;
  readonly #characterMs: number;

  constructor({ baud, parity, stopBits }: LineSettings) {
    const bits = 1 + DATA_BITS + (parity === "none" ? 0 : 1) + stopBits;
    this.#characterMs = (1000 * bits) / baud;
    this.silence = millis(baud > SHRINKING_BAUD_MAX ? SILENCE_MS_MIN : SILENCE_CHARACTERS * this.#characterMs);
  }

  /** How long bytes are on the wire. */
  wireTime(bytes: number): Millis {
    return millis(bytes * this.#characterMs);
  }
}
