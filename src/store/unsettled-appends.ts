/** Who appended, and waits to hear that it is as durable as was promised. */

import type { Sequence } from "../model/log.ts";
import type { Segment } from "./pending.ts";

/** Appends that are written and not settled. */
export class UnsettledAppends {
  #appends: { readonly end: Sequence; readonly settled: Segment["settled"] }[] = [];

  /** A segment that was written up to `end`. One with an event is not settled by being passed: events are not. */
  add({ events, settled }: Segment, end: Sequence): void {
    this.#appends.push({ end: events.length > 0 ? Number.POSITIVE_INFINITY : end, settled });
  }

  settleAll(): void {
    for (const { settled } of this.#appends.splice(0)) settled.resolve();
  }

  /**
   * Settles what every cursor has passed, so that no disk is needed for it any more: else a gateway whose disk is gone
   * for good would gather those who wait.
   */
  settlePassed(lowestPosition: Sequence): void {
    this.#appends = this.#appends.filter(({ end, settled }) => {
      if (end > lowestPosition) return true;
      settled.resolve();
      return false;
    });
  }

  /** Tells everyone who still waits that it will not happen. */
  fail(error: unknown): void {
    for (const { settled } of this.#appends.splice(0)) settled.reject(error);
  }
}
