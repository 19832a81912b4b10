/**
 * Makes room in a log: deletes its oldest blocks, or thins them, and counts what that costs. What goes is deleted in a
 * write of its own, after the one that lets it go: a write that got through and said that it did not never leaves a
 * cursor before what is gone.
 */

import type { SeriesId } from "../model/series.ts";
import { inTurns, millis } from "../model/time.ts";
import type { Database } from "../platform/level-database.ts";
import { describeBlock, endOf, LEVEL_LOST } from "./block-index.ts";
import type { EpochTable } from "./epochs.ts";
import { lowestOf } from "./gaps.ts";
import type { LossLedger } from "./loss-ledger.ts";
import { type Compactor, countOutlived, countPassed, planRoom, planTrim, type Trim } from "./retention.ts";
import { RoomGauge } from "./room-gauge.ts";
import type { SealParts } from "./sealer.ts";
import type { SeriesTable } from "./series-table.ts";
import { type LogState, stateOperation } from "./state-record.ts";
import type { StorageLimits } from "./storage-limits.ts";
import { encodeByColumn } from "./stored-block.ts";
import type { StoredCursors } from "./stored-cursors.ts";
import { addLosses, countUnread, countWhole, type SeriesLoss, thinBlock } from "./thinning.ts";

const NEVER = millis(Number.POSITIVE_INFINITY);

/** What room is made of: blocks are thinned as they are sealed. */
export interface RoomParts extends SealParts {
  readonly database: Database;
  readonly limits: StorageLimits;
  readonly epochs: EpochTable;
  readonly series: SeriesTable;
  readonly cursors: StoredCursors;
  readonly losses: LossLedger;
  readonly compactor: Compactor;
  /** The state of the log; its head is moved on with what goes. */
  readonly log: { state: LogState };
  /** Epochs that notes name. */
  noteEpochs(): Iterable<number>;
}

/** Makes room in one log. Errors: `STORE_FAILED`; what was done until then has been done whole. */
export class RoomMaker {
  readonly #parts: RoomParts;
  readonly #gauge: RoomGauge;

  constructor(parts: RoomParts) {
    this.#parts = parts;
    this.#gauge = new RoomGauge(parts.clock, parts.limits, parts.compactor);
  }

  /** Makes room for a block of `byteCount` bytes. Gives whether there is room now. */
  async make(byteCount: number): Promise<boolean> {
    const { index, cursors, limits } = this.#parts;
    const maxBytes = await this.#gauge.measure(index, lowestOf(cursors.needed));
    for (;;) {
      const step = planRoom(index, Math.max(0, maxBytes - byteCount), cursors.positions, limits.whenFull);
      if (step === undefined) return true;
      if (step.do === "refuse") return false;
      if (step.do === "thin") await this.#thin(step.position);
      else await this.#drop(step.blockCount);
    }
  }

  /** Drops what every cursor has passed and what has outlived its use: only a clock that is right tells what is old. */
  async expire(isRight: boolean): Promise<void> {
    const { index, epochs, cursors, clock, limits } = this.#parts;
    const { history } = limits;
    if (history > 0 && !isRight) return;
    const lagMax = isRight ? limits.lagMax : NEVER;
    const passed = countPassed(index, lowestOf(cursors.needed));
    const outlived = countOutlived(index, epochs, passed, clock.now(), { history, lagMax });
    if (outlived > 0) await this.#drop(outlived);
  }

  /** Thins one block; one that would not become smaller is not asked again at this level. */
  async #thin(position: number): Promise<void> {
    const { index, reader, series, epochs, exchange, clock } = this.#parts;
    const entry = index.at(position);
    const block = entry && (await reader.read(entry));
    const thinned = block && thinBlock(block, (id) => series.courseOf(id));
    if (entry === undefined) return;
    const level = entry.level + 1;
    const record = thinned && (await inTurns(clock, encodeByColumn(thinned.block, level)));
    if (thinned === undefined || record === undefined || record.length >= entry.bytes) {
      await exchange.raiseLevel(position);
      return;
    }
    const lost = new Map<SeriesId, SeriesLoss>();
    addLosses(lost, thinned.lost, epochs.offsetOf(entry.epoch));
    const losses = this.#parts.losses.plan("thinned", lost);
    const described = describeBlock(thinned.block, record.length, level);
    await exchange.replace(position, 1, described, record, losses.operations);
    losses.note();
  }

  /** Deletes the oldest blocks, after the cursors that had not passed them were moved on. */
  async #drop(blockCount: number): Promise<void> {
    const { database, index, epochs, cursors, compactor, log } = this.#parts;
    const noteEpochs = new Set(this.#parts.noteEpochs());
    const trim = planTrim(index, epochs, blockCount, log.state.end, noteEpochs);
    const moved = cursors.planLoss(trim.end);
    const isLoss = moved.operations.length > 0;
    const losses = this.#parts.losses.plan("log-full", await this.#countLost(trim));
    if (isLoss) {
      await database.write([...moved.operations, ...losses.operations], { sync: false });
      moved.settle();
      losses.note();
    }
    const from = log.state.head;
    const state = { ...log.state, head: trim.head };
    // Where there is no cursor yet, the samples of the first are lost, and told with the deletion.
    const rest = isLoss ? [] : losses.operations;
    await database.write([...trim.operations, ...rest, stateOperation(state)], { sync: false });
    if (!isLoss) losses.note();
    log.state = state;
    index.dropOldest(trim.blockCount);
    for (const id of trim.epochs) epochs.forget(id);
    compactor.note({ blockCount: trim.blockCount, bytes: trim.bytes, from, to: trim.head });
  }

  /** Counts by series what goes although a cursor that keeps samples has not passed it. */
  async #countLost(trim: Trim): Promise<Map<SeriesId, SeriesLoss>> {
    const { index, epochs, cursors, reader } = this.#parts;
    const { needed } = cursors;
    const lowest = lowestOf(needed);
    const sum = new Map<SeriesId, SeriesLoss>();
    for (let position = 0; position < trim.blockCount; position += 1) {
      const entry = index.at(position);
      if (entry === undefined || endOf(entry) <= lowest || entry.level === LEVEL_LOST) continue;
      const block = await reader.read(entry);
      const lost = block === undefined ? countUnread(entry, needed) : countWhole(block, needed);
      addLosses(sum, lost, epochs.offsetOf(entry.epoch));
    }
    return sum;
  }
}
