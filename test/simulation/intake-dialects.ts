/** How each kind of intake reads what it is sent, and how it answers. */

import { gunzipSync, inflateSync } from "node:zlib";
import { checkSeries, type IntakePoint } from "../../hardware-sim/intake/check-series.ts";
import { RAW_BYTES_MAX, WIRE_BYTES_MAX } from "../../hardware-sim/intake/limits.ts";
import type { HttpRequest, HttpResponse } from "../../src/platform/http-client.ts";
import { parseLines } from "../forward/intakes/influx/line-protocol.ts";
import { decodeWriteRequest } from "../forward/intakes/prometheus/write-request.ts";
import { decodeSnappy } from "../support/snappy-decoder.ts";
import type { SimulatedKind } from "./intake-traits.ts";

/** What a payload of series held. A `second` of an intake that resolves milliseconds has three decimal places. */
export interface ReadSeries {
  readonly points: readonly IntakePoint[];
  readonly errors: readonly string[];
}

/** The language of one kind. */
export interface IntakeDialect {
  readonly accepted: HttpResponse;
  /** Reads series. Units: `nowSecond` since 1970, `ageMax` in seconds. */
  read(request: HttpRequest, nowSecond: number, ageMax: number): ReadSeries;
  /** Answers with a status, in the intake's own words. */
  refuse(status: number, headers?: Readonly<Record<string, string>>): HttpResponse;
  /** Finds fault with a point. */
  readonly condemned: HttpResponse;
  /** Whether it keeps the other points of a payload in which it finds fault with one. */
  readonly isKeepingTheRest: boolean;
}

const JSON_TYPE = { "content-type": "application/json" };
const TEXT_TYPE = { "content-type": "text/plain; charset=utf-8" };

/** What Prometheus says of a sample that comes too late. Source: Prometheus, storage/interface.go. */
export const OUT_OF_ORDER: HttpResponse = { status: 400, headers: TEXT_TYPE, body: "out of order sample\n" };

/** The languages by kind. */
export const DIALECTS: Readonly<Record<SimulatedKind, IntakeDialect>> = {
  datadog: {
    accepted: { status: 202, headers: JSON_TYPE, body: '{"errors":[]}' },
    read: readDatadog,
    refuse: (status, headers = {}) => ({
      status,
      headers: { ...JSON_TYPE, ...headers },
      body: '{"errors":["not now"]}',
    }),
    condemned: { status: 400, headers: JSON_TYPE, body: '{"errors":["a point is not to our taste"]}' },
    isKeepingTheRest: false,
  },
  influx: {
    accepted: { status: 204, headers: {}, body: "" },
    read: ({ body = new Uint8Array() }) => ({
      points: parseLines(gunzipSync(body).toString("utf8")).map(({ measurement, tags, fields, timestamp }) =>
        toPoint(measurement, Object.entries(tags), Number(timestamp), Number(fields["value"])),
      ),
      errors: [],
    }),
    refuse: (status, headers = {}) => ({ status, headers: { ...JSON_TYPE, ...headers }, body: '{"error":"not now"}' }),
    condemned: {
      status: 400,
      headers: JSON_TYPE,
      body: '{"error":"partial write: field type conflict: input field is not to our taste dropped=1"}',
    },
    isKeepingTheRest: true,
  },
  prometheus: {
    accepted: { status: 204, headers: {}, body: "" },
    read: ({ body = new Uint8Array() }) => ({
      points: decodeWriteRequest(decodeSnappy(body)).flatMap(({ labels, samples }) =>
        samples.map(({ timestamp, value }) => toPoint(nameAmong(labels), labels, timestamp, value)),
      ),
      errors: [],
    }),
    refuse: (status, headers = {}) => ({ status, headers: { ...TEXT_TYPE, ...headers }, body: "not now, please\n" }),
    condemned: { status: 400, headers: TEXT_TYPE, body: "err-mimir-label-invalid: not to our taste\n" },
    isKeepingTheRest: false,
  },
};

function readDatadog({ body = new Uint8Array() }: HttpRequest, nowSecond: number, ageMax: number): ReadSeries {
  const raw = inflateSync(body);
  const { points, errors } = checkSeries(JSON.parse(raw.toString("utf8")), nowSecond, undefined, () => ageMax);
  const isOver = body.length > WIRE_BYTES_MAX || raw.length > RAW_BYTES_MAX;
  return { points, errors: isOver ? [...errors, "a payload is over the limits"] : errors };
}

function nameAmong(labels: readonly (readonly [key: string, value: string])[]): string {
  return labels.find(([key]) => key === "__name__")?.[1] ?? "";
}

/** Units: `at` milliseconds since 1970. */
function toPoint(
  metric: string,
  labels: readonly (readonly [key: string, value: string])[],
  at: number,
  value: number,
): IntakePoint {
  const tags = labels.map((label) => label.join(":"));
  return { series: JSON.stringify([metric, ...tags]), metric, host: "", tags, second: at / 1000, value };
}
