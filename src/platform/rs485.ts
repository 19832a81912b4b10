/** RS-485 as the kernel does it: it holds RTS while a port sends, so that a bare transceiver is let onto the line. */

import { controlDevice } from "./device-control.ts";

/** What the kernel shall do. */
export interface Rs485Settings {
  /** The level of RTS while the port sends; at other times it is the other one. */
  readonly rtsWhileSending: "high" | "low";
  /** Before the first bit and after the last one. Units: milliseconds. */
  readonly rtsDelayMs: number;
}

/** Tells the kernel; gives undefined when it is done, else in words why it is not. */
export type SetRs485 = (fd: number, settings: Rs485Settings) => Promise<string | undefined>;

/** Source: Linux, include/uapi/asm-generic/ioctls.h. */
const TIOCSRS485 = 0x542f;

/** `struct serial_rs485`, eight words. Source: Linux, include/uapi/linux/serial.h. */
const WORDS = 8;

/** Source: Linux, include/uapi/linux/serial.h. */
const ENABLED = 1;
const RTS_ON_SEND = 2;
const RTS_AFTER_SEND = 4;

/** Tells the kernel; a port whose driver cannot says so. */
export const setRs485: SetRs485 = (fd, settings) => controlDevice(fd, TIOCSRS485, encodeRs485(settings));

/** Shape: `struct serial_rs485` in the byte order of this machine. */
export function encodeRs485({ rtsWhileSending, rtsDelayMs }: Rs485Settings): Uint32Array {
  const words = new Uint32Array(WORDS);
  words[0] = ENABLED | (rtsWhileSending === "high" ? RTS_ON_SEND : RTS_AFTER_SEND);
  words[1] = rtsDelayMs;
  words[2] = rtsDelayMs;
  return words;
}
