/** RS-485 as the kernel does it: it holds RTS while a port sends, so that a bare transceiver is let onto the line. */

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

/** What of `koffi` is used here; its types are written out, since the package may be left out. */
interface Koffi {
  load(library: string): { func(prototype: string): (...values: readonly unknown[]) => number };
  errno(): number;
  readonly os: { readonly errno: Readonly<Record<string, number>> };
}

/** Sets it by the kernel's own call, which Node has none for: by the optional package `koffi`. */
export const setRs485: SetRs485 = async (fd, settings) => {
  let koffi: Koffi;
  try {
    ({ default: koffi } = (await import("koffi" as string)) as { readonly default: Koffi });
  } catch {
    return "the optional package koffi does not load, without which the kernel cannot be told";
  }
  const ioctl = koffi.load("libc.so.6").func("int ioctl(int fd, unsigned long request, void *value)");
  if (ioctl(fd, TIOCSRS485, encodeRs485(settings)) === 0) return undefined;
  const code = koffi.errno();
  const name = Object.entries(koffi.os.errno).find(([, number]) => number === code)?.[0] ?? String(code);
  return `the driver of the port has no such mode (${name})`;
};

/** Shape: `struct serial_rs485` in the byte order of this machine. */
export function encodeRs485({ rtsWhileSending, rtsDelayMs }: Rs485Settings): Uint32Array {
  const words = new Uint32Array(WORDS);
  words[0] = ENABLED | (rtsWhileSending === "high" ? RTS_ON_SEND : RTS_AFTER_SEND);
  words[1] = rtsDelayMs;
  words[2] = rtsDelayMs;
  return words;
}
