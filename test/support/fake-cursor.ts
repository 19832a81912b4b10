import assert from "node:assert/strict";
import { GatewayError } from "../../src/model/errors.ts";
import type { Cursor, CursorCounts, CursorStep, LogSlice, SetAside } from "../../src/model/log.ts";
import { SampleBuilder } from "../../src/model/samples.ts";
import type { Series, SeriesId } from "../../src/model/series.ts";

/** A log in memory with one cursor, as much of the contract as forwarding needs, and faults on demand. */
export class FakeCursor implements Cursor {
  readonly name = "main";
  readonly opening = { sequence: 0, tally: { sampled: 0, dropped: {} } };
  readonly samples = new SampleBuilder();
  readonly setAside: SetAside[] = [];
  readonly unreadable = new Set<number>();
  position = 0;
  counts: CursorCounts = {
    delivered: 0,
    collapsed: 0,
    tooOld: 0,
    logFull: 0,
    unreadable: 0,
    rejected: 0,
    thinned: 0,
  };
  moments: ReadonlyMap<SeriesId, number> = new Map();
  commits = 0;
  #readerAt = 0;
  #failingReads = 0;
  #failingCommits = 0;
  readonly #listeners = new Set<() => void>();

  /** Samples that the cursor has not passed. */
  get waiting(): number {
    return this.samples.count - this.position;
  }

  readonly seriesOf = (id: SeriesId): Series => ({
    metric: `metric.${id}`,
    tags: ["check:fake"],
    kind: "gauge",
    unit: "V",
  });

  readonly wake = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Adds a sample; `publish` tells that it is durable. Units: `at` is milliseconds since 1970. */
  push(series: SeriesId, at: number, value: number): void {
    this.samples.push(series, at, value, 0);
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
    if (sequence <= this.position) return;
    this.counts = { ...this.counts, logFull: this.counts.logFull + sequence - this.position };
    this.position = sequence;
  }

  async read(countMax: number): Promise<LogSlice> {
    if (this.#failingReads > 0) {
      this.#failingReads -= 1;
      throw new GatewayError("STORE_FAILED", "the disk does not answer");
    }
    this.#readerAt = this.position;
    const batch = new SampleBuilder(countMax);
    const sequences: number[] = [];
    let to = this.position;
    for (; to < this.samples.count && batch.count < countMax; to += 1) {
      if (this.unreadable.has(to)) continue;
      batch.pushAll(this.samples, to, to + 1);
      sequences.push(to);
    }
    return { from: this.position, to, batch, sequences: Float64Array.from(sequences), missing: "unreadable" };
  }

  async commit({ to, counts, moments, setAside }: CursorStep): Promise<void> {
    const counted = Object.values(counts).reduce((sum, count) => sum + count, 0);
    assert.equal(counted, to - this.#readerAt, "the counts of a step must add up to its distance");
    if (this.#failingCommits > 0) {
      this.#failingCommits -= 1;
      throw new GatewayError("STORE_FAILED", "the disk is full");
    }
    const total = { ...this.counts };
    for (const key of Object.keys(total) as (keyof CursorCounts)[]) total[key] += counts[key] ?? 0;
    total.logFull -= Math.min(this.position, to) - this.#readerAt;
    this.counts = total;
    this.moments = moments;
    this.setAside.push(...setAside);
    this.position = Math.max(this.position, to);
    this.#readerAt = to;
    this.commits += 1;
  }
}
