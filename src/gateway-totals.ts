/** What the log knows of totals that inputs count themselves: where they go on from. */

import type { InstanceConfig } from "./model/config.ts";
import type { InputPoint } from "./model/input.ts";
import type { Log } from "./model/log.ts";
import { pointSeries } from "./model/point-series.ts";
import { seconds } from "./model/time.ts";

/** How far around the end of an earlier run the last readings of a total are looked for. */
const LOOKED_BACK = seconds(1800);
const EVER = [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER] as const;

/**
 * Finds the highest of the readings that the log took last before this run, as a clock that was put back may have
 * stamped the last one before others; undefined where it holds none.
 *
 * Units: the canonical unit of the point's metric. Errors: `STORE_FAILED`.
 */
export async function findLastLogged(
  log: Pick<Log, "earlier" | "defineSeries" | "range">,
  instance: InstanceConfig,
  point: InputPoint,
): Promise<number | undefined> {
  if (log.earlier === undefined) return undefined;
  const id = log.defineSeries(pointSeries(instance, point));
  // Where the clock of that run was never set, nobody knows where its samples stand.
  const { aliveAt } = log.earlier;
  const [from, to] = aliveAt === undefined ? EVER : [aliveAt - LOOKED_BACK, aliveAt + LOOKED_BACK];
  const { count, value } = await log.range(id, from, to);
  return count === 0 ? undefined : value.subarray(0, count).reduce((one, other) => Math.max(one, other));
}
