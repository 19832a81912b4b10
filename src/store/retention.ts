/**
 * What leaves the log. Blocks that every cursor has passed stay as history for a while, and go when they are too old or
 * in the way. When what waits is itself over the limit, the policy says what gives way: the oldest, the newest, or the
 * density of what is old.
 *
 * Each cursor has its share of the log, an equal part. As long as one keeps to its share, only what it does not need
 * gives way; when none does, only what the one that holds least does not need. So a reader that never comes back costs
 * itself, not the outage of another.
 */

import type { FullPolicy, StoreConfig } from "../model/config.ts";
import type { Sequence } from "../model/log.ts";
import type { EpochMillis } from "../model/time.ts";
import type { Database, DatabaseOperation } from "../platform/level-database.ts";
import { type BlockIndex, endOf, LEVEL_SEALED, LEVEL_SMALL } from "./block-index.ts";
import { deleteBlock } from "./block-operations.ts";
import type { EpochTable } from "./epochs.ts";
import { blockKey, epochKey, indexKey } from "./keys.ts";

/** At this level a block has kept one ordinary sample in 64; then it goes as a whole. */
const THINNEST_LEVEL = LEVEL_SEALED + 6;

/**
 * A block of one level is thinned while it is among this part of those that are at least as thin: so the newest quarter
 * keeps every sample, three quarters of the rest every other one, and so on.
 */
const THINNED_PART = 0.75;

/** Deleted blocks and bytes after which the room they still take in LevelDB is given back. */
const COMPACT_BLOCKS = 10_000;
const COMPACT_BYTES = 64 * 1024 * 1024;

/** One thing to do for room. */
export type RoomStep =
  | { readonly do: "drop"; readonly blockCount: number }
  | { readonly do: "thin"; readonly position: number }
  | { readonly do: "refuse" };

/** A planned deletion of the oldest blocks, and of the epochs that only they named. */
export interface Trim {
  readonly blockCount: number;
  readonly bytes: number;
  /** Sequence of the oldest block that stays; where none does, `emptyHead`. */
  readonly head: Sequence;
  /** Sequence after the newest row that goes; 0 when none does. */
  readonly end: Sequence;
  readonly epochs: readonly number[];
  readonly operations: readonly DatabaseOperation[];
}

/** How many of the oldest blocks every reader has passed, where `lowest` is the position of the last one. */
export function countPassed(index: BlockIndex, lowest: Sequence): number {
  const position = index.findLastStartingBy(lowest);
  const entry = index.at(position);
  return entry !== undefined && endOf(entry) <= lowest ? position + 1 : Math.max(0, position);
}

/**
 * How many of the oldest blocks have outlived their use at `now`: of the first `passedCount`, which every reader has
 * passed, those that are older than the history, and of all, those that no reader may keep any longer.
 */
export function countOutlived(
  index: BlockIndex,
  table: EpochTable,
  passedCount: number,
  now: EpochMillis,
  { history, lagMax }: Pick<StoreConfig, "history" | "lagMax">,
): number {
  const outdated = history === 0 ? passedCount : countBefore(index, table, passedCount, now - history);
  return Math.max(outdated, countBefore(index, table, index.length, now - lagMax));
}

/** How many of the oldest `countMax` blocks end before a moment. Units: milliseconds since 1970. */
function countBefore(index: BlockIndex, table: EpochTable, countMax: number, moment: number): number {
  let count = 0;
  for (; count < countMax; count += 1) {
    const entry = index.at(count);
    if (entry === undefined || entry.maxAt + table.offsetOf(entry.epoch) >= moment) break;
  }
  return count;
}

/**
 * The next thing to do so that all blocks take at most `bytesMax`; undefined when they do. `positions` are those of the
 * cursors.
 */
export function planRoom(
  index: BlockIndex,
  bytesMax: number,
  positions: readonly Sequence[],
  policy: FullPolicy,
): RoomStep | undefined {
  const overflowing = countOverflowing(index, bytesMax);
  if (overflowing === 0) return undefined;
  const passed = countPassed(index, Math.min(...positions));
  if (passed > 0) return { do: "drop", blockCount: Math.min(passed, overflowing) };
  const spared = countOutsideShares(index, bytesMax, positions);
  if (policy === "drop-newest" && spared === 0) return { do: "refuse" };
  const candidates = spared === 0 ? index.length : spared;
  const position = policy === "thin" ? findThinnable(index, candidates) : undefined;
  if (position !== undefined) return { do: "thin", position };
  return { do: "drop", blockCount: Math.min(candidates, overflowing) };
}

/** How many of the oldest blocks must go so that the others take at most `bytesMax`. */
function countOverflowing(index: BlockIndex, bytesMax: number): number {
  let count = 0;
  for (let { bytes } = index; bytes > bytesMax && count < index.length; count += 1) bytes -= index.bytesAt(count) ?? 0;
  return count;
}

/**
 * How many of the oldest blocks are needed only by cursors that hold more than their share. Where all do, the one that
 * holds least comes first: only what it does not need gives way.
 */
function countOutsideShares(index: BlockIndex, bytesMax: number, positions: readonly Sequence[]): number {
  const share = bytesMax / positions.length;
  const inShare = positions.filter((position) => countBytesFrom(index, countPassed(index, position)) <= share);
  return countPassed(index, inShare.length === 0 ? Math.max(...positions) : Math.min(...inShare));
}

/** What all but the `blockCount` oldest blocks take. Units: bytes. */
export function countBytesFrom(index: BlockIndex, blockCount: number): number {
  let bytes = 0;
  for (let position = blockCount; position < index.length; position += 1) bytes += index.bytesAt(position) ?? 0;
  return bytes;
}

/** The oldest block of the first level that reaches too far towards the present. Small blocks are not thinned. */
function findThinnable(index: BlockIndex, candidates: number): number | undefined {
  let sealed = 0;
  while (sealed < candidates && index.levelAt(sealed) !== LEVEL_SMALL) sealed += 1;
  let reach = sealed * THINNED_PART;
  for (let level = LEVEL_SEALED; level < THINNEST_LEVEL && reach >= 1; level += 1, reach *= THINNED_PART) {
    for (let position = 0; position < reach; position += 1) {
      if (index.levelAt(position) === level) return position;
    }
  }
  return undefined;
}

/**
 * Plans the deletion of the `blockCount` oldest blocks. `emptyHead` is the head where no block stays, `noteEpochs` what
 * notes name.
 */
export function planTrim(
  index: BlockIndex,
  table: EpochTable,
  blockCount: number,
  emptyHead: Sequence,
  noteEpochs: ReadonlySet<number>,
): Trim {
  const operations: DatabaseOperation[] = [];
  let bytes = 0;
  let end = 0;
  for (let position = 0; position < blockCount; position += 1) {
    const entry = index.at(position);
    if (entry === undefined) break;
    bytes += entry.bytes;
    end = endOf(entry);
    operations.push(...deleteBlock(entry.first));
  }
  const oldest = index.at(blockCount);
  const epochs = blockCount > 0 ? table.idsBefore(oldest?.epoch ?? Number.POSITIVE_INFINITY, noteEpochs) : [];
  for (const id of epochs) operations.push({ type: "del", key: epochKey(id) });
  return { blockCount, bytes, head: oldest?.first ?? emptyHead, end, epochs, operations };
}

/** Blocks that were deleted, all from within a stretch of sequences. Units: `bytes` as encoded. */
export interface Deletion {
  readonly blockCount: number;
  readonly bytes: number;
  readonly from: Sequence;
  readonly to: Sequence;
}

/**
 * Asks LevelDB now and then to give back what deleted blocks still take: until it does, a walk that starts among them
 * steps over every one.
 */
export class Compactor {
  readonly #database: Database;
  #deleted: Deletion | undefined;
  #running: Deletion | undefined;

  constructor(database: Database) {
    this.#database = database;
  }

  /** What was deleted and still takes room. Units: bytes as encoded. */
  get owedBytes(): number {
    return (this.#deleted?.bytes ?? 0) + (this.#running?.bytes ?? 0);
  }

  /** Takes note of a deletion that is written. */
  note(deletion: Deletion): void {
    const before = this.#deleted ?? { ...deletion, blockCount: 0, bytes: 0 };
    const deleted = {
      blockCount: before.blockCount + deletion.blockCount,
      bytes: before.bytes + deletion.bytes,
      from: Math.min(before.from, deletion.from),
      to: Math.max(before.to, deletion.to),
    };
    this.#deleted = deleted;
    if (deleted.blockCount >= COMPACT_BLOCKS || deleted.bytes >= COMPACT_BYTES) this.giveBack();
  }

  /** Gives back at once what is owed, in the background. */
  giveBack(): void {
    if (this.#running !== undefined || this.#deleted === undefined) return;
    this.#running = this.#deleted;
    this.#deleted = undefined;
    void this.#compact(this.#running);
  }

  async #compact({ from, to }: Deletion): Promise<void> {
    try {
      await this.#database.compact(indexKey(from), indexKey(to));
      await this.#database.compact(blockKey(from), blockKey(to));
    } catch {
      // Nothing is lost but room and speed; the next deletions bring the next attempt.
    } finally {
      this.#running = undefined;
    }
  }
}
