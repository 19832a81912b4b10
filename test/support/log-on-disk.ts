/** A log on a fake disk, opened again and again. */

import type { Log } from "../../src/model/log.ts";
import type { SeriesId } from "../../src/model/series.ts";
import type { LogOptions } from "../../src/store/group-commit-log.ts";
import { openLevelLog } from "../../src/store/level-log.ts";
import { FakeClock } from "./fake-clock.ts";
import { FakeDisk } from "./fake-database.ts";
import { LOG_OPTIONS } from "./log-options.ts";
import { batchOf } from "./samples.ts";

/** The disk, and what a log on it says since it was opened last. */
export class LogOnDisk {
  readonly disk = new FakeDisk();
  readonly clock = new FakeClock();
  notices: string[] = [];

  async open(options: Partial<LogOptions> = {}): Promise<Log> {
    this.notices = [];
    return await openLevelLog(this.disk.open(), this.clock, { ...LOG_OPTIONS, ...options }, (what) => this.note(what));
  }

  protected note(what: string): void {
    this.notices.push(what);
  }
}

/** Writes four blocks of two rows; the moment of a row is 1,000 times its sequence. */
export async function writeFourBlocks(log: Log, series: SeriesId): Promise<void> {
  for (const at of [0, 2_000, 4_000, 6_000]) {
    const batch = batchOf([series, at, at], [series, at + 1_000, at]);
    await Promise.all([log.append(batch, { sampled: 2, dropped: {} }), log.sync()]);
  }
}
