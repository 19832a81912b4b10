/**
 * Points to line protocol, compressed with gzip: `measurement,tag=value,... value=1.5 1795323600000`.
 *
 * Everything before the value is constant of a series, encoded once and kept. Values are always floats: of a series
 * that now and then has a whole number, every line has the same type.
 *
 * Source: InfluxDB documentation, Line protocol.
 */

import { gzipSync } from "node:zlib";
import type { InfluxConfig } from "../../../model/config.ts";
import type { Payload, PointBatch } from "../../../model/intake.ts";
import type { Series, SeriesId } from "../../../model/series.ts";
import type { GatewayIdentity } from "../../gateway-identity.ts";
import { toKeyedTagsWithHost } from "../../keyed-tags.ts";
import { createSeriesHeads } from "../../series-heads.ts";
import { escapeTag, toMeasurement, toTagKey, toTagValue } from "./naming.ts";

/** Makes points into a payload. */
export type EncodeLines = (points: PointBatch, seriesOf: (id: SeriesId) => Series) => Payload;

/** Makes the encoder of one gateway. Limits: keeps the constant text of 20,000 series. */
export function createLineEncoder(target: InfluxConfig["target"], identity: GatewayIdentity): EncodeLines {
  const headOf = createSeriesHeads((series) => encodeHead(series, identity));
  const path = pathOf(target);
  const headers = headersOf(target, identity);
  return (points, seriesOf) => {
    let lines = "";
    let last: SeriesId | undefined;
    let head = "";
    for (let row = 0; row < points.count; row += 1) {
      const id = points.series[row] as SeriesId;
      if (id !== last) {
        head = headOf(id, seriesOf);
        last = id;
      }
      lines += `${head}${points.value[row]} ${points.moment[row]}\n`;
    }
    const raw = Buffer.from(lines);
    return { path, headers, body: gzipSync(raw), rawBytes: raw.byteLength };
  };
}

/** Says what every request names: where the lines go, and that their moments are in milliseconds. */
function pathOf(target: InfluxConfig["target"]): string {
  if (target.version === 2) {
    return `/api/v2/write?${new URLSearchParams({ org: target.org, bucket: target.bucket, precision: "ms" })}`;
  }
  const { database: db, retentionPolicy: rp } = target;
  return `/write?${new URLSearchParams({ db, ...(rp === undefined ? {} : { rp }), precision: "ms" })}`;
}

function headersOf(target: InfluxConfig["target"], { version }: GatewayIdentity): Readonly<Record<string, string>> {
  const credentials = credentialsOf(target);
  return {
    "content-type": "text/plain; charset=utf-8",
    "content-encoding": "gzip",
    "user-agent": `tidegate/${version}`,
    ...(credentials === undefined ? {} : { authorization: credentials }),
  };
}

/** Source: InfluxDB 1 and 2 documentation, API authentication. */
function credentialsOf(target: InfluxConfig["target"]): string | undefined {
  if (target.version === 2) return target.token === undefined ? undefined : `Token ${target.token}`;
  if (target.login === undefined) return undefined;
  const { username, password } = target.login;
  return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}

/** Encodes a line up to and including the equals sign before its value. */
function encodeHead(series: Series, identity: GatewayIdentity): string {
  let head = toMeasurement(series.metric);
  for (const [key, value] of toKeyedTagsWithHost(series, identity, "host", toTagKey)) {
    head += `,${escapeTag(key)}=${escapeTag(toTagValue(value))}`;
  }
  return `${head} value=`;
}
