/** The checks that come before the payload itself: who sends, in which form, and how much. */

import type { IncomingHttpHeaders } from "node:http";
import { gunzipSync, inflateSync, zstdDecompressSync } from "node:zlib";

/** Why a request is refused. */
export interface Refusal {
  readonly status: number;
  readonly errors: readonly string[];
}

/** In which form a body must come. */
export interface BodyForm {
  readonly contentTypes: readonly string[];
  /** Content encodings beside identity. */
  readonly contentEncodings: readonly string[];
  /** Body as sent. Units: bytes. */
  readonly wireBytesMax: number;
  /** Body before compression. Units: bytes. */
  readonly rawBytesMax: number;
  /** Reads protobuf in the words of its JSON; leaving it out means that none comes. Errors: what cannot be read. */
  readonly readProtobuf?: (raw: Uint8Array) => unknown;
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

/** Checks the key of a person, which changes to the account need beside that of the gateway. */
export function checkAppKey(headers: IncomingHttpHeaders, appKey: string | undefined): Refusal | undefined {
  const sent = headers["dd-application-key"];
  if (sent !== undefined && sent === appKey) return undefined;
  const found = sent === undefined ? "is missing" : "is not one of this account";
  return refuse(403, `the header dd-application-key ${found}`);
}

/**
 * Unpacks a body and reads it as JSON, or as protobuf in the words of the JSON. A body that holds the key is refused
 * before anything of it is shown.
 *
 * Shape: `body` as it came over the wire.
 */
export function checkBody(
  headers: IncomingHttpHeaders,
  body: Uint8Array,
  { contentTypes, contentEncodings, wireBytesMax, rawBytesMax, readProtobuf }: BodyForm,
  apiKey: string,
): { readonly json: unknown } | { readonly refusal: Refusal } {
  const contentType = headers["content-type"]?.split(";")[0]?.trim().toLowerCase() ?? "missing";
  if (!contentTypes.includes(contentType)) {
    return { refusal: refuse(400, `the content type is ${contentType}, expected ${contentTypes.join(" or ")}`) };
  }
  if (body.byteLength > wireBytesMax) {
    return { refusal: refuse(413, `the body has more than ${wireBytesMax} bytes`) };
  }
  const encoding = headers["content-encoding"];
  if (encoding !== undefined && !["identity", ...contentEncodings].includes(encoding)) {
    const known = contentEncodings.join(", ");
    return { refusal: refuse(400, `the content encoding ${encoding} is not ${known} or identity`) };
  }
  const unpacked = unpack(encoding, body, rawBytesMax);
  if ("refusal" in unpacked) return unpacked;
  if (unpacked.raw.byteLength > rawBytesMax) return { refusal: tooLargeUnpacked(rawBytesMax) };
  if (apiKey !== "" && Buffer.from(unpacked.raw).includes(apiKey)) {
    return { refusal: refuse(400, "the API key is in the body; it belongs in the header dd-api-key") };
  }
  const isProtobuf = contentType === "application/x-protobuf";
  try {
    if (isProtobuf && readProtobuf !== undefined) return { json: readProtobuf(unpacked.raw) };
    return { json: JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(unpacked.raw)) };
  } catch (cause) {
    const expected = isProtobuf ? "a MetricPayload in protobuf" : "JSON in UTF-8";
    return { refusal: refuse(400, `the body is not ${expected}: ${cause instanceof Error ? cause.message : cause}`) };
  }
}

/** Makes a refusal of one sentence. */
export function refuse(status: number, error: string): Refusal {
  return { status, errors: [error] };
}

function unpack(
  encoding: string | undefined,
  body: Uint8Array,
  rawBytesMax: number,
): { readonly raw: Uint8Array } | { readonly refusal: Refusal } {
  const options = { maxOutputLength: rawBytesMax };
  try {
    switch (encoding) {
      case undefined:
      case "identity":
        return { raw: body };
      case "gzip":
        return { raw: gunzipSync(body, options) };
      case "zstd":
      case "zstd1":
        return { raw: zstdDecompressSync(body, options) };
      default:
        return { raw: inflateSync(body, options) };
    }
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? cause.code : "";
    if (code === "ERR_BUFFER_TOO_LARGE") return { refusal: tooLargeUnpacked(rawBytesMax) };
    return { refusal: refuse(400, `the body is not ${encoding === "deflate" ? "deflate in zlib form" : encoding}`) };
  }
}

function tooLargeUnpacked(rawBytesMax: number): Refusal {
  return refuse(413, `the unpacked body has more than ${rawBytesMax} bytes`);
}
