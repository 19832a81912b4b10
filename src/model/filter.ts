/** What the filter does with a series, complete after loading. */

import type { InstanceConfig } from "./config.ts";
import { matchesGlob } from "./glob.ts";
import type { InputPoint } from "./input.ts";
import type { Millis } from "./time.ts";

/**
 * What is done with what is ordinary: nothing is looked at with `all`; with `mark` it is told what is anomalous; with
 * `reduce` readers that thin leave out what is ordinary beside.
 */
export const FILTER_MODES = ["all", "mark", "reduce"] as const;
export type FilterMode = (typeof FILTER_MODES)[number];

/** The detectors there are. */
export const DETECTOR_KINDS = ["basic", "agile", "robust", "threshold", "rate", "ensemble"] as const;
export type DetectorKind = (typeof DETECTOR_KINDS)[number];

/** From which score on a value is anomalous: `alarm` is for people who get up at night, `watch` for those who look. */
export const SENSITIVITIES = ["alarm", "watch"] as const;
export type Sensitivity = (typeof SENSITIVITIES)[number];

/** What stays of what is ordinary in a measurement. */
export const KEEP_POLICIES = ["mean", "deadband", "swinging-door"] as const;
export type KeepPolicy = (typeof KEEP_POLICIES)[number];

/** What a window is told by beside its mean, each a series of its own. */
export const STATISTICS = ["min", "max", "count"] as const;
export type Statistic = (typeof STATISTICS)[number];

/** How far a value may move and count as the same. Units: of the value, or a part of it. */
export interface Deadband {
  readonly size: number;
  readonly unit: "absolute" | "percent";
}

/** What the filter does with the series of an instance. */
export interface FilterPolicy {
  readonly mode: FilterMode;
  readonly detector: DetectorKind;
  readonly sensitivity: Sensitivity;
  /** Beyond these a value is anomalous whatever the detector says. Units: the point's. */
  readonly threshold: { readonly low?: number; readonly high?: number };
  readonly keep: KeepPolicy;
  /** What is ordinary goes once in so long; divides an hour. */
  readonly window: Millis;
  /** What goes in full before something anomalous, and after it. */
  readonly pre: Millis;
  readonly post: Millis;
  readonly deadband: Deadband | undefined;
  /** What does not change is told again after so long. */
  readonly heartbeat: Millis;
  /** Whether the expected range goes along, as NAME.expected.low and NAME.expected.high. */
  readonly hasExpected: boolean;
  readonly statistics: readonly Statistic[];
  /** Globs of the metrics this is for, as they are without the namespace; empty for all. */
  readonly only: readonly string[];
  /** Globs of metrics this is not for: of those all goes. */
  readonly except: readonly string[];
}

/** What holds where nothing is configured. */
export const DEFAULT_FILTER: FilterPolicy = {
  mode: "all",
  detector: "ensemble",
  sensitivity: "alarm",
  threshold: {},
  keep: "mean",
  window: 60_000 as Millis,
  pre: 120_000 as Millis,
  post: 120_000 as Millis,
  deadband: undefined,
  heartbeat: 600_000 as Millis,
  hasExpected: false,
  statistics: [],
  only: [],
  except: [],
};

/** What is done with the samples of a point. Of metrics that the policy is not for, all goes. */
export function filterOf(
  { filter = DEFAULT_FILTER, pointFilters = {} }: Pick<InstanceConfig, "filter" | "pointFilters">,
  { name, metric }: Pick<InputPoint, "name" | "metric">,
): FilterPolicy {
  const own = Object.hasOwn(pointFilters, name) ? pointFilters[name] : undefined;
  if (own !== undefined) return own;
  const isMeant = filter.only.length === 0 || filter.only.some((glob) => matchesGlob(glob, metric));
  return isMeant && !filter.except.some((glob) => matchesGlob(glob, metric)) ? filter : DEFAULT_FILTER;
}
