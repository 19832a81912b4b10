/** Reads the edges of a line from its descriptor: when some come, and when it is asked to. */

import { type Clock, millis, type Timer } from "../model/time.ts";
import type { LineEvents } from "./gpio-line.ts";
import { decodeEvents, EdgeBatch, EVENT_BYTES } from "./gpio-uapi.ts";
import type { LineDescriptor } from "./line-descriptor.ts";

/** The most edges that are handed on in one go: what one reading takes out of a descriptor. */
export const EDGES_MAX = 256;

/** What is read in one go before others have their turn. */
const READS_MAX = 16;

/**
 * After a reading the descriptor is left alone for so long: a line at 10,000 edges in a second is read 50 times in one,
 * and what comes meanwhile fits five times into what the kernel keeps. Edges carry their moments, so none suffers.
 */
const PAUSE = millis(20);

/** Reads one line until it is closed or gone. */
export class EdgeReader {
  readonly #descriptor: LineDescriptor;
  readonly #events: LineEvents;
  readonly #clock: Clock;
  readonly #bytes = new Uint8Array(EDGES_MAX * EVENT_BYTES);
  readonly #batch = new EdgeBatch(EDGES_MAX);
  #pause: Timer | undefined;
  #isOver = false;

  /** Takes over the descriptor and begins to read. */
  constructor(descriptor: LineDescriptor, events: LineEvents, clock: Clock) {
    this.#descriptor = descriptor;
    this.#events = events;
    this.#clock = clock;
    this.#wait();
  }

  /** Whether the line was closed or is gone. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Hands on what is there. */
  drain(): void {
    for (let reads = 0; reads < READS_MAX && !this.#isOver; reads += 1) {
      if (!this.#readOnce()) return;
    }
  }

  /** Ends it, without a word. Idempotent. */
  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#pause?.cancel();
    this.#descriptor.close();
  }

  #wait(): void {
    this.#descriptor.wait(() => {
      this.drain();
      if (this.#isOver) return;
      this.#pause = this.#clock.after("pause of a GPIO line", PAUSE, () => this.#wait());
    });
  }

  /** Gives whether there may be more. */
  #readOnce(): boolean {
    let byteCount: number;
    try {
      byteCount = this.#descriptor.read(this.#bytes);
    } catch (cause) {
      this.#end(cause instanceof Error ? cause.message : String(cause));
      return false;
    }
    if (byteCount === 0) return false;
    const wrong = decodeEvents(this.#bytes.subarray(0, byteCount), this.#batch);
    if (this.#batch.count > 0) this.#events.onEdges(this.#batch);
    if (wrong !== undefined) this.#end(`it told ${wrong}`);
    return byteCount === this.#bytes.length;
  }

  #end(reason: string): void {
    if (this.#isOver) return;
    this.close();
    this.#events.onClose(reason);
  }
}
