import type { Random } from "../../src/model/time.ts";

/** What lies on a scale. Units: grams. */
export interface LoadState {
  readonly grams: number;
  /** Whether it has come to rest. */
  readonly isSettled: boolean;
}

/** What the scale of the table can bear. Units: grams. */
export const CAPACITY_GRAMS = 6100;

/** The empty box that the scale was tared with. Units: grams. */
export const TARE_GRAMS = 184.5;

/** A box is filled, closed, and taken away: how long each takes. Units: seconds. */
const FILL_S = 6;
const REST_S = 5;
const EMPTY_S = 3;
const ROUND_S = FILL_S + REST_S + EMPTY_S;

/** Every so many boxes somebody leans on the scale. */
const LEANS_EVERY = 9;

const ROUNDS = 64;

/** A packing table: boxes are filled on its scale one after the other, and now and then somebody leans on it. */
export class PackingTable {
  readonly #boxes: readonly number[];
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
    this.#boxes = Array.from({ length: ROUNDS }, () => 1200 + 900 * random.next());
  }

  /** What lies there at a moment. Units: seconds since the table was set up. */
  at(seconds: number): LoadState {
    const round = Math.floor(seconds / ROUND_S);
    const since = seconds - round * ROUND_S;
    const full = this.#boxes[round % ROUNDS] ?? 0;
    if (since >= FILL_S + REST_S) return { grams: 0, isSettled: since > FILL_S + REST_S + 1 };
    if (since >= FILL_S) return { grams: Math.round(full * 100) / 100, isSettled: true };
    const isLeantOn = round % LEANS_EVERY === LEANS_EVERY - 1 && since < 2;
    if (isLeantOn) return { grams: CAPACITY_GRAMS + 2000, isSettled: false };
    const grams = (full * since) / FILL_S + 4 * this.#random.next();
    return { grams: Math.round(grams * 100) / 100, isSettled: false };
  }
}
