/** The log in a folder. */

import type { Log } from "../model/log.ts";
import type { Clock } from "../model/time.ts";
import { openLevelDatabase } from "../platform/level-database.ts";
import { Quarantine, quarantineOf } from "../platform/quarantine.ts";
import type { LogOptions } from "./group-commit-log.ts";
import { openLevelLog } from "./level-log.ts";

/** Where a log is and how it behaves. */
export interface LogPlace extends LogOptions {
  /** It is made when it is not there. */
  readonly path: string;
  readonly clock: Clock;
  /** Hears, in whole sentences, what was found damaged and what was done about it. */
  readonly notice: (what: string) => void;
}

/**
 * Opens, or creates, the log in a folder, and mends what an earlier run or a worn disk left broken.
 *
 * Errors: `STORE_LOCKED`, `STORE_NEWER_FORMAT`, `STORE_FAILED`.
 */
export async function openLog(place: LogPlace): Promise<Log> {
  const { path, clock, freeBytesMin, measureFree, notice } = place;
  const folder = quarantineOf(path);
  const quarantine = new Quarantine({ folder, now: () => clock.now(), freeBytesMin, measureFree, notice });
  const database = await openLevelDatabase(path, quarantine);
  try {
    const log = await openLevelLog(database, clock, { ...place, quarantine }, (what) => quarantine.say(what));
    await quarantine.report();
    return log;
  } catch (error) {
    await database.close();
    throw error;
  }
}
