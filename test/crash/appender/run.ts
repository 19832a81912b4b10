/**
 * A program that fills a log as fast as the log takes it, reads it with two cursors, and says on standard output what
 * the log has acknowledged, a line each, at once. It is started to be killed.
 */

import assert from "node:assert/strict";
import { writeSync } from "node:fs";
import { flushCompileCache } from "node:module";
import type { Cursor, Log } from "../../../src/model/log.ts";
import { epochMillis, millis } from "../../../src/model/time.ts";
import { systemClock } from "../../../src/platform/system-clock.ts";
import { openLog } from "../../../src/store/open-log.ts";
import { LOG_OPTIONS } from "../../support/log-options.ts";
import { createSeededRandom } from "../../support/seeded-random.ts";
import { CURSORS, type Orders } from "./orders.ts";
import { TOLD_SERIES, tellSamples, tellTally } from "./told-samples.ts";

const IN_FLIGHT_MAX = 3;
const SLICE_ROWS = 2_000;
const NOTE_EVERY = 10;

// A life that is killed keeps nothing for the next one that it has not kept at once.
flushCompileCache();
const orders = JSON.parse(process.argv[2] ?? "{}") as Orders;
const random = createSeededRandom(orders.seed);

function say(line: string): void {
  writeSync(1, `${line}\n`);
}

async function appendBatches(log: Log, step: () => Promise<void>): Promise<void> {
  const ids = TOLD_SERIES.map((series) => log.defineSeries(series));
  const inFlight = new Set<Promise<void>>();
  let next = log.stats().durable;
  for (let batch = 1; batch <= (orders.batches ?? Number.POSITIVE_INFINITY); batch += 1) {
    const from = next;
    const to = from + 1 + Math.floor(random.next() * orders.batchMax);
    next = to;
    const appended = log.append(tellSamples(ids, from, to), tellTally(from, to)).then(() => {
      inFlight.delete(appended);
      say(`durable ${to}`);
    });
    inFlight.add(appended);
    if (orders.noteLength > 0 && batch % NOTE_EVERY === 0) {
      const message = String(batch % 10).repeat(orders.noteLength);
      await log.putServiceCheck({ name: "crash.weight", status: 0, tags: [], message, at: epochMillis(batch) });
    }
    if (inFlight.size >= IN_FLIGHT_MAX) await Promise.race(inFlight);
    await step();
  }
  await Promise.all(inFlight);
}

async function passOn(cursor: Cursor): Promise<void> {
  const { from, to, batch, missing } = await cursor.read(SLICE_ROWS);
  if (to === from) return;
  const counts = { delivered: batch.count, [missing]: to - from - batch.count };
  await cursor.commit({ to, counts, moments: new Map([[0, to]]), setAside: [] });
  say(`passed ${cursor.name} ${cursor.position}`);
}

async function main(): Promise<void> {
  const { folder, maxBytes, syncIntervalMs } = orders;
  const notice = (what: string): void => say(`notice ${what}`);
  const syncInterval = millis(syncIntervalMs);
  const options = { ...LOG_OPTIONS, durability: "always", maxBytes, syncInterval } as const;
  const log = await openLog({ ...options, path: folder, clock: systemClock, notice });
  say(`open ${log.stats().durable}`);
  const [prompt, late] = await Promise.all(CURSORS.map((name) => log.cursor(name)));
  assert(prompt !== undefined && late !== undefined);
  await appendBatches(log, async () => {
    const dice = random.next();
    if (dice < 0.3) await passOn(prompt);
    else if (dice > 0.85) await passOn(late);
  });
  if (orders.ending === "kill") process.kill(process.pid, "SIGKILL");
  await log.close();
}

await main();
