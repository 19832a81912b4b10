/**
 * When what gathers is to be written, and what was written is to be synced: each after its time (sync-policy.ts), and
 * at once where a full block waits or the disk is behind. A flush that came to nothing is not tried again at once.
 */

import { type Clock, type MonotonicMillis, millis } from "../model/time.ts";
import { DeliveryWatch } from "./delivery-watch.ts";
import { lowestOf } from "./gaps.ts";
import type { LogStorage } from "./log-storage.ts";
import { gatherTime, type SyncOptions, syncTime } from "./sync-policy.ts";

/** How soon a write that failed is tried again. */
const RETRY = millis(1000);

/** The times of one log. */
export class FlushSchedule {
  readonly #storage: Pick<LogStorage, "state" | "holding" | "needed">;
  readonly #options: SyncOptions;
  readonly #delivery: DeliveryWatch;
  /** When the oldest sample that gathers was appended. */
  #gatheringSince: MonotonicMillis | undefined;
  /** When the oldest sample that is written and not synced was appended. */
  #unsyncedSince: MonotonicMillis | undefined;
  /** When the last flush was that came to nothing; undefined when the last one did not. */
  #triedAt: MonotonicMillis | undefined;

  constructor(storage: Pick<LogStorage, "state" | "holding" | "needed">, clock: Clock, options: SyncOptions) {
    this.#storage = storage;
    this.#options = options;
    this.#delivery = new DeliveryWatch(clock, options.syncIntervalDelivered, storage.state.end);
  }

  /** Whether something was written that no sync has covered. */
  get isUnsynced(): boolean {
    return this.#unsyncedSince !== undefined;
  }

  /** When the next flush is due; `Infinity` while nothing waits for one. */
  dueAt(now: MonotonicMillis, hasFullBlock: boolean): number {
    const isPressing = this.#storage.holding !== undefined || hasFullBlock;
    const dueAt = isPressing ? now : Math.min(this.#writeDueAt, this.#syncDueAt(now));
    return Math.max(dueAt, this.#triedAt === undefined ? 0 : this.#triedAt + RETRY);
  }

  /** Whether what is written now is to be synced, too. */
  isSyncDue(now: MonotonicMillis): boolean {
    return this.#syncDueAt(now) <= now;
  }

  noteAppended(now: MonotonicMillis): void {
    this.#gatheringSince ??= now;
  }

  /** What gathered is about to be written. */
  noteWriting(): void {
    this.#unsyncedSince ??= this.#gatheringSince;
    this.#gatheringSince = undefined;
  }

  /** All that was to be written is, in a flush that began then. */
  noteWritten(startedAt: MonotonicMillis): void {
    this.#delivery.note(startedAt, this.#storage.state.end);
  }

  noteSynced(): void {
    this.#unsyncedSince = undefined;
  }

  noteFlushed(): void {
    this.#triedAt = undefined;
  }

  /** The disk did not take it; what was not written gathers on. */
  noteFailed(now: MonotonicMillis): void {
    this.#triedAt = now;
    this.#gatheringSince ??= now;
  }

  /** The disk did not take it, and the storage holds it. */
  noteHeld(now: MonotonicMillis): void {
    this.#triedAt = now;
  }

  get #writeDueAt(): number {
    return (this.#gatheringSince ?? Number.POSITIVE_INFINITY) + gatherTime(this.#options);
  }

  #syncDueAt(now: MonotonicMillis): number {
    const isDelivering = this.#delivery.isHealthy(now, lowestOf(this.#storage.needed));
    const time = syncTime(this.#options, isDelivering);
    if (time === undefined || this.#unsyncedSince === undefined) return Number.POSITIVE_INFINITY;
    return this.#unsyncedSince + time;
  }
}
