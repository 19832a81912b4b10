/**
 * Native packages that the gateway can do without. Each is tried when something asks, never required: where one is
 * absent or was built for another Node, the feature says what it lacks and everything else works.
 */

/** An optional native package and what is lost without it. */
interface NativePart {
  readonly name: string;
  readonly purpose: string;
  /** What to do where it is installed and does not load. */
  readonly remedy: string;
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
    remedy: "run `npm run build:epoll` where a C++ compiler is installed",
  },
];

/** Loads a package by name. */
export type ImportPackage = (name: string) => Promise<unknown>;

/** Tries every optional native part. Leaving out `importPackage` means the real one. */
export function probeNativeParts(
  importPackage: ImportPackage = (name) => import(name),
): Promise<readonly NativePartState[]> {
  return Promise.all(
    NATIVE_PARTS.map(async ({ name, purpose, remedy }) => {
      try {
        await importPackage(name);
        return { name, purpose, isLoaded: true, lack: "" };
      } catch (cause) {
        return { name, purpose, isLoaded: false, lack: describeLack(cause, remedy) };
      }
    }),
  );
}

function describeLack(cause: unknown, remedy: string): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  if (/different Node\.js version|NODE_MODULE_VERSION/u.test(message)) {
    return `it was built for another Node version; ${remedy}`;
  }
  if (/Could not locate the bindings file/u.test(message)) return `its native binding was not built; ${remedy}`;
  if (/Cannot find (package|module)/u.test(message)) {
    return "it is not installed; run `npm ci` without --omit=optional";
  }
  return `it does not load: ${message.split("\n")[0]}; ${remedy}`;
}
