/**
 * Points to the JSON of the same request: names in lowerCamelCase, 64-bit integers as texts.
 *
 * Source: OpenTelemetry, OTLP Specification, JSON Protobuf Encoding.
 */

import type { OtlpConfig } from "../../../model/config.ts";
import type { Series, SeriesId } from "../../../model/series.ts";
import { ucumUnit } from "../../../model/units.ts";
import type { GatewayIdentity } from "../../gateway-identity.ts";
import { createSeriesHeads } from "../../series-heads.ts";
import { createPacker, type EncodeMetrics, SCOPE_NAME } from "./encode.ts";
import { toAttributes, toMetricName, toResource } from "./naming.ts";

/** What is constant of a series: what stands before its points, and before and in each of them. */
interface Head {
  readonly metric: string;
  readonly point: string;
}

/** Makes the encoder of one gateway. Limits: keeps the constant text of 20,000 series. */
export function createJsonEncoder(config: OtlpConfig, identity: GatewayIdentity): EncodeMetrics {
  const pack = createPacker(config, identity, "application/json");
  const headOf = createSeriesHeads(encodeHead);
  const resource = JSON.stringify({ attributes: toKeyValues(toResource(identity)) });
  const scope = JSON.stringify({ name: SCOPE_NAME, version: identity.version });
  const start = `{"resourceMetrics":[{"resource":${resource},"scopeMetrics":[{"scope":${scope},"metrics":[`;
  return (points, seriesOf) => {
    let json = start;
    let last: SeriesId | undefined;
    let point = "";
    for (let row = 0; row < points.count; row += 1) {
      const id = points.series[row] as SeriesId;
      if (id === last) {
        json += ",";
      } else {
        if (last !== undefined) json += "]}},";
        const head = headOf(id, seriesOf);
        json += head.metric;
        point = head.point;
        last = id;
      }
      // Six zeros make nanoseconds of milliseconds, which are whole.
      json += `${point}${points.moment[row]}000000","asDouble":${points.value[row]}}`;
    }
    return pack(Buffer.from(`${json}]}}]}]}]}`));
  };
}

function encodeHead(series: Series): Head {
  const unit = ucumUnit(series.unit);
  const metric = JSON.stringify({ name: toMetricName(series.metric), ...(unit === undefined ? {} : { unit }) });
  const attributes = JSON.stringify(toKeyValues(toAttributes(series)));
  return {
    metric: `${metric.slice(0, -1)},"gauge":{"dataPoints":[`,
    point: `{"attributes":${attributes},"timeUnixNano":"`,
  };
}

function toKeyValues(attributes: ReadonlyMap<string, string>): readonly object[] {
  return [...attributes].map(([key, stringValue]) => ({ key, value: { stringValue } }));
}
