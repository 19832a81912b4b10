/** Whether a log that has deleted a million entries still finds its oldest one at once. */

import { Level } from "level";
import type { Database, DatabaseOperation } from "../../../src/platform/level-database.ts";
import { appendAll, openBenchLog } from "./bench-log.ts";
import { MixSource } from "./mix-source.ts";
import { PassingDatabase } from "./passing-database.ts";
import { quantile } from "./usage.ts";

const PUTS_EACH = 1_000;
const READS = 20;

/** Blocks of one row that wait while others come and go. */
const DEPTH = 100;

/** Units: milliseconds to read the oldest, before anything was deleted and after. */
export interface Trimmed {
  readonly deletes: number;
  readonly before: number;
  readonly after: number;
  readonly worst: number;
}

/** A log, or plain LevelDB as a queue that looks for its first key. */
export async function measureTrimming(
  folder: string,
  { store, deletes }: { readonly store: "log" | "level"; readonly deletes: number },
): Promise<Trimmed> {
  return store === "log" ? await trimLog(folder, deletes) : await trimLevel(folder, deletes);
}

/** Each row is a block of its own, which is the worst there is: two keys, deleted as soon as they are passed. */
async function trimLog(folder: string, deletes: number): Promise<Trimmed> {
  const counter = { deletes: 0 };
  const log = await openBenchLog(folder, {
    options: { durability: "always" },
    wrap: (database) => new DeleteCounter(database, counter),
  });
  const source = new MixSource(1);
  const cursor = await log.cursor("intake");
  for (let count = 0; count < DEPTH; count += 1) await appendAll(log, source.next());
  const before: number[] = [];
  const times: number[] = [];
  while (counter.deletes < deletes) {
    await appendAll(log, source.next());
    const began = performance.now();
    const { to } = await cursor.read(1);
    const elapsed = performance.now() - began;
    await cursor.commit({ to, counts: { delivered: to - cursor.position }, moments: new Map(), setAside: [] });
    (before.length < READS ? before : times).push(elapsed);
  }
  await log.close();
  const after = times.slice(-READS);
  return {
    deletes: counter.deletes,
    before: quantile(before, 0.5),
    after: quantile(after, 0.5),
    worst: Math.max(...after),
  };
}

async function trimLevel(folder: string, deletes: number): Promise<Trimmed> {
  const level = new Level<Uint8Array, Uint8Array>(folder, { keyEncoding: "view", valueEncoding: "view" });
  await level.open();
  const value = new Uint8Array(30);
  for (let from = 0; from < deletes + DEPTH; from += PUTS_EACH) {
    const puts = Array.from({ length: PUTS_EACH }, (_, index) => ({
      type: "put" as const,
      key: keyOf(from + index),
      value,
    }));
    await level.batch(puts);
  }
  const before = await timeFirst(level);
  for (let from = 0; from < deletes; from += PUTS_EACH) {
    await level.batch(
      Array.from({ length: PUTS_EACH }, (_, index) => ({ type: "del" as const, key: keyOf(from + index) })),
    );
  }
  const after = await timeFirst(level);
  await level.close();
  return { deletes, before: quantile(before, 0.5), after: quantile(after, 0.5), worst: Math.max(...after) };
}

async function timeFirst(level: Level<Uint8Array, Uint8Array>): Promise<number[]> {
  const times: number[] = [];
  for (let count = 0; count < READS; count += 1) {
    const began = performance.now();
    await level.keys({ limit: 1 }).all();
    times.push(performance.now() - began);
  }
  return times;
}

function keyOf(number: number): Uint8Array {
  const key = new Uint8Array(8);
  new DataView(key.buffer).setFloat64(0, number);
  return key;
}

/** Counts deletions; leaves out the syncs, which are not what is measured. */
class DeleteCounter extends PassingDatabase {
  readonly #counter: { deletes: number };

  constructor(inner: Database, counter: { deletes: number }) {
    super(inner);
    this.#counter = counter;
  }

  override async write(operations: readonly DatabaseOperation[]): Promise<void> {
    for (const { type } of operations) if (type === "del") this.#counter.deletes += 1;
    await super.write(operations, { sync: false });
  }
}
