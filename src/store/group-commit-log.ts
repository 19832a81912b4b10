/**
 * The log as the house sees it, over any storage.
 *
 * Group commit: `append` copies its columns and waits; once per `syncInterval` everything that gathered becomes
 * durable together, while the next already gathers. The storage is used by one at a time. What a failed write wanted
 * stays pending and is wanted again by the next.
 */

import assert from "node:assert/strict";
import { GatewayError } from "../model/errors.ts";
import type { EventQueue } from "../model/event-queue.ts";
import type { Cursor, CursorStep, EarlierRun, Log, LogSlice, LogStats, Sequence, Tally } from "../model/log.ts";
import type { Event, ServiceCheck } from "../model/note.ts";
import type { SampleBatch } from "../model/samples.ts";
import type { Series, SeriesId } from "../model/series.ts";
import { addTallies, countDropped } from "../model/tally.ts";
import type { Clock, Millis, Timer } from "../model/time.ts";
import type { CursorPlace } from "./cursor-state.ts";
import { type EventOwner, LogEventQueue } from "./event-queue.ts";
import { EVENT_LIMITS, type EventChange } from "./held-events.ts";
import { type CursorOwner, LogCursor } from "./log-cursor.ts";
import type { LogStorage } from "./log-storage.ts";
import { Pending } from "./pending.ts";
import { SerialQueue } from "./serial-queue.ts";
import { serviceCheckIdentity } from "./service-check-record.ts";

/** Samples that may wait for a disk that does not take them; 21 bytes of memory each. */
const PENDING_MAX = 1_000_000;

/** How a log behaves. */
export interface LogOptions {
  /** A sample is written at most this long after it was appended. */
  readonly syncInterval: Millis;
  /** Limit of the encoded blocks held; the newest block stays whatever its size. Units: bytes. */
  readonly maxBytes: number;
  /** Samples that may wait for the disk. Leaving it out means a million. */
  readonly pendingMax?: number;
}

/** Gathers what is appended and hands it to a storage, which becomes its own: closing the log closes it. */
export class GroupCommitLog implements Log, CursorOwner, EventOwner {
  readonly earlier: EarlierRun | undefined;
  readonly events: EventQueue;
  readonly #storage: LogStorage;
  readonly #clock: Clock;
  readonly #syncInterval: Millis;
  readonly #pendingMax: number;
  readonly #pending = new Pending();
  readonly #queue = new SerialQueue();
  readonly #serviceChecks = new Map<string, ServiceCheck>();
  readonly #listeners = new Set<() => void>();
  readonly #notice: (what: string) => void;
  #failure: string | undefined;
  #timer: Timer | undefined;
  #nextFlush: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  /** `notice` hears when writing begins to fail and when it heals; leaving it out means nobody does. */
  constructor(
    storage: LogStorage,
    clock: Clock,
    options: Pick<LogOptions, "syncInterval" | "pendingMax">,
    notice: (what: string) => void = () => undefined,
  ) {
    this.#storage = storage;
    this.#notice = notice;
    this.#clock = clock;
    this.#syncInterval = options.syncInterval;
    this.#pendingMax = options.pendingMax ?? PENDING_MAX;
    this.earlier = storage.earlier;
    this.events = new LogEventQueue(storage.events, this);
    for (const check of storage.serviceChecks) this.#serviceChecks.set(serviceCheckIdentity(check), check);
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
      const why = this.#failure ?? "it is too slow";
      throw new GatewayError(
        "STORE_FAILED",
        `${this.#pending.rowCount} samples wait for the disk, no more fit: ${why}`,
      );
    }
    if (tally.sampled === 0) return;
    const stamped = this.#storage.epochs.stamp(batch);
    const durable = this.#pending.add(stamped.epoch, stamped.batch, tally);
    this.#arm();
    await durable;
  }

  async sync(): Promise<void> {
    this.#refuseIfClosed();
    await this.#flush();
  }

  async cursor(name: string): Promise<Cursor> {
    this.#refuseIfClosed();
    assert(name !== "" && !name.includes("\0"), "a cursor has a name");
    const place = await this.#queue.run(() => this.#watch(this.#storage.openCursor(name)));
    return new LogCursor(place, this);
  }

  async readCursor(place: CursorPlace, countMax: number): Promise<LogSlice> {
    this.#refuseIfClosed();
    assert(Number.isSafeInteger(countMax) && countMax > 0, "a read asks for at least one row");
    return await this.#queue.run(async () => {
      await this.#storage.placeEpochs();
      return await this.#storage.readCursor(place, countMax);
    });
  }

  async commitCursor(place: CursorPlace, base: Sequence, step: CursorStep): Promise<void> {
    this.#refuseIfClosed();
    await this.#queue.run(() => {
      const { durable } = this.#storage.state;
      assert(step.to <= durable, `a cursor passes only what is durable, up to ${durable}, not ${step.to}`);
      return this.#watch(this.#storage.commitCursor(place, base, step));
    });
  }

  async range(series: SeriesId, from: number, to: number): Promise<SampleBatch> {
    this.#refuseIfClosed();
    if (this.#storage.epochs.isUnsettled()) await this.#placeEpochs();
    return await this.#storage.range(series, from, to);
  }

  /** It is seen at once and durable with the next samples. */
  async putServiceCheck(check: ServiceCheck): Promise<void> {
    this.#refuseIfClosed();
    this.#serviceChecks.set(serviceCheckIdentity(check), check);
    const durable = this.#pending.addServiceCheck(this.#storage.epochs.current().id, check);
    this.#arm();
    await durable;
  }

  serviceChecks(): readonly ServiceCheck[] {
    return [...this.#serviceChecks.values()];
  }

  /** It is read once it is durable: with the next samples. */
  async putEvent(event: Event): Promise<void> {
    this.#refuseIfClosed();
    const { eventCount } = this.#pending;
    if (eventCount >= EVENT_LIMITS.countMax) {
      throw new GatewayError("STORE_FAILED", `${eventCount} events wait for the disk, no more fit`);
    }
    const durable = this.#pending.addEvent(this.#storage.epochs.current().id, event);
    this.#arm();
    await durable;
  }

  async changeEvents(plan: () => EventChange): Promise<void> {
    this.#refuseIfClosed();
    await this.#queue.run(() => this.#watch(this.#storage.commitEvents(plan())));
  }

  onDurable(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  stats(): LogStats {
    const { state, bytes, oldestAt, series } = this.#storage;
    return {
      head: state.head,
      durable: state.durable,
      atRisk: this.#pending.rowCount,
      tally: addTallies(state.tally, this.#pending.tally),
      bytes,
      oldestAt,
      seriesCount: series.count,
      failure: this.#failure,
    };
  }

  /** Errors: `STORE_FAILED` when the last write failed, so that what was pending is lost; it is closed all the same. */
  close(): Promise<void> {
    this.#closing ??= this.#shutDown();
    return this.#closing;
  }

  async #shutDown(): Promise<void> {
    try {
      await this.#flush();
    } catch (error) {
      if (error instanceof GatewayError) this.#pending.fail(error);
      throw error;
    } finally {
      this.#timer?.cancel();
      await this.#queue.run(() => this.#storage.close(this.#pending.isEmpty));
    }
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

  /** Sets the time of the next flush, unless it is set. */
  #arm(): void {
    if (this.#timer !== undefined || this.#closing !== undefined) return;
    this.#timer = this.#clock.after("log sync", this.#syncInterval, () => {
      this.#timer = undefined;
      void this.#flushByTimer();
    });
  }

  /** A failure stands in the stats, and the timer is set again: nobody else needs to hear of it. */
  async #flushByTimer(): Promise<void> {
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
      this.#timer?.cancel();
      this.#timer = undefined;
      try {
        for (let left = this.#pending.seal(); left > 0; left -= 1) await this.#commitFirst();
      } finally {
        this.#pending.unseal();
        if (!this.#pending.isEmpty) this.#arm();
      }
    });
    return this.#nextFlush;
  }

  async #commitFirst(): Promise<void> {
    const segment = this.#pending.first;
    if (segment === undefined) return;
    await this.#watch(this.#storage.commitSegment(segment));
    this.#pending.settleFirst();
    if (segment.rows.count > 0) for (const listener of this.#listeners) listener();
  }

  /** A disk that takes no writes still answers, with the moments it has. */
  async #placeEpochs(): Promise<void> {
    try {
      await this.#queue.run(() => this.#storage.placeEpochs());
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
    }
  }

  /** Keeps in mind how the last write went, and tells when that changes. */
  async #watch<T>(write: Promise<T>): Promise<T> {
    try {
      const result = await write;
      if (this.#failure !== undefined) this.#notice("The log is written again; nothing that waited for it was lost.");
      this.#failure = undefined;
      return result;
    } catch (error) {
      if (error instanceof GatewayError) {
        if (this.#failure === undefined)
          this.#notice(`The log cannot be written, samples wait in memory: ${error.message}`);
        this.#failure = error.message;
      }
      throw error;
    }
  }
}
