/** Looks at blocks one by one: whether they can be read, and whether all that is known of them agrees. */

import type { Sequence } from "../model/log.ts";
import { type Finding, type Inspection, type SeriesCount, UNKNOWN_SERIES } from "../model/log-care.ts";
import type { Database } from "../platform/level-database.ts";
import type { Block } from "./block.ts";
import {
  type BlockEntry,
  type BlockIndex,
  decodeIndexRecord,
  describeBlock,
  endOf,
  LEVEL_LOST,
} from "./block-index.ts";
import type { EpochTable } from "./epochs.ts";
import { blockKey, indexKey, sequenceOfKey } from "./keys.ts";
import { versionOf } from "./record.ts";
import type { SeriesTable } from "./series-table.ts";
import { countRows, decodeStoredBlock, levelOf, readClaimedSeries } from "./stored-block.ts";

/** Blocks and rows of one inspection: it must not keep others from the log for long. */
const BLOCKS_MAX = 64;
const ROWS_MAX = 65_536;

/** Something found, with what mending it takes. */
export interface Flaw {
  readonly finding: Finding;
  /** The record of the block; undefined when there is none. */
  readonly bytes: Uint8Array | undefined;
  /** What the index should say; undefined where no block is to be described. */
  readonly entry: BlockEntry | undefined;
}

/** Inspects the blocks of one log. Errors: `STORE_FAILED`. */
export class Inspector {
  readonly #database: Database;
  readonly #index: BlockIndex;
  readonly #epochs: EpochTable;
  readonly #series: SeriesTable;

  constructor(database: Database, index: BlockIndex, epochs: EpochTable, series: SeriesTable) {
    this.#database = database;
    this.#index = index;
    this.#epochs = epochs;
    this.#series = series;
  }

  /** Inspects some blocks from the one that reaches `from` on; `end` is that of the log. */
  async inspect(from: Sequence, end: Sequence): Promise<{ inspection: Inspection; flaws: readonly Flaw[] }> {
    const entries = this.#choose(from);
    const last = entries.at(-1);
    const following = last && this.#index.reaching(endOf(last));
    const next = following?.first;
    const records = await this.#readRecords(Math.min(from, entries[0]?.first ?? from), next ?? Number.MAX_SAFE_INTEGER);
    const flaws: Flaw[] = [];
    let sampleCount = 0;
    let before = this.#before(entries[0]);
    for (const entry of entries) {
      if (before !== undefined && endOf(before) < entry.first)
        flaws.push(this.#describeGap(before, entry, entry.first));
      const bytes = records.get(entry.first);
      records.delete(entry.first);
      const block = bytes && decodeStoredBlock(bytes, entry.first);
      flaws.push(...(await this.#judge(entry, bytes, block)));
      sampleCount += block?.batch.count ?? 0;
      before = entry;
    }
    if (next === undefined && before !== undefined && endOf(before) < end) {
      flaws.push(this.#describeGap(before, undefined, end));
    }
    for (const [first, bytes] of records) flaws.push(describeStray(first, bytes));
    const findings = flaws.map(({ finding }) => finding);
    return { inspection: { blockCount: entries.length, sampleCount, findings, next }, flaws };
  }

  #choose(from: Sequence): BlockEntry[] {
    const entries: BlockEntry[] = [];
    let rows = 0;
    for (let next = from; entries.length < BLOCKS_MAX && rows < ROWS_MAX; ) {
      const entry = this.#index.reaching(next);
      if (entry === undefined) break;
      entries.push(entry);
      rows += entry.count;
      next = endOf(entry);
    }
    return entries;
  }

  #before(entry: BlockEntry | undefined): BlockEntry | undefined {
    return entry === undefined ? undefined : this.#index.at(this.#index.findLastStartingBy(entry.first) - 1);
  }

  /** The records of all blocks between two sequences, whether the index names them or not. */
  async #readRecords(from: Sequence, to: Sequence): Promise<Map<Sequence, Uint8Array>> {
    const records = new Map<Sequence, Uint8Array>();
    for await (const [key, bytes] of this.#database.entries({ from: blockKey(from), to: blockKey(to) })) {
      const first = sequenceOfKey(key);
      if (first !== undefined) records.set(first, bytes);
    }
    return records;
  }

  /** Looks for blocks between two sequences that cannot be read and are not known to be lost. */
  async inspectBetween(from: Sequence, to: Sequence): Promise<Flaw[]> {
    const flaws: Flaw[] = [];
    let entry = this.#index.reaching(from);
    for (; entry !== undefined && entry.first < to; entry = this.#index.reaching(endOf(entry))) {
      const bytes = await this.#database.get(blockKey(entry.first));
      const found = await this.#judge(entry, bytes, bytes && decodeStoredBlock(bytes, entry.first));
      flaws.push(...found.filter(({ finding }) => finding.kind === "unreadable"));
    }
    return flaws;
  }

  async #judge(entry: BlockEntry, bytes: Uint8Array | undefined, block: Block | undefined): Promise<Flaw[]> {
    if (entry.level === LEVEL_LOST) return [this.#describeHole(entry)];
    if (bytes === undefined) return [this.#describeUnreadable(entry, bytes, "is not there")];
    if (block === undefined) {
      const isIntact = versionOf(bytes) !== undefined;
      const why = isIntact ? "contradicts itself" : "is damaged: its checksum does not fit";
      return [this.#describeUnreadable(entry, bytes, why)];
    }
    if (block.span !== entry.span) return [this.#describeUnreadable(entry, bytes, "has not the sequences it should")];
    const flaws: Flaw[] = [];
    const level = Math.max(entry.level, levelOf(bytes, entry.first));
    const described = describeBlock(block, bytes.length, level);
    const record = await this.#database.get(indexKey(entry.first));
    const stored = record && decodeIndexRecord(record, entry.first);
    if (!isSame(described, entry) || stored === undefined || !isSame(described, stored)) {
      const what = `The index does not describe the block at ${entry.first} as it is.`;
      flaws.push({
        finding: { ...this.#placeOf(described), kind: "index", what, series: [] },
        bytes,
        entry: described,
      });
    }
    const unknown = [...countRows(block.batch)].filter(([id]) => !this.#series.has(id));
    if (unknown.length > 0) {
      const series = unknown.map(([id, count]) => ({ series: id, count }));
      const count = sumOf(series);
      const what = `In the block at ${entry.first} are samples of series whose definition is lost.`;
      const finding = { ...this.#placeOf(entry), kind: "undefined-series", what, count, series } as const;
      flaws.push({ finding, bytes, entry: undefined });
    }
    return flaws;
  }

  #describeUnreadable(entry: BlockEntry, bytes: Uint8Array | undefined, why: string): Flaw {
    const claimed = bytes && readClaimedSeries(bytes, entry.first);
    const series = claimed && Array.from(claimed, ([id, count]) => ({ series: id, count }));
    const isCredible = series !== undefined && sumOf(series) === entry.count && series.every((of) => this.#isKnown(of));
    const finding: Finding = {
      ...this.#placeOf(entry),
      kind: "unreadable",
      what: `The block at ${entry.first} ${why}.`,
      series: isCredible ? series : [{ series: UNKNOWN_SERIES, count: entry.count }],
    };
    return { finding, bytes, entry: undefined };
  }

  #isKnown({ series }: SeriesCount): boolean {
    return this.#series.has(series);
  }

  #describeHole(hole: BlockEntry): Flaw {
    const { first, span } = hole;
    const finding: Finding = {
      ...this.#placeOf(hole),
      kind: "gap",
      what: `The samples ${first} to ${endOf(hole) - 1} are missing: they count as unreadable.`,
      count: span,
      series: [{ series: UNKNOWN_SERIES, count: span }],
    };
    return { finding, bytes: undefined, entry: undefined };
  }

  #describeGap(before: BlockEntry, after: BlockEntry | undefined, to: Sequence): Flaw {
    const from = endOf(before);
    const finding: Finding = {
      kind: "gap",
      what: `The samples ${from} to ${to - 1} are missing: they count as unreadable.`,
      from,
      to,
      fromAt: before.maxAt + this.#epochs.offsetOf(before.epoch),
      toAt: after && after.minAt + this.#epochs.offsetOf(after.epoch),
      count: to - from,
      series: [{ series: UNKNOWN_SERIES, count: to - from }],
    };
    return { finding, bytes: undefined, entry: undefined };
  }

  #placeOf(entry: BlockEntry): Pick<Finding, "from" | "to" | "fromAt" | "toAt" | "count"> {
    const offset = this.#epochs.offsetOf(entry.epoch);
    const { first, count, minAt, maxAt } = entry;
    return { from: first, to: endOf(entry), fromAt: minAt + offset, toAt: maxAt + offset, count };
  }
}

function describeStray(first: Sequence, bytes: Uint8Array): Flaw {
  const what = `The block at ${first} is there and no part of the log.`;
  const place = { from: first, to: first, fromAt: undefined, toAt: undefined, count: 0, series: [] };
  return { finding: { kind: "stray", what, ...place }, bytes, entry: undefined };
}

function isSame(one: BlockEntry, other: BlockEntry): boolean {
  const keys = ["first", "span", "count", "bytes", "epoch", "level", "minAt", "maxAt"] as const;
  return keys.every((key) => Object.is(one[key], other[key]));
}

function sumOf(series: readonly SeriesCount[]): number {
  return series.reduce((sum, { count }) => sum + count, 0);
}
