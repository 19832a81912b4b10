/** `rate`: how fast a value changes, against what is allowed, or what was usual. */

import type { DetectorSettings } from "./detector.ts";
import { learningSpan } from "./learning-span.ts";
import { SurpriseDetector } from "./outcome.ts";
import { TailRank } from "./tail-rank.ts";

const POINTS = { watch: 2.8, alarm: 5, parts: 1 };
const HORIZON = 3000;
/** A learned rate is expected to stay below what one in so many values has. */
const USUAL = 0.999;
const LAST = 0;

/** Change a second from value to value. What comes after a gap is compared with what came before it as well. */
export class RateDetector extends SurpriseDetector {
  protected override readonly alarmCount: number;
  protected readonly learningCount: number;
  protected override readonly learningSpan: number;
  readonly #slots: Float64Array;
  readonly #rate: TailRank;
  readonly #rateMax: number | undefined;

  constructor(settings: DetectorSettings) {
    super("rate", 5, POINTS, settings);
    this.alarmCount = settings.rateMax === undefined ? 1000 : 0;
    this.learningCount = settings.rateMax === undefined ? 200 : 1;
    this.learningSpan = settings.rateMax === undefined ? (settings.learningSpan ?? learningSpan("rate")) : 0;
    this.#slots = this.state.doubles(1);
    this.#slots[LAST] = Number.NaN;
    this.#rate = new TailRank(this.state, 1);
    this.#rateMax = settings.rateMax;
  }

  protected judge(_at: number, value: number, _follows: boolean): number {
    const last = this.#slots[LAST] as number;
    const elapsed = this.pace.elapsed / 1000;
    this.#slots[LAST] = value;
    if (Number.isNaN(last) || !(elapsed > 0)) return 0;
    const rate = Math.abs(value - last) / elapsed;
    const rateMax = this.#rateMax ?? this.#rate.quantile(USUAL);
    if (!this.isLearning) this.expect(last - rateMax * elapsed, last + rateMax * elapsed);
    if (this.#rateMax !== undefined) return rate > this.#rateMax ? (POINTS.alarm * rate) / this.#rateMax : 0;
    const surprise = this.#rate.take(rate, HORIZON);
    return this.#rate.side > 0 ? surprise : 0;
  }
}
