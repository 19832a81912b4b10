/** Why the disk does not have what it should, and since when; it is told when that begins and when it ends. */

import { GatewayError } from "../model/errors.ts";
import type { Clock, MonotonicMillis } from "../model/time.ts";
import type { LogStorage } from "./log-storage.ts";

/** Keeps in mind how the last write went. */
export class WriteTrouble {
  readonly #storage: Pick<LogStorage, "holding">;
  readonly #clock: Clock;
  readonly #notice: (what: string) => void;
  #reason: string | undefined;
  #since: MonotonicMillis | undefined;

  constructor(storage: Pick<LogStorage, "holding">, clock: Clock, notice: (what: string) => void) {
    this.#storage = storage;
    this.#clock = clock;
    this.#notice = notice;
  }

  /** Undefined when all is well. */
  get reason(): string | undefined {
    return this.#reason;
  }

  /** Undefined when all is well. */
  get since(): MonotonicMillis | undefined {
    return this.#since;
  }

  /** Takes note of how a write went; its outcome is the caller's. */
  async watch<T>(write: Promise<T>): Promise<T> {
    try {
      const result = await write;
      this.#note(this.#storage.holding?.reason);
      return result;
    } catch (error) {
      if (error instanceof GatewayError) this.#note(error.message);
      throw error;
    }
  }

  #note(reason: string | undefined): void {
    const before = this.#reason;
    this.#reason = reason;
    this.#since = reason === undefined ? undefined : (this.#since ?? this.#clock.monotonic());
    if (before === undefined && reason !== undefined)
      this.#notice(`The log cannot be written, samples are kept in memory: ${reason}`);
    if (before !== undefined && reason === undefined)
      this.#notice("The log is written again; nothing that waited for it was lost.");
  }
}
