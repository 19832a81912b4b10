/** When a log that stood in for another, because the disk failed, may give its place back. */

import type { StandIn } from "../model/log.ts";
import { type Clock, seconds, sleep } from "../model/time.ts";

/** How often the disk is looked at: opening the log again costs some seconds of polls. */
const LOOK_INTERVAL = seconds(60);

/** A disk that came back and failed again is given a while. */
const LOOKS_WELL_MIN = 2;

/**
 * Resolves with true once `isDiskWell` has said so twice in a row, and with false when `signal` aborts first. What does
 * not end by itself is only waited for until then.
 */
export async function awaitDisk(
  clock: Clock,
  standIn: StandIn | undefined,
  isDiskWell: () => Promise<boolean>,
  signal: AbortSignal,
): Promise<boolean> {
  for (let looksWell = 0; looksWell < LOOKS_WELL_MIN; ) {
    await sleep(clock, "look at the disk", LOOK_INTERVAL, signal);
    if (signal.aborted) return false;
    looksWell = standIn?.endsByItself === true && (await isDiskWell()) ? looksWell + 1 : 0;
  }
  return true;
}
