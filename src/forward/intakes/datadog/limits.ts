/** What one request to the Datadog v2 series intake may hold, and how long names may be. */

import type { IntakeLimits } from "../../../model/intake.ts";
import { type Millis, seconds } from "../../../model/time.ts";

/** The limits of `POST /api/v2/series`. */
export const DATADOG_LIMITS: IntakeLimits = {
  /** Source: Datadog API reference, Submit metrics (v2): maximum payload size 500 kilobytes, 512,000 bytes. */
  wireBytesMax: 512_000,
  /** Source: Datadog API reference, Submit metrics (v2): decompressed at most 5 megabytes, 5,242,880 bytes. */
  rawBytesMax: 5_242_880,
  /** Source: Datadog Agent, default of `serializer_max_series_points_per_payload`. */
  pointCountMax: 10_000,
};

/** Source: Datadog API reference, Submit metrics (v2): "cannot be more than ten minutes in the future". */
export const AHEAD_MAX: Millis = seconds(600);

/** Longest metric name. Source: Datadog documentation, Custom Metrics, naming: "must not exceed 200 characters". */
export const METRIC_CHARACTERS_MAX = 200;

/** Longest tag, key and value together. Source: Datadog documentation, Getting Started with Tags: 200 characters. */
export const TAG_CHARACTERS_MAX = 200;
