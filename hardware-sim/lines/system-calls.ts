/**
 * The calls of the C library that a serial line without wires needs. They come through `koffi`, an optional package:
 * its types are written out here, so that nothing asks for it before it is used.
 */

/** C functions by name; each fails as in C, by what it returns. */
export interface SystemCalls {
  posixOpenpt(flags: number): number;
  grantpt(fd: number): number;
  unlockpt(fd: number): number;
  ptsnameR(fd: number, name: Uint8Array, size: number): number;
  tcgetattr(fd: number, settings: Uint8Array): number;
  cfmakeraw(settings: Uint8Array): void;
  tcsetattr(fd: number, when: number, settings: Uint8Array): number;
  /** Sleeps in a thread of its own. Units: milliseconds, also in fractions. */
  sleep(duration: number): Promise<void>;
}

/** What of `koffi` is used here. */
interface Koffi {
  load(library: string): { func(prototype: string): CFunction };
}

interface CFunction {
  (...values: readonly unknown[]): number;
  async(...values: readonly unknown[]): void;
}

const CLOCK_MONOTONIC = 1;

/** Two words of eight bytes: seconds and nanoseconds. */
const TIMESPEC_BYTES = 16;

/** Loads the calls. Errors: what is missing: the package, its binary for this machine, or a C library of GNU. */
export async function loadSystemCalls(): Promise<SystemCalls> {
  // Seen by the compiler as a name like any other, so that the sources can be checked where the package is left out.
  const { default: koffi } = (await import("koffi" as string)) as { readonly default: Koffi };
  const library = koffi.load("libc.so.6");
  const nanosleep = library.func("int clock_nanosleep(int clock, int flags, void *duration, void *left)");
  return {
    posixOpenpt: library.func("int posix_openpt(int flags)"),
    grantpt: library.func("int grantpt(int fd)"),
    unlockpt: library.func("int unlockpt(int fd)"),
    ptsnameR: library.func("int ptsname_r(int fd, void *name, size_t size)"),
    tcgetattr: library.func("int tcgetattr(int fd, void *settings)"),
    cfmakeraw: library.func("void cfmakeraw(void *settings)"),
    tcsetattr: library.func("int tcsetattr(int fd, int when, void *settings)"),
    sleep: (duration) => {
      const timespec = new BigUint64Array(TIMESPEC_BYTES / 8);
      timespec[0] = BigInt(Math.floor(duration / 1000));
      timespec[1] = BigInt(Math.floor((duration % 1000) * 1e6));
      return new Promise((resolve) => {
        nanosleep.async(CLOCK_MONOTONIC, 0, timespec, null, () => resolve());
      });
    },
  };
}
