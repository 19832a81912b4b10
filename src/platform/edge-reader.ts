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

/**
 * An edge may be told so much out of its time, and so many may have happened unseen beside one in each microsecond:
 * what goes beyond is no event of a kernel. Units: milliseconds, edges.
 */
const ASTRAY_MS = 1000;
const UNSEEN_MAX = 1_000_000;
const EDGES_PER_MS_MAX = 1000;

/** What edges of a line follow on. */
export interface EdgeOrigin {
  /** Units: milliseconds of the monotonic clock. */
  readonly at: number;
  /** Undefined where the first edge has any number. */
  readonly number: number | undefined;
}

/** Reads one line until it is closed or gone. */
export class EdgeReader {
  readonly #descriptor: LineDescriptor;
  readonly #events: LineEvents;
  readonly #clock: Clock;
  readonly #bytes = new Uint8Array(EDGES_MAX * EVENT_BYTES);
  readonly #batch = new EdgeBatch(EDGES_MAX);
  #pause: Timer | undefined;
  #isOver = false;
  #lastAt: number;
  #lastNumber: number | undefined;

  /** Takes over the descriptor and begins to read. */
  constructor(descriptor: LineDescriptor, events: LineEvents, clock: Clock, { at, number }: EdgeOrigin) {
    this.#descriptor = descriptor;
    this.#events = events;
    this.#clock = clock;
    this.#lastAt = at;
    this.#lastNumber = number;
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
    const decoded = decodeEvents(this.#bytes.subarray(0, byteCount), this.#batch);
    const wrong = this.#findAstray() ?? decoded;
    if (this.#batch.count > 0) this.#events.onEdges(this.#batch);
    if (wrong !== undefined) this.#end(`it told ${wrong}`);
    return byteCount === this.#bytes.length;
  }

  /** Leaves out the first edge that cannot have followed, and all after it; gives what is wrong, or undefined. */
  #findAstray(): string | undefined {
    const { at, number, count } = this.#batch;
    const latest = this.#clock.monotonic() + ASTRAY_MS;
    for (let row = 0; row < count; row += 1) {
      const [nextAt = 0, next = 0] = [at[row], number[row]];
      const steps = this.#lastNumber === undefined ? 1 : (next - this.#lastNumber) >>> 0;
      const elapsed = Math.max(0, nextAt - this.#lastAt);
      const isInTime = nextAt <= latest && nextAt >= this.#lastAt - ASTRAY_MS;
      if (!isInTime || steps === 0 || steps > UNSEEN_MAX + EDGES_PER_MS_MAX * elapsed) {
        this.#batch.count = row;
        const after = this.#lastNumber === undefined ? "" : ` after ${this.#lastNumber}`;
        return isInTime
          ? `an edge with the number ${next}${after}`
          : `an edge ${Math.round(nextAt - this.#clock.monotonic())} ms from now`;
      }
      this.#lastAt = Math.max(this.#lastAt, nextAt);
      this.#lastNumber = next;
    }
    return undefined;
  }

  #end(reason: string): void {
    if (this.#isOver) return;
    this.close();
    this.#events.onClose(reason);
  }
}
