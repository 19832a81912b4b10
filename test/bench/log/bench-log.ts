/** The log as it is measured: on a real LevelDB, with the mix defined, and nothing that makes it forget. */

import type { Log } from "../../../src/model/log.ts";
import type { SampleBatch } from "../../../src/model/samples.ts";
import { type Clock, millis, seconds, sleep } from "../../../src/model/time.ts";
import { type Database, openLevelDatabase } from "../../../src/platform/level-database.ts";
import { systemClock } from "../../../src/platform/system-clock.ts";
import type { LogOptions } from "../../../src/store/group-commit-log.ts";
import { openLevelLog } from "../../../src/store/level-log.ts";
import { quarantineFor } from "../../support/quarantine.ts";
import { SERIES_COUNT, seriesAt } from "./mix-source.ts";

/** Room for everything, synced each second. */
export const BENCH_OPTIONS: LogOptions = {
  durability: "interval",
  syncInterval: seconds(1),
  syncIntervalDelivered: seconds(1),
  maxBytes: 1e15,
  lagMax: seconds(1e12),
  freeBytesMin: 0,
  whenFull: "drop-oldest",
  history: millis(0),
};

/** Longer than LevelDB holds up the sealing of one block while it merges its own tables. Units: milliseconds. */
const SEALING_PAUSE_MAX = 3_000;

/** What may differ from one measurement to the next. */
export interface BenchPlace {
  readonly options?: Partial<LogOptions>;
  readonly clock?: Clock;
  /** Puts something between the log and its database. */
  readonly wrap?: (database: Database) => Database;
}

/** Opens the log in `folder` with the series of the mix. */
export async function openBenchLog(folder: string, place: BenchPlace = {}): Promise<Log> {
  const { options = {}, clock = systemClock, wrap = (database) => database } = place;
  const database = await openLevelDatabase(folder, quarantineFor(folder));
  const log = await openLevelLog(wrap(database), clock, { ...BENCH_OPTIONS, ...options }, () => undefined);
  for (let index = 0; index < SERIES_COUNT; index += 1) log.defineSeries(seriesAt(index));
  return log;
}

/** Appends a batch of which nothing was dropped. */
export function appendAll(log: Log, batch: SampleBatch): Promise<void> {
  return log.append(batch, { sampled: batch.count, dropped: {} });
}

/** Appends as fast as the log takes it, with at most `waitingMax` rows that are not written yet. */
export async function appendMany(log: Log, rows: number, next: () => SampleBatch, waitingMax: number): Promise<void> {
  let waiting = 0;
  let goOn = Promise.withResolvers<void>();
  for (let count = 0; count < rows; ) {
    const batch = next();
    count += batch.count;
    waiting += batch.count;
    void appendAll(log, batch).then(() => {
      waiting -= batch.count;
      if (waiting < waitingMax) goOn.resolve();
    });
    if (waiting < waitingMax) continue;
    await goOn.promise;
    goOn = Promise.withResolvers<void>();
  }
  await log.sync();
}

/** Waits until the number of blocks has not changed for a while, and gives the moment when it last did. */
export async function waitForSealing(log: Log): Promise<number> {
  let sealedAt = performance.now();
  for (let count = -1; performance.now() - sealedAt < SEALING_PAUSE_MAX; ) {
    const { blockCount } = log.stats();
    if (blockCount !== count) sealedAt = performance.now();
    count = blockCount;
    await sleep(systemClock, "sealing", millis(5));
  }
  return sealedAt;
}
