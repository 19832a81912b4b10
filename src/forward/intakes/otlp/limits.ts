/** What one request of OTLP over HTTP may hold, and how finely it keeps moments as we send them. */

import type { IntakeLimits } from "../../../model/intake.ts";
import { type Millis, millis, seconds } from "../../../model/time.ts";

/** The limits of `/v1/metrics`. */
export const OTLP_LIMITS: IntakeLimits = {
  /** The smallest limit of those that proxies in front of servers often have. Source: nginx, `client_max_body_size`. */
  wireBytesMax: 1_048_576,
  /** Source: OpenTelemetry Collector, confighttp, default of `max_request_body_size`: 20 MiB, unpacked. */
  rawBytesMax: 20_971_520,
  /** OTLP knows no limit. Source: OpenTelemetry Collector, batch processor, `send_batch_size`: 8,192, rounded down. */
  pointCountMax: 8_000,
};

/** Source: ours: samples are stamped in milliseconds. OTLP counts nanoseconds. */
export const RESOLUTION: Millis = millis(1);

/**
 * A sample that is further ahead has a wrong clock and waits here, not there.
 *
 * Source: ours, as for Datadog; OTLP knows no limit.
 */
export const AHEAD_MAX: Millis = seconds(600);
