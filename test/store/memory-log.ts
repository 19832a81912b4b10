/** The log in memory: the model that the one on disk must equal. */

import type { Log } from "../../src/model/log.ts";
import type { Clock } from "../../src/model/time.ts";
import { GroupCommitLog, type LogOptions } from "../../src/store/group-commit-log.ts";
import { MemoryStorage } from "./memory-storage.ts";

/**
 * Opens a log in memory. It keeps to the same rules as the one on disk, size limit included. Leaving out `storage`
 * means a new one; a log on the storage of an earlier one finds what that had made durable.
 */
export function openMemoryLog(clock: Clock, options: LogOptions, storage = new MemoryStorage(clock, options)): Log {
  return new GroupCommitLog(storage, clock, options);
}
