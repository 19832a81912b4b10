/** The checks that come before the payload itself: who sends, in which form, and how much. */

import type { IncomingHttpHeaders } from "node:http";
import { gunzipSync, inflateSync } from "node:zlib";
import { RAW_BYTES_MAX, WIRE_BYTES_MAX } from "./limits.ts";

/** Why a request is refused. */
export interface Refusal {
  readonly status: number;
  readonly errors: readonly string[];
}

/** Checks that the key travels in its header, and only there. */
export function checkKey(headers: IncomingHttpHeaders, query: URLSearchParams, apiKey: string): Refusal | undefined {
  if (query.has("api_key") || query.has("dd-api-key")) {
    return refuse(403, "the API key is in the query, where every proxy logs it; it belongs in the header dd-api-key");
  }
  if (headers["dd-api-key"] === undefined) return refuse(403, "the header dd-api-key is missing");
  if (headers["dd-api-key"] !== apiKey) return refuse(403, "the API key is not the one of this intake");
  return undefined;
}

/**
 * Unpacks a body and reads it as JSON.
 *
 * Shape: `body` as it came over the wire.
 */
export function readJsonBody(
  headers: IncomingHttpHeaders,
  body: Uint8Array,
): { readonly json: unknown } | { readonly refusal: Refusal } {
  const contentType = headers["content-type"]?.split(";")[0]?.trim().toLowerCase();
  if (contentType !== "application/json") {
    return { refusal: refuse(400, `the content type is ${contentType ?? "missing"}, expected application/json`) };
  }
  if (body.byteLength > WIRE_BYTES_MAX) {
    return { refusal: refuse(413, `the body has more than ${WIRE_BYTES_MAX} bytes`) };
  }
  const unpacked = unpack(headers["content-encoding"], body);
  if ("refusal" in unpacked) return unpacked;
  if (unpacked.raw.byteLength > RAW_BYTES_MAX) return { refusal: tooLargeUnpacked() };
  try {
    return { json: JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(unpacked.raw)) };
  } catch (cause) {
    return { refusal: refuse(400, `the body is not JSON in UTF-8: ${cause instanceof Error ? cause.message : cause}`) };
  }
}

/** Makes a refusal of one sentence. */
export function refuse(status: number, error: string): Refusal {
  return { status, errors: [error] };
}

function unpack(
  encoding: string | undefined,
  body: Uint8Array,
): { readonly raw: Uint8Array } | { readonly refusal: Refusal } {
  const options = { maxOutputLength: RAW_BYTES_MAX };
  try {
    switch (encoding) {
      case undefined:
      case "identity":
        return { raw: body };
      case "gzip":
        return { raw: gunzipSync(body, options) };
      case "deflate":
        return { raw: inflateSync(body, options) };
      default:
        return { refusal: refuse(400, `the content encoding ${encoding} is not gzip, deflate or identity`) };
    }
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? cause.code : "";
    if (code === "ERR_BUFFER_TOO_LARGE") return { refusal: tooLargeUnpacked() };
    return { refusal: refuse(400, `the body is not ${encoding === "gzip" ? "gzip" : "deflate in zlib form"}`) };
  }
}

function tooLargeUnpacked(): Refusal {
  return refuse(413, `the unpacked body has more than ${RAW_BYTES_MAX} bytes`);
}
