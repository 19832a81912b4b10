/** When the companion series of a series get a sample: sparsely, but at once where something begins or ends. */

import type { FilterPolicy } from "../../model/filter.ts";

/** A score that has changed by less is not told of. */
const CHANGE_MIN = 0.05;

const WINDOW = 0;
const HIGHEST = 1;
const TOLD = 2;
const TOLD_AT = 3;

/** How many numbers this needs. */
export const COMPANION_SLOTS = 4;

/** How often it is told. Units: milliseconds. */
export interface CompanionRule extends Pick<FilterPolicy, "window" | "heartbeat"> {
  /** The score from which on a stretch begins. */
  readonly point: number;
}

/** What is due by a row. */
export interface Due {
  /** The end of a window that is over; NaN where none is. Units: milliseconds since 1970. */
  endedAt: number;
  /** The score to tell of that window; NaN for none. */
  score: number;
}

/** Decides it for one series. Nothing is told while it learns, as 0 would say that all is well. */
export class Companion {
  readonly #slots: Float64Array;

  /** Shape: `COMPANION_SLOTS` numbers; all NaN for a series of which nothing is known. */
  constructor(slots: Float64Array) {
    this.#slots = slots;
  }

  /** Takes the level of a row, and says in `due` what is to be told of the window before it. */
  take(at: number, level: number, rule: CompanionRule, isSilent: boolean, due: Due): void {
    const slots = this.#slots;
    const index = Math.floor(at / rule.window);
    const before = slots[WINDOW] as number;
    const score = inHundredths(level);
    due.endedAt = Number.NaN;
    due.score = Number.NaN;
    if (index === before) {
      if (score > (slots[HIGHEST] as number)) slots[HIGHEST] = score;
      return;
    }
    if (before < index) this.#endWindow((before + 1) * rule.window, rule, isSilent, due);
    slots[WINDOW] = index;
    slots[HIGHEST] = score;
  }

  /** Gives the score to tell of a row at which something begins or ends; its window begins anew. */
  turn(at: number, level: number): number {
    const score = inHundredths(level);
    this.#slots[HIGHEST] = score;
    this.#tell(at, score);
    return score;
  }

  /** Forgets the window and moves the moments, because the clock was set. Units: milliseconds. */
  shift(by: number): void {
    this.#slots[WINDOW] = Number.NaN;
    this.#slots[TOLD_AT] = (this.#slots[TOLD_AT] as number) + by;
  }

  #endWindow(at: number, { heartbeat, point }: CompanionRule, isSilent: boolean, due: Due): void {
    const slots = this.#slots;
    const highest = slots[HIGHEST] as number;
    const told = slots[TOLD] as number;
    due.endedAt = at;
    // Nothing told yet is a change too.
    const isChanged = !(Math.abs(highest - told) < CHANGE_MIN);
    const isCrossing = highest >= point !== told >= point;
    if (isSilent || !(isChanged || isCrossing || at - (slots[TOLD_AT] as number) >= heartbeat)) return;
    due.score = highest;
    this.#tell(at, highest);
  }

  #tell(at: number, score: number): void {
    this.#slots[TOLD] = score;
    this.#slots[TOLD_AT] = at;
  }
}

/** Few digits make a series small in the log; what is below a point stays below it. */
function inHundredths(level: number): number {
  return Math.floor(level * 100 + 1e-9) / 100;
}
