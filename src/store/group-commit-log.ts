/**
 * The log as the house sees it, over any storage.
 *
 * Group commit: `append` copies its columns and waits; what gathers is written together, after a time or when it fills
 * a block, while the next already gathers, and synced when the policy says so (sync-policy.ts). The storage is used by
 * one at a time. What a failed write wanted stays pending and is wanted again by the next.
 */

import assert from "node:assert/strict";
import { GatewayError } from "../model/errors.ts";
import type { EventQueue } from "../model/event-queue.ts";
import type {
  Cursor,
  CursorStep,
  EarlierRun,
  Log,
  LogSlice,
  LogStats,
  Loss,
  Sequence,
  StandIn,
  Tally,
} from "../model/log.ts";
import type { LogCare } from "../model/log-care.ts";
import type { Event, ServiceCheck } from "../model/note.ts";
import type { SampleBatch } from "../model/samples.ts";
import type { Series, SeriesId } from "../model/series.ts";
import { addTallies, countDropped } from "../model/tally.ts";
import { type Clock, type MonotonicMillis, millis, type Timer } from "../model/time.ts";
import { type CursorPlace, type CursorState, type LaneBase, passStep } from "./cursor-state.ts";
import { DeliveryWatch } from "./delivery-watch.ts";
import { type EventOwner, LogEventQueue } from "./event-queue.ts";
import type { StampedEvent } from "./event-record.ts";
import { countWithin, lowestOf } from "./gaps.ts";
import { EVENT_LIMITS, type EventChange } from "./held-events.ts";
import type { StorageLimits } from "./level-storage.ts";
import { type CursorOwner, LogCursor } from "./log-cursor.ts";
import type { LogStorage } from "./log-storage.ts";
import { Pending, type Segment } from "./pending.ts";
import { placeEvent, placeServiceCheck } from "./place-notes.ts";
import { SerialQueue } from "./serial-queue.ts";
import { type StampedServiceCheck, serviceCheckIdentity } from "./service-check-record.ts";
import { SetAsideKeeper } from "./set-aside-keeper.ts";
import { type CareOwner, StoredLogCare } from "./stored-log-care.ts";
import { gatherTime, type SyncOptions, syncTime } from "./sync-policy.ts";
import { WriteTrouble } from "./write-trouble.ts";

/** Samples that may wait for a disk that does not take them; 21 bytes of memory each. */
const PENDING_MAX = 1_000_000;

/** How soon a write that failed is tried again. */
const RETRY = millis(1000);

/** How a log behaves. */
export interface LogOptions extends SyncOptions, StorageLimits {
  /** Samples that may wait for the disk. Leaving it out means a million. */
  readonly pendingMax?: number;
  /** Writes held in memory while the disk takes none. Units: bytes; leaving it out means 32 MiB. */
  readonly heldBytesMax?: number;
  /** Absent where this store is the log itself. */
  readonly standsIn?: StandIn;
  /** Hears that the log begins to close. */
  readonly onClosing?: () => void;
}

/** Gathers what is appended and hands it to a storage, which becomes its own: closing the log closes it. */
export class GroupCommitLog implements Log, CursorOwner, EventOwner, CareOwner {
  readonly earlier: EarlierRun | undefined;
  readonly events: EventQueue;
  readonly care: LogCare;
  readonly #storage: LogStorage;
  readonly #refused: SetAsideKeeper;
  readonly #clock: Clock;
  readonly #options: SyncOptions & Pick<LogOptions, "onClosing">;
  readonly #standsIn: StandIn | undefined;
  readonly #pendingMax: number;
  readonly #pending = new Pending();
  readonly #queue = new SerialQueue();
  readonly #serviceChecks = new Map<string, StampedServiceCheck>();
  readonly #listeners = new Set<() => void>();
  readonly #delivery: DeliveryWatch;
  readonly #trouble: WriteTrouble;
  /** Appends that are written and not as durable as was promised yet; one with an event has no `end` to be passed. */
  #unsettled: { readonly end: Sequence; readonly settled: Segment["settled"] }[] = [];
  /** Sequence after the newest sample that a sync has covered. */
  #syncedEnd: Sequence;
  /** When the oldest sample that gathers was appended. */
  #gatheringSince: MonotonicMillis | undefined;
  /** When the oldest sample that is written and not synced was appended. */
  #unsyncedSince: MonotonicMillis | undefined;
  #triedAt: MonotonicMillis | undefined;
  #timer: { readonly dueAt: number; readonly timer: Timer } | undefined;
  #nextFlush: Promise<void> | undefined;
  #isSyncWanted = false;
  #isSealing = false;
  #closing: Promise<void> | undefined;

  /** `notice` hears when writing begins to fail and when it heals; leaving it out means nobody does. */
  constructor(
    storage: LogStorage,
    clock: Clock,
    options: SyncOptions & Pick<LogOptions, "pendingMax" | "standsIn" | "onClosing">,
    notice: (what: string) => void = () => undefined,
  ) {
    this.#storage = storage;
    this.#clock = clock;
    this.#options = options;
    this.#standsIn = options.standsIn;
    this.#trouble = new WriteTrouble(clock, notice);
    this.#pendingMax = options.pendingMax ?? PENDING_MAX;
    this.#syncedEnd = storage.state.end;
    this.earlier = storage.earlier;
    this.events = new LogEventQueue(storage.events, this);
    this.#refused = new SetAsideKeeper(storage, this, options.durability === "always");
    this.care = new StoredLogCare(storage, this, this.#refused);
    this.#delivery = new DeliveryWatch(clock, options.syncIntervalDelivered, storage.state.end);
    for (const stamped of storage.serviceChecks) {
      this.#serviceChecks.set(serviceCheckIdentity(stamped.check), stamped);
    }
  }

  defineSeries(series: Series): SeriesId {
    return this.#storage.series.define(series);
  }

  seriesOf(id: SeriesId): Series {
    return this.#storage.series.get(id);
  }

  /** A batch that is refused was not counted either: its samples and drops are the caller's to report. */
  async append(batch: SampleBatch, tally: Tally): Promise<void> {
    this.#refuseIfClosed();
    this.#assertAppendable(batch, tally);
    if (this.#pending.rowCount + batch.count > this.#pendingMax) {
      const why = this.#trouble.reason ?? "it is too slow";
      throw new GatewayError(
        "STORE_FAILED",
        `${this.#pending.rowCount} samples wait for the disk, no more fit: ${why}`,
      );
    }
    if (tally.sampled === 0) return;
    const stamped = this.#storage.epochs.stamp(batch);
    const durable = this.#pending.add(stamped.epoch, stamped.batch, tally);
    this.#noteGathering();
    await durable;
  }

  async sync(): Promise<void> {
    this.#refuseIfClosed();
    this.#isSyncWanted = true;
    await this.#flush();
    if (this.#storage.holding !== undefined) throw new GatewayError("STORE_FAILED", this.#storage.holding.reason);
  }

  async cursor(name: string): Promise<Cursor> {
    this.#refuseIfClosed();
    assert(name !== "" && !name.includes("\0"), "a cursor has a name");
    const place = await this.#queue.run(() => this.#watch(this.#storage.openCursor(name)));
    return new LogCursor(place, this, this.#refused);
  }

  get end(): Sequence {
    return this.#storage.state.end;
  }

  async readLane(place: CursorPlace, gapEnd: Sequence | undefined, countMax: number): Promise<LogSlice> {
    this.#refuseIfClosed();
    assert(Number.isSafeInteger(countMax) && countMax > 0, "a read asks for at least one row");
    return await this.#queue.run(async () => {
      await this.#storage.placeEpochs();
      const { position, gaps } = place.state;
      const gap = gaps.find(({ end }) => end === gapEnd);
      const from = gapEnd === undefined ? position : (gap?.position ?? gapEnd);
      return await this.#storage.slice(from, Math.min(from + countMax, gapEnd ?? this.end));
    });
  }

  async commitStep(place: CursorPlace, base: LaneBase, step: CursorStep): Promise<void> {
    await this.attend(() => {
      assert(step.to <= this.end, `a cursor passes only what is written, up to ${this.end}, not ${step.to}`);
      return this.#commitCursor(place, passStep(place.state, base, step), step.setAside);
    });
  }

  async changeLanes(place: CursorPlace, change: (state: CursorState) => CursorState | undefined): Promise<boolean> {
    return await this.attend(async () => {
      const next = change(place.state);
      if (next !== undefined && next !== place.state) {
        assert(next.position <= this.end, `a cursor leaves only what is written, up to ${this.end}`);
        await this.#commitCursor(place, next, []);
      }
      return next !== undefined;
    });
  }

  async range(series: SeriesId, from: number, to: number): Promise<SampleBatch> {
    this.#refuseIfClosed();
    await this.place();
    return await this.#storage.range(series, from, to);
  }

  /** It is seen at once and durable with the next samples. */
  async putServiceCheck(check: ServiceCheck): Promise<void> {
    this.#refuseIfClosed();
    const epoch = this.#storage.epochs.stampNote();
    this.#serviceChecks.set(serviceCheckIdentity(check), { check, epoch });
    const durable = this.#pending.addServiceCheck(epoch, check);
    this.#noteGathering();
    await durable;
  }

  serviceChecks(): readonly ServiceCheck[] {
    const { epochs } = this.#storage;
    return Array.from(this.#serviceChecks.values(), (stamped) => placeServiceCheck(stamped, epochs));
  }

  arePlaced(): boolean {
    const isUnsettled = this.#storage.epochs.isUnsettled();
    if (isUnsettled && this.#closing === undefined) void this.place();
    return !isUnsettled;
  }

  /** A disk that takes no writes still answers, with the moments it has. */
  async place(): Promise<void> {
    if (!this.#storage.epochs.isUnsettled()) return;
    try {
      await this.#queue.run(() => this.#storage.placeEpochs());
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
    }
  }

  toPlaced(stamped: StampedEvent): Event {
    return placeEvent(stamped, this.#storage.epochs);
  }

  /** It is read once it is written: with the next samples. */
  async putEvent(event: Event): Promise<void> {
    this.#refuseIfClosed();
    const { eventCount } = this.#pending;
    if (eventCount >= EVENT_LIMITS.countMax) {
      throw new GatewayError("STORE_FAILED", `${eventCount} events wait for the disk, no more fit`);
    }
    const durable = this.#pending.addEvent(this.#storage.epochs.stampNote(), event);
    this.#noteGathering();
    await durable;
  }

  async changeEvents(plan: () => EventChange): Promise<void> {
    await this.attend(() => this.#storage.commitEvents(plan()));
  }

  async attend<T>(task: () => Promise<T>): Promise<T> {
    this.#refuseIfClosed();
    const result = await this.#queue.run(() => this.#watch(task()));
    this.#arm();
    return result;
  }

  onWritten(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  keepFor(cursorNames: readonly string[]): void {
    this.#storage.keepFor(cursorNames);
  }

  momentOf(sequence: Sequence): number | undefined {
    return this.#storage.momentOf(sequence);
  }

  losses(): readonly Loss[] {
    return this.#storage.losses;
  }

  stats(): LogStats {
    const { state, bytes, blockCount, oldestAt, series, needed, holding } = this.#storage;
    return {
      head: state.head,
      end: state.end,
      durable: this.#syncedEnd,
      gathering: this.#pending.rowCount,
      atRisk: this.#pending.rowCount + countWithin(needed, this.#syncedEnd, state.end),
      tally: addTallies(state.tally, this.#pending.tally),
      bytes,
      blockCount,
      oldestAt,
      seriesCount: series.count,
      failure: this.#trouble.reason,
      standsIn: this.#standsIn,
      held: holding && { bytes: holding.bytes, bytesMax: holding.bytesMax },
      failingSince: this.#trouble.since,
      written: this.#storage.written,
    };
  }

  /** Errors: `STORE_FAILED` when the last write failed, so that what was pending is lost; it is closed all the same. */
  close(): Promise<void> {
    this.#closing ??= this.#shutDown();
    return this.#closing;
  }

  async #shutDown(): Promise<void> {
    this.#options.onClosing?.();
    try {
      this.#isSyncWanted = true;
      await this.#flush();
    } catch (error) {
      if (error instanceof GatewayError) this.#pending.fail(error);
      throw error;
    } finally {
      this.#timer?.timer.cancel();
      await this.#closeStorage();
    }
  }

  #commitCursor(place: CursorPlace, next: CursorState, setAside: CursorStep["setAside"]): Promise<void> {
    return this.#storage.commitCursor(place, next, setAside, this.#options.durability === "always");
  }

  #refuseIfClosed(): void {
    if (this.#closing !== undefined) throw new GatewayError("STORE_CLOSED", "the log is closed already");
  }

  #assertAppendable(batch: SampleBatch, tally: Tally): void {
    const told = batch.count + countDropped(tally.dropped);
    assert.equal(tally.sampled, told, "what was sampled is in the batch or was dropped");
    const { series } = this.#storage;
    for (let row = 0; row < batch.count; row += 1) {
      if (!series.has(batch.series[row] ?? 0)) assert.fail(`series ${batch.series[row]} was never defined`);
    }
  }

  /** What is held in memory still has its chance now; those who wait for it hear how it went. */
  async #closeStorage(): Promise<void> {
    let failure: unknown = new GatewayError(
      "STORE_FAILED",
      this.#trouble.reason ?? "the last samples were never synced",
    );
    try {
      const { holding } = this.#storage;
      await this.#queue.run(() => this.#storage.close(this.#pending.isEmpty));
      // What was held is synced when it is brought to the disk.
      const isKept = holding !== undefined || this.#unsyncedSince === undefined;
      if (isKept) for (const { settled } of this.#unsettled.splice(0)) settled.resolve();
    } catch (error) {
      failure = error;
      throw error;
    } finally {
      for (const { settled } of this.#unsettled.splice(0)) settled.reject(failure);
    }
  }

  #noteGathering(): void {
    this.#gatheringSince ??= this.#clock.monotonic();
    this.#arm();
  }

  /** Sets the time of the next flush: for what gathers, or to sync what was written. */
  #arm(): void {
    if (this.#closing !== undefined) return;
    const now = this.#clock.monotonic();
    const dueAt = Math.max(this.#dueAt(now), this.#triedAt === undefined ? 0 : this.#triedAt + RETRY);
    if (dueAt === Number.POSITIVE_INFINITY || (this.#timer !== undefined && this.#timer.dueAt <= dueAt)) return;
    this.#timer?.timer.cancel();
    this.#timer = undefined;
    if (dueAt <= now) {
      void this.#flushUnheard();
      return;
    }
    const timer = this.#clock.after("log sync", millis(dueAt - now), () => {
      this.#timer = undefined;
      void this.#flushUnheard();
    });
    this.#timer = { dueAt, timer };
  }

  #dueAt(now: MonotonicMillis): number {
    if (this.#storage.holding !== undefined || this.#pending.hasFullBlock) return now;
    const gathered = this.#gatheringSince ?? Number.POSITIVE_INFINITY;
    return Math.min(gathered + gatherTime(this.#options), this.#syncDueAt(now));
  }

  #syncDueAt(now: MonotonicMillis): number {
    const isDelivering = this.#delivery.isHealthy(now, lowestOf(this.#storage.needed));
    const time = syncTime(this.#options, isDelivering);
    if (time === undefined || this.#unsyncedSince === undefined) return Number.POSITIVE_INFINITY;
    return this.#unsyncedSince + time;
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
    this.#nextFlush ??= this.#queue.run(async () => {
      this.#nextFlush = undefined;
      this.#timer?.timer.cancel();
      this.#timer = undefined;
      try {
        await this.#writePending();
        this.#triedAt = undefined;
      } catch (error) {
        this.#triedAt = this.#clock.monotonic();
        this.#gatheringSince ??= this.#triedAt;
        throw error;
      } finally {
        this.#pending.unseal();
        this.#settle();
        this.#arm();
      }
      if (!this.#isSealing) void this.#seal();
    });
    return this.#nextFlush;
  }

  async #writePending(): Promise<void> {
    const now = this.#clock.monotonic();
    const segmentCount = this.#pending.seal();
    this.#unsyncedSince ??= this.#gatheringSince;
    this.#gatheringSince = undefined;
    const isSynced = this.#isSyncWanted || this.#syncDueAt(now) <= now;
    this.#isSyncWanted = false;
    for (let left = segmentCount; left > 0; left -= 1) await this.#commitFirst(isSynced && left === 1);
    const isBehind = this.#storage.holding !== undefined || (isSynced && this.#unsyncedSince !== undefined);
    if (segmentCount === 0 && isBehind) await this.#watch(this.#storage.sync());
    this.#delivery.note(now, this.#storage.state.end);
    if (!isSynced || this.#storage.holding !== undefined) return;
    this.#unsyncedSince = undefined;
    this.#syncedEnd = this.#storage.state.end;
  }

  async #commitFirst(isSynced: boolean): Promise<void> {
    const segment = this.#pending.first;
    if (segment === undefined) return;
    await this.#watch(this.#storage.commitSegment(segment, isSynced));
    this.#pending.takeFirst();
    const end = segment.events.length > 0 ? Number.POSITIVE_INFINITY : this.#storage.state.end;
    this.#unsettled.push({ end, settled: segment.settled });
    if (segment.rows.count > 0) for (const listener of this.#listeners) listener();
    await this.#storage.expireHistory();
  }

  /**
   * Tells those who appended that their samples are as durable as was promised; or that every cursor has passed them,
   * so that no disk is needed any more: else a gateway whose disk is gone for good would gather those who wait.
   */
  #settle(): void {
    if (this.#storage.holding !== undefined) this.#triedAt = this.#clock.monotonic();
    else if (this.#options.durability !== "always" || this.#unsyncedSince === undefined) {
      for (const { settled } of this.#unsettled.splice(0)) settled.resolve();
    }
    const lowest = lowestOf(this.#storage.needed);
    this.#unsettled = this.#unsettled.filter(({ end, settled }) => {
      if (end > lowest) return true;
      settled.resolve();
      return false;
    });
  }

  /** Merges small blocks one run at a time, while others use the storage; a burst is written first. */
  async #seal(): Promise<void> {
    const isDue = (): boolean => this.#closing === undefined && !this.#pending.hasFullBlock;
    this.#isSealing = true;
    try {
      while (isDue()) {
        const replace = await this.#storage.prepareSeal();
        if (replace === undefined || this.#closing !== undefined) break;
        await this.#queue.run(replace);
      }
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
    } finally {
      this.#isSealing = false;
    }
  }

  /** Takes note of how a write went. */
  async #watch<T>(write: Promise<T>): Promise<T> {
    try {
      const result = await write;
      this.#trouble.note(this.#storage.holding?.reason);
      return result;
    } catch (error) {
      if (error instanceof GatewayError) this.#trouble.note(error.message);
      throw error;
    }
  }
}
