/**
 * Which gap is filled in next: the oldest. Where samples that are too old for the intake are held, it is the oldest
 * that has a young one; a gap that has both is divided, so that what is held waits by itself.
 */

import type { Cursor, Lane, LogSlice, Sequence } from "../model/log.ts";

/** What of the samples that wait is young enough. Units: milliseconds since 1970. */
export interface YoungLimits {
  /** What is older is not sent. */
  readonly oldestAt: number;
  /** What is to be sent after something was held is at least as young: else it would be too old before its turn. */
  readonly beginAt: number;
}

/** The gaps of one cursor. */
export class GapQueue {
  readonly #cursor: Cursor;
  readonly #momentOf: (sequence: Sequence) => number | undefined;
  /** Ends of gaps of which all is known to be too old: nothing in them will ever be younger. */
  readonly #held = new Set<Sequence>();

  /** `momentOf` tells about when a sample was stamped, as the log does. */
  constructor(cursor: Cursor, momentOf: (sequence: Sequence) => number | undefined) {
    this.#cursor = cursor;
    this.#momentOf = momentOf;
  }

  /** Samples in gaps that are held. */
  get heldCount(): number {
    const gaps = this.#cursor.gaps.filter(({ end }) => this.#held.has(end));
    return gaps.reduce((sum, { position, end }) => sum + end - position, 0);
  }

  /** Whether there is a gap that may have something to send. */
  get hasNext(): boolean {
    return this.#cursor.gaps.some(({ end }) => !this.#held.has(end));
  }

  /** The gap to read from. `limits` are given where what is too old is held. Errors: `STORE_FAILED`. */
  async next(limits: YoungLimits | undefined): Promise<Lane | undefined> {
    for (const gap of this.#cursor.gaps) {
      if (this.#held.has(gap.end)) continue;
      if (limits === undefined || this.#isYoung(gap.position, limits.oldestAt)) return gap;
      const young = this.#findYoung(gap, limits.beginAt);
      if (await this.#hold(gap, young)) return this.#cursor.gaps.find(({ end }) => end === gap.end);
    }
    return undefined;
  }

  /** Holds what a slice of a gap begins with, where that is too old; gives whether it is. Errors: `STORE_FAILED`. */
  async holdOld(gap: Lane, { batch, sequences, to }: LogSlice, limits: YoungLimits): Promise<boolean> {
    const first = batch.at[0];
    if (batch.count === 0 || first === undefined || first >= limits.oldestAt) return false;
    const row = batch.at.subarray(0, batch.count).findIndex((at) => at >= limits.beginAt);
    await this.#hold(gap, row < 0 ? to : (sequences[row] as Sequence));
    return true;
  }

  /** Gives whether something of the gap is left to send. One gap more than there may be is held as a whole. */
  async #hold(gap: Lane, until: Sequence): Promise<boolean> {
    const { end } = gap;
    const isDivided = until < end && (await this.#cursor.divide(until));
    this.#held.add(isDivided ? until : end);
    return isDivided;
  }

  #isYoung(sequence: Sequence, oldestAt: number): boolean {
    return (this.#momentOf(sequence) ?? Number.POSITIVE_INFINITY) >= oldestAt;
  }

  /** About where a gap begins to be young: samples are mostly in the order of time. */
  #findYoung({ position, end }: Lane, beginAt: number): Sequence {
    let old = position;
    let young = end;
    while (young - old > 1) {
      const middle = Math.floor((old + young) / 2);
      if (this.#isYoung(middle, beginAt)) young = middle;
      else old = middle;
    }
    return young;
  }
}
