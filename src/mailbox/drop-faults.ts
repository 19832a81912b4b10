/** What is said of readings that came and found no room. */

import type { Fault } from "../model/input.ts";
import type { DropCounts } from "../model/log.ts";

/** The limits that readings met. */
export interface MailboxLimits {
  readonly countMax: number;
  readonly seriesMax: number;
}

/** Tells of drops, as faults of `device`; none where nothing was dropped. */
export function describeDrops(dropped: DropCounts, device: string, { countMax, seriesMax }: MailboxLimits): Fault[] {
  const faults: Fault[] = [];
  if ((dropped.backpressure ?? 0) > 0) {
    const message =
      `${device} sent more than ${countMax} readings between two polls; what came beyond was dropped and counted. ` +
      "Let it send less often, or less.";
    faults.push({ code: "INPUT_FLOODED", message, points: [] });
  }
  if ((dropped["series-limit"] ?? 0) > 0) {
    const message =
      `${device} sends more than ${seriesMax} series; readings of any further one are dropped and counted. Raise ` +
      "max_series of the instance, or let less of what it sends become metric or tag.";
    faults.push({ code: "INPUT_SERIES_LIMIT", message, points: [] });
  }
  return faults;
}
