/** Follows one gateway after the other with a pencil: what must hold at every moment, not only at the end. */

import type { BooksStatus, Status } from "../../src/model/status.ts";

/** What a bookkeeper looks at. */
export interface Sight {
  readonly status: Status;
  /** Readings that answers in time carried to this life, by instance. */
  readonly told: ReadonlyMap<string, number>;
  /** Names of pending timers. */
  readonly timers: readonly string[];
}

/** Keeps the books of all lives of one world. */
export class Bookkeeper {
  readonly violations: string[] = [];
  #sampledAtStart = 0;
  /** Points that were delivered and that a power cut took from the books, with their samples. */
  forgotten = 0;
  #durable = 0;
  #last: Status | undefined;

  /** A new life began: what was durable still is, and what was sampled is at most as much as was at risk less. */
  begin(status: Status): void {
    const last = this.#last;
    const books = booksOf(status);
    this.#sampledAtStart = books?.sampled ?? 0;
    if (last === undefined || books === undefined) return;
    const before = booksOf(last)?.sampled ?? 0;
    const untold = booksOf(last)?.dropped.backpressure ?? 0;
    const lost = before - books.sampled;
    if (status.log.durable < this.#durable) this.#say(`durable went from ${this.#durable} to ${status.log.durable}`);
    const unsynced = last.log.written - last.log.durable + last.log.gathering;
    if (lost < 0 || lost > unsynced + untold) {
      this.#say(`${lost} samples were lost between two lives and ${unsynced} were not on disk`);
    }
    this.forgotten += Math.max(0, (booksOf(last)?.delivered ?? 0) - books.delivered);
  }

  /** Looks at a living gateway, or one that has stopped. */
  look({ status, told, timers }: Sight): void {
    const { log, instances, now } = status;
    this.#last = status;
    if (log.durable < this.#durable) this.#say(`durable went from ${this.#durable} to ${log.durable}`);
    this.#durable = log.durable;
    const books = booksOf(status);
    if (books === undefined) return;
    if (!isBalanced(books)) this.#say(`the books do not balance at ${now}: ${JSON.stringify(books)}`);
    const sampled = instances.reduce((sum, instance) => sum + instance.sampled, 0);
    if (books.sampled - this.#sampledAtStart !== sampled) {
      this.#say(`${sampled} were sampled at ${now}, of which the log knows ${books.sampled - this.#sampledAtStart}`);
    }
    for (const { check, instance, sampled: count } of instances) {
      // While it sleeps until its next poll it has no readings in its hands.
      if (!timers.includes(`poll ${check}/${instance}`) || count === (told.get(instance) ?? 0)) continue;
      this.#say(`${instance} told ${told.get(instance) ?? 0} readings by ${now} and ${count} were sampled`);
    }
  }

  #say(violation: string): void {
    this.violations.push(violation);
  }
}

/** Whether everything that was sampled is somewhere. */
export function isBalanced(books: BooksStatus): boolean {
  const dropped = Object.values(books.dropped).reduce((sum, count) => sum + count, 0);
  const expired = Object.values(books.expired).reduce((sum, count) => sum + count, 0);
  const passed = books.delivered + books.collapsed + books.thinned + books.rejected + expired;
  return books.sampled === dropped + passed + books.waiting;
}

function booksOf(status: Status): BooksStatus | undefined {
  return status.intakes[0]?.books;
}
