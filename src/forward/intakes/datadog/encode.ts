/**
 * Points to the JSON of `POST /api/v2/series`, compressed.
 *
 * The JSON is appended as text: what is constant of a series is encoded once and kept, and a point costs one short
 * piece of text. `deflate` means zlib with its header, never the bare stream.
 *
 * Source: Datadog API reference, Submit metrics (v2); RFC 9110, HTTP Semantics, 8.4.1.2.
 */

import { deflateSync } from "node:zlib";
import type { Payload, PointBatch } from "../../../model/intake.ts";
import type { Series, SeriesId } from "../../../model/series.ts";
import { datadogUnit } from "../../../model/units.ts";
import { toMetricName, toTag } from "./naming.ts";

/** What is the same in every payload of a gateway. */
export interface DatadogSender {
  readonly hostname: string;
  /** Host tags, put on every series. */
  readonly tags: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
}

/** Makes points into a payload. */
export type EncodePoints = (points: PointBatch, seriesOf: (id: SeriesId) => Series) => Payload;

const PATH = "/api/v2/series";

/** Source: Datadog API reference, Submit metrics (v2), `type`: 3 is gauge. */
const TYPE_GAUGE = 3;

/** Beyond this many series the kept texts are made anew. */
const HEADS_MAX = 20_000;

/** Makes the encoder of one gateway. Limits: keeps the constant text of 20,000 series. */
export function createDatadogEncoder(sender: DatadogSender): EncodePoints {
  const heads = new Map<SeriesId, string>();
  return (points, seriesOf) => {
    let json = '{"series":[';
    let last: SeriesId | undefined;
    for (let row = 0; row < points.count; row += 1) {
      const id = points.series[row] as SeriesId;
      if (id === last) {
        json += ",";
      } else {
        if (last !== undefined) json += "]},";
        let head = heads.get(id);
        if (head === undefined) {
          if (heads.size >= HEADS_MAX) heads.clear();
          head = encodeHead(seriesOf(id), sender);
          heads.set(id, head);
        }
        json += head;
        last = id;
      }
      json += `{"timestamp":${points.second[row]},"value":${points.value[row]}}`;
    }
    const raw = Buffer.from(`${json}]}]}`);
    return { path: PATH, headers: sender.headers, body: deflateSync(raw), rawBytes: raw.byteLength };
  };
}

/** Encodes a series up to and including the bracket that opens its points. */
function encodeHead(series: Series, { hostname, tags }: DatadogSender): string {
  const unit = datadogUnit(series.unit);
  const head = JSON.stringify({
    metric: toMetricName(series.metric),
    type: TYPE_GAUGE,
    ...(unit === undefined ? {} : { unit }),
    source_type_name: "tidegate",
    resources: [{ name: hostname, type: "host" }],
    tags: [...new Set([...series.tags, ...tags].map(toTag))],
  });
  return `${head.slice(0, -1)},"points":[`;
}
