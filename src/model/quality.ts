/** What is believed of a reading, and what becomes of one that is not. */

import type { DropReason } from "./log.ts";
import type { Millis } from "./time.ts";

/** What becomes of a sample that breaks a rule: it is only counted, sent with a mark, or left out. */
export const VERDICTS = ["keep", "mark", "drop"] as const;
export type Verdict = (typeof VERDICTS)[number];

/** The rules, by the keys they are configured with. */
export const QUALITY_RULES = ["range", "rate_max", "spike", "stuck_after", "stale_after"] as const;
export type QualityRule = (typeof QUALITY_RULES)[number];

/** What a sample that breaks a rule is counted as. */
export const RULE_REASON = {
  range: "out-of-range",
  rate_max: "rate-of-change",
  spike: "spike",
  stuck_after: "stuck",
  stale_after: "stale",
} as const satisfies Readonly<Record<QualityRule, DropReason>>;

/**
 * What each rule does that says nothing of it. What cannot be is left out; what is only unlikely is kept, since one can
 * look at a reading that is marked, and not at one that is gone.
 */
export const DEFAULT_VERDICTS: Readonly<Record<QualityRule, Verdict>> = {
  range: "drop",
  rate_max: "mark",
  spike: "drop",
  stuck_after: "mark",
  stale_after: "mark",
};

/** The rules of a point as they are configured. Units: those of the point's value. */
export interface QualityRules {
  /** Lowest and highest believable value; takes the place of the one that the point has besides. */
  readonly range?: readonly [number, number];
  /** The fastest believable change in a second, up or down. */
  readonly rateMax?: number;
  /** The largest believable jump of one sample that the next one takes back. */
  readonly spike?: number;
  /** A value that has not changed for so long is not believed any more. */
  readonly stuckAfter?: Millis;
  /** A sample whose own moment lies more than this behind the clock is stale. */
  readonly staleAfter?: Millis;
  /** Of rules that differ from `DEFAULT_VERDICTS`. */
  readonly verdicts?: Readonly<Partial<Record<QualityRule, Verdict>>>;
}

/** The rules of an instance for the metrics that fit, where no profile names its points. */
export interface MetricQuality extends QualityRules {
  /** Names of metrics without namespace; `*` stands for any characters. */
  readonly metrics: readonly string[];
}

/** The rules of a series. Units: the canonical unit of the series. */
export interface SeriesQuality {
  readonly range?: readonly [low: number, high: number];
  /** The fastest believable change in a millisecond. */
  readonly perMillisMax?: number;
  readonly spike?: number;
  readonly stuckAfter?: Millis;
  readonly staleAfter?: Millis;
  readonly verdicts: Readonly<Record<QualityRule, Verdict>>;
}
