/** Finding out what a refused request was refused for: it is asked in halves, and the halves in halves. */

import type { Point } from "../../model/profile.ts";
import { type Clock, type Millis, millis } from "../../model/time.ts";
import { blockOf, type ReadBlock, type RegisterCut } from "./plan.ts";
import type { RefusedSpan } from "./refusals.ts";
import type { ReadFailure } from "./unit-asker.ts";

/** What bisecting may add to a poll, as a part of its interval. */
const BISECT_SHARE = 0.1;

/** So many requests it may add, however long they take, so that it comes to an end. */
const REQUESTS_MIN = 2;

/** So many it may add where nobody waits for the bus. */
const REQUESTS_MAX = 256;

/** A refused request in two halves. */
export interface Split {
  readonly at: RegisterCut;
  /** How many of the halves were read as they are. */
  goodHalves: number;
}

/** Why a request is made that is not planned. */
export type Trial =
  | { readonly kind: "half"; readonly split: Split; readonly refusal: ReadFailure }
  | { readonly kind: "suspect"; readonly span: RefusedSpan };

/** Two requests in place of one, and where it was cut. */
export interface Halves {
  readonly left: ReadBlock;
  readonly right: ReadBlock;
  readonly split: Split;
}

/**
 * Cuts a request into two: where it reads through unused registers, if it does, as those are the likeliest to be
 * refused, and of several places at the one nearest to its middle. No value is cut, nor those that lie over each other;
 * undefined where nothing else is left.
 *
 * Shape: `block` indexes `points`, by rising address.
 */
export function halve(block: ReadBlock, points: readonly Point[]): Halves | undefined {
  const { address, count } = block.request;
  const middle = address + count / 2;
  let best: { readonly index: number; readonly rank: number } | undefined;
  let end = address;
  for (const [index, of] of block.points.entries()) {
    const span = blockOf(block.table, points, [of]).request;
    const gap = span.address - end;
    if (index > 0 && gap >= 0) {
      const distance = Math.abs((span.address + end) / 2 - middle);
      const rank = gap > 0 ? distance : distance + 0x10000;
      if (best === undefined || rank < best.rank) best = { index, rank };
    }
    end = Math.max(end, span.address + span.count);
  }
  if (best === undefined) return undefined;
  const left = blockOf(block.table, points, block.points.slice(0, best.index));
  const right = blockOf(block.table, points, block.points.slice(best.index));
  return { left, right, split: { at: { table: block.table, address: right.request.address }, goodHalves: 0 } };
}

/** What may be asked in one poll beyond what is planned. */
export class TrialBudget {
  readonly #clock: Clock;
  readonly #allowed: Millis;
  #spent = 0;
  #requests = 0;

  /** `isFree` says that nobody waits for the bus. */
  constructor(clock: Clock, interval: Millis, isFree: boolean) {
    this.#clock = clock;
    this.#allowed = millis(isFree ? Number.POSITIVE_INFINITY : interval * BISECT_SHARE);
  }

  /** Whether there is something left. */
  get isLeft(): boolean {
    return this.#requests < REQUESTS_MIN || (this.#spent < this.#allowed && this.#requests < REQUESTS_MAX);
  }

  /** Pays for a request from it. */
  async pay<T>(ask: () => Promise<T>): Promise<T> {
    const began = this.#clock.monotonic();
    this.#requests += 1;
    try {
      return await ask();
    } finally {
      this.#spent += this.#clock.monotonic() - began;
    }
  }
}
