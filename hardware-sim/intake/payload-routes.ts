/** The routes that take payloads: what each takes, how it is checked, where it goes, and what is answered. */

import type { BodyForm, Refusal } from "./check-request.ts";
import { checkSeries } from "./check-series.ts";
import { readColumnSeries } from "./column-series.ts";
import { checkEvent } from "./events.ts";
import { checkHost } from "./hosts.ts";
import type { IntakeRecords } from "./intake-records.ts";
import {
  NOTE_RAW_BYTES_MAX,
  NOTE_WIRE_BYTES_MAX,
  RAW_BYTES_MAX,
  V1_RAW_BYTES_MAX,
  V1_WIRE_BYTES_MAX,
  WIRE_BYTES_MAX,
} from "./limits.ts";
import { readProtobufSeries } from "./protobuf-series.ts";
import { type Reply, toJsonReply } from "./reply.ts";
import { SERIES_V1, SERIES_V2 } from "./series-dialects.ts";
import { checkServiceChecks } from "./service-checks.ts";

/** A route that takes payloads. */
export interface PayloadRoute {
  readonly form: BodyForm;
  /** Keeps what a payload holds, or says why not. Units: `nowSecond`, when it came, in seconds since 1970. */
  readonly take: (json: unknown, nowSecond: number, records: IntakeRecords) => Reply | Refusal;
}

const JSON_ONLY = ["application/json"];

/** Source: Datadog API reference, `Content-Encoding` of Submit metrics (v1). */
const OLD_ENCODINGS = ["deflate", "gzip"];

/**
 * Of JSON and of the Agent's protobuf, which calls zstd by its own name.
 *
 * Source: Datadog API reference, `Content-Encoding` of Submit metrics (v2); Datadog Agent, pkg/serializer.
 */
const V2_ENCODINGS = [...OLD_ENCODINGS, "zstd1", "zstd"];

const NOTE_FORM: BodyForm = {
  contentTypes: JSON_ONLY,
  contentEncodings: OLD_ENCODINGS,
  wireBytesMax: NOTE_WIRE_BYTES_MAX,
  rawBytesMax: NOTE_RAW_BYTES_MAX,
};

const OK = { status: "ok" };

const takeV2: PayloadRoute["take"] = (json, nowSecond, records) => {
  const { points, errors } = checkSeries(json, nowSecond, SERIES_V2, records.ageMaxOf);
  if (errors.length > 0) return { status: 400, errors };
  records.ledger.record(points, nowSecond);
  return toJsonReply(202, { errors: [] });
};

/** By path; all of them are asked with POST. */
export const PAYLOAD_ROUTES: ReadonlyMap<string, PayloadRoute> = new Map([
  [
    "/api/v2/series",
    {
      form: {
        contentTypes: [...JSON_ONLY, "application/x-protobuf"],
        contentEncodings: V2_ENCODINGS,
        wireBytesMax: WIRE_BYTES_MAX,
        rawBytesMax: RAW_BYTES_MAX,
        readProtobuf: readProtobufSeries,
      },
      take: takeV2,
    },
  ],
  [
    // Source: Datadog Agent, comp/forwarder, endpoints; limits and compression as Vector's sink has them.
    "/api/intake/metrics/v3/series",
    {
      form: {
        contentTypes: ["application/x-protobuf"],
        contentEncodings: ["zstd"],
        wireBytesMax: WIRE_BYTES_MAX,
        rawBytesMax: RAW_BYTES_MAX,
        readProtobuf: readColumnSeries,
      },
      take: takeV2,
    },
  ],
  [
    "/api/v1/series",
    {
      form: {
        contentTypes: [...JSON_ONLY, "text/json"],
        contentEncodings: OLD_ENCODINGS,
        wireBytesMax: V1_WIRE_BYTES_MAX,
        rawBytesMax: V1_RAW_BYTES_MAX,
      },
      take: (json, nowSecond, records) => {
        const { points, errors } = checkSeries(json, nowSecond, SERIES_V1, records.ageMaxOf);
        if (errors.length > 0) return { status: 400, errors };
        records.ledger.record(points, nowSecond);
        return toJsonReply(202, OK);
      },
    },
  ],
  [
    "/api/v1/check_run",
    {
      form: NOTE_FORM,
      take: (json, nowSecond, records) => {
        const { checks, errors } = checkServiceChecks(json, nowSecond);
        if (errors.length > 0) return { status: 400, errors };
        records.serviceChecks.record(checks);
        return toJsonReply(202, OK);
      },
    },
  ],
  [
    "/api/v1/events",
    {
      form: NOTE_FORM,
      take: (json, nowSecond, records) => {
        const { event, errors } = checkEvent(json, nowSecond);
        if (errors.length > 0) return { status: 400, errors };
        records.events.record(event);
        const { title, text, tags, priority, second } = event;
        return toJsonReply(202, { ...OK, event: { title, text, tags, priority, date_happened: second } });
      },
    },
  ],
  [
    "/intake/",
    {
      form: NOTE_FORM,
      take: (json, nowSecond, records) => {
        const { metadata, errors } = checkHost(json, nowSecond);
        if (errors.length > 0) return { status: 400, errors };
        records.hosts.record(metadata);
        return toJsonReply(200, OK);
      },
    },
  ],
] satisfies [string, PayloadRoute][]);
