/** What the two encodings of OTLP over HTTP have in common. */

import { gzipSync } from "node:zlib";
import type { OtlpConfig } from "../../../model/config.ts";
import type { Payload, PointBatch } from "../../../model/intake.ts";
import type { Series, SeriesId } from "../../../model/series.ts";
import type { GatewayIdentity } from "../../gateway-identity.ts";

/** Makes points into a payload. */
export type EncodeMetrics = (points: PointBatch, seriesOf: (id: SeriesId) => Series) => Payload;

/** The name of the instrumentation scope, and of the program in `user-agent`. */
export const SCOPE_NAME = "tidegate";

/**
 * Makes what packs an encoded request, compressed with gzip.
 *
 * Source: OpenTelemetry, OTLP Specification, OTLP/HTTP Request.
 */
export function createPacker(
  { headers: own }: Pick<OtlpConfig, "headers">,
  { version }: Pick<GatewayIdentity, "version">,
  contentType: string,
): (raw: Uint8Array) => Payload {
  const headers = {
    ...own,
    "content-type": contentType,
    "content-encoding": "gzip",
    "user-agent": `${SCOPE_NAME}/${version}`,
  };
  return (raw) => ({ path: "/v1/metrics", headers, body: gzipSync(raw), rawBytes: raw.byteLength });
}
