/** What leaves the log: blocks that every cursor has passed, and the oldest ones when the log is over its limit. */

import type { Sequence } from "../model/log.ts";
import type { Database, DatabaseOperation } from "../platform/level-database.ts";
import { type BlockIndex, endOf } from "./block-index.ts";
import type { EpochTable } from "./epochs.ts";
import { blockKey, epochKey, indexKey } from "./keys.ts";

/** Deleted blocks and bytes after which the room they still take in LevelDB is given back. */
const COMPACT_BLOCKS = 10_000;
const COMPACT_BYTES = 64 * 1024 * 1024;

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
  let count = 0;
  for (let entry = index.at(0); entry !== undefined && endOf(entry) <= lowest; entry = index.at(count)) count += 1;
  return count;
}

/** How many of the oldest blocks must go so that the others take at most `bytesMax`. */
export function countOverflowing(index: BlockIndex, bytesMax: number): number {
  let count = 0;
  for (let { bytes } = index; bytes > bytesMax && count < index.length; count += 1)
    bytes -= index.at(count)?.bytes ?? 0;
  return count;
}

/** Plans the deletion of the `blockCount` oldest blocks. `emptyHead` is the head where no block stays. */
export function planTrim(index: BlockIndex, table: EpochTable, blockCount: number, emptyHead: Sequence): Trim {
  const operations: DatabaseOperation[] = [];
  let bytes = 0;
  let end = 0;
  for (let position = 0; position < blockCount; position += 1) {
    const entry = index.at(position);
    if (entry === undefined) break;
    bytes += entry.bytes;
    end = endOf(entry);
    operations.push({ type: "del", key: blockKey(entry.first) }, { type: "del", key: indexKey(entry.first) });
  }
  const oldest = index.at(blockCount);
  const epochs = blockCount > 0 ? table.idsBefore(oldest?.epoch ?? Number.POSITIVE_INFINITY) : [];
  for (const id of epochs) operations.push({ type: "del", key: epochKey(id) });
  return { blockCount, bytes, head: oldest?.first ?? emptyHead, end, epochs, operations };
}

/**
 * Asks LevelDB now and then to give back what deleted blocks still take: until it does, a walk that starts among them
 * steps over every one.
 */
export class Compactor {
  readonly #database: Database;
  #from: Sequence;
  #blocks = 0;
  #bytes = 0;
  #running: Promise<void> | undefined;

  /** `head` is the sequence of the oldest block now. */
  constructor(database: Database, head: Sequence) {
    this.#database = database;
    this.#from = head;
  }

  /** Takes note of a deletion that is on disk. */
  note(trim: Trim): void {
    this.#blocks += trim.blockCount;
    this.#bytes += trim.bytes;
    if (this.#running !== undefined || (this.#blocks < COMPACT_BLOCKS && this.#bytes < COMPACT_BYTES)) return;
    this.#running = this.#compact(this.#from, trim.head).finally(() => {
      this.#running = undefined;
    });
    this.#from = trim.head;
    this.#blocks = 0;
    this.#bytes = 0;
  }

  /** Waits until nothing is being compacted. */
  async settle(): Promise<void> {
    await this.#running;
  }

  async #compact(from: Sequence, to: Sequence): Promise<void> {
    try {
      await this.#database.compact(indexKey(from), indexKey(to));
      await this.#database.compact(blockKey(from), blockKey(to));
    } catch {
      // Nothing is lost but room and speed; the next deletions bring the next attempt.
    }
  }
}
