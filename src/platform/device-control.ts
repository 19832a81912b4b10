/** What the kernel is told of a device by its own call, for which Node has none: by the optional package `koffi`. */

/** Calls `ioctl`; `value` is read or written by it. Gives undefined when it is done, else in words why it is not. */
export type ControlDevice = (fd: number, request: number, value: Uint32Array) => Promise<string | undefined>;

/** What of `koffi` is used here; its types are written out, since the package may be left out. */
interface Koffi {
  load(library: string): { func(prototype: string): (...values: readonly unknown[]) => number };
  errno(): number;
  readonly os: { readonly errno: Readonly<Record<string, number>> };
}

/** Calls the kernel. */
export const controlDevice: ControlDevice = async (fd, request, value) => {
  let koffi: Koffi;
  try {
    ({ default: koffi } = (await import("koffi" as string)) as { readonly default: Koffi });
  } catch {
    return "the optional package koffi does not load, without which the kernel cannot be told";
  }
  const ioctl = koffi.load("libc.so.6").func("int ioctl(int fd, unsigned long request, void *value)");
  if (ioctl(fd, request, value) === 0) return undefined;
  const code = koffi.errno();
  const name = Object.entries(koffi.os.errno).find(([, number]) => number === code)?.[0] ?? String(code);
  return `the driver of the port has no such mode (${name})`;
};
