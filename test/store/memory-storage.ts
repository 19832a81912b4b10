/** Samples and cursors in plain arrays: the model that the LevelDB storage is tested against. */

import type { EarlierRun, LogSlice, Loss, Sequence, SetAside } from "../../src/model/log.ts";
import type { CursorReport, Inspection, LevelSurvey, LogPage, PageQuery } from "../../src/model/log-care.ts";
import { type SampleBatch, SampleBuilder } from "../../src/model/samples.ts";
import type { SeriesId } from "../../src/model/series.ts";
import { addTallies } from "../../src/model/tally.ts";
import type { Clock } from "../../src/model/time.ts";
import type { Block } from "../../src/store/block.ts";
import { BlockIndex, describeBlock, LEVEL_SEALED, LEVEL_SMALL } from "../../src/store/block-index.ts";
import { surveyBlocks } from "../../src/store/block-survey.ts";
import { PAGE_ROWS_MAX, sortByMoment } from "../../src/store/block-walk.ts";
import { SET_ASIDE_MAX } from "../../src/store/cursor-record.ts";
import { reportCursors } from "../../src/store/cursor-report.ts";
import {
  type CursorPlace,
  type CursorState,
  loseUntil,
  neededFrom,
  openCursorState,
} from "../../src/store/cursor-state.ts";
import { EpochTable } from "../../src/store/epochs.ts";
import { joinStretches, lowestOf, type Stretch } from "../../src/store/gaps.ts";
import { type EventChange, HeldEvents } from "../../src/store/held-events.ts";
import type { LogStorage, SetAsideChange } from "../../src/store/log-storage.ts";
import { LossLedger } from "../../src/store/loss-ledger.ts";
import type { Segment } from "../../src/store/pending.ts";
import { countOutlived, countPassed, planRoom } from "../../src/store/retention.ts";
import { findSealable, sumBytes } from "../../src/store/sealing.ts";
import { SeriesTable } from "../../src/store/series-table.ts";
import type { StampedServiceCheck } from "../../src/store/service-check-record.ts";
import { EMPTY_STATE, type LogState } from "../../src/store/state-record.ts";
import type { StorageLimits } from "../../src/store/storage-limits.ts";
import { encodeStoredBlock, joinBlocks } from "../../src/store/stored-block.ts";
import { countWhole, type SeriesLoss, thinBlock } from "../../src/store/thinning.ts";

/** Keeps a log until the process ends. */
export class MemoryStorage implements LogStorage {
  state: LogState = EMPTY_STATE;
  readonly series = new SeriesTable();
  epochs: EpochTable;
  readonly events = new HeldEvents();
  earlier: EarlierRun | undefined;
  readonly holding = undefined;
  readonly written = { writes: 0, syncs: 0, bytes: 0 };
  limits: StorageLimits;
  #clock: Clock;
  readonly #index = new BlockIndex();
  readonly #blocks = new Map<Sequence, Block>();
  readonly #ledger = new LossLedger();
  readonly #cursors = new Map<string, CursorPlace>();
  readonly #setAside = new Map<string, Map<number, SetAside>>();
  readonly #serviceChecks = new Map<string, StampedServiceCheck>();
  #keepers: ReadonlySet<string> | undefined;

  constructor(clock: Clock, limits: StorageLimits) {
    this.#clock = clock;
    this.epochs = new EpochTable(clock, new Map(), 0);
    this.limits = limits;
  }

  /** Begins another process on the same samples: its clock starts an epoch of its own. */
  restart(clock: Clock): void {
    this.#clock = clock;
    this.#keepers = undefined;
    let next = 0;
    for (let at = 0; at < this.#index.length; at += 1) next = Math.max(next, (this.#index.epochAt(at) ?? 0) + 1);
    this.epochs = new EpochTable(clock, new Map(), next);
  }

  get bytes(): number {
    return this.#index.bytes;
  }

  get blockCount(): number {
    return this.#index.length;
  }

  get losses(): readonly Loss[] {
    return this.#ledger.list();
  }

  get oldestAt(): number | undefined {
    return this.momentOf(this.state.head);
  }

  get serviceChecks(): readonly StampedServiceCheck[] {
    return [...this.#serviceChecks.values()];
  }

  get needed(): readonly Stretch[] {
    const keeping = this.#keeping();
    return keeping.length === 0 ? [{ from: 0, to: Number.POSITIVE_INFINITY }] : joinStretches(keeping);
  }

  /** The refused samples that are kept of a cursor, oldest first. */
  setAsideOf(name: string): readonly SetAside[] {
    return [...(this.#setAside.get(name)?.values() ?? [])].sort((one, other) => one.sequence - other.sequence);
  }

  momentOf(sequence: Sequence): number | undefined {
    const entry = sequence < this.state.end ? this.#index.reaching(sequence) : undefined;
    if (entry === undefined) return undefined;
    const part = Math.max(0, sequence - entry.first) / entry.span;
    const offset = this.epochs.presentOffsetOf(entry.epoch);
    return offset === undefined ? undefined : entry.minAt + Math.floor((entry.maxAt - entry.minAt) * part) + offset;
  }

  keepFor(cursorNames: readonly string[]): void {
    this.#keepers = new Set(cursorNames);
  }

  async commitSegment(segment: Segment): Promise<void> {
    const first = this.state.end;
    const { count } = segment.rows;
    let { tally } = segment;
    let end = first;
    if (count > 0) {
      const batch = new SampleBuilder(count);
      batch.pushAll(segment.rows);
      const block = { first, span: count, epoch: segment.epoch, batch };
      const { length } = encodeStoredBlock(block, LEVEL_SMALL);
      if (this.#makeRoom(length)) {
        this.#blocks.set(first, block);
        this.#index.push(describeBlock(block, length, LEVEL_SMALL));
        end += count;
      } else tally = addTallies(tally, { sampled: 0, dropped: { "log-full": count } });
    }
    this.events.planPut(segment.events.map((event) => ({ event, epoch: segment.epoch }))).settle();
    this.#live(false);
    for (const [identity, check] of segment.serviceChecks) {
      this.#serviceChecks.set(identity, { check, epoch: segment.epoch });
    }
    this.state = {
      head: this.#index.at(0)?.first ?? end,
      end,
      seriesCount: this.series.count,
      tally: addTallies(this.state.tally, tally),
    };
  }

  async sync(): Promise<void> {}

  async placeEpochs(): Promise<void> {
    await this.epochs.settle(async () => undefined);
  }

  async prepareSeal(): Promise<(() => Promise<void>) | undefined> {
    if (findSealable(this.#index, this.limits.sealing) === undefined) return undefined;
    return async () => {
      const run = findSealable(this.#index, this.limits.sealing);
      if (run === undefined) return;
      const blocks: Block[] = [];
      for (let offset = 0; offset < run.blockCount; offset += 1) blocks.push(this.#blockAt(run.position + offset));
      const block = joinBlocks(blocks);
      const { length } = encodeStoredBlock(block, LEVEL_SEALED);
      if (length > sumBytes(this.#index, run.position, run.blockCount)) this.#raiseLevel(run.position);
      else this.#replace(run.position, run.blockCount, block, LEVEL_SEALED);
    };
  }

  async openCursor(name: string): Promise<CursorPlace> {
    const known = this.#cursors.get(name);
    if (known !== undefined) return known;
    const place = { name, state: openCursorState(this.state.head, this.state.tally) };
    this.#cursors.set(name, place);
    return place;
  }

  async slice(from: Sequence, to: Sequence): Promise<LogSlice> {
    const missing = "thinned";
    const batch = new SampleBuilder(to - from);
    const sequences: number[] = [];
    for (const { first, batch: rows, offsets } of this.#placed()) {
      for (let row = 0; row < rows.count; row += 1) {
        const sequence = first + (offsets?.[row] ?? row);
        if (sequence < from || sequence >= to) continue;
        batch.pushAll(rows, row, row + 1);
        sequences.push(sequence);
      }
    }
    return { from, to, batch, sequences: Float64Array.from(sequences), missing };
  }

  async commitCursor(place: CursorPlace, next: CursorState, setAside: readonly SetAside[]): Promise<void> {
    const kept = this.#setAside.get(place.name) ?? new Map<number, SetAside>();
    for (const [index, sample] of setAside.entries()) kept.set(place.state.setAsideCount + index, sample);
    for (const number of kept.keys()) if (number < next.setAsideCount - SET_ASIDE_MAX) kept.delete(number);
    this.#setAside.set(place.name, kept);
    place.state = next;
    await this.expireHistory();
  }

  heldSetAside(name: string): ReadonlySet<Sequence> {
    return new Set(this.setAsideOf(name).map(({ sequence }) => sequence));
  }

  async readSetAside(name: string): Promise<readonly SetAside[]> {
    return this.setAsideOf(name);
  }

  async commitSetAside(name: string, next: CursorState | undefined, { gone, changed }: SetAsideChange): Promise<void> {
    const kept = this.#setAside.get(name) ?? new Map<number, SetAside>();
    for (const [number, { sequence }] of kept) {
      const sample = changed.find((each) => each.sequence === sequence);
      if (gone.has(sequence)) kept.delete(number);
      else if (sample !== undefined) kept.set(number, sample);
    }
    const place = this.#cursors.get(name);
    if (place !== undefined && next !== undefined) place.state = next;
  }

  async range(series: SeriesId, from: number, to: number): Promise<SampleBatch> {
    const found = new SampleBuilder();
    for (const { batch: rows } of this.#placed()) {
      for (let row = 0; row < rows.count; row += 1) {
        const at = rows.at[row] ?? 0;
        if (rows.series[row] === series && at >= from && at <= to) found.pushAll(rows, row, row + 1);
      }
    }
    return sortByMoment(found);
  }

  survey(): readonly LevelSurvey[] {
    return surveyBlocks(this.#index, this.epochs);
  }

  listCursors(): readonly CursorReport[] {
    return reportCursors(this, this.#cursors.values(), this.#keepers);
  }

  async dropCursor(name: string): Promise<void> {
    this.#cursors.delete(name);
    this.#setAside.delete(name);
    await this.expireHistory();
  }

  async page({ from, fromAt, toAt, series }: PageQuery): Promise<LogPage> {
    const found = new SampleBuilder();
    const sequences: Sequence[] = [];
    for (const { first, batch: rows, offsets } of this.#placed()) {
      for (let row = 0; row < rows.count; row += 1) {
        const sequence = first + (offsets?.[row] ?? row);
        const at = rows.at[row] ?? 0;
        if (sequence < from || at < fromAt || at > toAt || series?.has(rows.series[row] ?? 0) === false) continue;
        if (found.count === PAGE_ROWS_MAX) return { batch: found, sequences, next: sequence, unreadable: 0 };
        sequences.push(sequence);
        found.pushAll(rows, row, row + 1);
      }
    }
    return { batch: found, sequences, next: undefined, unreadable: 0 };
  }

  async check(): Promise<boolean> {
    return false;
  }

  /** Memory is not damaged. */
  async inspect(): Promise<Inspection> {
    const sampleCount = this.#placed().reduce((sum, { batch }) => sum + batch.count, 0);
    return { blockCount: this.#index.length, sampleCount, findings: [], next: undefined };
  }

  async commitEvents(change: EventChange): Promise<void> {
    change.settle();
  }

  async close(isClean: boolean): Promise<void> {
    if (isClean) this.#live(true);
  }

  #live(isClean: boolean): void {
    const aliveAt = this.#clock.isTrusted() ? this.#clock.now() : this.earlier?.aliveAt;
    this.earlier = { aliveAt, isClean, findings: [] };
  }

  #keeping(): readonly CursorState[] {
    const keepers = this.#keepers;
    const places = [...this.#cursors.values()].filter(({ name }) => keepers === undefined || keepers.has(name));
    return places.map(({ state }) => state);
  }

  /** Of the cursors that keep samples; without one, everything is kept for the first. */
  #positions(): readonly Sequence[] {
    const keeping = this.#keeping();
    return keeping.length === 0 ? [0] : keeping.map(neededFrom);
  }

  /** The blocks as readers see them. */
  #placed(): Block[] {
    return Array.from({ length: this.#index.length }, (_, position) => {
      const block = this.#blockAt(position);
      const offset = this.epochs.offsetOf(block.epoch);
      const { kept, added } = this.epochs.flagsOf(block.epoch);
      const { series, at, value, flags, count } = block.batch;
      const batch = new SampleBuilder(count);
      for (let row = 0; row < count; row += 1) {
        const flag = ((flags[row] ?? 0) & kept) | added;
        batch.push(series[row] ?? 0, (at[row] ?? 0) + offset, value[row] ?? 0, flag);
      }
      return { ...block, batch };
    });
  }

  #blockAt(position: number): Block {
    const block = this.#blocks.get(this.#index.firstAt(position) ?? -1);
    if (block === undefined) throw new Error(`there is no block at ${position}`);
    return block;
  }

  #makeRoom(byteCount: number): boolean {
    const { maxBytes, whenFull } = this.limits;
    for (;;) {
      const step = planRoom(this.#index, Math.max(0, maxBytes - byteCount), this.#positions(), whenFull);
      if (step === undefined) return true;
      if (step.do === "refuse") return false;
      if (step.do === "drop") this.#drop(step.blockCount);
      else this.#thin(step.position);
    }
  }

  #thin(position: number): void {
    const level = (this.#index.levelAt(position) ?? 0) + 1;
    const thinned = thinBlock(this.#blockAt(position), (series) => this.series.courseOf(series));
    const bytes = this.#index.bytesAt(position) ?? 0;
    if (thinned === undefined || encodeStoredBlock(thinned.block, level).length >= bytes) {
      this.#raiseLevel(position);
      return;
    }
    this.#ledger.plan("thinned", thinned.lost).note();
    this.#replace(position, 1, thinned.block, level);
  }

  #raiseLevel(position: number): void {
    const entry = this.#index.at(position);
    if (entry !== undefined) this.#index.replace(position, 1, { ...entry, level: entry.level + 1 });
  }

  #replace(position: number, blockCount: number, block: Block, level: number): void {
    for (let offset = 0; offset < blockCount; offset += 1) this.#blocks.delete(this.#blockAt(position + offset).first);
    this.#blocks.set(block.first, block);
    this.#index.replace(position, blockCount, describeBlock(block, encodeStoredBlock(block, level).length, level));
  }

  async expireHistory(): Promise<void> {
    if (this.#clock.isTrusted()) await this.placeEpochs();
    const passed = countPassed(this.#index, lowestOf(this.needed));
    this.#drop(countOutlived(this.#index, this.epochs, passed, this.#clock.now(), this.limits));
  }

  #drop(blockCount: number): void {
    if (blockCount === 0) return;
    const { needed } = this;
    for (let position = 0; position < blockCount; position += 1) {
      const block = this.#blockAt(position);
      const lost: ReadonlyMap<SeriesId, SeriesLoss> = countWhole(block, needed);
      this.#ledger.plan("log-full", lost).note();
      const end = block.first + block.span;
      for (const place of this.#cursors.values()) place.state = loseUntil(place.state, end);
      this.#blocks.delete(block.first);
    }
    this.#index.dropOldest(blockCount);
    this.state = { ...this.state, head: this.#index.at(0)?.first ?? this.state.end };
  }
}
