/** Puts blocks in the place of others, on disk and in the index. */

import type { Database, DatabaseOperation } from "../platform/level-database.ts";
import { type BlockEntry, type BlockIndex, encodeIndexRecord, endOf } from "./block-index.ts";
import { deleteBlock, putBlock } from "./block-operations.ts";
import type { BlockReader } from "./block-walk.ts";
import { indexKey } from "./keys.ts";
import type { Compactor } from "./retention.ts";

/** Exchanges blocks of one log. Errors: `STORE_FAILED`; nothing has changed then. */
export class BlockExchange {
  readonly #database: Database;
  readonly #index: BlockIndex;
  readonly #reader: BlockReader;
  readonly #compactor: Compactor;

  /** `reader` is told of each change, so that it takes nothing for lost that just moves. */
  constructor(database: Database, index: BlockIndex, reader: BlockReader, compactor: Compactor) {
    this.#database = database;
    this.#index = index;
    this.#reader = reader;
    this.#compactor = compactor;
  }

  /** Gives a block that cannot be merged or thinned the next level all the same. */
  async raiseLevel(position: number): Promise<void> {
    const entry = this.#index.at(position);
    if (entry === undefined) return;
    const raised = { ...entry, level: entry.level + 1 };
    await this.#database.write([{ type: "put", key: indexKey(entry.first), value: encodeIndexRecord(raised) }], {
      sync: false,
    });
    this.#index.replace(position, 1, raised);
  }

  /** Puts one block in the place of neighbouring ones, in one write. */
  async replace(
    position: number,
    blockCount: number,
    entry: BlockEntry,
    record: Uint8Array,
    extra: readonly DatabaseOperation[] = [],
  ): Promise<void> {
    const operations = [...putBlock(entry, record), ...extra];
    for (let offset = 1; offset < blockCount; offset += 1) {
      operations.push(...deleteBlock(this.#index.firstAt(position + offset) ?? 0));
    }
    const change = this.#database.write(operations, { sync: false }).then(() => {
      const bytesBefore = this.#index.bytes;
      this.#index.replace(position, blockCount, entry);
      const bytes = bytesBefore + entry.bytes - this.#index.bytes;
      this.#compactor.note({ blockCount: blockCount - 1, bytes, from: entry.first, to: endOf(entry) });
    });
    this.#reader.expect(change);
    await change;
  }
}
