/** What one request to the Datadog intake may hold, how old and how long things may be. */

import type { IntakeLimits } from "../../../model/intake.ts";
import { type Millis, seconds } from "../../../model/time.ts";

/** The limits of `POST /api/v2/series`. */
export const DATADOG_V2_LIMITS: IntakeLimits = {
  /** Source: Datadog API reference, Submit metrics (v2): maximum payload size 500 kilobytes, 512,000 bytes. */
  wireBytesMax: 512_000,
  /** Source: Datadog API reference, Submit metrics (v2): decompressed at most 5 megabytes, 5,242,880 bytes. */
  rawBytesMax: 5_242_880,
  /** Source: Datadog Agent, default of `serializer_max_series_points_per_payload`. */
  pointCountMax: 10_000,
};

/** The limits of `POST /api/v1/series`. */
export const DATADOG_V1_LIMITS: IntakeLimits = {
  /** Source: Datadog API reference, Submit metrics (v1): maximum payload size 3.2 megabytes, 3,200,000 bytes. */
  wireBytesMax: 3_200_000,
  /** Source: Datadog API reference, Submit metrics (v1): decompressed at most 62 megabytes, 62,914,560 bytes. */
  rawBytesMax: 62_914_560,
  /** Source: as for v2. */
  pointCountMax: 10_000,
};

/** Source: Datadog API reference, Submit metrics (v2), `timestamp`: seconds since 1970. */
export const RESOLUTION: Millis = seconds(1);

/** Source: Datadog API reference, Submit metrics (v2): "cannot be more than ten minutes in the future". */
export const AHEAD_MAX: Millis = seconds(600);

/** Longest metric name. Source: Datadog documentation, Custom Metrics, naming: "must not exceed 200 characters". */
export const METRIC_CHARACTERS_MAX = 200;

/** Longest tag, key and value together. Source: Datadog documentation, Getting Started with Tags: 200 characters. */
export const TAG_CHARACTERS_MAX = 200;

/** Source: Datadog API reference, Submit a Service Check: "can be submitted up to 10 minutes in the past". */
export const SERVICE_CHECK_AGE_MAX: Millis = seconds(600);

/** Source: Datadog API reference, Post an event, `date_happened`: "no older than 18 hours". */
export const EVENT_AGE_MAX: Millis = seconds(64_800);

/** Source: Datadog API reference, Post an event, `text`: "Limited to 4000 characters". */
export const EVENT_TEXT_CHARACTERS_MAX = 4000;

/** Source: Datadog API reference, Post an event, `aggregation_key`: "Limited to 100 characters". */
export const AGGREGATION_KEY_CHARACTERS_MAX = 100;
