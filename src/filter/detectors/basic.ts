/** `basic`: a value, and the mean of the last ones, against lagging quantiles of the last day. */

import type { DetectorSettings } from "./detector.ts";
import { rangeParts, SurpriseDetector } from "./outcome.ts";
import { ShortMean } from "./short-mean.ts";
import { TailRank } from "./tail-rank.ts";

const MEAN_LENGTH = 12;
const VALUES_MIN = 500;
const DAY = 86_400_000;

/** Knows no seasons and follows a new level within a day. */
export class BasicDetector extends SurpriseDetector {
  protected readonly learningCount = 200;
  readonly #mean: ShortMean;
  readonly #value: TailRank;
  readonly #level: TailRank;
  readonly #parts: readonly [low: number, high: number];

  constructor(settings: DetectorSettings) {
    super("basic", 1, { watch: 4.1, alarm: 8, parts: 2 }, settings);
    this.#mean = new ShortMean(this.state, MEAN_LENGTH);
    this.#value = new TailRank(this.state, 1);
    this.#level = new TailRank(this.state, 1);
    this.#parts = rangeParts(settings.bounds);
  }

  protected judge(_at: number, value: number, follows: boolean): number {
    const interval = this.pace.interval;
    const horizon = interval > 0 ? Math.max(VALUES_MIN, DAY / interval) : VALUES_MIN;
    const mean = this.#mean.take(value, follows);
    if (this.isRangeDue()) this.expect(this.#value.quantile(this.#parts[0]), this.#value.quantile(this.#parts[1]));
    return this.#value.take(value, horizon) + this.#level.take(mean, horizon);
  }
}
