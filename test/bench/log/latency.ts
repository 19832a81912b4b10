/** How long an append takes on a card whose sync takes 50 ms, and how long anything else has to wait for the log. */

import { monitorEventLoopDelay } from "node:perf_hooks";
import { millis, sleep } from "../../../src/model/time.ts";
import type { DatabaseOperation } from "../../../src/platform/level-database.ts";
import { systemClock } from "../../../src/platform/system-clock.ts";
import { appendAll, openBenchLog } from "./bench-log.ts";
import { MixSource } from "./mix-source.ts";
import { PassingDatabase } from "./passing-database.ts";
import { quantile } from "./usage.ts";

const SYNC = millis(50);
const BATCH_ROWS = 100;

/** Units: `every` is milliseconds between two appends of a hundred rows. */
export interface LatencyOptions {
  readonly durability: "always" | "interval";
  readonly appends: number;
  readonly every: number;
}

/** Units: milliseconds. `call` is what the caller itself is held up, `loop` everybody. */
export interface Latency {
  readonly median: number;
  readonly p99: number;
  readonly p999: number;
  readonly most: number;
  readonly callMost: number;
  readonly loopP999: number;
  readonly loopMost: number;
  readonly sealedBlocks: number;
}

/** Appends at a steady rate, whether or not earlier appends are through. */
export async function measureLatency(folder: string, { durability, appends, every }: LatencyOptions): Promise<Latency> {
  const log = await openBenchLog(folder, { options: { durability }, wrap: (database) => new SlowCard(database) });
  const source = new MixSource(BATCH_ROWS);
  const times: number[] = [];
  const calls: number[] = [];
  const waiting: Promise<void>[] = [];
  const loop = monitorEventLoopDelay({ resolution: 1 });
  loop.enable();
  const began = performance.now();
  for (let index = 0; index < appends; index += 1) {
    await sleep(systemClock, "next append", millis(began + index * every - performance.now()));
    const called = performance.now();
    const appended = appendAll(log, source.next());
    calls.push(performance.now() - called);
    waiting.push(appended.then(() => void times.push(performance.now() - called)));
  }
  await Promise.all(waiting);
  loop.disable();
  const { blockCount } = log.stats();
  await log.close();
  return {
    median: quantile(times, 0.5),
    p99: quantile(times, 0.99),
    p999: quantile(times, 0.999),
    most: Math.max(...times),
    callMost: Math.max(...calls),
    loopP999: loop.percentile(99.9) / 1e6,
    loopMost: loop.max / 1e6,
    sealedBlocks: blockCount,
  };
}

/** A database whose syncs take as long as those of a slow card. */
class SlowCard extends PassingDatabase {
  override async write(operations: readonly DatabaseOperation[], { sync }: { readonly sync: boolean }): Promise<void> {
    await super.write(operations, { sync: false });
    if (sync) await sleep(systemClock, "sync of a slow card", SYNC);
  }
}
