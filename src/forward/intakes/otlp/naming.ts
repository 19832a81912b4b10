/** Names in OTLP, which takes any text for those of metrics and attributes, as long as there is one. */

import type { Series } from "../../../model/series.ts";
import type { GatewayIdentity } from "../../gateway-identity.ts";
import { toKeyedTags } from "../../keyed-tags.ts";

/** Makes the attributes of the points of a series. */
export function toAttributes({ tags }: Pick<Series, "tags">): ReadonlyMap<string, string> {
  return toKeyedTags(tags, toKey);
}

/**
 * Makes the attributes of the resource: who sends, and the host tags.
 *
 * `service.instance.id` is what Prometheus makes its label `instance` of, and without it two gateways could be one.
 *
 * Source: OpenTelemetry, Semantic conventions, Host and Service attributes; Prometheus, OTLP receiver.
 */
export function toResource({ hostname, tags, version }: GatewayIdentity): ReadonlyMap<string, string> {
  const own = [
    ["host.name", hostname],
    ["service.instance.id", hostname],
    ["service.name", "tidegate"],
    ["service.version", version],
  ] as const;
  return new Map([...toKeyedTags(tags, toKey), ...own]);
}

/** Spells the name of a metric. */
export function toMetricName(metric: string): string {
  return toKey(metric);
}

function toKey(text: string): string {
  return text === "" ? "_" : text;
}
