/** A database that passes everything on: what is measured at its writes overrides them. */

import type { Database, DatabaseOperation } from "../../../src/platform/level-database.ts";

/** Stands between the log and a database, which becomes its own. */
export class PassingDatabase implements Database {
  readonly #inner: Database;

  constructor(inner: Database) {
    this.#inner = inner;
  }

  get isMended(): boolean {
    return this.#inner.isMended;
  }

  get side(): Database["side"] {
    return this.#inner.side;
  }

  get(key: Uint8Array): Promise<Uint8Array | undefined> {
    return this.#inner.get(key);
  }

  write(operations: readonly DatabaseOperation[], options: { readonly sync: boolean }): Promise<void> {
    return this.#inner.write(operations, options);
  }

  entries(...[range]: Parameters<Database["entries"]>): ReturnType<Database["entries"]> {
    return this.#inner.entries(range);
  }

  compact(from: Uint8Array, to: Uint8Array): Promise<void> {
    return this.#inner.compact(from, to);
  }

  check(...[scope]: Parameters<Database["check"]>): Promise<boolean> {
    return this.#inner.check(scope);
  }

  close(): Promise<void> {
    return this.#inner.close();
  }
}
