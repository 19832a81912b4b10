/** `robust`: what lasts, and what is unusual for the time of day, against weeks: slow to take what is odd for usual. */

import type { DetectorSettings } from "./detector.ts";
import { rangeParts, SurpriseDetector } from "./outcome.ts";
import { DAILY, HOURLY, SeasonalMean, WEEKLY } from "./seasonal-mean.ts";
import { ShortMean } from "./short-mean.ts";
import { TailRank } from "./tail-rank.ts";
import { Ticks } from "./ticks.ts";

const MEAN_LENGTH = 12;
const VALUES_MIN = 3000;
const DAY = 86_400_000;
const DAYS = 10 * DAY;

/** The minutes of the hour have to bring the mean distance down to this, over so many values. */
const HELPING = 0.3;
const COMPARED = 1000;

const AWAY = 0;
const AWAY_WITH = 1;

/** Knows the day and the week by the wall clock, and follows a new level within days. */
export class RobustDetector extends SurpriseDetector {
  protected readonly learningCount = 200;
  readonly #zoneOffset: (at: number) => number;
  readonly #slots: Float64Array;
  readonly #ticks: Ticks;
  readonly #mean: ShortMean;
  readonly #daily: SeasonalMean;
  readonly #weekly: SeasonalMean;
  readonly #hourly: SeasonalMean;
  readonly #level: TailRank;
  readonly #residual: TailRank;
  readonly #parts: readonly [low: number, high: number];

  constructor(settings: DetectorSettings) {
    super("robust", 3, { watch: 4.1, alarm: 7.5, parts: 2 }, settings);
    this.#zoneOffset = settings.zoneOffset ?? (() => 0);
    this.#slots = this.state.doubles(2);
    this.#ticks = new Ticks(this.state);
    this.#mean = new ShortMean(this.state, MEAN_LENGTH);
    this.#daily = new SeasonalMean(this.state, DAILY);
    this.#weekly = new SeasonalMean(this.state, WEEKLY);
    this.#hourly = new SeasonalMean(this.state, HOURLY);
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
    const every = Ticks.every(interval);
    const horizon = Math.max(VALUES_MIN, DAYS / every);
    const { mean, extreme } = this.#ticks;
    const residual = this.#judgeSeasons(at + this.#zoneOffset(at), mean, extreme, every, horizon);
    return this.#level.take(this.#mean.take(mean, follows), horizon) + residual;
  }

  /** The week tells how a day differs from other days, and the hour what comes back in it beside. */
  #judgeSeasons(local: number, mean: number, extreme: number, every: number, horizon: number): number {
    const ofDay = this.#daily.expect(local);
    this.#daily.learn(local, mean, every);
    if (Number.isNaN(ofDay)) return 0;
    const ofWeek = this.#weekly.correct(local, every);
    this.#weekly.learn(local, mean - ofDay, every);
    const usual = ofDay + ofWeek + this.#correctByHour(local, mean - ofDay - ofWeek, every);
    if (!this.isLearning) {
      const [low, high] = this.#parts;
      this.expect(usual + this.#residual.quantile(low), usual + this.#residual.quantile(high));
    }
    return this.#residual.take(extreme - usual, horizon);
  }

  /** The minutes of the hour count only where they have long explained much: few machines have a cycle of an hour. */
  #correctByHour(local: number, residual: number, every: number): number {
    const slots = this.#slots;
    const ofHour = this.#hourly.correct(local, every);
    this.#hourly.learn(local, residual, every);
    const isHelping = (slots[AWAY_WITH] as number) < HELPING * (slots[AWAY] as number);
    slots[AWAY] = (slots[AWAY] as number) + (Math.abs(residual) - (slots[AWAY] as number)) / COMPARED;
    const away = Math.abs(residual - ofHour);
    slots[AWAY_WITH] = (slots[AWAY_WITH] as number) + (away - (slots[AWAY_WITH] as number)) / COMPARED;
    return isHelping ? ofHour : 0;
  }
}
