/**
 * Points to `datadog.agentpayload.MetricPayload`, as the Agent posts it to the series route.
 *
 * ```
 * message MetricPayload { repeated MetricSeries series = 1; }
 * message MetricSeries {
 *   repeated Resource resources = 1;   // { string type = 1; string name = 2; }
 *   string metric = 2; repeated string tags = 3; repeated MetricPoint points = 4; MetricType type = 5;
 *   string unit = 6; string source_type_name = 7; int64 interval = 8;
 * }
 * message MetricPoint { double value = 1; int64 timestamp = 2; }   // seconds
 * ```
 *
 * All that is constant of a series is encoded once and kept; its points come last, as the Agent puts them. A point is
 * written straight into the bytes of the payload.
 *
 * Source: DataDog/agent-payload, proto/metrics/agent_payload.proto.
 */

import type { DatadogCompression } from "../../../model/config.ts";
import type { PointBatch } from "../../../model/intake.ts";
import type { Series, SeriesId } from "../../../model/series.ts";
import { datadogUnit } from "../../../model/units.ts";
import { ProtobufWriter, sizeOfVarint } from "../../protobuf-writer.ts";
import { createSeriesHeads } from "../../series-heads.ts";
import { endOfSeries, firstRowsByMetric } from "../../series-runs.ts";
import { compress, nameCompression, type Thrift } from "./compression.ts";
import type { EncodePoints } from "./encode.ts";
import { toMetricName } from "./naming.ts";
import { type DatadogSender, KIND_NUMBERS, SERIES_V2, toTags } from "./series-dialects.ts";

/** The version of the payload's definition. Source: DataDog/agent-payload, go.mod of the version described above. */
const PAYLOAD_VERSION = "4.87.0";

/** Tag and length of a point, tag of its timestamp, tag and bytes of its value. Units: bytes. */
const POINT_BYTES = 2 + 1 + 9;

/** Makes the encoder of one gateway. Limits: keeps the constant bytes of 20,000 series. */
export function createProtobufEncoder(
  sender: DatadogSender,
  compression: DatadogCompression,
  thrift: Thrift = "time",
): EncodePoints {
  const writer = new ProtobufWriter(65_536);
  const headOf = createSeriesHeads((series) => ({ metric: series.metric, bytes: encodeHead(series, sender) }));
  return (points, seriesOf) => {
    writer.clear();
    for (const firstRow of firstRowsByMetric(points, (id) => headOf(id, seriesOf).metric)) {
      const { bytes } = headOf(points.series[firstRow] as SeriesId, seriesOf);
      const endRow = endOfSeries(points, firstRow);
      let size = bytes.length;
      for (let row = firstRow; row < endRow; row += 1) size += POINT_BYTES + sizeOfVarint(secondOf(points, row));
      writer.startMessage(1, size);
      writer.bytes(bytes);
      for (let row = firstRow; row < endRow; row += 1) {
        writePoint(writer, secondOf(points, row), points.value[row] as number);
      }
    }
    const raw = writer.written();
    const headers = sender.headers("application/x-protobuf", nameCompression(compression, "protobuf"));
    return {
      path: SERIES_V2.path,
      headers: { ...headers, "dd-agent-payload": PAYLOAD_VERSION },
      body: compress(compression, raw, thrift),
      rawBytes: raw.byteLength,
    };
  };
}

function secondOf({ moment }: PointBatch, row: number): number {
  return (moment[row] as number) / 1000;
}

function writePoint(writer: ProtobufWriter, second: number, value: number): void {
  writer.startMessage(4, POINT_BYTES - 2 + sizeOfVarint(second));
  writer.varintField(2, second);
  writer.doubleField(1, value);
}

/** Encodes all of a series but its points. */
function encodeHead(series: Series, sender: DatadogSender): Uint8Array {
  const resource = new ProtobufWriter();
  resource.textField(1, "host");
  resource.textField(2, sender.hostname);
  const head = new ProtobufWriter();
  head.bytesField(1, resource.written());
  head.textField(2, toMetricName(series.metric));
  for (const tag of toTags(series.tags, sender)) head.textField(3, tag);
  head.varintField(5, KIND_NUMBERS[series.kind]);
  const unit = datadogUnit(series.unit);
  if (unit !== undefined) head.textField(6, unit);
  head.textField(7, "tidegate");
  if (series.intervalS !== undefined) head.varintField(8, series.intervalS);
  return head.written().slice();
}
