/**
 * Looks through all of a database once a day, while it is used: a bit that turned over is corrected before another
 * joins it, and before LevelDB trips over it.
 */

import { type Clock, type Millis, seconds, sleep } from "../model/time.ts";
import type { Database } from "../platform/level-database.ts";

/** A board that lives no longer has other worries; one that is unplugged every evening has its round. */
const BEFORE_FIRST = seconds(10 * 60);

const BETWEEN_ROUNDS = seconds(24 * 60 * 60);

/** So a round takes no more of a small board than a hundredth, and of 1 GiB less than 20 minutes. */
const BYTES_PER_SECOND = 1_000_000;

/** Goes its rounds through a database until it is ended, which is to be before the database is closed. */
export class Patrol {
  readonly #database: Pick<Database, "check">;
  readonly #clock: Clock;
  readonly #end = new AbortController();

  constructor(database: Pick<Database, "check">, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
    void this.#goRounds();
  }

  /** Ends in the midst of a round too. */
  end(): void {
    this.#end.abort();
  }

  async #goRounds(): Promise<void> {
    try {
      await this.#wait(BEFORE_FIRST);
      for (;;) {
        await this.#database.check({ pause: (byteCount) => this.#wait(seconds(byteCount / BYTES_PER_SECOND)) });
        await this.#wait(BETWEEN_ROUNDS);
      }
    } catch (error) {
      if (!this.#end.signal.aborted) throw error;
    }
  }

  /** Throws when it is ended. */
  async #wait(delay: Millis): Promise<void> {
    await sleep(this.#clock, "check of the log's tables", delay, this.#end.signal);
    this.#end.signal.throwIfAborted();
  }
}
