/** The log on a database: recovery, then the storage, then the group commit on top. */

import type { Log } from "../model/log.ts";
import type { Clock } from "../model/time.ts";
import type { Database } from "../platform/level-database.ts";
import { DoubledDatabase } from "./doubled-database.ts";
import { GroupCommitLog, type LogOptions } from "./group-commit-log.ts";
import { HoldingDatabase } from "./holding-database.ts";
import { LevelStorage } from "./level-storage.ts";
import { RecordCopy } from "./record-copy.ts";
import { type Notice, recoverLog } from "./recovery.ts";

/**
 * Opens the log in a database, which becomes its own: closing the log closes it. `notice` hears what recovery found,
 * and later when writing begins to fail and when it heals.
 *
 * Errors: `STORE_NEWER_FORMAT`, `STORE_FAILED`; the database is then still open.
 */
export async function openLevelLog(
  database: Database,
  clock: Clock,
  options: LogOptions,
  notice: Notice,
): Promise<Log> {
  const copy = new RecordCopy(database);
  const holding = new HoldingDatabase(new DoubledDatabase(database, copy, notice), clock, options.heldBytesMax);
  const recovered = await recoverLog(holding, copy, notice);
  const storage = new LevelStorage(holding, clock, options, recovered);
  return new GroupCommitLog(storage, clock, options, notice);
}
