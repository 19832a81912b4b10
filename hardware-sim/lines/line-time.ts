/** How long things take on a line. Source: MODBUS over Serial Line V1.02, 2.5.1. */

/** How characters look; there are always eight data bits. */
export interface LineFormat {
  /** Bits per second. */
  readonly baud: number;
  /** Leaving it out means none. */
  readonly parity?: "none" | "even" | "odd";
  /** Leaving it out means one. */
  readonly stopBits?: 1 | 2;
}

/** One character. Units: milliseconds. */
export function characterMs({ baud, parity = "none", stopBits = 1 }: LineFormat): number {
  const bits = 1 + 8 + (parity === "none" ? 0 : 1) + stopBits;
  return (bits * 1000) / baud;
}

/** The silence between two frames: 3.5 characters, and 1.75 ms from 19,200 baud upwards. Units: milliseconds. */
export function silenceMs(format: LineFormat): number {
  return format.baud > 19_200 ? 1.75 : 3.5 * characterMs(format);
}
