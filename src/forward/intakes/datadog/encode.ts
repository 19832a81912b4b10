/**
 * Points to the JSON of a series route, compressed.
 *
 * The JSON is appended as text: what is constant of a series is encoded once and kept, and a point costs one short
 * piece of text.
 *
 * Source: Datadog API reference, Submit metrics (v1 and v2).
 */

import type { DatadogCompression } from "../../../model/config.ts";
import type { Payload, PointBatch } from "../../../model/intake.ts";
import type { Series, SeriesId } from "../../../model/series.ts";
import { createSeriesHeads } from "../../series-heads.ts";
import { endOfSeries, firstRowsByMetric } from "../../series-runs.ts";
import { compress, nameCompression, type Thrift } from "./compression.ts";
import type { DatadogSender, SeriesDialect } from "./series-dialects.ts";

/** Makes points into a payload. */
export type EncodePoints = (points: PointBatch, seriesOf: (id: SeriesId) => Series) => Payload;

/** Makes the encoder of one gateway. Limits: keeps the constant text of 20,000 series. */
export function createSeriesEncoder(
  sender: DatadogSender,
  dialect: SeriesDialect,
  compression: DatadogCompression = "deflate",
  thrift: Thrift = "time",
): EncodePoints {
  const { pointStart, pointMiddle, pointEnd } = dialect;
  const headOf = createSeriesHeads((series) => ({
    metric: series.metric,
    text: openPoints(dialect.headOf(series, sender)),
  }));
  return (points, seriesOf) => {
    let json = '{"series":[';
    let comma = "";
    for (const firstRow of firstRowsByMetric(points, (id) => headOf(id, seriesOf).metric)) {
      json += comma + headOf(points.series[firstRow] as SeriesId, seriesOf).text;
      comma = ",";
      const endRow = endOfSeries(points, firstRow);
      for (let row = firstRow; row < endRow; row += 1) {
        if (row > firstRow) json += ",";
        json += `${pointStart}${(points.moment[row] as number) / 1000}${pointMiddle}${points.value[row]}${pointEnd}`;
      }
      json += "]}";
    }
    return toPayload(dialect.path, `${json}]}`, sender, compression, thrift);
  };
}

/** Compresses JSON for a route; leaving out how means with `deflate`, which all routes know. */
export function toPayload(
  path: string,
  json: string,
  sender: Pick<DatadogSender, "headers">,
  compression: DatadogCompression = "deflate",
  thrift: Thrift = "time",
): Payload {
  const raw = Buffer.from(json);
  const headers = sender.headers("application/json", nameCompression(compression, "json"));
  return { path, headers, body: compress(compression, raw, thrift), rawBytes: raw.byteLength };
}

/** Encodes a series up to and including the bracket that opens its points. */
function openPoints(head: object): string {
  return `${JSON.stringify(head).slice(0, -1)},"points":[`;
}
