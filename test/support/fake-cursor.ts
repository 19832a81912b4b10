import { GatewayError } from "../../src/model/errors.ts";
import type {
  Cursor,
  CursorCounts,
  CursorStep,
  DeliveredMoments,
  Lane,
  LogSlice,
  SetAside,
  SetAsideStep,
} from "../../src/model/log.ts";
import type { LogCare } from "../../src/model/log-care.ts";
import { SampleBuilder } from "../../src/model/samples.ts";
import type { Series, SeriesId } from "../../src/model/series.ts";
import { isOfLeads, leadOf, summaryOf } from "../../src/model/thinning.ts";
import {
  type CursorState,
  countWaiting,
  type LaneBase,
  loseUntil,
  moveRejected,
  neededFrom,
  openCursorState,
  passStep,
} from "../../src/store/cursor-state.ts";
import { divideGap, leaveLanes } from "../../src/store/gaps.ts";

/** The leads of a series have the id that is so much higher. */
export const LEADS = 100_000;

/** A log in memory with one cursor, as much of the contract as forwarding needs, and faults on demand. */
export class FakeCursor implements Cursor {
  readonly name = "main";
  readonly ceilings: DeliveredMoments = new Map();
  readonly samples = new SampleBuilder();
  setAside: SetAside[] = [];
  readonly unreadable = new Set<number>();
  /** Where each read began, and whether it was that of a gap. */
  readonly reads: { readonly from: number; readonly isOfGap: boolean }[] = [];
  commits = 0;
  #state: CursorState = openCursorState(0, { sampled: 0, dropped: {} });
  #base: LaneBase = { position: 0 };
  #failingReads = 0;
  #failingCommits = 0;
  readonly #listeners = new Set<() => void>();

  get position(): number {
    return this.#state.position;
  }

  get end(): number {
    return this.samples.count;
  }

  get counts(): CursorCounts {
    return this.#state.counts;
  }

  get moments(): DeliveredMoments {
    return this.#state.moments;
  }

  get opening(): Cursor["opening"] {
    return this.#state.opening;
  }

  get spent(): Cursor["spent"] {
    return this.#state.spent;
  }

  get needed(): number {
    return neededFrom(this.#state);
  }

  get waiting(): number {
    return countWaiting(this.#state, this.end);
  }

  get gaps(): readonly Lane[] {
    return this.#state.gaps.map(({ end }) => this.#laneOf(end));
  }

  readonly momentOf = (sequence: number): number | undefined => this.samples.at[sequence];

  /** The oldest sample that the log holds. */
  head = 0;

  readonly page: LogCare["page"] = async ({ from, fromAt, toAt, series }) => {
    const batch = new SampleBuilder();
    const sequences: number[] = [];
    for (let row = Math.max(from, this.head); row < this.samples.count; row += 1) {
      const at = this.samples.at[row] ?? 0;
      if (at < fromAt || at > toAt || series?.has(this.samples.series[row] ?? 0) === false) continue;
      batch.pushAll(this.samples, row, row + 1);
      sequences.push(row);
    }
    return { batch, sequences, next: undefined, unreadable: 0 };
  };

  /** Ids of series that sum up others, by the ids of those. */
  readonly summaries = new Map<SeriesId, SeriesId>();

  readonly seriesOf = (id: SeriesId): Series => {
    const summarized = this.summaries.get(id);
    if (summarized !== undefined) return summaryOf(this.seriesOf(summarized));
    if (id >= LEADS) return leadOf(this.seriesOf(id - LEADS));
    return { metric: `metric.${id}`, tags: ["check:fake"], kind: "gauge", unit: "V" };
  };

  readonly defineSeries = (series: Series): SeriesId =>
    Number(series.metric.slice("metric.".length)) + (isOfLeads(series) ? LEADS : 0);

  /** Every series whose definition is not lost. */
  readonly series: LogCare["series"] = () =>
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].filter((id) => !this.namelessSeries.has(id)).map((id) => [id, this.seriesOf(id)]);
  readonly namelessSeries = new Set<number>();

  readonly wake = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Adds a sample; `publish` tells that it is durable. Units: `at` is milliseconds since 1970. */
  push(series: SeriesId, at: number, value: number, flags = 0): void {
    this.samples.push(series, at, value, flags);
  }

  publish(): void {
    for (const listener of this.#listeners) listener();
  }

  get listenerCount(): number {
    return this.#listeners.size;
  }

  failReads(count: number): void {
    this.#failingReads = count;
  }

  failCommits(count: number): void {
    this.#failingCommits = count;
  }

  /** Throws the oldest samples away, as a log does that is full; the reader learns of it with its next read. */
  trimTo(sequence: number): void {
    this.#state = loseUntil(this.#state, sequence);
  }

  async read(countMax: number): Promise<LogSlice> {
    return this.#read(countMax, this.position, this.end);
  }

  async commit(step: CursorStep): Promise<void> {
    await this.#commit(this.#base, step);
  }

  async leave(to: number): Promise<boolean> {
    return this.#change(leaveLanes(this.#state, to));
  }

  async divide(at: number): Promise<boolean> {
    return this.#change(divideGap(this.#state, at));
  }

  get setAsideHeld(): number {
    return this.setAside.length;
  }

  async readSetAside(): Promise<readonly SetAside[]> {
    return this.setAside;
  }

  async settleSetAside({ delivered, collapsed, refused }: SetAsideStep): Promise<void> {
    this.#failIfAsked();
    const gone = new Set([...delivered, ...collapsed]);
    this.setAside = this.setAside
      .filter(({ sequence }) => !gone.has(sequence))
      .map((sample) => refused.find(({ sequence }) => sequence === sample.sequence) ?? sample);
    this.#state = moveRejected(this.#state, delivered.length, collapsed.length);
  }

  #laneOf(gapEnd: number): Lane {
    const gap = () => this.#state.gaps.find(({ end }) => end === gapEnd);
    return {
      end: gapEnd,
      get position() {
        return gap()?.position ?? gapEnd;
      },
      get moments() {
        return gap()?.moments ?? new Map();
      },
      get ceilings() {
        return gap()?.ceilings ?? new Map();
      },
      read: (countMax) => this.#read(countMax, gap()?.position ?? gapEnd, gapEnd),
      commit: (step) => this.#commit({ ...this.#base, gapEnd }, step),
    };
  }

  async #read(countMax: number, from: number, end: number): Promise<LogSlice> {
    if (this.#failingReads > 0) {
      this.#failingReads -= 1;
      throw new GatewayError("STORE_FAILED", "the disk does not answer");
    }
    this.#base = { position: from };
    this.reads.push({ from, isOfGap: from < this.position });
    const batch = new SampleBuilder(countMax);
    const sequences: number[] = [];
    let to = from;
    for (; to < end && to - from < countMax; to += 1) {
      if (this.unreadable.has(to)) continue;
      batch.pushAll(this.samples, to, to + 1);
      sequences.push(to);
    }
    return { from, to, batch, sequences: Float64Array.from(sequences), missing: "unreadable" };
  }

  async #commit(base: LaneBase, step: CursorStep): Promise<void> {
    this.#failIfAsked();
    this.#state = passStep(this.#state, base, step);
    this.setAside.push(...step.setAside);
    this.#base = { position: step.to };
    this.commits += 1;
  }

  #change(next: CursorState | undefined): boolean {
    this.#failIfAsked();
    if (next !== undefined) this.#state = next;
    return next !== undefined;
  }

  #failIfAsked(): void {
    if (this.#failingCommits === 0) return;
    this.#failingCommits -= 1;
    throw new GatewayError("STORE_FAILED", "the disk is full");
  }
}
