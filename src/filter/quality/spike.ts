/** The rule `spike`: one wild sample between two sane ones. Only the sample after it tells, so it waits for that. */

import { exceeds } from "./exceeds.ts";

/** What the next sample says of the one that waited: nothing waited, it is believed, or it was wild. */
export type SpikeStep = "none" | "believed" | "wild";

/** The course of one series, and the sample of it that waits. Units: `at` in milliseconds since 1970. */
export class SpikeRule {
  /** The last sample that is believed. */
  #sane = Number.NaN;
  isHolding = false;
  heldAt = 0;
  heldValue = 0;
  heldFlags = 0;
  /** Whether it went on at once, and only the count of it waits. */
  isOut = false;

  /** Goes on from a sample that nothing can be held against. */
  restart(value: number): void {
    this.#sane = value;
  }

  /** Takes the doubtful sample. */
  hold(at: number, value: number, flags: number, isOut: boolean): void {
    this.isHolding = true;
    this.isOut = isOut;
    this.heldAt = at;
    this.heldValue = value;
    this.heldFlags = flags;
  }

  /**
   * Says by the next sample what the one that waits was. It is wild where that one is back; a level that stays is
   * believed, and so is what goes on moving, of which nobody can tell.
   */
  decide(value: number, limit: number): SpikeStep {
    if (!this.isHolding) return "none";
    this.isHolding = false;
    if (exceeds(value, this.heldValue, limit) && !exceeds(value, this.#sane, limit)) return "wild";
    this.#sane = this.heldValue;
    return "believed";
  }

  /** Forgets the one that waits, and what came before it: nobody can tell any more. */
  release(): void {
    this.isHolding = false;
    this.#sane = Number.NaN;
  }

  /** Moves the one that waits, because the clock was set, and leaves of its flags those that are kept. */
  move(by: number, keptFlags: number): void {
    this.heldAt += by;
    this.heldFlags &= keptFlags;
  }

  /** Says whether a sample jumps from the last one that is believed; if not, it is believed itself. */
  isDoubtful(value: number, limit: number): boolean {
    if (exceeds(value, this.#sane, limit)) return true;
    this.#sane = value;
    return false;
  }
}
