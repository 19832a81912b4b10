/** What one request of remote write may hold, and how old and how far ahead samples may be. */

import type { IntakeLimits } from "../../../model/intake.ts";
import { type Millis, millis, seconds } from "../../../model/time.ts";

/** The limits of one request. */
export const REMOTE_WRITE_LIMITS: IntakeLimits = {
  /** Source: nginx, default of `client_max_body_size`: 1m. Receivers take more; what stands before them may not. */
  wireBytesMax: 1_048_576,
  /** Source: VictoriaMetrics, default of `-maxInsertRequestSize`: 32 MiB. */
  rawBytesMax: 33_554_432,
  /** Source: Prometheus, `max_samples_per_send` of `queue_config`: 2,000 by default, and larger ones are in use. */
  pointCountMax: 10_000,
};

/** Source: Prometheus Remote-Write Specification: timestamps are milliseconds since 1970. */
export const RESOLUTION: Millis = millis(1);

/** Source: Prometheus, storage/remote/write_handler.go, `maxAheadTime`: later ones are out of bounds. */
export const AHEAD_MAX: Millis = seconds(600);
