/**
 * One line for all who listen to it. A port and most converters serve one client, and `check` looks at an instance
 * while the gateway listens to its receiver: both hear what comes.
 */

import type { ByteStream, ByteStreamEvents } from "../../platform/byte-stream.ts";

/** Opens a line. Errors: `INPUT_UNREACHABLE`. */
export type OpenLine = (events: ByteStreamEvents) => Promise<ByteStream>;

/** The lines that are open, or about to be. */
export class SharedLines {
  readonly #lines = new Map<string, SharedLine>();

  /** Listens to the line named `key`, which `open` opens where nobody listens yet. Errors: those of `open`. */
  join(key: string, open: OpenLine, events: ByteStreamEvents): Promise<ByteStream> {
    const known = this.#lines.get(key);
    if (known !== undefined) return known.join(events);
    const line = new SharedLine(open, () => {
      if (this.#lines.get(key) === line) this.#lines.delete(key);
    });
    this.#lines.set(key, line);
    return line.join(events);
  }
}

class SharedLine {
  readonly #listeners = new Set<ByteStreamEvents>();
  readonly #open: OpenLine;
  readonly #onOver: () => void;
  #opening: Promise<ByteStream> | undefined;

  constructor(open: OpenLine, onOver: () => void) {
    this.#open = open;
    this.#onOver = onOver;
  }

  async join(events: ByteStreamEvents): Promise<ByteStream> {
    this.#listeners.add(events);
    this.#opening ??= this.#open({
      onData: (bytes) => {
        for (const listener of this.#listeners) listener.onData(bytes);
      },
      onClose: (reason) => {
        const listeners = [...this.#listeners];
        this.#listeners.clear();
        this.#onOver();
        for (const listener of listeners) listener.onClose(reason);
      },
    });
    try {
      const stream = await this.#opening;
      return { write: (bytes) => stream.write(bytes), close: () => this.#leave(events, stream) };
    } catch (error) {
      this.#onOver();
      throw error;
    }
  }

  #leave(events: ByteStreamEvents, stream: ByteStream): void {
    if (!this.#listeners.delete(events) || this.#listeners.size > 0) return;
    this.#onOver();
    stream.close();
  }
}
