/** Whether the time of a receiver is worth anything. */

import { FIX_QUALITIES } from "../../decode/gps-report.ts";
import type { GpsEpoch } from "./epoch-merger.ts";

/** A fix has to be solved for the time too, which takes four. Source: GPS Standard Positioning Service 2020, 1.4.1. */
const SATELLITES_MIN = 4;

const HDOP_MAX = 10;

/** What its time rests on, where it does not come from the satellites themselves. */
const WITHOUT_SATELLITES: readonly number[] = [
  FIX_QUALITIES.none,
  FIX_QUALITIES.estimated,
  FIX_QUALITIES.manual,
  FIX_QUALITIES.simulated,
];

/** A receiver goes on counting by itself when it sees nothing: only what comes with a good fix is the satellites'. */
export function canTellTime({ position, quality, satellitesUsed, hdop }: GpsEpoch): boolean {
  if (position === undefined) return false;
  if (quality !== undefined && WITHOUT_SATELLITES.includes(quality)) return false;
  if (satellitesUsed !== undefined && satellitesUsed < SATELLITES_MIN) return false;
  return hdop === undefined || hdop <= HDOP_MAX;
}
