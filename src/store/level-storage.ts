/**
 * Samples and cursors in LevelDB. Each change is one synced write that holds everything the change means: a block
 * comes with its index record, its counts, its series and what had to go for it. Memory follows only when the write
 * has succeeded. What a step of a cursor frees is deleted afterwards, and what the size limit takes from a cursor is
 * counted before: a write that got through and said that it did not never leaves a cursor before what is gone.
 */

import { GatewayError } from "../model/errors.ts";
import type { CursorStep, EarlierRun, LogSlice, Sequence } from "../model/log.ts";
import type { ServiceCheck } from "../model/note.ts";
import type { SampleBatch } from "../model/samples.ts";
import type { SeriesId } from "../model/series.ts";
import { addTallies } from "../model/tally.ts";
import type { Clock, EpochMillis } from "../model/time.ts";
import type { Database, DatabaseOperation } from "../platform/level-database.ts";
import { encodeBlock } from "./block.ts";
import { type BlockIndex, describeBlock, encodeIndexRecord } from "./block-index.ts";
import { readRange, readSlice } from "./block-walk.ts";
import { encodeCursor, encodeSetAside, SET_ASIDE_MAX } from "./cursor-record.ts";
import {
  type CursorPlace,
  type CursorState,
  lastDelivered,
  loseUntil,
  openCursorState,
  passStep,
} from "./cursor-state.ts";
import { EpochTable } from "./epochs.ts";
import { type EventChange, HeldEvents } from "./held-events.ts";
import { blockKey, cursorKey, indexKey, STATE_KEY, setAsideKey } from "./keys.ts";
import { lifeOperation } from "./life-record.ts";
import type { LogStorage } from "./log-storage.ts";
import type { Segment } from "./pending.ts";
import type { RecoveredLog } from "./recovery.ts";
import { Compactor, countOverflowing, countPassed, planTrim, type Trim } from "./retention.ts";
import { SeriesTable } from "./series-table.ts";
import { serviceCheckOperation } from "./service-check-record.ts";
import { encodeState, type LogState } from "./state-record.ts";

/** Keeps a log in a database, from what recovery found there on. */
export class LevelStorage implements LogStorage {
  state: LogState;
  readonly series: SeriesTable;
  readonly epochs: EpochTable;
  readonly serviceChecks: readonly ServiceCheck[];
  readonly events: HeldEvents;
  readonly earlier: EarlierRun | undefined;
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #bytesMax: number;
  readonly #index: BlockIndex;
  readonly #compactor: Compactor;
  readonly #cursors = new Map<string, CursorPlace>();
  #aliveAt: EpochMillis | undefined;

  constructor(database: Database, clock: Clock, bytesMax: number, recovered: RecoveredLog) {
    this.#database = database;
    this.#clock = clock;
    this.#bytesMax = bytesMax;
    this.#index = recovered.index;
    this.#compactor = new Compactor(database, recovered.state.head);
    this.state = recovered.state;
    this.series = new SeriesTable(recovered.series);
    const deliveredUntil = lastDelivered(recovered.cursors.values());
    this.epochs = new EpochTable(clock, recovered.epochs, recovered.nextEpoch, deliveredUntil);
    this.serviceChecks = recovered.serviceChecks;
    this.events = new HeldEvents(recovered.events);
    this.earlier = recovered.earlier;
    this.#aliveAt = recovered.earlier?.aliveAt;
    for (const [name, state] of recovered.cursors) this.#cursors.set(name, { name, state });
  }

  get bytes(): number {
    return this.#index.bytes;
  }

  get oldestAt(): number | undefined {
    const oldest = this.#index.at(0);
    return oldest === undefined ? undefined : oldest.minAt + this.epochs.offsetOf(oldest.epoch);
  }

  async placeEpochs(): Promise<void> {
    await this.epochs.settle((operations) => this.#database.write(operations, { sync: true }));
  }

  async commitSegment(segment: Segment): Promise<void> {
    const { durable } = this.state;
    const { epoch, rows } = segment;
    const events = this.events.planPut(segment.events);
    const operations = [
      ...this.series.operations(),
      ...[...segment.serviceChecks.values()].map(serviceCheckOperation),
      ...events.operations,
      this.#showLife(false),
    ];
    const seriesCount = this.series.count;
    const block = rows.count > 0 ? encodeBlock(durable, epoch, rows) : undefined;
    if (block !== undefined) operations.push(put(blockKey(durable), block), ...this.epochs.operationsFor(epoch));
    const entry = block === undefined ? undefined : describeBlock(durable, epoch, rows, block.length);
    if (entry !== undefined) operations.push(put(indexKey(durable), encodeIndexRecord(entry)));

    const overflowing = entry === undefined ? 0 : countOverflowing(this.#index, this.#bytesMax - entry.bytes);
    const trim = planTrim(this.#index, this.epochs, overflowing, durable);
    await this.#lose(trim);

    const tally = addTallies(this.state.tally, segment.tally);
    const state = { head: trim.head, durable: durable + rows.count, seriesCount, tally };
    await this.#write(operations, trim, state);
    this.series.markDurable(seriesCount);
    events.settle();
    if (entry !== undefined) {
      this.#index.push(entry);
      this.epochs.markDurable(epoch);
    }
  }

  async openCursor(name: string): Promise<CursorPlace> {
    const known = this.#cursors.get(name);
    if (known !== undefined) return known;
    const place = { name, state: openCursorState(this.state.head, this.state.tally) };
    await this.#database.write([put(cursorKey(name), encodeCursor(place.state))], { sync: true });
    this.#cursors.set(name, place);
    return place;
  }

  async readCursor(place: CursorPlace, countMax: number): Promise<LogSlice> {
    const from = place.state.position;
    const { series, epochs, state } = this;
    const context = { database: this.#database, index: this.#index, epochs, series };
    return await readSlice(context, from, Math.min(from + countMax, state.durable));
  }

  async commitCursor(place: CursorPlace, base: Sequence, step: CursorStep): Promise<void> {
    const moved = passStep(place.state, base, step);
    const operations = [put(cursorKey(place.name), encodeCursor(moved))];
    for (const [index, sample] of step.setAside.entries()) {
      const slot = (place.state.setAsideCount + index) % SET_ASIDE_MAX;
      operations.push(put(setAsideKey(place.name, slot), encodeSetAside(sample)));
    }
    await this.#database.write(operations, { sync: true });
    place.state = moved;
    await this.#freePassed();
  }

  async range(series: SeriesId, from: number, to: number): Promise<SampleBatch> {
    const context = { database: this.#database, index: this.#index, epochs: this.epochs, series: this.series };
    return await readRange(context, series, from, to);
  }

  async commitEvents(change: EventChange): Promise<void> {
    if (change.operations.length > 0) await this.#database.write(change.operations, { sync: true });
    change.settle();
  }

  async close(isClean: boolean): Promise<void> {
    await this.#compactor.settle();
    try {
      if (isClean) await this.#database.write([this.#showLife(true)], { sync: true });
    } catch (error) {
      // The next run takes this one for cut off: everything else is on disk.
      if (!(error instanceof GatewayError)) throw error;
    }
    await this.#database.close();
  }

  /** The write that shows the next run how long this one lived. A clock that is not set tells no moment. */
  #showLife(isClean: boolean): DatabaseOperation {
    if (this.#clock.isTrusted()) this.#aliveAt = this.#clock.now();
    return lifeOperation({ aliveAt: this.#aliveAt, isClean });
  }

  /**
   * Deletes the blocks that every cursor has passed: in a write of its own, after the step that frees them. A disk can
   * take a write and say that it did not; were both one write, the reader would then come back for what is gone. What
   * is not deleted now is planned again by the next step, so this write need not be synced and its failure costs
   * nothing.
   */
  async #freePassed(): Promise<void> {
    let lowest = Number.POSITIVE_INFINITY;
    for (const { state } of this.#cursors.values()) lowest = Math.min(lowest, state.position);
    const trim = planTrim(this.#index, this.epochs, countPassed(this.#index, lowest), this.state.durable);
    if (trim.blockCount === 0) return;
    try {
      await this.#write([], trim, { ...this.state, head: trim.head }, false);
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
    }
  }

  /**
   * Moves the cursors past blocks that go although they were not read. It is a write of its own, before the one that
   * deletes them: should that one get through and say that it did not, no cursor looks for what is gone. It need not be
   * synced, because the other is and comes after it.
   */
  async #lose(trim: Trim): Promise<void> {
    const losers = new Map<CursorPlace, CursorState>();
    for (const place of this.#cursors.values()) {
      const state = loseUntil(place.state, trim.end);
      if (state !== place.state) losers.set(place, state);
    }
    if (losers.size === 0) return;
    const operations = [...losers].map(([place, state]) => put(cursorKey(place.name), encodeCursor(state)));
    await this.#database.write(operations, { sync: false });
    for (const [place, lost] of losers) place.state = lost;
  }

  async #write(operations: readonly DatabaseOperation[], trim: Trim, state: LogState, sync = true): Promise<void> {
    const all = [...operations, ...trim.operations, put(STATE_KEY, encodeState(state))];
    await this.#database.write(all, { sync });
    this.state = state;
    this.#index.dropOldest(trim.blockCount);
    for (const id of trim.epochs) this.epochs.forget(id);
    this.#compactor.note(trim);
  }
}

function put(key: Uint8Array, value: Uint8Array): DatabaseOperation {
  return { type: "put", key, value };
}
