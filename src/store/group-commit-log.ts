/**
 * The log as the house sees it, over any storage, which is used by one at a time. What is appended is written in groups
 * (group-commit.ts); all else has a turn of its own between them.
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
import type { Clock } from "../model/time.ts";
import { type CursorPlace, type CursorState, type LaneBase, passStep } from "./cursor-state.ts";
import { type EventOwner, LogEventQueue } from "./event-queue.ts";
import type { StampedEvent } from "./event-record.ts";
import { countWithin } from "./gaps.ts";
import { type CommitOptions, GroupCommit } from "./group-commit.ts";
import type { EventChange } from "./held-events.ts";
import { type CursorOwner, LogCursor } from "./log-cursor.ts";
import type { LogStorage } from "./log-storage.ts";
import { placeEvent, placeServiceCheck } from "./place-notes.ts";
import { SerialQueue } from "./serial-queue.ts";
import { type StampedServiceCheck, serviceCheckIdentity } from "./service-check-record.ts";
import { SetAsideKeeper } from "./set-aside-keeper.ts";
import type { StorageLimits } from "./storage-limits.ts";
import { type CareOwner, StoredLogCare } from "./stored-log-care.ts";
import { WriteTrouble } from "./write-trouble.ts";

/** How a log behaves. */
export interface LogOptions extends CommitOptions, StorageLimits {
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
  readonly #options: Pick<LogOptions, "durability" | "standsIn" | "onClosing">;
  readonly #queue = new SerialQueue();
  readonly #trouble: WriteTrouble;
  readonly #commit: GroupCommit;
  readonly #refused: SetAsideKeeper;
  readonly #serviceChecks = new Map<string, StampedServiceCheck>();
  #closing: Promise<void> | undefined;

  /** `notice` hears when writing begins to fail and when it heals; leaving it out means nobody does. */
  constructor(
    storage: LogStorage,
    clock: Clock,
    options: CommitOptions & Pick<LogOptions, "standsIn" | "onClosing">,
    notice: (what: string) => void = () => undefined,
  ) {
    this.#storage = storage;
    this.#options = options;
    this.#trouble = new WriteTrouble(storage, clock, notice);
    this.#commit = new GroupCommit({ storage, queue: this.#queue, trouble: this.#trouble, clock }, options);
    this.#refused = new SetAsideKeeper(storage, this, options.durability === "always");
    this.earlier = storage.earlier;
    this.events = new LogEventQueue(storage.events, this);
    this.care = new StoredLogCare(storage, this, this.#refused);
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

  bringOver(batch: SampleBatch): SampleBatch {
    return this.#storage.epochs.bringOver(batch);
  }

  clockLead(): number {
    return this.#storage.epochs.current().line;
  }

  /** A batch that is refused was not counted either: its samples and drops are the caller's to report. */
  async append(batch: SampleBatch, tally: Tally): Promise<void> {
    this.#refuseIfClosed();
    this.#assertAppendable(batch, tally);
    await this.#commit.append(batch, tally);
  }

  async sync(): Promise<void> {
    this.#refuseIfClosed();
    await this.#commit.sync();
  }

  async cursor(name: string): Promise<Cursor> {
    this.#refuseIfClosed();
    assert(name !== "" && !name.includes("\0"), "a cursor has a name");
    const place = await this.#queue.run(() => this.#trouble.watch(this.#storage.openCursor(name)));
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
    await this.#commit.appendServiceCheck(epoch, check);
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
    await this.#commit.appendEvent(event);
  }

  async changeEvents(plan: () => EventChange): Promise<void> {
    await this.attend(() => this.#storage.commitEvents(plan()));
  }

  async attend<T>(task: () => Promise<T>): Promise<T> {
    this.#refuseIfClosed();
    const result = await this.#queue.run(() => this.#trouble.watch(task()));
    this.#commit.arm();
    return result;
  }

  onWritten(listener: () => void): () => void {
    return this.#commit.onWritten(listener);
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
    const { gathering, gatheringTally, syncedEnd } = this.#commit;
    return {
      head: state.head,
      end: state.end,
      durable: syncedEnd,
      gathering,
      atRisk: gathering + countWithin(needed, syncedEnd, state.end),
      tally: addTallies(state.tally, gatheringTally),
      bytes,
      blockCount,
      oldestAt,
      seriesCount: series.count,
      failure: this.#trouble.reason,
      standsIn: this.#options.standsIn,
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
    await this.#commit.close();
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
}
