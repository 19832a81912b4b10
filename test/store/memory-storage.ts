/** Samples and cursors in plain arrays: the model that the LevelDB storage is tested against. */

import type { CursorStep, EarlierRun, LogSlice, Sequence, SetAside } from "../../src/model/log.ts";
import type { ServiceCheck } from "../../src/model/note.ts";
import { type SampleBatch, SampleBuilder } from "../../src/model/samples.ts";
import type { SeriesId } from "../../src/model/series.ts";
import { addTallies } from "../../src/model/tally.ts";
import type { Clock } from "../../src/model/time.ts";
import { encodeBlock } from "../../src/store/block.ts";
import { sortByMoment } from "../../src/store/block-walk.ts";
import { SET_ASIDE_MAX } from "../../src/store/cursor-record.ts";
import { type CursorPlace, loseUntil, openCursorState, passStep } from "../../src/store/cursor-state.ts";
import { EpochTable } from "../../src/store/epochs.ts";
import { type EventChange, HeldEvents } from "../../src/store/held-events.ts";
import type { LogStorage } from "../../src/store/log-storage.ts";
import type { Segment } from "../../src/store/pending.ts";
import { SeriesTable } from "../../src/store/series-table.ts";
import { EMPTY_STATE, type LogState } from "../../src/store/state-record.ts";

interface MemoryBlock {
  readonly first: Sequence;
  readonly end: Sequence;
  readonly epoch: number;
  readonly rows: SampleBatch;
  /** What it would take on disk, so that the size limit means the same. */
  readonly bytes: number;
}

/** Keeps a log until the process ends. */
export class MemoryStorage implements LogStorage {
  state: LogState = EMPTY_STATE;
  readonly series = new SeriesTable();
  readonly epochs: EpochTable;
  readonly events = new HeldEvents();
  earlier: EarlierRun | undefined;
  /** What it may hold. Units: bytes. */
  bytesMax: number;
  readonly #clock: Clock;
  readonly #cursors = new Map<string, CursorPlace>();
  readonly #setAside = new Map<string, SetAside[]>();
  readonly #serviceChecks = new Map<string, ServiceCheck>();
  #blocks: MemoryBlock[] = [];

  constructor(clock: Clock, bytesMax: number) {
    this.epochs = new EpochTable(clock, new Map(), 0);
    this.bytesMax = bytesMax;
    this.#clock = clock;
  }

  get bytes(): number {
    return this.#blocks.reduce((sum, block) => sum + block.bytes, 0);
  }

  get oldestAt(): number | undefined {
    const oldest = this.#blocks[0];
    if (oldest === undefined) return undefined;
    const { at, count } = this.#placed(oldest);
    return at.subarray(0, count).reduce((one, other) => Math.min(one, other));
  }

  get serviceChecks(): readonly ServiceCheck[] {
    return [...this.#serviceChecks.values()];
  }

  /** The refused samples that are kept of a cursor, oldest first. */
  setAsideOf(name: string): readonly SetAside[] {
    return this.#setAside.get(name) ?? [];
  }

  async placeEpochs(): Promise<void> {
    await this.epochs.settle(async () => undefined);
  }

  async commitSegment(segment: Segment): Promise<void> {
    const first = this.state.durable;
    const end = first + segment.rows.count;
    if (end > first) {
      const rows = new SampleBuilder(segment.rows.count);
      rows.pushAll(segment.rows);
      const { length } = encodeBlock(first, segment.epoch, rows);
      this.#makeRoom(length);
      this.#blocks.push({ first, end, epoch: segment.epoch, rows, bytes: length });
    }
    this.events.planPut(segment.events).settle();
    this.#live(false);
    for (const [identity, check] of segment.serviceChecks) this.#serviceChecks.set(identity, check);
    this.state = {
      head: this.#blocks[0]?.first ?? end,
      durable: end,
      seriesCount: this.series.count,
      tally: addTallies(this.state.tally, segment.tally),
    };
  }

  async openCursor(name: string): Promise<CursorPlace> {
    const known = this.#cursors.get(name);
    if (known !== undefined) return known;
    const place = { name, state: openCursorState(this.state.head, this.state.tally) };
    this.#cursors.set(name, place);
    return place;
  }

  async readCursor(place: CursorPlace, countMax: number): Promise<LogSlice> {
    const from = place.state.position;
    const to = Math.min(from + countMax, this.state.durable);
    const batch = new SampleBuilder(to - from);
    for (const block of this.#blocks) {
      const { first, end } = block;
      if (first < to && end > from)
        batch.pushAll(this.#placed(block), Math.max(from, first) - first, Math.min(to, end) - first);
    }
    const sequences = Float64Array.from({ length: batch.count }, (_, row) => from + row);
    return { from, to, batch, sequences, unreadable: 0 };
  }

  async commitCursor(place: CursorPlace, base: Sequence, step: CursorStep): Promise<void> {
    place.state = passStep(place.state, base, step);
    this.#setAside.set(place.name, [...this.setAsideOf(place.name), ...step.setAside].slice(-SET_ASIDE_MAX));
    const lowest = Math.min(...[...this.#cursors.values()].map(({ state }) => state.position));
    this.#blocks = this.#blocks.filter(({ end }) => end > lowest);
    this.state = { ...this.state, head: this.#blocks[0]?.first ?? this.state.durable };
  }

  async range(series: SeriesId, from: number, to: number): Promise<SampleBatch> {
    const found = new SampleBuilder();
    for (const block of this.#blocks) {
      const rows = this.#placed(block);
      for (let row = 0; row < rows.count; row += 1) {
        const at = rows.at[row] ?? 0;
        if (rows.series[row] === series && at >= from && at <= to) found.pushAll(rows, row, row + 1);
      }
    }
    return sortByMoment(found);
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

  /** The rows of a block as readers see them. */
  #placed({ epoch, rows }: MemoryBlock): SampleBatch {
    const placed = new SampleBuilder(rows.count);
    const offset = this.epochs.offsetOf(epoch);
    const { kept, added } = this.epochs.flagsOf(epoch);
    for (let row = 0; row < rows.count; row += 1) {
      const flags = ((rows.flags[row] ?? 0) & kept) | added;
      placed.push(rows.series[row] ?? 0, (rows.at[row] ?? 0) + offset, rows.value[row] ?? 0, flags);
    }
    return placed;
  }

  #makeRoom(byteCount: number): void {
    while (this.#blocks.length > 0 && this.bytes + byteCount > this.bytesMax) {
      const lost = this.#blocks.shift();
      for (const place of this.#cursors.values()) place.state = loseUntil(place.state, lost?.end ?? 0);
    }
  }
}
