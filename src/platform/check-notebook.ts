/**
 * What a check tells, written down as it tells it: a run that is ended, or ends its process, has no time for a report.
 * The file has no name, and lies in memory where there is room for it.
 */

import { ftruncateSync, writeSync } from "node:fs";
import type { RunReport } from "./check-words.ts";

/** The number of the file in the process of a check. */
export const NOTEBOOK_FD = 4;

/** The counts of what was lost come first, as three doubles of the machine. Units: bytes. */
export const COUNTS_BYTES = 24;

/** One line of the file, and what of a report it belongs to. */
export type Note = readonly [key: Exclude<keyof RunReport, "lost" | "error">, item: unknown];

/** Writes the file. What the check has closed, or what the disk does not take, is not written, and nobody is told. */
export class Notebook {
  #isOpen: boolean;
  #at = COUNTS_BYTES;
  readonly #counts = new Float64Array(3);

  constructor(isOpen: boolean) {
    this.#isOpen = isOpen;
  }

  /** Begins with a page that holds no more than these. */
  begin(notes: Iterable<Note>, lost: RunReport["lost"]): void {
    this.#try(() => ftruncateSync(NOTEBOOK_FD, 0));
    this.#at = COUNTS_BYTES;
    this.count(lost);
    for (const [key, item] of notes) this.note(key, item);
  }

  /** Adds a line. */
  note(...note: Note): void {
    this.#try(() => {
      this.#at += writeSync(NOTEBOOK_FD, `${JSON.stringify(note)}\n`, this.#at);
    });
  }

  /** Writes how much was lost in this run. */
  count({ notANumber, flood, seriesLimit }: RunReport["lost"]): void {
    this.#counts.set([notANumber, flood, seriesLimit]);
    this.#try(() => writeSync(NOTEBOOK_FD, this.#counts, 0, COUNTS_BYTES, 0));
  }

  #try(write: () => void): void {
    if (!this.#isOpen) return;
    try {
      write();
    } catch {
      this.#isOpen = false;
    }
  }
}
