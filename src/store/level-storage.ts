/**
 * Samples and cursors in LevelDB. Each change is one write that holds everything the change means: a block comes with
 * its index record, its counts and its series. Memory follows only when the write has succeeded. Writes that are not
 * synced keep their order, so a power cut takes the latest of them.
 */

import { GatewayError } from "../model/errors.ts";
import type { EarlierRun, LogSlice, Loss, Sequence, SetAside, WriteCounts } from "../model/log.ts";
import type { CursorReport, Inspection, LevelSurvey, LogPage, PageQuery } from "../model/log-care.ts";
import type { SampleBatch } from "../model/samples.ts";
import type { SeriesId } from "../model/series.ts";
import { addTallies } from "../model/tally.ts";
import type { Clock, EpochMillis } from "../model/time.ts";
import type { DatabaseOperation } from "../platform/level-database.ts";
import { BlockExchange } from "./block-exchange.ts";
import { type BlockEntry, type BlockIndex, describeBlock, endOf, LEVEL_LOST, LEVEL_SMALL } from "./block-index.ts";
import { BlockMender } from "./block-mender.ts";
import { putBlock } from "./block-operations.ts";
import { surveyBlocks } from "./block-survey.ts";
import { BlockReader } from "./block-walk.ts";
import { type CursorPlace, type CursorState, lastDelivered } from "./cursor-state.ts";
import { EpochTable } from "./epochs.ts";
import type { Stretch } from "./gaps.ts";
import { type EventChange, HeldEvents } from "./held-events.ts";
import type { Holding, HoldingDatabase } from "./holding-database.ts";
import { blockKey } from "./keys.ts";
import { lifeOperation } from "./life-record.ts";
import type { LogStorage, SetAsideChange } from "./log-storage.ts";
import { LossLedger } from "./loss-ledger.ts";
import type { Segment } from "./pending.ts";
import type { RecoveredLog } from "./recovery.ts";
import { Compactor } from "./retention.ts";
import { RoomMaker } from "./room-maker.ts";
import { prepareSeal, type SealParts } from "./sealer.ts";
import { SeriesTable } from "./series-table.ts";
import { type StampedServiceCheck, serviceCheckIdentity, serviceCheckOperation } from "./service-check-record.ts";
import { type LogState, stateOperation } from "./state-record.ts";
import type { StorageLimits } from "./storage-limits.ts";
import { encodeStoredBlock } from "./stored-block.ts";
import { StoredCursors } from "./stored-cursors.ts";

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
  readonly #losses: LossLedger;
  readonly #cursors: StoredCursors;
  readonly #reader: BlockReader;
  readonly #mender: BlockMender;
  readonly #sealing: SealParts;
  readonly #room: RoomMaker;
  /** Of each service check that is kept. */
  readonly #checkEpochs = new Map<string, number>();
  #aliveAt: EpochMillis | undefined;

  constructor(database: HoldingDatabase, clock: Clock, limits: StorageLimits, recovered: RecoveredLog) {
    const { index } = recovered;
    this.#database = database;
    this.#clock = clock;
    this.#limits = limits;
    this.#index = index;
    this.state = recovered.state;
    this.series = new SeriesTable(recovered.series);
    const deliveredUntil = lastDelivered(recovered.cursors.values());
    this.epochs = new EpochTable(clock, recovered.epochs, recovered.nextEpoch, deliveredUntil);
    this.serviceChecks = recovered.serviceChecks;
    for (const { check, epoch } of recovered.serviceChecks) {
      if (epoch !== undefined) this.#checkEpochs.set(serviceCheckIdentity(check), epoch);
    }
    this.events = new HeldEvents(recovered.events);
    this.earlier = recovered.earlier;
    this.#aliveAt = recovered.earlier?.aliveAt;
    const { epochs, series } = this;
    const losses = new LossLedger(recovered.losses);
    const cursors = new StoredCursors(database, recovered);
    const reader = new BlockReader(database, index, epochs, series);
    const compactor = new Compactor(database);
    const exchange = new BlockExchange(database, index, reader, compactor);
    this.#losses = losses;
    this.#cursors = cursors;
    this.#reader = reader;
    this.#mender = new BlockMender(database, index, epochs, series, losses, limits.quarantine);
    this.#sealing = { clock, index, reader, exchange };
    const noteEpochs = () => [...this.events.epochs, ...this.#checkEpochs.values()];
    const held = { log: this, epochs, series, cursors, losses, noteEpochs };
    this.#room = new RoomMaker({ ...this.#sealing, ...held, database, limits, compactor });
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
    const hasRoom = record === undefined || (await this.#room.make(record.length));

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
    await this.#database.write([...operations, stateOperation(state)], { sync: isSynced });
    this.state = state;
    this.series.markDurable(seriesCount);
    events.settle();
    for (const identity of segment.serviceChecks.keys()) this.#checkEpochs.set(identity, epoch);
    if (namesEpoch) this.epochs.markDurable(epoch);
    if (entry !== undefined) this.#index.push(entry);
  }

  async commitEvents(change: EventChange): Promise<void> {
    if (change.operations.length > 0) await this.#database.write(change.operations, { sync: true });
    change.settle();
  }

  /** The write that shows the next run how long this one lived. A clock that is not set tells no moment. */
  #showLife(isClean: boolean): DatabaseOperation {
    if (this.#clock.isTrusted()) this.#aliveAt = this.#clock.now();
    return lifeOperation({ aliveAt: this.#aliveAt, isClean });
  }

  /** LevelDB syncs what came before along with a write, so it is given the smallest there is. */
  async sync(): Promise<void> {
    await this.#database.write([stateOperation(this.state)], { sync: true });
  }

  /** A failure costs nothing: it is planned again with the next write. */
  async expireHistory(): Promise<void> {
    try {
      const isRight = this.#clock.isTrusted();
      if (isRight) await this.placeEpochs();
      await this.#room.expire(isRight);
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
    }
  }

  async prepareSeal(): Promise<(() => Promise<void>) | undefined> {
    return this.holding === undefined ? await prepareSeal(this.#sealing, this.#limits.sealing) : undefined;
  }

  keepFor(cursorNames: readonly string[]): void {
    this.#cursors.keepFor(cursorNames);
  }

  get needed(): readonly Stretch[] {
    return this.#cursors.needed;
  }

  async openCursor(name: string): Promise<CursorPlace> {
    return await this.#cursors.open(name, this.state);
  }

  async commitCursor(
    place: CursorPlace,
    next: CursorState,
    setAside: readonly SetAside[],
    isSynced: boolean,
  ): Promise<void> {
    await this.#cursors.commit(place, next, setAside, isSynced);
    await this.expireHistory();
  }

  heldSetAside(name: string): ReadonlySet<Sequence> {
    return this.#cursors.heldSetAside(name);
  }

  async readSetAside(name: string): Promise<readonly SetAside[]> {
    return await this.#cursors.readSetAside(name);
  }

  async commitSetAside(
    name: string,
    next: CursorState | undefined,
    change: SetAsideChange,
    isSynced: boolean,
  ): Promise<void> {
    await this.#cursors.commitSetAside(name, next, change, isSynced);
  }

  async dropCursor(name: string): Promise<void> {
    await this.#cursors.drop(name);
    await this.expireHistory();
  }

  listCursors(): readonly CursorReport[] {
    return this.#cursors.report(this);
  }

  async slice(from: Sequence, to: Sequence): Promise<LogSlice> {
    let slice = await this.#reader.slice(from, to);
    if (hasUnreadable(slice) && (await this.#mendBelow(slice))) slice = await this.#reader.slice(from, to);
    if (hasUnreadable(slice)) await this.#mender.writeOff(slice);
    return slice;
  }

  async range(series: SeriesId, from: number, to: number): Promise<SampleBatch> {
    return await this.#reader.range(series, from, to);
  }

  async page(query: PageQuery): Promise<LogPage> {
    const page = await this.#reader.page(query);
    const asked = { from: query.from, to: page.next ?? this.state.end };
    return page.unreadable > 0 && (await this.#mendBelow(asked)) ? await this.#reader.page(query) : page;
  }

  /** What cannot be read may be a bit that can be turned back. Gives whether something was mended. */
  async #mendBelow({ from, to }: Pick<LogSlice, "from" | "to">): Promise<boolean> {
    const keys = { from: blockKey(this.#index.reaching(from)?.first ?? from), to: blockKey(to) };
    if (!(await this.#database.check({ keys, pause: () => this.#clock.turn() }))) return false;
    await this.sync();
    return true;
  }

  survey(): readonly LevelSurvey[] {
    return surveyBlocks(this.#index, this.epochs);
  }

  async check(): Promise<boolean> {
    return await this.#database.check({ pause: () => this.#clock.turn() });
  }

  async inspect(from: Sequence, isRepairing: boolean): Promise<Inspection> {
    return await this.#mender.inspect(from, this.state.end, isRepairing);
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
}

/** Whether samples are missing that nobody knows to be lost. */
function hasUnreadable({ from, to, batch, missing }: LogSlice): boolean {
  return to - from > batch.count && missing === "unreadable";
}
