/** How bodies are compressed, and what that is called. */

import { deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import type { DatadogCompression, DatadogEncoding } from "../../../model/config.ts";

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
    case "zstd":
      return zstdCompressSync(raw);
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
