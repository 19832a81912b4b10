/** `threshold`: a value against limits that were set, or against the extremes of what was seen. */

import type { DetectorSettings } from "./detector.ts";
import { learningSpan } from "./learning-span.ts";
import { SurpriseDetector } from "./outcome.ts";
import { TailRank } from "./tail-rank.ts";

const POINTS = { watch: 1, alarm: 2, parts: 0 };
const VALUES_MIN = 20_000;
const DAY = 86_400_000;
const SPAN = 10 * DAY;

/** Learned limits stand so much of the span beyond all but the rarest values. */
const MARGIN = 0.1;
const RARE = 0.0005;
const RARE_A_DAY = 0.5;

/** Outside of set limits is an alarm at once. Outside of learned ones it depends on how far. */
export class ThresholdDetector extends SurpriseDetector {
  protected override readonly alarmCount: number;
  protected readonly learningCount: number;
  protected override readonly learningSpan: number;
  readonly #value: TailRank;
  readonly #limits: readonly [low: number, high: number] | undefined;

  constructor(settings: DetectorSettings) {
    super("threshold", 4, POINTS, settings);
    this.#limits = settings.limits ?? settings.range;
    this.alarmCount = this.#limits === undefined ? 1000 : 0;
    this.learningCount = this.#limits === undefined ? 500 : 0;
    this.learningSpan = this.#limits === undefined ? (settings.learningSpan ?? learningSpan("threshold")) : 0;
    this.#value = new TailRank(this.state, 1);
  }

  protected judge(_at: number, value: number, _follows: boolean): number {
    if (this.#limits !== undefined) {
      const [low, high] = this.#limits;
      this.expect(low, high);
      const beyond = Math.max(low - value, value - high);
      return beyond > 0 ? POINTS.alarm * (1 + beyond / (high - low)) : 0;
    }
    if (this.isRangeDue()) {
      const rare = Math.min(RARE, RARE_A_DAY * (this.pace.interval / DAY));
      const least = this.#value.quantile(rare);
      const most = this.#value.quantile(1 - rare);
      this.expect(least - MARGIN * (most - least), most + MARGIN * (most - least));
    }
    const margin = (MARGIN * (this.high - this.low)) / (1 + 2 * MARGIN);
    const beyond = Math.max(this.low - value, value - this.high);
    const interval = this.pace.interval;
    this.#value.take(value, interval > 0 ? Math.max(VALUES_MIN, SPAN / interval) : VALUES_MIN);
    const hasSpread = this.#value.variety === 1 && margin > 0;
    return beyond > 0 && hasSpread ? POINTS.watch * (1 + beyond / (10 * margin)) : 0;
  }
}
