/** How bodies are compressed, and what that is called. */

import { constants, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import type { DatadogCompression, DatadogEncoding } from "../../../model/config.ts";

/** A body of up to so many bytes, as one flush of some hundred series is, is worth more than a moment. */
const SMALL_BYTES_MAX = 65_536;

/**
 * Levels of zstd. Small bodies take a seventh less at level 16 than at 7 and cost 10 ms of a core at most, on a board a
 * tenth of a second, in each flush; what is filled in after an outage has to be quick.
 *
 * Source: `npm run bench:forward`, docs/benchmarks.md.
 */
const LEVEL_OF_SMALL = 16;
const LEVEL_OF_LARGE = 7;

/**
 * Compresses a body. `deflate` means zlib with its header, never the bare stream.
 *
 * Shape: any length. Source: RFC 9110, HTTP Semantics, 8.4.1.2.
 */
export function compress(compression: DatadogCompression, raw: Uint8Array): Uint8Array {
  switch (compression) {
    case "deflate":
      return deflateSync(raw);
    case "gzip":
      return gzipSync(raw);
    case "zstd": {
      const level = raw.length <= SMALL_BYTES_MAX ? LEVEL_OF_SMALL : LEVEL_OF_LARGE;
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
