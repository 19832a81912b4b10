/**
 * What the body of an answer says, in either encoding: nothing, how many points were rejected, or what went wrong.
 *
 * ```
 * message ExportMetricsServiceResponse { ExportMetricsPartialSuccess partial_success = 1; }
 * message ExportMetricsPartialSuccess { int64 rejected_data_points = 1; string error_message = 2; }
 * message Status { int32 code = 1; string message = 2; }   // google.rpc, with every status but 200
 * ```
 *
 * An answer is in the encoding of its request, says the specification; some servers answer in text all the same, so it
 * goes by the answer's own `content-type`. A body may be cut off at its end.
 *
 * Source: OpenTelemetry, OTLP Specification, OTLP/HTTP Response; opentelemetry-proto, metrics_service.proto.
 */

import type { IntakeResponse } from "../../../model/intake.ts";

/** What an answer with status 200 says. */
export interface ExportAnswer {
  readonly rejected: number;
  readonly message: string;
}

const VARINT = 0;
const LENGTH_DELIMITED = 2;

/** Reads the answer to an export; undefined where nothing like it was answered. */
export function readExportAnswer(response: IntakeResponse): ExportAnswer | undefined {
  if (response.body === "") return { rejected: 0, message: "" };
  if (isProtobuf(response)) {
    const partial = fieldsOf(bytesOf(response))?.get(1);
    if (partial === undefined) return undefined;
    const fields = typeof partial === "number" ? undefined : fieldsOf(partial);
    if (fields === undefined) return undefined;
    return { rejected: numberOf(fields.get(1)), message: textOf(fields.get(2)) };
  }
  const answer = parseJson(response);
  if (answer === undefined) return undefined;
  const partial = answer["partialSuccess"] ?? {};
  if (typeof partial !== "object" || Object.keys(answer).some((key) => key !== "partialSuccess")) return undefined;
  const message: unknown = Reflect.get(partial, "errorMessage");
  const rejected = Number(Reflect.get(partial, "rejectedDataPoints") ?? 0);
  return Number.isNaN(rejected) ? undefined : { rejected, message: typeof message === "string" ? message : "" };
}

/**
 * Reads the message of an error; undefined where the answer is not that of a server that takes OTLP.
 *
 * Servers written in Go that do not keep to the specification (Prometheus, VictoriaMetrics) answer in text, and set the
 * header that Go's `http.Error` sets with it.
 */
export function readErrorMessage(response: IntakeResponse): string | undefined {
  if (isProtobuf(response)) {
    const message = textOf(fieldsOf(bytesOf(response))?.get(2));
    return message === "" ? undefined : message;
  }
  const type = response.headers["content-type"] ?? "";
  if (type.startsWith("text/plain") && response.headers["x-content-type-options"] === "nosniff") return response.body;
  const message = parseJson(response)?.["message"];
  return typeof message === "string" && message !== "" ? message : undefined;
}

function isProtobuf({ headers }: IntakeResponse): boolean {
  return /^application\/(?:x-)?protobuf\b/iu.test(headers["content-type"] ?? "");
}

function bytesOf({ body }: IntakeResponse): Uint8Array {
  return Buffer.from(body, "latin1");
}

function parseJson({ headers, body }: IntakeResponse): Readonly<Record<string, unknown>> | undefined {
  if (!/^application\/json\b/iu.test(headers["content-type"] ?? "")) return undefined;
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === "object" && parsed !== null && !Array.isArray(parsed) ? { ...parsed } : undefined;
  } catch {
    return undefined;
  }
}

/** Reads the fields of a message, of each number the last; undefined where it is no message. */
function fieldsOf(bytes: Uint8Array): ReadonlyMap<number, number | Uint8Array> | undefined {
  const fields = new Map<number, number | Uint8Array>();
  let offset = 0;
  const readVarint = (): number | undefined => {
    let value = 0;
    for (let scale = 1; offset < bytes.length && scale < 2 ** 53; scale *= 128) {
      const byte = bytes[offset] as number;
      offset += 1;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
    return undefined;
  };
  while (offset < bytes.length) {
    const tag = readVarint();
    const number = readVarint();
    if (tag === undefined || number === undefined || tag < 8) return undefined;
    if (tag % 8 === VARINT) {
      fields.set(Math.floor(tag / 8), number);
    } else if (tag % 8 === LENGTH_DELIMITED) {
      fields.set(Math.floor(tag / 8), bytes.subarray(offset, offset + number));
      offset += number;
    } else {
      return undefined;
    }
  }
  return fields;
}

function numberOf(field: number | Uint8Array | undefined): number {
  return typeof field === "number" ? field : 0;
}

function textOf(field: number | Uint8Array | undefined): string {
  return field instanceof Uint8Array ? Buffer.from(field).toString("utf8") : "";
}
