/**
 * The calls that the GPIO character device needs. Node has no `ioctl`, so it comes through the optional package
 * `koffi`, whose types are written out here.
 */

import { closeSync, constants, openSync, readdirSync } from "node:fs";
import type { Clock } from "../model/time.ts";
import { type LineDescriptor, watchDescriptor } from "./line-descriptor.ts";
import { describeLackOf } from "./native-parts.ts";

/** What of the kernel is needed; `test/support` has one of its own. */
export interface GpioKernel {
  /** Paths of the chips there are. */
  chipPaths(): readonly string[];
  /** Opens a chip. Errors: any, with the system's `code`. */
  openChip(path: string): number;
  /** Calls `ioctl`, which reads and writes `bytes`; gives undefined when it is done, else the name of the error. */
  call(fd: number, request: number, bytes: Uint8Array): string | undefined;
  closeChip(fd: number): void;
  /** Takes over the descriptor of a line. */
  watchLine(fd: number, clock: Clock): Promise<LineDescriptor>;
}

/** Gives the kernel, or in words why it cannot be asked. */
export type FindGpioKernel = () => Promise<GpioKernel | string>;

interface Koffi {
  load(library: string): { func(prototype: string): (...values: readonly unknown[]) => number };
  errno(): number;
  readonly os: { readonly errno: Readonly<Record<string, number>> };
}

const FOLDER = "/dev";

/** Source: Linux, include/uapi/asm-generic/fcntl.h. */
const F_SETFL = 4;

/** The kernel of this machine. */
export const findGpioKernel: FindGpioKernel = async () => {
  let koffi: Koffi;
  try {
    // Seen by the compiler as a name like any other, so that the sources can be checked where the package is left out.
    ({ default: koffi } = (await import("koffi" as string)) as { readonly default: Koffi });
  } catch (cause) {
    return `the optional package koffi does not load: ${describeLackOf("koffi", cause)}`;
  }
  const library = koffi.load("libc.so.6");
  const ioctl = library.func("int ioctl(int fd, unsigned long request, void *bytes)");
  const fcntl = library.func("int fcntl(int fd, int command, long value)");
  const errorName = (): string => {
    const code = koffi.errno();
    return Object.entries(koffi.os.errno).find(([, number]) => number === code)?.[0] ?? `error ${code}`;
  };
  return {
    chipPaths: () => listChips(FOLDER),
    openChip: (path) => openSync(path, constants.O_RDWR),
    call: (fd, request, bytes) => (ioctl(fd, request, bytes) === 0 ? undefined : errorName()),
    closeChip: closeSync,
    watchLine: async (fd, clock) => {
      if (fcntl(fd, F_SETFL, constants.O_NONBLOCK) !== 0) throw new Error(`fcntl failed (${errorName()})`);
      return await watchDescriptor(fd, clock);
    },
  };
};

/** In the order of their numbers. */
function listChips(folder: string): readonly string[] {
  const names = readdirSync(folder).filter((name) => /^gpiochip\d+$/u.test(name));
  const numbered = names.toSorted((one, other) => Number(one.slice(8)) - Number(other.slice(8)));
  return numbered.map((name) => `${folder}/${name}`);
}
