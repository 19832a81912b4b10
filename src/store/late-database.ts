/**
 * A database that could not be opened yet: it is empty, and each write first tries to open it. With a `HoldingDatabase`
 * on top a gateway runs from memory until its disk takes something again.
 */

import type { CheckScope, Database, DatabaseOperation, KeyRange } from "../platform/level-database.ts";

/** Opens itself with the first write that gets through. */
export class LateDatabase implements Database {
  readonly isMended = false;
  readonly #open: () => Promise<Database>;
  #inner: Database | undefined;

  /** `open` gives a database that is new. */
  constructor(open: () => Promise<Database>) {
    this.#open = open;
  }

  get side(): Database["side"] {
    return this.#inner?.side;
  }

  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    return await this.#inner?.get(key);
  }

  async write(operations: readonly DatabaseOperation[], options: { readonly sync: boolean }): Promise<void> {
    this.#inner ??= await this.#open();
    await this.#inner.write(operations, options);
  }

  async *entries(range: KeyRange): AsyncGenerator<readonly [Uint8Array, Uint8Array]> {
    if (this.#inner !== undefined) yield* this.#inner.entries(range);
  }

  async compact(from: Uint8Array, to: Uint8Array): Promise<void> {
    await this.#inner?.compact(from, to);
  }

  async check(scope: CheckScope): Promise<boolean> {
    return (await this.#inner?.check(scope)) ?? false;
  }

  async close(): Promise<void> {
    await this.#inner?.close();
  }
}
