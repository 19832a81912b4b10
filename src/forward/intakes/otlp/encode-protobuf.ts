/**
 * Points to `opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest`.
 *
 * ```
 * message ExportMetricsServiceRequest { repeated ResourceMetrics resource_metrics = 1; }
 * message ResourceMetrics { Resource resource = 1; repeated ScopeMetrics scope_metrics = 2; }
 * message Resource { repeated KeyValue attributes = 1; }
 * message ScopeMetrics { InstrumentationScope scope = 1; repeated Metric metrics = 2; }
 * message InstrumentationScope { string name = 1; string version = 2; }
 * message Metric { string name = 1; string unit = 3; Gauge gauge = 5; }
 * message Gauge { repeated NumberDataPoint data_points = 1; }
 * message NumberDataPoint { fixed64 time_unix_nano = 3; double as_double = 4; repeated KeyValue attributes = 7; }
 * message KeyValue { string key = 1; AnyValue value = 2; }
 * message AnyValue { string string_value = 1; }
 * ```
 *
 * There is one metric for each series. What is constant of it is encoded once and kept: its name and unit, which come
 * first in the metric, and its attributes, which each point repeats.
 *
 * Source: open-telemetry/opentelemetry-proto, version 1, metrics.proto, common.proto, resource.proto.
 */

import type { OtlpConfig } from "../../../model/config.ts";
import type { Series } from "../../../model/series.ts";
import { ucumUnit } from "../../../model/units.ts";
import type { GatewayIdentity } from "../../gateway-identity.ts";
import { ProtobufWriter, sizeOfVarint } from "../../protobuf-writer.ts";
import { createSeriesHeads } from "../../series-heads.ts";
import { createPacker, type EncodeMetrics, SCOPE_NAME } from "./encode.ts";
import { toAttributes, toMetricName, toResource } from "./naming.ts";

/** Tags and bytes of moment and value of a point. */
const MOMENT_AND_VALUE_BYTES = 9 + 9;

const NANOS_PER_MILLI = 1_000_000;

/** What is constant of a series. */
interface Head {
  /** Name and unit. */
  readonly metric: Uint8Array;
  readonly attributes: Uint8Array;
}

/** Makes the encoder of one gateway. Limits: keeps the constant bytes of 20,000 series. */
export function createProtobufEncoder(config: OtlpConfig, identity: GatewayIdentity): EncodeMetrics {
  const pack = createPacker(config, identity, "application/x-protobuf");
  const headOf = createSeriesHeads(encodeHead);
  const resource = fieldOf(1, encodeAttributes(1, toResource(identity)));
  const scope = fieldOf(1, encodeScope(identity));
  const metrics = new ProtobufWriter(65_536);
  const request = new ProtobufWriter(65_536);
  return (points, seriesOf) => {
    metrics.clear();
    for (let first = 0; first < points.count; ) {
      const id = points.series[first] as number;
      let end = first + 1;
      while (end < points.count && points.series[end] === id) end += 1;
      const { metric, attributes } = headOf(id, seriesOf);
      const pointBytes = MOMENT_AND_VALUE_BYTES + attributes.length;
      const gaugeBytes = (end - first) * sizeOfField(pointBytes);
      metrics.startMessage(2, metric.length + sizeOfField(gaugeBytes));
      metrics.bytes(metric);
      metrics.startMessage(5, gaugeBytes);
      for (let row = first; row < end; row += 1) {
        metrics.startMessage(1, pointBytes);
        writeMoment(metrics, points.moment[row] as number);
        metrics.doubleField(4, points.value[row] as number);
        metrics.bytes(attributes);
      }
      first = end;
    }
    const scopeBytes = scope.length + metrics.length;
    request.clear();
    request.startMessage(1, resource.length + sizeOfField(scopeBytes));
    request.bytes(resource);
    request.startMessage(2, scopeBytes);
    request.bytes(scope);
    request.bytes(metrics.written());
    return pack(request.written());
  };
}

/** Bytes of a field below 16 that holds so many bytes, its tag and length included. */
function sizeOfField(byteCount: number): number {
  return 1 + sizeOfVarint(byteCount) + byteCount;
}

/** Nanoseconds need 61 bits, more than a number is exact in: they are written in two halves. */
function writeMoment(writer: ProtobufWriter, moment: number): void {
  const upper = Math.floor(moment / 2 ** 20) * NANOS_PER_MILLI;
  const lower = (upper % 2 ** 12) * 2 ** 20 + (moment % 2 ** 20) * NANOS_PER_MILLI;
  writer.fixed64Field(3, Math.floor(upper / 2 ** 12) + Math.floor(lower / 2 ** 32), lower % 2 ** 32);
}

function encodeHead(series: Series): Head {
  const metric = new ProtobufWriter();
  metric.textField(1, toMetricName(series.metric));
  const unit = ucumUnit(series.unit);
  if (unit !== undefined) metric.textField(3, unit);
  return { metric: metric.written().slice(), attributes: encodeAttributes(7, toAttributes(series)) };
}

function encodeAttributes(field: number, attributes: ReadonlyMap<string, string>): Uint8Array {
  const writer = new ProtobufWriter();
  for (const [key, value] of attributes) {
    const any = new ProtobufWriter();
    any.textField(1, value);
    const pair = new ProtobufWriter();
    pair.textField(1, key);
    pair.bytesField(2, any.written());
    writer.bytesField(field, pair.written());
  }
  return writer.written().slice();
}

function encodeScope({ version }: GatewayIdentity): Uint8Array {
  const scope = new ProtobufWriter();
  scope.textField(1, SCOPE_NAME);
  scope.textField(2, version);
  return scope.written().slice();
}

function fieldOf(field: number, message: Uint8Array): Uint8Array {
  const writer = new ProtobufWriter();
  writer.bytesField(field, message);
  return writer.written().slice();
}
