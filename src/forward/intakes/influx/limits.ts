/** What one request to InfluxDB may hold, and how finely it keeps moments as we send them. */

import type { IntakeLimits } from "../../../model/intake.ts";
import { type Millis, millis, seconds } from "../../../model/time.ts";

/** The limits of `/write` and `/api/v2/write`. */
export const INFLUX_LIMITS: IntakeLimits = {
  /** Source: InfluxDB 1 documentation, Configuration, `max-body-size`: 25,000,000 bytes. */
  wireBytesMax: 25_000_000,
  /** Others than InfluxDB count the bytes before compression. Source: as for `wireBytesMax`. */
  rawBytesMax: 25_000_000,
  /** Source: InfluxDB documentation, Optimize writes, Batch writes: "the optimal batch size is 5000 lines". */
  pointCountMax: 5_000,
};

/** Source: InfluxDB documentation, /write and /api/v2/write, `precision`: `ms`, as every request says. */
export const RESOLUTION: Millis = millis(1);

/**
 * A sample that is further ahead has a wrong clock and waits here, not there.
 *
 * Source: ours, as for Datadog; InfluxDB takes any moment.
 */
export const AHEAD_MAX: Millis = seconds(600);
