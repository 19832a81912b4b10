/** What the real forwarder does with a real log in which much is waiting: memory without an intake, and draining. */

import { Forwarder } from "../../../src/forward/forwarder.ts";
import { createDatadogIntake } from "../../../src/forward/intakes/datadog/intake.ts";
import { SampleRoutes } from "../../../src/forward/series-at-intake.ts";
import type { Cursor, Log } from "../../../src/model/log.ts";
import { type Clock, epochMillis, millis, seconds, sleep } from "../../../src/model/time.ts";
import { createHttpClient } from "../../../src/platform/http-client.ts";
import { systemClock } from "../../../src/platform/system-clock.ts";
import { createLogger } from "../../../src/telemetry/logger.ts";
import { appendAll, openBenchLog } from "../log/bench-log.ts";
import { MixSource } from "../log/mix-source.ts";
import { type Memory, measureMemory } from "../log/usage.ts";
import { configOf, SERIES, type Writing } from "./forms.ts";

const CURSOR = "intake";

/** How long an intake that is not there is knocked at. Units: milliseconds. */
const AWAY_MS = 5_000;

/** How often samples come meanwhile. Units: milliseconds. */
const APPEND_MS = 100;

/** What is forwarded, and where to. */
export interface DrainOptions {
  /** Port of the intake on this machine; 0 for one that is not there. */
  readonly port: number;
  readonly rows: number;
  readonly writing: Writing;
}

/** Units: samples a second, microseconds of this process' CPU for a sample, bytes. */
export interface Forwarded {
  readonly rate: number;
  readonly cpuEach: number;
  readonly wireEach: number;
  readonly waiting: number;
  readonly memory: Memory;
}

/** Forwards so many rows, or knocks for a while; leaves the log as a killed process does. */
export async function forward(folder: string, { port, rows, writing }: DrainOptions): Promise<Forwarded> {
  const log = await openBenchLog(folder);
  const cursor = await log.cursor(CURSOR);
  const clock = clockOf(log);
  const forwarder = createForwarder(log, cursor, clock, port, writing);
  const waitingBefore = cursor.waiting;
  const cpuBefore = process.cpuUsage();
  const began = performance.now();
  forwarder.start();
  if (port === 0) await appendFor(log, clock, AWAY_MS);
  else while (waitingBefore - cursor.waiting < rows && cursor.waiting > 0) await sleep(systemClock, "look", millis(5));
  const passed = Math.max(1, waitingBefore - cursor.waiting);
  const { user, system } = process.cpuUsage(cpuBefore);
  const rate = (1000 * passed) / (performance.now() - began);
  const wireEach = forwarder.state().wire_bytes / passed;
  return { rate, cpuEach: (user + system) / passed, wireEach, waiting: cursor.waiting, memory: measureMemory() };
}

function createForwarder(log: Log, cursor: Cursor, clock: Clock, port: number, writing: Writing): Forwarder {
  const config = configOf(writing, `http://127.0.0.1:${port === 0 ? 9 : port}`);
  const intake = createDatadogIntake(config, { hostname: "press-hall-1", tags: [], version: "1.0.0" });
  return new Forwarder({
    intake,
    cursor,
    log: { page: (query) => log.care.page(query), head: () => log.stats().head, series: () => log.care.series() },
    seriesOf: (id) => SERIES[id % SERIES.length] ?? log.seriesOf(id),
    routes: new SampleRoutes(log),
    momentOf: (sequence) => log.momentOf(sequence),
    wake: (listener) => log.onWritten(listener),
    http: createHttpClient({}),
    clock,
    random: { next: () => 0.5 },
    logger: createLogger(clock, "error", () => undefined),
    flushInterval: seconds(10),
    timeout: seconds(20),
    backfillRate: Number.POSITIVE_INFINITY,
  });
}

/** The clock of this machine with the date of the newest sample: what was made up lies in the future. */
function clockOf(log: Log): Clock {
  const ahead = (log.momentOf(log.stats().end - 1) ?? 0) - systemClock.now();
  return { ...systemClock, now: () => epochMillis(systemClock.now() + ahead) };
}

async function appendFor(log: Log, clock: Clock, duration: number): Promise<void> {
  const source = new MixSource(1_000);
  for (let elapsed = 0; elapsed < duration; elapsed += APPEND_MS) {
    const batch = source.next();
    batch.at.fill(clock.now());
    void appendAll(log, batch);
    await sleep(systemClock, "next samples", millis(APPEND_MS));
  }
}
