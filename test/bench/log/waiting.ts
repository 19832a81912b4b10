/** What it costs to open, drain and search a log in which much is waiting. */

import { appendMany, openBenchLog, waitForSealing } from "./bench-log.ts";
import { MixSource, SERIES_COUNT } from "./mix-source.ts";
import { type Memory, measureMemory, quantile } from "./usage.ts";

const CURSOR = "intake";
const BATCH_ROWS = 1_000;
const WAITING_MAX = 500_000;

/** Rows read and passed at a time, as the forwarder does it. */
const SLICE_ROWS = 5_000;

const HOUR_MS = 3_600_000;

/** Fills a log in front of a cursor, and leaves it without closing it. */
export async function fill(folder: string, { rows }: { readonly rows: number }): Promise<{ readonly rate: number }> {
  const log = await openBenchLog(folder);
  await log.cursor(CURSOR);
  const source = new MixSource(BATCH_ROWS);
  const began = performance.now();
  await appendMany(log, rows, () => source.next(), WAITING_MAX);
  await waitForSealing(log);
  return { rate: (1000 * source.count) / (performance.now() - began) };
}

/** Units: milliseconds, bytes. */
export interface Reopened {
  readonly elapsed: number;
  readonly before: Memory;
  readonly after: Memory;
  readonly blockCount: number;
  readonly blockBytes: number;
  readonly waiting: number;
}

/** Opens what is there until a cursor could be read. */
export async function reopen(folder: string, _: object): Promise<Reopened> {
  const before = measureMemory();
  const began = performance.now();
  const log = await openBenchLog(folder);
  const cursor = await log.cursor(CURSOR);
  const elapsed = performance.now() - began;
  const after = measureMemory();
  const { blockCount, bytes, end } = log.stats();
  return { elapsed, before, after, blockCount, blockBytes: bytes, waiting: end - cursor.position };
}

/** Units: rows a second, milliseconds, bytes. */
export interface Drained {
  readonly rate: number;
  readonly worstRead: number;
  readonly memory: Memory;
}

/** Reads and passes at most so many rows. */
export async function drain(folder: string, { rows }: { readonly rows: number }): Promise<Drained> {
  const log = await openBenchLog(folder);
  const cursor = await log.cursor(CURSOR);
  const start = cursor.position;
  let worstRead = 0;
  const began = performance.now();
  while (cursor.position - start < rows) {
    const readBegan = performance.now();
    const { to } = await cursor.read(SLICE_ROWS);
    worstRead = Math.max(worstRead, performance.now() - readBegan);
    const passed = to - cursor.position;
    if (passed === 0) break;
    await cursor.commit({ to, counts: { delivered: passed }, moments: new Map(), setAside: [] });
  }
  const rate = (1000 * (cursor.position - start)) / (performance.now() - began);
  const memory = measureMemory();
  await log.close();
  return { rate, worstRead, memory };
}

/** Units: milliseconds; rows found in all. */
export interface RangesRead {
  readonly median: number;
  readonly p99: number;
  readonly rows: number;
}

/** Reads an hour of one series, again and again, all over what is there. */
export async function readRanges(folder: string, { count }: { readonly count: number }): Promise<RangesRead> {
  const log = await openBenchLog(folder);
  const { head, end } = log.stats();
  const times: number[] = [];
  let rows = 0;
  for (let index = 0; index < count; index += 1) {
    const from = log.momentOf(head + Math.floor(((index * 0.618) % 1) * (end - head))) ?? 0;
    const began = performance.now();
    const found = await log.range((index * 37) % SERIES_COUNT, from, from + HOUR_MS);
    times.push(performance.now() - began);
    rows += found.count;
  }
  await log.close();
  return { median: quantile(times, 0.5), p99: quantile(times, 0.99), rows };
}
