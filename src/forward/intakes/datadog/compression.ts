/** How bodies are compressed, and what that is called. */

import { constants, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import type { DatadogCompression, DatadogEncoding } from "../../../model/config.ts";

/** What a body may cost: "bytes" counts bytes before all, as on an uplink that is paid by them, "time" the CPU. */
export type Thrift = "bytes" | "time";

/** A body of up to so many bytes, as one flush of some hundred series is, is worth more than a moment. */
const SMALL_BYTES_MAX = 65_536;

/**
 * Levels of zstd. At 16 a flush of 1,000 points takes 3 % (in columns) to 15 % (in the other forms) less than at 7, and
 * costs 1 to 7 ms of a core in place of 0.2, on a board ten times that. So it is for uplinks that are paid by the byte.
 * What is filled in after an outage has to be quick everywhere.
 *
 * Source: `npm run bench:forward`, docs/benchmarks.md.
 */
const LEVEL_OF_BYTES = 16;
const LEVEL_OF_TIME = 7;

/**
 * Compresses a body. `deflate` means zlib with its header, never the bare stream.
 *
 * Shape: any length. Source: RFC 9110, HTTP Semantics, 8.4.1.2.
 */
export function compress(compression: DatadogCompression, raw: Uint8Array, thrift: Thrift): Uint8Array {
  switch (compression) {
    case "deflate":
      return deflateSync(raw);
    case "gzip":
      return gzipSync(raw);
    case "zstd": {
      const level = thrift === "bytes" && raw.length <= SMALL_BYTES_MAX ? LEVEL_OF_BYTES : LEVEL_OF_TIME;
      return zstdCompressSync(raw, { params: { [constants.ZSTD_c_compressionLevel]: level } });
    }
  }
}

/**
 * Names a compression in the header `content-encoding`: JSON calls zstd `zstd1`, the protobuf of the Agent `zstd`.
 *
 * Source: Datadog API reference, Submit metrics (v2), `Content-Encoding`; Datadog Agent, pkg/serializer.
 */
export function nameCompression(compression: DatadogCompression, encoding: DatadogEncoding): string {
  return compression === "zstd" && encoding === "json" ? "zstd1" : compression;
}
