/** Whether the intakes keep up: then a power cut costs little, and syncs may be rarer. */

import type { Sequence } from "../model/log.ts";
import type { Clock, Millis, MonotonicMillis } from "../model/time.ts";

/** Remembers how far the log was a while ago. */
export class DeliveryWatch {
  readonly #span: Millis;
  /** Oldest first; the first is at least as old as the span, or the beginning. */
  readonly #marks: { readonly at: number; readonly end: Sequence }[];

  /** `span` is how far the intakes may lag behind; `end` is where the log is now. */
  constructor(clock: Clock, span: Millis, end: Sequence) {
    this.#span = span;
    this.#marks = [{ at: clock.monotonic(), end }];
  }

  /** Takes note of where the log is. */
  note(now: MonotonicMillis, end: Sequence): void {
    this.#marks.push({ at: now, end });
    this.#forget(now);
  }

  /** Says whether every intake has what the log held a span ago. */
  isHealthy(now: MonotonicMillis, lowestPosition: Sequence): boolean {
    this.#forget(now);
    return lowestPosition >= (this.#marks[0]?.end ?? 0);
  }

  #forget(now: MonotonicMillis): void {
    while ((this.#marks[1]?.at ?? now) < now - this.#span) this.#marks.shift();
  }
}
