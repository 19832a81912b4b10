import { type Millis, millis } from "./time.ts";

/** What a character may have beside its bits of data. Source: MODBUS over Serial Line V1.02, 2.5.1. */
export const PARITIES = ["none", "even", "odd"] as const;

/** How characters look on a serial line. */
export interface LineSettings {
  /** Bits per second. */
  readonly baud: number;
  readonly parity: (typeof PARITIES)[number];
  readonly stopBits: 1 | 2;
  /** Leaving it out means 8. */
  readonly dataBits?: 7 | 8;
}

/** How long one character is on the wire. */
export function characterTime({ baud, parity, stopBits, dataBits = 8 }: LineSettings): Millis {
  const bits = 1 + dataBits + (parity === "none" ? 0 : 1) + stopBits;
  return millis((1000 * bits) / baud);
}
