/** How fast the log is written: the measure by which its size becomes hours. */

import type { Log } from "../model/log.ts";
import { type Clock, type MonotonicMillis, seconds } from "../model/time.ts";

/** What was written before is forgotten: the rate is that of the present. */
const WINDOW = seconds(600);

/** Marks lie at least this far apart, which bounds how many are kept. */
const STEP = seconds(10);

/** Below this span a rate would say more about the moment than about the plant. */
const SPAN_MIN = seconds(30);

/** A moment, and how many samples were written then. */
interface Mark {
  readonly at: MonotonicMillis;
  readonly end: number;
}

/** Watches one log, at its own commits and on the monotonic clock. Limits: about 60 marks. */
export class FillRate implements Disposable {
  readonly #log: Pick<Log, "stats">;
  readonly #clock: Clock;
  readonly #unsubscribe: () => void;
  readonly #marks: Mark[] = [];
  /** Remembered for when all that was held is delivered and nothing is left to measure. */
  #bytesPerSample = 0;

  constructor(log: Pick<Log, "stats" | "onWritten">, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
    this.#unsubscribe = log.onWritten(() => this.#mark());
  }

  /** Gives the mean of up to ten minutes; undefined until half a minute was measured. Units: bytes per second. */
  bytesPerSecond(): number | undefined {
    const now = this.#clock.monotonic();
    this.#forget(now);
    const [first] = this.#marks;
    if (first === undefined || now - first.at < SPAN_MIN) return undefined;
    const samples = this.#log.stats().end - first.end;
    return (1000 * samples * this.#bytesPerSample) / (now - first.at);
  }

  [Symbol.dispose](): void {
    this.#unsubscribe();
  }

  #mark(): void {
    const { bytes, end, head } = this.#log.stats();
    if (end > head) this.#bytesPerSample = bytes / (end - head);
    const now = this.#clock.monotonic();
    const last = this.#marks.at(-1);
    if (last === undefined || now - last.at >= STEP) this.#marks.push({ at: now, end });
    this.#forget(now);
  }

  /** Leaves one mark that is as old as the window, so that a log at rest has a rate as well: none. */
  #forget(now: MonotonicMillis): void {
    while (this.#marks.length > 1 && now - (this.#marks[1]?.at ?? now) >= WINDOW) this.#marks.shift();
  }
}
