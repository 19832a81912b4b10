/** Where the two versions of the series route put the same things. */

import type { IntakeLimits } from "../../../model/intake.ts";
import type { Series } from "../../../model/series.ts";
import { datadogUnit } from "../../../model/units.ts";
import { DATADOG_V1_LIMITS, DATADOG_V2_LIMITS } from "./limits.ts";
import { toMetricName, toTag } from "./naming.ts";

/** Whom series and notes come from. */
export interface DatadogSender {
  readonly hostname: string;
  /** Host tags to put on every series and service check; empty where the intake joins them itself. */
  readonly tags: readonly string[];
  /** Makes the headers of a request with a body; asked anew for each, because the API key may change. */
  readonly headers: (contentType: string, contentEncoding: string) => Readonly<Record<string, string>>;
  /** The same for a request without a body. */
  readonly bareHeaders: () => Readonly<Record<string, string>>;
}

/** How one version of the API spells series. */
export interface SeriesDialect {
  readonly path: string;
  readonly limits: IntakeLimits;
  /** Spells everything of a series but its points. */
  readonly headOf: (series: Series, sender: DatadogSender) => object;
  /** What stands before, between and after second and value of a point. */
  readonly pointStart: string;
  readonly pointMiddle: string;
  readonly pointEnd: string;
}

/** The number of each kind where kinds have numbers. Source: DataDog/agent-payload, agent_payload.proto, MetricType. */
export const KIND_NUMBERS = { count: 1, gauge: 3 } as const;

/** `POST /api/v2/series`. Source: Datadog API reference, Submit metrics (v2). */
export const SERIES_V2: SeriesDialect = {
  path: "/api/v2/series",
  limits: DATADOG_V2_LIMITS,
  headOf(series, sender) {
    const unit = datadogUnit(series.unit);
    return {
      metric: toMetricName(series.metric),
      type: KIND_NUMBERS[series.kind],
      ...intervalOf(series),
      ...(unit === undefined ? {} : { unit }),
      source_type_name: "tidegate",
      resources: [{ name: sender.hostname, type: "host" }],
      tags: toTags(series.tags, sender),
    };
  },
  pointStart: '{"timestamp":',
  pointMiddle: ',"value":',
  pointEnd: "}",
};

/**
 * `POST /api/v1/series`, which has no place for a unit.
 *
 * Source: Datadog API reference, Submit metrics (v1).
 */
export const SERIES_V1: SeriesDialect = {
  path: "/api/v1/series",
  limits: DATADOG_V1_LIMITS,
  headOf: (series, sender) => ({
    metric: toMetricName(series.metric),
    type: series.kind,
    ...intervalOf(series),
    host: sender.hostname,
    tags: toTags(series.tags, sender),
  }),
  pointStart: "[",
  pointMiddle: ",",
  pointEnd: "]",
};

/** By it Datadog makes a rate of a count. */
function intervalOf({ intervalS }: Series): { readonly interval?: number } {
  return intervalS === undefined ? {} : { interval: intervalS };
}

/** Spells tags as Datadog keeps them, with the host tags where the sender puts them everywhere, none twice. */
export function toTags(tags: readonly string[], sender: Pick<DatadogSender, "tags">): readonly string[] {
  return [...new Set([...tags, ...sender.tags].map(toTag))];
}
