/**
 * Packages that the gateway can do without, most of them native. Each is tried when something asks, never required:
 * where one is absent or was built for another Node, the feature says what it lacks and everything else works.
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { FOREIGN_PORTS, moduleOfForeignPort } from "./foreign-port.ts";
import { packageRoot } from "./package-root.ts";

/** A package and what is lost without it. */
interface NativePart {
  readonly name: string;
  /** What is imported of it. Leaving it out means the package by its name. */
  readonly modules?: readonly string[];
  /** Whether npm may have left it out as it was told to. */
  readonly isOptional: boolean;
  readonly purpose: string;
  /** The package whose binding is built at home; undefined where it comes built. */
  readonly binding: string | undefined;
}

/** What trying to load a part showed. */
export interface NativePartState {
  readonly name: string;
  readonly purpose: string;
  readonly isLoaded: boolean;
  /** Why it is not loaded and what to do; empty when it is. */
  readonly lack: string;
}

const NATIVE_PARTS: readonly NativePart[] = [
  {
    name: "onoff",
    purpose: "GPIO through sysfs, for kernels without the GPIO character device",
    isOptional: true,
    binding: "epoll",
  },
  {
    name: "koffi",
    purpose: "GPIO, RS-485 and the latency of an adapter by the kernel, and the serial port of the simulated plant",
    isOptional: true,
    binding: undefined,
  },
  {
    name: "@serialport/bindings-cpp",
    purpose: "serial ports of this machine, for Modbus RTU and ASCII",
    isOptional: false,
    binding: undefined,
  },
  {
    name: "modbus-serial",
    modules: FOREIGN_PORTS.map(moduleOfForeignPort),
    purpose: "Modbus ASCII, over UDP and through Telnet",
    isOptional: false,
    binding: undefined,
  },
];

/** Loads a package by name. */
export type ImportPackage = (name: string) => Promise<unknown>;

/** A checkout runs its sources and has scripts of its own; what ships is compiled. */
const IS_CHECKOUT = import.meta.url.endsWith(".ts");

/** Tries every part. Leaving out `importPackage` and `isCheckout` means the real ones. */
export function probeNativeParts(
  importPackage: ImportPackage = (name) => import(name),
  isCheckout: boolean = IS_CHECKOUT,
): Promise<readonly NativePartState[]> {
  return Promise.all(
    NATIVE_PARTS.map(async (part) => {
      const { name, purpose, modules = [name] } = part;
      try {
        for (const module of modules) await importPackage(module);
        return { name, purpose, isLoaded: true, lack: "" };
      } catch (cause) {
        return { name, purpose, isLoaded: false, lack: describeLack(cause, part, isCheckout) };
      }
    }),
  );
}

/** Says why an optional part did not load and what to do, to go on from "does not load:"; `name` is of the table. */
export function describeLackOf(name: string, cause: unknown): string {
  const part = NATIVE_PARTS.find((each) => each.name === name);
  assert(part !== undefined, `${name} is not in the table of native parts`);
  return describeLack(cause, part, IS_CHECKOUT);
}

function describeLack(cause: unknown, { binding, isOptional }: NativePart, isCheckout: boolean): string {
  const install = isCheckout ? "run `npm ci`" : "install tidegate again";
  const command = isCheckout ? `\`npm run build:${binding}\`` : `\`npm rebuild ${binding}\` in ${installFolder()}`;
  const remedy =
    binding === undefined ? `${install} on this machine` : `run ${command} where a C++ compiler is installed`;
  const message = cause instanceof Error ? cause.message : String(cause);
  if (/different Node\.js version|NODE_MODULE_VERSION/u.test(message)) {
    return `it was built for another Node version; ${remedy}`;
  }
  if (/Could not locate the bindings file/u.test(message)) return `its native binding was not built; ${remedy}`;
  if (/Cannot find (package|module)/u.test(message)) {
    return `it is not installed; ${install}${isOptional ? " without --omit=optional" : ""}`;
  }
  return `it does not load: ${message.split("\n")[0]}; ${remedy}`;
}

/** The folder whose `node_modules` holds this package. */
function installFolder(): string {
  return join(packageRoot(), "../..");
}
