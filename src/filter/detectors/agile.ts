/** `agile`: a value, and its step from the one before, against the last few hundred: a new level is soon usual. */

import type { DetectorSettings } from "./detector.ts";
import { rangeParts, SurpriseDetector } from "./outcome.ts";
import { TailRank } from "./tail-rank.ts";

const HORIZON = 300;
const LAST = 0;

/** Knows no seasons, and follows a new level within a few hundred values. */
export class AgileDetector extends SurpriseDetector {
  protected readonly learningCount = 128;
  readonly #slots: Float64Array;
  readonly #value: TailRank;
  readonly #step: TailRank;
  readonly #parts: readonly [low: number, high: number];

  constructor(settings: DetectorSettings) {
    super("agile", 2, { watch: 4.2, alarm: 8.5, parts: 2 }, settings);
    this.#slots = this.state.doubles(1);
    this.#slots[LAST] = Number.NaN;
    this.#value = new TailRank(this.state, 1);
    this.#step = new TailRank(this.state, 1);
    this.#parts = rangeParts(settings.bounds);
  }

  protected judge(_at: number, value: number, follows: boolean): number {
    const last = this.#slots[LAST] as number;
    this.#slots[LAST] = value;
    if (this.isRangeDue()) this.expect(this.#value.quantile(this.#parts[0]), this.#value.quantile(this.#parts[1]));
    const level = this.#value.take(value, HORIZON);
    return follows && !Number.isNaN(last) ? level + this.#step.take(value - last, HORIZON) : level;
  }
}
