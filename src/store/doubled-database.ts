/** A database of whose records some are kept twice (record-copy.ts). */

import { GatewayError } from "../model/errors.ts";
import type { CheckScope, Database, DatabaseOperation, KeyRange } from "../platform/level-database.ts";
import { SPACE, spaceRange } from "./keys.ts";
import type { CopiedEntry, RecordCopy } from "./record-copy.ts";

/** After so many bytes, about as many as go into one file of LevelDB, the copy hears how far the log went. */
const MARK_EVERY_BYTES = 4 * 1024 * 1024;

/** Puts the copy before a database, whose failures are not the copy's: either goes on without the other. */
export class DoubledDatabase implements Database {
  readonly #inner: Database;
  readonly #copy: RecordCopy;
  readonly #notice: (what: string) => void;
  /** Whether the disk surely has all that was written. */
  #isSynced = true;
  #unmarkedBytes = 0;
  #hasTold = false;

  /** `inner` becomes its own: closing this one closes it. `notice` hears when only the copy cannot be written. */
  constructor(inner: Database, copy: RecordCopy, notice: (what: string) => void) {
    this.#inner = inner;
    this.#copy = copy;
    this.#notice = notice;
  }

  get isMended(): boolean {
    return this.#inner.isMended;
  }

  get side(): Database["side"] {
    return this.#inner.side;
  }

  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    return await this.#inner.get(key);
  }

  async write(operations: readonly DatabaseOperation[], options: { readonly sync: boolean }): Promise<void> {
    const hasPlace = this.side !== undefined;
    await this.#copy.keep(operations);
    this.#isSynced = false;
    await this.#inner.write(operations, options);
    // Where the database itself came to be with this write, only now is there a place for the copy.
    if (!hasPlace) await this.#copy.keep([]);
    this.#isSynced = options.sync;
    for (const operation of operations) {
      this.#unmarkedBytes += operation.key.length + (operation.type === "put" ? operation.value.length : 0);
    }
    if (this.#unmarkedBytes >= MARK_EVERY_BYTES) await this.#mark();
    this.#tell();
  }

  async *entries(range: KeyRange): AsyncGenerator<readonly [Uint8Array, Uint8Array]> {
    yield* this.#inner.entries(range);
  }

  async compact(from: Uint8Array, to: Uint8Array): Promise<void> {
    await this.#inner.compact(from, to);
  }

  async check(scope: CheckScope): Promise<boolean> {
    return await this.#inner.check(scope);
  }

  async close(): Promise<void> {
    await this.#mark();
    await this.#inner.close();
  }

  /** A disk that has more than it surely has would be believed to have lost it. */
  async #mark(): Promise<void> {
    if (!this.#isSynced) return;
    try {
      const entries: CopiedEntry[] = [];
      for (const space of [SPACE.state, SPACE.life, SPACE.cursor, SPACE.eventPlace]) {
        for await (const entry of this.#inner.entries(spaceRange(space))) entries.push(entry);
      }
      await this.#copy.mark(entries);
      this.#unmarkedBytes = 0;
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
    }
  }

  #tell(): void {
    const { isBehind } = this.#copy;
    if (isBehind === this.#hasTold || this.side === undefined) return;
    this.#hasTold = isBehind;
    this.#notice(
      isBehind
        ? "The second copy of the definitions of series cannot be written: until it can, a file of the log that is lost or damaged may cost samples in others."
        : "The second copy of the definitions of series is whole again.",
    );
  }
}
