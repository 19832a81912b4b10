/** `robust`: what lasts, and what is unusual for the time of day, against weeks: slow to take what is odd for usual. */

import type { DetectorSettings } from "./detector.ts";
import { rangeParts, SurpriseDetector } from "./outcome.ts";
import { SeasonalMean } from "./seasonal-mean.ts";
import { ShortMean } from "./short-mean.ts";
import { TailRank } from "./tail-rank.ts";
import { Ticks } from "./ticks.ts";

const MEAN_LENGTH = 12;
const VALUES_MIN = 3000;
const DAY = 86_400_000;
const DAYS = 10 * DAY;

/** Knows the day and the week by the wall clock, and follows a new level within days. */
export class RobustDetector extends SurpriseDetector {
  protected readonly learningCount = 200;
  protected readonly learningSpan: number;
  readonly #zoneOffset: (at: number) => number;
  readonly #ticks: Ticks;
  readonly #mean: ShortMean;
  readonly #seasonal: SeasonalMean;
  readonly #level: TailRank;
  readonly #residual: TailRank;
  readonly #parts: readonly [low: number, high: number];

  constructor(settings: DetectorSettings) {
    super("robust", 3, { watch: 4.4, alarm: 7.5, parts: 2 }, settings);
    this.learningSpan = settings.learningSpan ?? DAY;
    this.#zoneOffset = settings.zoneOffset ?? (() => 0);
    this.#ticks = new Ticks(this.state);
    this.#mean = new ShortMean(this.state, MEAN_LENGTH);
    this.#seasonal = new SeasonalMean(this.state);
    this.#level = new TailRank(this.state, 1);
    this.#residual = new TailRank(this.state, 1);
    this.#parts = rangeParts(settings.bounds);
  }

  protected override every(interval: number): number {
    return Ticks.every(interval);
  }

  protected judge(at: number, value: number, follows: boolean): number {
    const interval = this.pace.interval;
    if (!this.#ticks.ends(at, value, follows, interval)) return Number.NaN;
    const horizon = Math.max(VALUES_MIN, DAYS / Ticks.every(interval));
    const local = at + this.#zoneOffset(at);
    const { mean, extreme } = this.#ticks;
    const usual = this.#seasonal.expect(local);
    const residual = Number.isNaN(usual) ? 0 : this.#judgeResidual(extreme, usual, horizon);
    this.#seasonal.learn(local, mean, Ticks.every(interval));
    return this.#level.take(this.#mean.take(mean, follows), horizon) + residual;
  }

  #judgeResidual(extreme: number, usual: number, horizon: number): number {
    if (!this.isLearning) {
      const [low, high] = this.#parts;
      this.expect(usual + this.#residual.quantile(low), usual + this.#residual.quantile(high));
    }
    return this.#residual.take(extreme - usual, horizon);
  }
}
