/** Follows one gateway after the other with a pencil: what must hold at every moment, not only at the end. */

import { CURSOR_COUNTS, type CursorCounts } from "../../src/model/log.ts";
import type { CursorReport } from "../../src/model/log-care.ts";
import type { BooksStatus, Status } from "../../src/model/status.ts";
import type { Setting } from "./faults.ts";

/** So much is held of what an intake refused. */
const SET_ASIDE_MAX = 10_000;

/** What a bookkeeper looks at. */
export interface Sight {
  readonly status: Status;
  /** Readings that answers in time carried to this life, at least and at most, by instance. */
  readonly told: ReadonlyMap<string, readonly [least: number, most: number]>;
  /** Names of pending timers. */
  readonly timers: readonly string[];
  /** Sequence after the newest sample that an append of this life has promised; what that means is the durability. */
  readonly acknowledged: number;
  readonly blockCount: number;
  /** Samples that the filter of this life made of others: no device told them. */
  readonly madeCount: number;
  /** Of the intakes. */
  readonly cursors: readonly Pick<CursorReport, "name" | "position" | "gaps">[];
}

/** How a life ended. */
export type Ending = "stop" | "kill" | "power-cut";

/** Keeps the books of all lives of one world. */
export class Bookkeeper {
  readonly violations: string[] = [];
  /** Whether bits of the state or of a cursor have turned over: then counts may start anew with a life. */
  isWorn = false;
  readonly #setting: Setting;
  #sampledAtStart = 0;
  #durable = 0;
  #last: Sight | undefined;

  constructor(setting: Setting) {
    this.#setting = setting;
  }

  /** A new life began after one that ended so; what was durable still is, and what was sampled is less what was not. */
  begin(status: Status, ending: Ending): void {
    const last = this.#last;
    this.#sampledAtStart = mainBooks(status).sampled;
    if (last === undefined || this.isWorn) {
      this.#durable = status.log.durable;
      return;
    }
    const { log } = last.status;
    const lost = log.written + log.gathering - status.log.written;
    const unwritten = log.failure === null && ending !== "power-cut" ? 0 : log.written - log.durable;
    const atMost = ending === "stop" && log.failure === null ? 0 : unwritten + log.gathering;
    if (lost < 0 || lost > atMost) this.#say(`a ${ending} cost ${lost} samples, of which ${atMost} were at stake`);
    if (status.log.durable < this.#durable) this.#say(`durable went from ${this.#durable} to ${status.log.durable}`);
    const { durability, whenFull } = this.#setting;
    // Where the newest samples are refused, nobody knows beforehand which sequences an append gets.
    const isPromised = (ending !== "power-cut" || durability === "always") && whenFull !== "drop-newest";
    // What every intake has needs no disk any more.
    if (isPromised && Math.max(status.log.written, lowestNeeded(last)) < last.acknowledged) {
      this.#say(
        `${last.acknowledged} samples were acknowledged, and ${status.log.written} are there after a ${ending}`,
      );
    }
  }

  /** Looks at a living gateway, or one that has stopped. */
  look(sight: Sight): void {
    const { status, told, timers, blockCount, cursors, madeCount } = sight;
    const { log, instances, now } = status;
    this.#last = sight;
    if (log.durable < this.#durable) this.#say(`durable went from ${this.#durable} to ${log.durable}`);
    this.#durable = log.durable;
    if (log.bytes > log.bytes_max && blockCount > 1) this.#say(`the log has ${log.bytes} bytes at ${now}`);
    for (const intake of status.intakes) {
      const { books } = intake;
      const { position = 0, gaps = [] } = cursors.find(({ name }) => name === intake.name) ?? {};
      const unpassed = gaps.reduce((sum, { from, to }) => sum + to - from, log.written + log.gathering - position);
      if (books.waiting !== unpassed) this.#say(`${books.waiting} wait for ${intake.name}, ${unpassed} are not passed`);
      if (!this.isWorn && intake.set_aside !== Math.min(books.rejected, SET_ASIDE_MAX))
        this.#say(`${books.rejected} are refused by ${intake.name} at ${now}, and ${intake.set_aside} set aside`);
      if (!isBalanced(books))
        this.#say(`the books of ${intake.name} do not balance at ${now}: ${JSON.stringify(books)}`);
    }
    const atRisk = countAtRisk(sight);
    if (log.at_risk !== atRisk) this.#say(`${log.at_risk} samples are said to be at risk at ${now}, and ${atRisk} are`);
    // What waits in the filter for the next of its series counts once it comes out.
    const sampled = instances.reduce((sum, one) => sum + one.sampled - (one.quality?.waiting ?? 0), madeCount);
    const known = mainBooks(status).sampled - this.#sampledAtStart;
    if (known !== sampled) this.#say(`${sampled} were sampled at ${now}, of which the log knows ${known}`);
    for (const { check, instance, sampled: count } of instances) {
      // While it sleeps until its next poll it has no readings in its hands.
      const [least, most] = told.get(instance) ?? [0, 0];
      if (!timers.includes(`poll ${check}/${instance}`) || (count >= least && count <= most)) continue;
      this.#say(`${instance} told ${least} to ${most} readings by ${now} and ${count} were sampled`);
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
  const passed = books.delivered + books.collapsed + books.thinned + (books.held_back ?? 0) + books.rejected + expired;
  return books.sampled === dropped + passed + books.waiting;
}

/** How many samples the steps of a cursor have handled: what the size limit moved it past is not. */
export function countHandled(counts: CursorCounts): number {
  return CURSOR_COUNTS.reduce((sum, key) => sum + (key === "logFull" ? 0 : counts[key]), 0);
}

/** What is neither on disk nor passed by every intake. */
function countAtRisk({ status, cursors }: Sight): number {
  const { written, durable, gathering } = status.log;
  let count = gathering;
  for (let sequence = durable; sequence < written; sequence += 1) {
    if (cursors.some((cursor) => !hasPassed(cursor, sequence))) count += 1;
  }
  return count;
}

function hasPassed({ position, gaps }: Sight["cursors"][number], sequence: number): boolean {
  return sequence < position && gaps.every(({ from, to }) => sequence < from || sequence >= to);
}

/** The first sample that an intake has not passed. */
function lowestNeeded({ cursors }: Sight): number {
  return Math.min(...cursors.map(({ position, gaps }) => Math.min(position, ...gaps.map(({ from }) => from))));
}

function mainBooks({ intakes }: Status): BooksStatus {
  const [main] = intakes;
  if (main === undefined) throw new Error("a gateway has an intake");
  return main.books;
}
