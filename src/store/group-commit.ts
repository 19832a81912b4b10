/**
 * Group commit: what is appended is copied and waits; what gathers is written together, after a time or when it fills
 * a block, while the next already gathers, and synced when the policy says so. What a failed write wanted stays pending
 * and is wanted again by the next.
 */

import { GatewayError } from "../model/errors.ts";
import type { Sequence, Tally } from "../model/log.ts";
import type { Event, ServiceCheck } from "../model/note.ts";
import type { SampleBatch } from "../model/samples.ts";
import { type Clock, millis, type Timer } from "../model/time.ts";
import { FlushSchedule } from "./flush-schedule.ts";
import { lowestOf } from "./gaps.ts";
import { EVENT_LIMITS } from "./held-events.ts";
import type { LogStorage } from "./log-storage.ts";
import { Pending } from "./pending.ts";
import type { SerialQueue } from "./serial-queue.ts";
import type { SyncOptions } from "./sync-policy.ts";
import { UnsettledAppends } from "./unsettled-appends.ts";
import type { WriteTrouble } from "./write-trouble.ts";

/** Samples that may wait for a disk that does not take them; 21 bytes of memory each. */
const PENDING_MAX = 1_000_000;

/** How a group commit behaves. */
export interface CommitOptions extends SyncOptions {
  /** Samples that may wait for the disk. Leaving it out means a million. */
  readonly pendingMax?: number;
}

/** What a group commit shares with the log that it writes. */
export interface CommitParts {
  readonly storage: LogStorage;
  /** Gives each who uses the storage a turn. */
  readonly queue: SerialQueue;
  readonly trouble: WriteTrouble;
  readonly clock: Clock;
}

/** Writes what is appended to one storage. */
export class GroupCommit {
  readonly #parts: CommitParts;
  readonly #options: CommitOptions;
  readonly #pending = new Pending();
  readonly #schedule: FlushSchedule;
  readonly #unsettled = new UnsettledAppends();
  readonly #listeners = new Set<() => void>();
  #timer: { readonly dueAt: number; readonly timer: Timer } | undefined;
  #nextFlush: Promise<void> | undefined;
  #syncedEnd: Sequence;
  #isSyncWanted = false;
  #isSealing = false;
  #isClosing = false;

  constructor(parts: CommitParts, options: CommitOptions) {
    this.#parts = parts;
    this.#options = options;
    this.#schedule = new FlushSchedule(parts.storage, parts.clock, options);
    this.#syncedEnd = parts.storage.state.end;
  }

  /** Samples that wait to be written. */
  get gathering(): number {
    return this.#pending.rowCount;
  }

  /** What was counted with them. */
  get gatheringTally(): Tally {
    return this.#pending.tally;
  }

  /** Sequence after the newest sample that a sync has covered. */
  get syncedEnd(): Sequence {
    return this.#syncedEnd;
  }

  /** Ends when the samples are as durable as was promised. Errors: `STORE_FAILED`. */
  async append(batch: SampleBatch, tally: Tally): Promise<void> {
    const { rowCount } = this.#pending;
    if (rowCount + batch.count > (this.#options.pendingMax ?? PENDING_MAX)) {
      const why = this.#parts.trouble.reason ?? "it is too slow";
      throw new GatewayError("STORE_FAILED", `${rowCount} samples wait for the disk, no more fit: ${why}`);
    }
    if (tally.sampled === 0) return;
    const stamped = this.#parts.storage.epochs.stamp(batch);
    const durable = this.#pending.add(stamped.epoch, stamped.batch, tally);
    this.#noteAppended();
    await durable;
  }

  /** Ends when it is as durable as was promised. Errors: `STORE_FAILED`. */
  async appendServiceCheck(epoch: number, check: ServiceCheck): Promise<void> {
    const durable = this.#pending.addServiceCheck(epoch, check);
    this.#noteAppended();
    await durable;
  }

  /** Ends when it is as durable as was promised. Errors: `STORE_FAILED`. */
  async appendEvent(event: Event): Promise<void> {
    const { eventCount } = this.#pending;
    if (eventCount >= EVENT_LIMITS.countMax) {
      throw new GatewayError("STORE_FAILED", `${eventCount} events wait for the disk, no more fit`);
    }
    const durable = this.#pending.addEvent(this.#parts.storage.epochs.stampNote(), event);
    this.#noteAppended();
    await durable;
  }

  /** Writes and syncs what is there. Errors: `STORE_FAILED`. */
  async sync(): Promise<void> {
    const { storage } = this.#parts;
    this.#isSyncWanted = true;
    await this.#flush();
    if (storage.holding !== undefined) throw new GatewayError("STORE_FAILED", storage.holding.reason);
  }

  /** Calls `listener` each time samples were written; gives what ends it. */
  onWritten(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** Sets the time of the next flush: for what gathers, or to sync what was written. */
  arm(): void {
    if (this.#isClosing) return;
    const { clock } = this.#parts;
    const now = clock.monotonic();
    const dueAt = this.#schedule.dueAt(now, this.#pending.hasFullBlock);
    if (dueAt === Number.POSITIVE_INFINITY || (this.#timer !== undefined && this.#timer.dueAt <= dueAt)) return;
    this.#disarm();
    if (dueAt <= now) {
      void this.#flushUnheard();
      return;
    }
    const timer = clock.after("log sync", millis(dueAt - now), () => {
      this.#timer = undefined;
      void this.#flushUnheard();
    });
    this.#timer = { dueAt, timer };
  }

  /** Writes what is left, and closes the storage. Errors: `STORE_FAILED`; it is closed all the same. */
  async close(): Promise<void> {
    this.#isClosing = true;
    try {
      this.#isSyncWanted = true;
      await this.#flush();
    } catch (error) {
      if (error instanceof GatewayError) this.#pending.fail(error);
      throw error;
    } finally {
      this.#disarm();
      await this.#closeStorage();
    }
  }

  #noteAppended(): void {
    this.#schedule.noteAppended(this.#parts.clock.monotonic());
    this.arm();
  }

  #disarm(): void {
    this.#timer?.timer.cancel();
    this.#timer = undefined;
  }

  /** A failure stands in the stats, and the time is set again: nobody else needs to hear of it. */
  async #flushUnheard(): Promise<void> {
    try {
      await this.#flush();
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
    }
  }

  /** Writes what is pending when its turn comes; until then, one flush serves everyone who asks. */
  #flush(): Promise<void> {
    const { queue, clock } = this.#parts;
    this.#nextFlush ??= queue.run(async () => {
      this.#nextFlush = undefined;
      this.#disarm();
      try {
        await this.#writePending();
        this.#schedule.noteFlushed();
      } catch (error) {
        this.#schedule.noteFailed(clock.monotonic());
        throw error;
      } finally {
        this.#pending.unseal();
        this.#settle();
        this.arm();
      }
      if (!this.#isSealing) void this.#seal();
    });
    return this.#nextFlush;
  }

  async #writePending(): Promise<void> {
    const { storage, trouble, clock } = this.#parts;
    const now = clock.monotonic();
    const segmentCount = this.#pending.seal();
    this.#schedule.noteWriting();
    const isSynced = this.#isSyncWanted || this.#schedule.isSyncDue(now);
    this.#isSyncWanted = false;
    for (let left = segmentCount; left > 0; left -= 1) await this.#commitFirst(isSynced && left === 1);
    const isBehind = storage.holding !== undefined || (isSynced && this.#schedule.isUnsynced);
    if (segmentCount === 0 && isBehind) await trouble.watch(storage.sync());
    this.#schedule.noteWritten(now);
    if (!isSynced || storage.holding !== undefined) return;
    this.#schedule.noteSynced();
    this.#syncedEnd = storage.state.end;
  }

  async #commitFirst(isSynced: boolean): Promise<void> {
    const { storage, trouble } = this.#parts;
    const segment = this.#pending.first;
    if (segment === undefined) return;
    await trouble.watch(storage.commitSegment(segment, isSynced));
    this.#pending.takeFirst();
    this.#unsettled.add(segment, storage.state.end);
    if (segment.rows.count > 0) for (const listener of this.#listeners) listener();
    await storage.expireHistory();
  }

  /** What the storage holds in memory is not durable, whatever was promised. */
  #settle(): void {
    const { storage, clock } = this.#parts;
    if (storage.holding !== undefined) this.#schedule.noteHeld(clock.monotonic());
    else if (this.#options.durability !== "always" || !this.#schedule.isUnsynced) this.#unsettled.settleAll();
    this.#unsettled.settlePassed(lowestOf(storage.needed));
  }

  /** Merges small blocks one run at a time, while others use the storage; a burst is written first. */
  async #seal(): Promise<void> {
    const { storage, queue } = this.#parts;
    const isDue = (): boolean => !this.#isClosing && !this.#pending.hasFullBlock;
    this.#isSealing = true;
    try {
      while (isDue()) {
        const replace = await storage.prepareSeal();
        if (replace === undefined || this.#isClosing) break;
        await queue.run(replace);
      }
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
    } finally {
      this.#isSealing = false;
    }
  }

  /** What is held in memory still has its chance now; those who wait for it hear how it went. */
  async #closeStorage(): Promise<void> {
    const { storage, queue, trouble } = this.#parts;
    let failure: unknown = new GatewayError("STORE_FAILED", trouble.reason ?? "the last samples were never synced");
    try {
      const { holding } = storage;
      await queue.run(() => storage.close(this.#pending.isEmpty));
      // What was held is synced when it is brought to the disk.
      if (holding !== undefined || !this.#schedule.isUnsynced) this.#unsettled.settleAll();
    } catch (error) {
      failure = error;
      throw error;
    } finally {
      this.#unsettled.fail(failure);
    }
  }
}
