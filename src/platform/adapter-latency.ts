/**
 * How long a USB adapter holds back what it hears. Those that have a timer for it, as FTDI's, come with one of 16 ms:
 * an answer that does not fill a packet of USB waits for more to come, and each request takes that much longer.
 */

import { readFile, realpath, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import type { BusNotice } from "../model/input.ts";
import { type ControlDevice, controlDevice } from "./device-control.ts";

/** As short as the timer can be. Units: milliseconds. */
const SHORTEST_MS = 1;

/** Source: Linux, include/uapi/asm-generic/ioctls.h. */
const TIOCGSERIAL = 0x541e;
const TIOCSSERIAL = 0x541f;

/** More than `struct serial_struct` takes on any machine. Source: Linux, include/uapi/linux/serial.h. */
const WORDS = 32;

/** Where the flags of that structure are: behind type, line, port and interrupt. */
const FLAGS_WORD = 4;

/** Source: Linux, include/uapi/linux/tty_flags.h, ASYNC_LOW_LATENCY. */
const LOW_LATENCY = 1 << 13;

/** Where the kernel is met. Leaving out a part means the real one. */
export interface KernelPlace {
  /** What the paths of the system begin with. */
  readonly root?: string;
  readonly control?: ControlDevice;
  /** Writes a file of the system; fails where this user may not. */
  readonly write?: (file: string, text: string) => Promise<void>;
}

/**
 * Has the adapter of an open port hand on at once what it hears. Gives undefined when it does, and when it has no such
 * timer; else what it costs, why, and what to do.
 *
 * The kernel lets every user who may open the port set the flag, and only root write the timer itself.
 */
export async function lowerLatency(
  name: string,
  path: string,
  fd: number,
  { root = "/", control = controlDevice, write = writeFile }: KernelPlace = {},
): Promise<BusNotice | undefined> {
  const device = basename(await realpath(join(root, path)).catch(() => path));
  const file = join("/sys/class/tty", device, "device/latency_timer");
  if (await isShort(join(root, file))) return undefined;
  const lack = await askForLowLatency(fd, control);
  if (await isShort(join(root, file))) return undefined;
  await write(join(root, file), String(SHORTEST_MS)).catch(() => undefined);
  const left = await readTimer(join(root, file));
  if (left === undefined || left <= SHORTEST_MS) return undefined;
  const why = lack === undefined ? "its driver takes no notice of being asked" : lack;
  return {
    found: `${name} holds back what it hears for up to ${left} ms, which every request costs, and ${why}.`,
    remedy:
      `As root: \`echo ${SHORTEST_MS} > ${file}\`, or for good by a rule of udev: ACTION=="add", ` +
      `SUBSYSTEM=="usb-serial", ATTR{latency_timer}="${SHORTEST_MS}".`,
  };
}

/** Sets the flag among all others of the port, which stay as they are. Gives in words why it is not set. */
async function askForLowLatency(fd: number, control: ControlDevice): Promise<string | undefined> {
  const settings = new Uint32Array(WORDS);
  const lack = await control(fd, TIOCGSERIAL, settings);
  if (lack !== undefined) return lack;
  settings[FLAGS_WORD] = (settings[FLAGS_WORD] ?? 0) | LOW_LATENCY;
  return await control(fd, TIOCSSERIAL, settings);
}

/** Says that nothing is to be gained: the timer is as short as it can be, or there is none. */
async function isShort(file: string): Promise<boolean> {
  return ((await readTimer(file)) ?? SHORTEST_MS) <= SHORTEST_MS;
}

/** Units: milliseconds; undefined where there is none. */
async function readTimer(file: string): Promise<number | undefined> {
  const text = await readFile(file, "utf8").catch(() => "");
  return /^\d+\s*$/u.test(text) ? Number(text) : undefined;
}
