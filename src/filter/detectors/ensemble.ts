/** `ensemble`: what lasts and what is unusual for the time of day, each against days and against weeks. */

import type { DetectorSettings } from "./detector.ts";
import { rangeParts, SurpriseDetector } from "./outcome.ts";
import { SeasonalMean } from "./seasonal-mean.ts";
import { ShortMean } from "./short-mean.ts";
import { TailRank } from "./tail-rank.ts";
import { Ticks } from "./ticks.ts";

const MEAN_LENGTH = 12;
const DAY = 86_400_000;
const SHORT = { values: 1000, span: 3.5 * DAY };
const LONG = { values: 3000, span: 10 * DAY };

/** Adds up the surprise of two views at two horizons: what is odd in several ways at once counts most. */
export class EnsembleDetector extends SurpriseDetector {
  protected readonly learningCount = 200;
  readonly #zoneOffset: (at: number) => number;
  readonly #ticks: Ticks;
  readonly #mean: ShortMean;
  readonly #seasonal: SeasonalMean;
  readonly #levelShort: TailRank;
  readonly #levelLong: TailRank;
  readonly #residualShort: TailRank;
  readonly #residualLong: TailRank;
  readonly #parts: readonly [low: number, high: number];

  constructor(settings: DetectorSettings) {
    super("ensemble", 6, { watch: 8, alarm: 14 }, settings);
    this.#zoneOffset = settings.zoneOffset ?? (() => 0);
    this.#ticks = new Ticks(this.state);
    this.#mean = new ShortMean(this.state, MEAN_LENGTH);
    this.#seasonal = new SeasonalMean(this.state);
    this.#levelShort = new TailRank(this.state);
    this.#levelLong = new TailRank(this.state);
    this.#residualShort = new TailRank(this.state);
    this.#residualLong = new TailRank(this.state);
    this.#parts = rangeParts(settings.bounds);
  }

  protected judge(at: number, value: number, follows: boolean): number {
    const interval = this.pace.interval;
    if (!this.#ticks.ends(at, value, follows, interval)) return Number.NaN;
    const every = Ticks.every(interval);
    const short = Math.max(SHORT.values, SHORT.span / every);
    const long = Math.max(LONG.values, LONG.span / every);
    const local = at + this.#zoneOffset(at);
    const { mean, extreme } = this.#ticks;
    const usual = this.#seasonal.expect(local, mean);
    if (!this.isLearning) {
      const [low, high] = this.#parts;
      this.expect(usual + this.#residualLong.quantile(low), usual + this.#residualLong.quantile(high));
    }
    this.#seasonal.learn(local, mean);
    const level = this.#mean.take(mean, follows);
    const residual = extreme - usual;
    return (
      this.#levelShort.take(level, short) +
      this.#levelLong.take(level, long) +
      this.#residualShort.take(residual, short) +
      this.#residualLong.take(residual, long)
    );
  }
}
