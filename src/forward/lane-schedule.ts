/**
 * When each lane of an intake has its turn. Live samples come first: at each flush, and at once while a full batch of
 * them waits. What is filled in behind them has the time between, at a bounded rate.
 */

import { type Millis, type MonotonicMillis, millis } from "../model/time.ts";

/** What to do now. */
export type Turn =
  | { readonly do: "live" }
  | { readonly do: "backfill" }
  /** Nothing until then; `isForNews` where news of samples end it sooner. */
  | { readonly do: "rest"; readonly wait: Millis; readonly isForNews: boolean };

/** What waits. */
export interface Waiting {
  /** Whether there may be more for the live lane than at its last turn. */
  readonly hasNews: boolean;
  readonly hasBackfill: boolean;
}

/** The turns of one intake. */
export class LaneSchedule {
  readonly #flushInterval: Millis;
  readonly #rate: number;
  #liveAt = 0;
  #backfillAt = 0;

  /** `rate` bounds what is filled in. Units: samples per second. */
  constructor(flushInterval: Millis, rate: number) {
    this.#flushInterval = flushInterval;
    this.#rate = rate;
  }

  next(now: MonotonicMillis, { hasNews, hasBackfill }: Waiting): Turn {
    if (hasNews && now >= this.#liveAt) return { do: "live" };
    if (hasBackfill && now >= this.#backfillAt) return { do: "backfill" };
    const isLiveDue = now >= this.#liveAt;
    const liveIn = isLiveDue ? Number.POSITIVE_INFINITY : this.#liveAt - now;
    const backfillIn = hasBackfill ? this.#backfillAt - now : Number.POSITIVE_INFINITY;
    return { do: "rest", wait: millis(Math.min(liveIn, backfillIn)), isForNews: isLiveDue };
  }

  /** Whether the live lane is to have its turn before anything else goes. */
  isLiveDue(now: MonotonicMillis, hasNews: boolean): boolean {
    return hasNews && now >= this.#liveAt;
  }

  /** The live lane has sent all there was in the turn that began then. */
  noteDrained(startedAt: MonotonicMillis): void {
    this.#liveAt = startedAt + this.#flushInterval;
  }

  /** So many samples were filled in, in a turn that began then. */
  noteFilledIn(startedAt: MonotonicMillis, sampleCount: number): void {
    this.#backfillAt = startedAt + (1000 * sampleCount) / this.#rate;
  }

  delayLive(until: number): void {
    this.#liveAt = until;
  }

  delayBackfill(until: number): void {
    this.#backfillAt = until;
  }

  /** Whatever waits may go now. */
  hurry(): void {
    this.#liveAt = 0;
    this.#backfillAt = 0;
  }
}
