/** An open file descriptor that events come from, read without a thread and without waiting. */

import { closeSync, readSync } from "node:fs";
import type { Clock, Timer } from "../model/time.ts";
import { millis } from "../model/time.ts";

/** A descriptor of a line, the kernel's or a made one. */
export interface LineDescriptor {
  /** Reads what is there, at most as much as there is room for; 0 where nothing is. Errors: any, when it is gone. */
  read(into: Uint8Array): number;
  /** Calls once when there may be something to read, or the descriptor is gone. */
  wait(onReadable: () => void): void;
  close(): void;
}

/** How often it is looked whether there is something to read, where nothing tells. */
const LOOK_EVERY = millis(25);

/** What of the binding's poller is used: it has libuv watch any descriptor. */
interface Poller {
  once(event: "readable", listener: (error: Error | null) => void): unknown;
  stop(): void;
}

type PollerClass = new (fd: number) => Poller;

/**
 * Takes over a descriptor that was opened not to block. The event loop watches it through the binding of serial ports;
 * where that does not load, a timer looks.
 */
export async function watchDescriptor(
  fd: number,
  clock: Clock,
  loadPoller: () => Promise<PollerClass | undefined> = loadRealPoller,
): Promise<LineDescriptor> {
  const PollerOf = await loadPoller();
  return new OpenDescriptor(fd, clock, PollerOf === undefined ? undefined : new PollerOf(fd));
}

/** No public name leads to it, so it may be gone in another version of the package. */
async function loadRealPoller(): Promise<PollerClass | undefined> {
  try {
    const module = (await import("@serialport/bindings-cpp/dist/poller.js" as string)) as Record<string, unknown>;
    const found = module["Poller"];
    return typeof found === "function" ? (found as PollerClass) : undefined;
  } catch {
    return undefined;
  }
}

class OpenDescriptor implements LineDescriptor {
  readonly #fd: number;
  readonly #clock: Clock;
  readonly #poller: Poller | undefined;
  #timer: Timer | undefined;
  #isClosed = false;

  constructor(fd: number, clock: Clock, poller: Poller | undefined) {
    this.#fd = fd;
    this.#clock = clock;
    this.#poller = poller;
  }

  read(into: Uint8Array): number {
    try {
      const count = readSync(this.#fd, into);
      if (count === 0) throw new Error("its other end was closed");
      return count;
    } catch (cause) {
      if (cause instanceof Error && "code" in cause && cause.code === "EAGAIN") return 0;
      throw cause;
    }
  }

  wait(onReadable: () => void): void {
    const call = (): void => {
      if (!this.#isClosed) onReadable();
    };
    if (this.#poller === undefined) this.#timer = this.#clock.after("look at a GPIO line", LOOK_EVERY, call);
    else this.#poller.once("readable", call);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#timer?.cancel();
    this.#poller?.stop();
    closeSync(this.#fd);
  }
}
