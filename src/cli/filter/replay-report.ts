/** What a replay found: the shape of what `--json` prints, and what is laid out for a terminal. */

import type { FilterMode } from "../../model/filter.ts";

/** What goes to the intake in all. */
export interface WireReport {
  readonly points: number;
  /** Of the bodies, as they are sent. */
  readonly bytes: number;
  readonly requests: number;
  readonly series: number;
}

/** One series. Units: counts of samples and points. */
export interface SeriesReport {
  readonly metric: string;
  readonly tags: readonly string[];
  readonly unit: string;
  /** What is tried on it; `all` where the filter is not for it. */
  readonly mode: FilterMode;
  readonly readings: number;
  /** Points of NAME, of NAME.full, and of its companions. */
  readonly name: number;
  readonly full: number;
  readonly companions: number;
  /** Whether its detector still learned at the end. */
  readonly is_learning: boolean;
  /** By how much an hour of NAME differs at most; null where no whole hour was replayed. */
  readonly hour_differs_percent: number | null;
}

/** One odd stretch. Units: moments in milliseconds since 1970, values those of the series. */
export interface OddReport {
  readonly metric: string;
  readonly tags: readonly string[];
  readonly unit: string;
  readonly start_at: number;
  readonly end_at: number;
  /** Whether it went on when the replay ended. */
  readonly is_under_way: boolean;
  readonly score: number;
  readonly peak_at: number;
  readonly peak_value: number;
  readonly expected: { readonly low: number; readonly high: number } | null;
}

/** All of it. */
export interface ReplayReport {
  readonly schema: 1;
  /** The moments of the first and the last reading; null where there was none. Units: milliseconds since 1970. */
  readonly from_at: number | null;
  readonly to_at: number | null;
  /** What was laid over what is configured; empty for nothing. */
  readonly options: string;
  readonly intake: string;
  readonly is_thinning: boolean;
  readonly flush_interval_s: number;
  readonly before: WireReport;
  readonly after: WireReport;
  /** Those that save most first. */
  readonly series: readonly SeriesReport[];
  readonly odd: readonly OddReport[];
  /** Odd stretches beyond those in `odd`. */
  readonly odd_left_out: number;
  /** Hours of series that were compared. */
  readonly hours_compared: number;
  readonly unreadable: number;
  /** Whether it was stopped before its end. */
  readonly is_stopped: boolean;
}
