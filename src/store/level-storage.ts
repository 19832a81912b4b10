/**
 * Samples and cursors in LevelDB. Each change is one write that holds everything the change means: a block comes with
 * its index record, its counts and its series. Memory follows only when the write has succeeded. What goes is deleted
 * in a write of its own, after the one that lets it go: a write that got through and said that it did not never leaves
 * a cursor before what is gone. Writes that are not synced keep their order, so a power cut takes the latest of them.
 */

import type { StoreConfig } from "../model/config.ts";
import { GatewayError } from "../model/errors.ts";
import type { EarlierRun, LogSlice, Loss, Sequence, SetAside, WriteCounts } from "../model/log.ts";
import type { CursorReport, Inspection, LevelSurvey, LogPage, PageQuery } from "../model/log-care.ts";
import type { SampleBatch } from "../model/samples.ts";
import type { SeriesId } from "../model/series.ts";
import { addTallies } from "../model/tally.ts";
import { type Clock, type EpochMillis, inTurns, millis } from "../model/time.ts";
import type { DatabaseOperation } from "../platform/level-database.ts";
import type { Block } from "./block.ts";
import { BlockExchange } from "./block-exchange.ts";
import {
  type BlockEntry,
  type BlockIndex,
  describeBlock,
  endOf,
  LEVEL_LOST,
  LEVEL_SEALED,
  LEVEL_SMALL,
} from "./block-index.ts";
import { BlockMender, type BlockQuarantine } from "./block-mender.ts";
import { putBlock } from "./block-operations.ts";
import { surveyBlocks } from "./block-survey.ts";
import { BlockReader } from "./block-walk.ts";
import { encodeCursor } from "./cursor-record.ts";
import { reportCursors } from "./cursor-report.ts";
import {
  type CursorPlace,
  type CursorState,
  lastDelivered,
  loseUntil,
  neededFrom,
  openCursorState,
} from "./cursor-state.ts";
import { EpochTable } from "./epochs.ts";
import { joinStretches, lowestOf, type Stretch } from "./gaps.ts";
import { type EventChange, HeldEvents } from "./held-events.ts";
import type { Holding, HoldingDatabase } from "./holding-database.ts";
import { blockKey, cursorKey, STATE_KEY } from "./keys.ts";
import { lifeOperation } from "./life-record.ts";
import type { LogStorage, SetAsideChange } from "./log-storage.ts";
import { LossLedger } from "./loss-ledger.ts";
import type { Segment } from "./pending.ts";
import type { RecoveredLog } from "./recovery.ts";
import { Compactor, countOutlived, countPassed, planRoom, planTrim, type Trim } from "./retention.ts";
import { RoomGauge } from "./room-gauge.ts";
import { findRun, findSealable, listRun, type SealLimits } from "./sealing.ts";
import { SeriesTable } from "./series-table.ts";
import { type StampedServiceCheck, serviceCheckIdentity, serviceCheckOperation } from "./service-check-record.ts";
import { SetAsideShelf } from "./set-aside-shelf.ts";
import { encodeState, type LogState } from "./state-record.ts";
import { encodeByColumn, encodeStoredBlock, joinBlocks } from "./stored-block.ts";
import { addLosses, countUnread, countWhole, type SeriesLoss, thinBlock } from "./thinning.ts";

const NEVER = millis(Number.POSITIVE_INFINITY);

/** What a log may hold. */
export interface StorageLimits
  extends Pick<StoreConfig, "maxBytes" | "freeBytesMin" | "whenFull" | "history" | "lagMax"> {
  /**
   * Measures the free room of the disk in bytes, undefined when it cannot be told; leaving it out means that there is
   * always enough.
   */
  readonly measureFree?: () => Promise<number | undefined>;
  /** Whether it is opened to be looked at: the next run learns nothing of that. Leaving it out means that it is not. */
  readonly isVisit?: boolean;
  /** Takes what cannot be read; leaving it out means that it is thrown away. */
  readonly quarantine?: BlockQuarantine;
  /** When small blocks are merged; leaving it out means when a sealed block is full, or an hour of them waits. */
  readonly sealing?: SealLimits;
}

/** Keeps a log in a database, from what recovery found there on. */
export class LevelStorage implements LogStorage {
  state: LogState;
  readonly series: SeriesTable;
  readonly epochs: EpochTable;
  readonly serviceChecks: readonly StampedServiceCheck[];
  readonly events: HeldEvents;
  readonly earlier: EarlierRun | undefined;
  readonly #database: HoldingDatabase;
  readonly #clock: Clock;
  readonly #limits: StorageLimits;
  readonly #index: BlockIndex;
  readonly #reader: BlockReader;
  readonly #losses: LossLedger;
  readonly #mender: BlockMender;
  readonly #exchange: BlockExchange;
  readonly #compactor: Compactor;
  readonly #gauge: RoomGauge;
  readonly #cursors = new Map<string, CursorPlace>();
  readonly #shelf: SetAsideShelf;
  /** Of each service check that is kept. */
  readonly #checkEpochs = new Map<string, number>();
  #aliveAt: EpochMillis | undefined;
  /** Names of the cursors that keep samples; undefined while all do. */
  #keepers: ReadonlySet<string> | undefined;

  constructor(database: HoldingDatabase, clock: Clock, limits: StorageLimits, recovered: RecoveredLog) {
    this.#database = database;
    this.#clock = clock;
    this.#limits = limits;
    this.#index = recovered.index;
    this.#losses = new LossLedger(recovered.losses);
    this.#shelf = new SetAsideShelf(recovered.setAside);
    this.#compactor = new Compactor(database);
    this.#gauge = new RoomGauge(clock, limits, this.#compactor);
    this.state = recovered.state;
    this.series = new SeriesTable(recovered.series);
    const deliveredUntil = lastDelivered(recovered.cursors.values());
    const isSummary = (id: SeriesId): boolean => this.series.courseOf(id) === "summary";
    this.epochs = new EpochTable(clock, recovered.epochs, recovered.nextEpoch, deliveredUntil, isSummary);
    this.serviceChecks = recovered.serviceChecks;
    for (const { check, epoch } of recovered.serviceChecks) {
      if (epoch !== undefined) this.#checkEpochs.set(serviceCheckIdentity(check), epoch);
    }
    this.events = new HeldEvents(recovered.events);
    this.earlier = recovered.earlier;
    this.#aliveAt = recovered.earlier?.aliveAt;
    this.#reader = new BlockReader(database, this.#index, this.epochs, this.series);
    this.#exchange = new BlockExchange(database, this.#index, this.#reader, this.#compactor);
    const { quarantine } = limits;
    this.#mender = new BlockMender(database, this.#index, this.epochs, this.series, this.#losses, quarantine);
    for (const [name, state] of recovered.cursors) this.#cursors.set(name, { name, state });
  }

  get bytes(): number {
    return this.#index.bytes;
  }

  get blockCount(): number {
    return this.#index.length;
  }

  get holding(): Holding | undefined {
    return this.#database.holding;
  }

  get written(): WriteCounts {
    return this.#database.written;
  }

  get losses(): readonly Loss[] {
    return this.#losses.list();
  }

  get oldestAt(): number | undefined {
    return this.momentOf(this.state.head);
  }

  get needed(): readonly Stretch[] {
    const keeping = this.#keeping();
    return keeping.length === 0 ? [{ from: 0, to: Number.POSITIVE_INFINITY }] : joinStretches(keeping);
  }

  /** Within a block moments are taken to be evenly spread; of what is lost, that of what comes next is told. */
  momentOf(sequence: Sequence): number | undefined {
    let entry = sequence < this.state.end ? this.#index.reaching(sequence) : undefined;
    while (entry?.level === LEVEL_LOST) entry = this.#index.reaching(endOf(entry));
    if (entry === undefined) return undefined;
    const part = Math.max(0, sequence - entry.first) / entry.span;
    const offset = this.epochs.presentOffsetOf(entry.epoch);
    return offset === undefined ? undefined : entry.minAt + Math.floor((entry.maxAt - entry.minAt) * part) + offset;
  }

  async placeEpochs(): Promise<void> {
    await this.epochs.settle((operations) => this.#database.write(operations, { sync: true }));
  }

  async commitSegment(segment: Segment, isSynced: boolean): Promise<void> {
    const first = this.state.end;
    const { epoch, rows } = segment;
    const block = rows.count === 0 ? undefined : { first, span: rows.count, epoch, batch: rows };
    const record = block && encodeStoredBlock(block, LEVEL_SMALL);
    const hasRoom = record === undefined || (await this.#makeRoom(record.length));

    const seriesCount = this.series.count;
    const events = this.events.planPut(segment.events.map((event) => ({ event, epoch })));
    const operations = [
      ...this.series.operations(),
      ...[...segment.serviceChecks.values()].map((check) => serviceCheckOperation({ check, epoch })),
      ...events.operations,
      this.#showLife(false),
    ];
    let { tally } = segment;
    let entry: BlockEntry | undefined;
    if (block !== undefined && record !== undefined && hasRoom) {
      entry = describeBlock(block, record.length, LEVEL_SMALL);
      operations.push(...putBlock(entry, record));
    } else if (block !== undefined) {
      tally = addTallies(tally, { sampled: 0, dropped: { "log-full": rows.count } });
    }
    const namesEpoch = entry !== undefined || segment.hasNotes;
    if (namesEpoch) operations.push(...this.epochs.operationsFor(epoch));
    const end = first + (entry?.span ?? 0);
    const head = this.#index.at(0)?.first ?? first;
    const state = { head, end, seriesCount, tally: addTallies(this.state.tally, tally) };
    await this.#database.write([...operations, put(STATE_KEY, encodeState(state))], { sync: isSynced });
    this.state = state;
    this.series.markDurable(seriesCount);
    events.settle();
    for (const identity of segment.serviceChecks.keys()) this.#checkEpochs.set(identity, epoch);
    if (namesEpoch) this.epochs.markDurable(epoch);
    if (entry !== undefined) this.#index.push(entry);
  }

  /** Only a clock that is right tells what is old. A failure costs nothing: it is planned again with the next write. */
  async expireHistory(): Promise<void> {
    try {
      const isRight = this.#clock.isTrusted();
      if (isRight) await this.placeEpochs();
      const { history } = this.#limits;
      if (history > 0 && !isRight) return;
      const lagMax = isRight ? this.#limits.lagMax : NEVER;
      const passed = countPassed(this.#index, lowestOf(this.needed));
      const outlived = countOutlived(this.#index, this.epochs, passed, this.#clock.now(), { history, lagMax });
      if (outlived > 0) await this.#drop(this.#planTrim(outlived));
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
    }
  }

  /** LevelDB syncs what came before along with a write, so it is given the smallest there is. */
  async sync(): Promise<void> {
    await this.#database.write([put(STATE_KEY, encodeState(this.state))], { sync: true });
  }

  async prepareSeal(): Promise<(() => Promise<void>) | undefined> {
    const run = this.holding === undefined ? findSealable(this.#index, this.#limits.sealing) : undefined;
    if (run === undefined) return undefined;
    const entries = listRun(this.#index, run);
    const blocks: Block[] = [];
    for (const entry of entries) {
      const block = await this.#reader.read(entry);
      if (block === undefined) break;
      blocks.push(block);
    }
    const block = blocks.length === 0 ? undefined : joinBlocks(blocks);
    const record = block && (await inTurns(this.#clock, encodeByColumn(block, LEVEL_SEALED)));
    // A few rows take more room sealed than as they are, and a full log has none.
    const merged = entries.slice(0, Math.max(1, blocks.length));
    const bytesMax = merged.reduce((sum, { bytes }) => sum + bytes, 0);
    return async () => {
      const position = findRun(this.#index, merged);
      if (position === undefined) return;
      if (block === undefined || record === undefined || record.length > bytesMax)
        await this.#exchange.raiseLevel(position);
      else
        await this.#exchange.replace(
          position,
          merged.length,
          describeBlock(block, record.length, LEVEL_SEALED),
          record,
        );
    };
  }

  keepFor(cursorNames: readonly string[]): void {
    this.#keepers = new Set(cursorNames);
  }

  async openCursor(name: string): Promise<CursorPlace> {
    const known = this.#cursors.get(name);
    if (known !== undefined) return known;
    const place = { name, state: openCursorState(this.state.head, this.state.tally) };
    await this.#database.write([put(cursorKey(name), encodeCursor(place.state))], { sync: true });
    this.#cursors.set(name, place);
    return place;
  }

  async slice(from: Sequence, to: Sequence): Promise<LogSlice> {
    let slice = await this.#reader.slice(from, to);
    if (hasUnreadable(slice) && (await this.#mendBelow(slice))) slice = await this.#reader.slice(from, to);
    if (hasUnreadable(slice)) await this.#mender.writeOff(slice);
    return slice;
  }

  /** What cannot be read may be a bit that can be turned back. Gives whether something was mended. */
  async #mendBelow({ from, to }: Pick<LogSlice, "from" | "to">): Promise<boolean> {
    const keys = { from: blockKey(this.#index.reaching(from)?.first ?? from), to: blockKey(to) };
    if (!(await this.#database.check({ keys, pause: () => this.#clock.turn() }))) return false;
    await this.sync();
    return true;
  }

  async commitCursor(
    place: CursorPlace,
    next: CursorState,
    setAside: readonly SetAside[],
    isSynced: boolean,
  ): Promise<void> {
    const refused = this.#shelf.planPut(place.name, place.state.setAsideCount, setAside);
    const operations = [put(cursorKey(place.name), encodeCursor(next)), ...refused.operations];
    await this.#database.write(operations, { sync: isSynced });
    place.state = next;
    refused.settle();
    await this.expireHistory();
  }

  heldSetAside(name: string): ReadonlySet<Sequence> {
    return this.#shelf.held(name);
  }

  async readSetAside(name: string): Promise<readonly SetAside[]> {
    return await this.#shelf.read(this.#database, name);
  }

  async commitSetAside(
    name: string,
    next: CursorState | undefined,
    { gone, changed }: SetAsideChange,
    isSynced: boolean,
  ): Promise<void> {
    const place = this.#cursors.get(name);
    const change = this.#shelf.planChange(name, gone, changed);
    const operations = next === undefined ? [] : [put(cursorKey(name), encodeCursor(next))];
    await this.#database.write([...operations, ...change.operations], { sync: isSynced });
    change.settle();
    if (place !== undefined && next !== undefined) place.state = next;
  }

  async range(series: SeriesId, from: number, to: number): Promise<SampleBatch> {
    return await this.#reader.range(series, from, to);
  }

  survey(): readonly LevelSurvey[] {
    return surveyBlocks(this.#index, this.epochs);
  }

  listCursors(): readonly CursorReport[] {
    return reportCursors(this, this.#cursors.values(), this.#keepers);
  }

  async dropCursor(name: string): Promise<void> {
    const refused = this.#shelf.planForget(name);
    await this.#database.write([{ type: "del", key: cursorKey(name) }, ...refused.operations], { sync: true });
    refused.settle();
    this.#cursors.delete(name);
    await this.expireHistory();
  }

  async page(query: PageQuery): Promise<LogPage> {
    const page = await this.#reader.page(query);
    const asked = { from: query.from, to: page.next ?? this.state.end };
    return page.unreadable > 0 && (await this.#mendBelow(asked)) ? await this.#reader.page(query) : page;
  }

  async check(): Promise<boolean> {
    return await this.#database.check({ pause: () => this.#clock.turn() });
  }

  async inspect(from: Sequence, isRepairing: boolean): Promise<Inspection> {
    return await this.#mender.inspect(from, this.state.end, isRepairing);
  }

  async commitEvents(change: EventChange): Promise<void> {
    if (change.operations.length > 0) await this.#database.write(change.operations, { sync: true });
    change.settle();
  }

  async close(isClean: boolean): Promise<void> {
    try {
      if (isClean && this.#limits.isVisit !== true) await this.#database.write([this.#showLife(true)], { sync: true });
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

  /** The cursors that keep samples. */
  #keeping(): readonly CursorState[] {
    const keepers = this.#keepers;
    const places = [...this.#cursors.values()].filter(({ name }) => keepers === undefined || keepers.has(name));
    return places.map(({ state }) => state);
  }

  /** Where the cursors that keep samples begin to need them; without one, everything is kept for the first. */
  #positions(): readonly Sequence[] {
    const keeping = this.#keeping();
    return keeping.length === 0 ? [0] : keeping.map(neededFrom);
  }

  /** Makes room for a block of `byteCount` bytes. Gives whether there is room now. */
  async #makeRoom(byteCount: number): Promise<boolean> {
    const { whenFull } = this.#limits;
    const maxBytes = await this.#gauge.measure(this.#index, lowestOf(this.needed));
    for (;;) {
      const step = planRoom(this.#index, Math.max(0, maxBytes - byteCount), this.#positions(), whenFull);
      if (step === undefined) return true;
      if (step.do === "refuse") return false;
      if (step.do === "thin") await this.#thin(step.position);
      else await this.#drop(this.#planTrim(step.blockCount));
    }
  }

  #planTrim(blockCount: number): Trim {
    const noteEpochs = new Set([...this.events.epochs, ...this.#checkEpochs.values()]);
    return planTrim(this.#index, this.epochs, blockCount, this.state.end, noteEpochs);
  }

  /** Deletes the oldest blocks, after the cursors that had not passed them were moved on. */
  async #drop(trim: Trim): Promise<void> {
    const losers = new Map<CursorPlace, CursorState>();
    for (const place of this.#cursors.values()) {
      const state = loseUntil(place.state, trim.end);
      if (state !== place.state) losers.set(place, state);
    }
    const losses = this.#losses.plan("log-full", await this.#countLost(trim));
    if (losers.size > 0) {
      const operations = [...losers].map(([place, state]) => put(cursorKey(place.name), encodeCursor(state)));
      await this.#database.write([...operations, ...losses.operations], { sync: false });
      for (const [place, lost] of losers) place.state = lost;
      losses.note();
    }
    const from = this.state.head;
    const state = { ...this.state, head: trim.head };
    // Where there is no cursor yet, the samples of the first are lost, and told with the deletion.
    const rest = losers.size > 0 ? [] : losses.operations;
    await this.#database.write([...trim.operations, ...rest, put(STATE_KEY, encodeState(state))], { sync: false });
    if (losers.size === 0) losses.note();
    this.state = state;
    this.#index.dropOldest(trim.blockCount);
    for (const id of trim.epochs) this.epochs.forget(id);
    this.#compactor.note({ blockCount: trim.blockCount, bytes: trim.bytes, from, to: trim.head });
  }

  /** Counts by series what goes although a cursor that keeps samples has not passed it. */
  async #countLost(trim: Trim): Promise<Map<SeriesId, SeriesLoss>> {
    const { needed } = this;
    const lowest = lowestOf(needed);
    const sum = new Map<SeriesId, SeriesLoss>();
    for (let position = 0; position < trim.blockCount; position += 1) {
      const entry = this.#index.at(position);
      if (entry === undefined || endOf(entry) <= lowest || entry.level === LEVEL_LOST) continue;
      const block = await this.#reader.read(entry);
      const lost = block === undefined ? countUnread(entry, needed) : countWhole(block, needed);
      addLosses(sum, lost, this.epochs.offsetOf(entry.epoch));
    }
    return sum;
  }

  /** Thins one block; one that would not become smaller is not asked again at this level. */
  async #thin(position: number): Promise<void> {
    const entry = this.#index.at(position);
    const block = entry && (await this.#reader.read(entry));
    const thinned = block && thinBlock(block, (series) => this.series.courseOf(series));
    if (entry === undefined) return;
    const level = entry.level + 1;
    const record = thinned && (await inTurns(this.#clock, encodeByColumn(thinned.block, level)));
    if (thinned === undefined || record === undefined || record.length >= entry.bytes) {
      await this.#exchange.raiseLevel(position);
      return;
    }
    const lost = new Map<SeriesId, SeriesLoss>();
    addLosses(lost, thinned.lost, this.epochs.offsetOf(entry.epoch));
    const losses = this.#losses.plan("thinned", lost);
    await this.#exchange.replace(
      position,
      1,
      describeBlock(thinned.block, record.length, level),
      record,
      losses.operations,
    );
    losses.note();
  }
}

function put(key: Uint8Array, value: Uint8Array): DatabaseOperation {
  return { type: "put", key, value };
}

/** Whether samples are missing that nobody knows to be lost. */
function hasUnreadable({ from, to, batch, missing }: LogSlice): boolean {
  return to - from > batch.count && missing === "unreadable";
}
