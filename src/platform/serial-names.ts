/** Which serial port a name means. Numbers such as ttyUSB0 are given out anew at every plugging in; these are not. */

import { readdir, readFile, realpath } from "node:fs/promises";
import { dirname, join } from "node:path";
import { GatewayError } from "../model/errors.ts";

/** A USB adapter with a serial port. */
export interface UsbPort {
  /** As in /dev/ttyUSB0. */
  readonly device: string;
  /** Four hexadecimal digits in lower case. */
  readonly vendor: string;
  readonly product: string;
  /** Empty where the adapter has none, as cheap ones do not. */
  readonly serial: string;
  /** A name that stays while the adapter stays in its socket; empty where the system makes none. */
  readonly byPath: string;
}

/**
 * Gives the device that a configured name means: of `usb:VENDOR:PRODUCT` or `usb:VENDOR:PRODUCT:SERIAL` the only
 * adapter that is such, of a path the path.
 *
 * Errors: `INPUT_UNREACHABLE` when no adapter or more than one is meant, with those there are.
 */
export function resolveSerialName(name: string, ports: readonly UsbPort[]): string {
  const [, vendor, product, serial] = /^usb:(\w+):(\w+)(?::(.+))?$/u.exec(name) ?? [];
  if (vendor === undefined || product === undefined) return name;
  const matching = ports.filter(
    (port) =>
      port.vendor === vendor.toLowerCase() &&
      port.product === product.toLowerCase() &&
      (serial === undefined || port.serial === serial),
  );
  const [only] = matching;
  if (only !== undefined && matching.length === 1) return only.device;
  const found = (matching.length > 0 ? matching : ports).map(describePort).join("; ");
  const message =
    matching.length > 0
      ? `${name} means ${matching.length} adapters: ${found}. Name one by its serial number or by its /dev/serial/by-path.`
      : `${name} is not plugged in. USB adapters with a serial port: ${found || "none"}.`;
  throw new GatewayError("INPUT_UNREACHABLE", message, { context: { name } });
}

function describePort({ device, vendor, product, serial, byPath }: UsbPort): string {
  const name = ["usb", vendor, product, ...(serial === "" ? [] : [serial])].join(":");
  return byPath === "" ? `${name} (${device})` : `${name} (${device}, ${byPath})`;
}

/** Lists the USB adapters with a serial port, as the kernel shows them; other kinds of ports have no such names. */
export async function listUsbPorts(root = "/"): Promise<readonly UsbPort[]> {
  const names = await readdir(join(root, "sys/class/tty")).catch(() => []);
  const paths = await listPaths(join(root, "dev/serial/by-path"));
  const ports = await Promise.all(
    names.sort().map(async (name): Promise<UsbPort | undefined> => {
      const device = join("/dev", name);
      const ids = await readUsbIds(join(root, "sys/class/tty", name, "device"), root);
      return ids === undefined ? undefined : { device, ...ids, byPath: paths.get(name) ?? "" };
    }),
  );
  return ports.filter((port) => port !== undefined);
}

/** Finds the links of a folder by the last part of what they lead to. */
async function listPaths(folder: string): Promise<ReadonlyMap<string, string>> {
  const names = await readdir(folder).catch(() => []);
  const links = await Promise.all(
    names.map(async (name): Promise<[string, string]> => {
      const target = await realpath(join(folder, name)).catch(() => "");
      return [target.split("/").at(-1) ?? "", `/dev/serial/by-path/${name}`];
    }),
  );
  return new Map(links);
}

/** The device of a USB port lies a few folders below that of its adapter, which alone has the ids. */
async function readUsbIds(
  link: string,
  root: string,
): Promise<Pick<UsbPort, "vendor" | "product" | "serial"> | undefined> {
  const top = join(root, "sys/devices");
  let folder = await realpath(link).catch(() => "");
  for (; folder.startsWith(top) && folder !== top; folder = dirname(folder)) {
    const vendor = await readLine(join(folder, "idVendor"));
    if (vendor === undefined) continue;
    const product = (await readLine(join(folder, "idProduct"))) ?? "";
    return { vendor, product, serial: (await readLine(join(folder, "serial"))) ?? "" };
  }
  return undefined;
}

async function readLine(file: string): Promise<string | undefined> {
  return readFile(file, "utf8").then(
    (text) => text.trim(),
    () => undefined,
  );
}
