/** Remembers where the end of the log was a while ago: what came since is live, whatever still waits from before. */

import type { Sequence } from "../model/log.ts";
import type { Millis, MonotonicMillis } from "../model/time.ts";

/** Marks are this part of the span apart at least: what is told is as much too old at most. */
const MARKS_PER_SPAN = 20;

/** Where the log ended. */
export class RecentEnd {
  readonly #span: Millis;
  /**
   * Oldest first; the first is older than the span, where there is one that old. What came in the very millisecond of
   * the last flush may have come after it.
   */
  readonly #marks: { readonly at: MonotonicMillis; readonly end: Sequence }[];

  /** Everything before `end`, where the log is now, came before. */
  constructor(span: Millis, now: MonotonicMillis, end: Sequence) {
    this.#span = span;
    this.#marks = [{ at: now, end }];
  }

  /** Takes note of where the log is. */
  note(now: MonotonicMillis, end: Sequence): void {
    const last = this.#marks.at(-1);
    if (last === undefined || now - last.at >= this.#span / MARKS_PER_SPAN) this.#marks.push({ at: now, end });
    this.#forget(now);
  }

  /** Where the log was a span ago, or when this began. */
  at(now: MonotonicMillis): Sequence {
    this.#forget(now);
    return this.#marks[0]?.end ?? 0;
  }

  #forget(now: MonotonicMillis): void {
    while ((this.#marks[1]?.at ?? now) < now - this.#span) this.#marks.shift();
  }
}
