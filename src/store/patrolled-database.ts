/**
 * A database of which all is looked through once a day, while it is used: a bit that turned over is corrected before
 * another joins it, and before LevelDB trips over it.
 */

import { type Clock, type Millis, seconds, sleep } from "../model/time.ts";
import type { CheckScope, Database, DatabaseOperation, KeyRange } from "../platform/level-database.ts";

/** A board that lives no longer has other worries; one that is unplugged every evening has its round. */
const BEFORE_FIRST = seconds(10 * 60);

const BETWEEN_ROUNDS = seconds(24 * 60 * 60);

/** So a round takes no more of a small board than a hundredth, and of 1 GiB less than 20 minutes. */
const BYTES_PER_SECOND = 1_000_000;

/** Goes its rounds until it is closed. */
export class PatrolledDatabase implements Database {
  readonly #inner: Database;
  readonly #clock: Clock;
  readonly #end = new AbortController();

  /** `inner` becomes its own: closing this one closes it. */
  constructor(inner: Database, clock: Clock) {
    this.#inner = inner;
    this.#clock = clock;
    void this.#patrol();
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
    await this.#inner.write(operations, options);
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
    this.#end.abort();
    await this.#inner.close();
  }

  async #patrol(): Promise<void> {
    try {
      await this.#wait(BEFORE_FIRST);
      for (;;) {
        await this.#inner.check({ pause: (byteCount) => this.#wait(seconds(byteCount / BYTES_PER_SECOND)) });
        await this.#wait(BETWEEN_ROUNDS);
      }
    } catch (error) {
      if (!this.#end.signal.aborted) throw error;
    }
  }

  /** Throws when it is closed. */
  async #wait(delay: Millis): Promise<void> {
    await sleep(this.#clock, "check of the log's tables", delay, this.#end.signal);
    this.#end.signal.throwIfAborted();
  }
}
