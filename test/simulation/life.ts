/** One life of a gateway in the world: built from the real stages, ended by a stop or by a kill. */

import { Gateway } from "../../src/gateway.ts";
import { createInput, createLinks } from "../../src/inputs/modbus/input.ts";
import { inputs } from "../../src/inputs/registry.ts";
import type { GatewayConfig } from "../../src/model/config.ts";
import { GatewayError } from "../../src/model/errors.ts";
import type { InputEntry, InputModule } from "../../src/model/input.ts";
import type { Cursor, Log, Loss } from "../../src/model/log.ts";
import type { CursorReport } from "../../src/model/log-care.ts";
import type { Event } from "../../src/model/note.ts";
import type { RetryReport } from "../../src/model/retry-report.ts";
import type { SampleBatch } from "../../src/model/samples.ts";
import type { Status } from "../../src/model/status.ts";
import { summarizedBy } from "../../src/model/thinning.ts";
import { type Clock, millis, type Random, type Timer } from "../../src/model/time.ts";
import type { HttpClient } from "../../src/platform/http-client.ts";
import type { OpenByteStream } from "../../src/platform/tcp-socket.ts";
import type { LogOptions } from "../../src/store/group-commit-log.ts";
import { openLevelLog } from "../../src/store/level-log.ts";
import type { FakeDatabase } from "../support/fake-database.ts";
import { FakeHttpClient, type Reaction } from "../support/fake-http-client.ts";
import { createKeepingLogger } from "../support/keeping-logger.ts";
import { type PlantedBug, plantInDatabase, plantInHttp, plantInLog } from "./planted-bugs.ts";
import { isCompanionMetric } from "./point-name.ts";
import type { SimulatedFilter } from "./simulated-filter.ts";

/** What a life is given by the world. */
export interface LifeParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly database: FakeDatabase;
  readonly config: GatewayConfig;
  readonly logOptions: LogOptions;
  readonly bug: PlantedBug | undefined;
  /** Marks what comes to the log; undefined where nothing does. */
  readonly filter: SimulatedFilter | undefined;
  /** Meets the cursor of each intake before anything is read with it. */
  meet(cursor: Cursor, log: Log, isRetrying: (intake: string) => boolean): void;
  readonly openByteStream: OpenByteStream;
  react(request: Parameters<FakeHttpClient["react"]>[0]): Reaction;
}

/** A clock whose timers die with the life they belong to. */
class MortalClock implements Clock {
  isDead = false;
  readonly #clock: Clock;
  readonly #timers = new Set<Timer>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now = (): ReturnType<Clock["now"]> => this.#clock.now();
  monotonic = (): ReturnType<Clock["monotonic"]> => this.#clock.monotonic();
  bootId = (): string => this.#clock.bootId();
  isTrusted = (): boolean => this.#clock.isTrusted();
  trustBasis = (): string => this.#clock.trustBasis();
  turn = (): Promise<void> => this.#clock.turn();

  after(...[name, delay, action]: Parameters<Clock["after"]>): Timer {
    if (this.isDead) return { cancel: () => undefined };
    const timer = this.#clock.after(name, delay, () => {
      this.#timers.delete(timer);
      action();
    });
    this.#timers.add(timer);
    return {
      cancel: () => {
        this.#timers.delete(timer);
        timer.cancel();
      },
    };
  }

  kill(): void {
    this.isDead = true;
    for (const timer of this.#timers) timer.cancel();
  }
}

/** One life. */
export class Life {
  readonly #clock: MortalClock;
  readonly #gateway: Gateway;
  readonly #log: Log;
  readonly #http: HttpClient;
  /** Sequence after the newest sample whose append has resolved. */
  #acknowledged = 0;
  #madeCount = 0;

  private constructor(clock: MortalClock, gateway: Gateway, log: Log, http: HttpClient) {
    this.#clock = clock;
    this.#gateway = gateway;
    this.#log = log;
    this.#http = http;
  }

  static async begin(parts: LifeParts): Promise<Life> {
    const clock = new MortalClock(parts.clock);
    plantInDatabase(parts.bug, parts.database);
    const log = await openLevelLog(parts.database, clock, parts.logOptions, () => undefined);
    plantInLog(parts.bug, log);
    const append = log.append.bind(log);
    // One of nothing, as where all of a poll waits in the filter, resolves at once: it acknowledges nothing.
    log.append = (batch, tally) => {
      const marked = parts.filter?.mark(batch) ?? batch;
      life.#madeCount += countMade(marked, log);
      return tally.sampled === 0 ? append(marked, tally) : life.#witnessAppend(append(marked, tally));
    };
    const openCursor = log.cursor.bind(log);
    log.cursor = async (name) => {
      const cursor = await openCursor(name);
      parts.meet(cursor, log, (intake) => gateway.retryReports(intake).some(({ isRunning }) => isRunning));
      return cursor;
    };
    const client = new FakeHttpClient(clock, (request) => (clock.isDead ? "silence" : parts.react(request)));
    const http = plantInHttp(parts.bug, client, clock);
    const gateway = new Gateway({
      config: parts.config,
      problems: [],
      inputs: inputs.map((entry) => overFakeStreams(entry, clock, parts.openByteStream)),
      log,
      openHttp: () => http,
      clock,
      random: parts.random,
      logger: createKeepingLogger(),
      version: "0.0.0",
      pid: 1,
    });
    const life = new Life(clock, gateway, log, http);
    await gateway.start();
    return life;
  }

  get acknowledged(): number {
    return this.#acknowledged;
  }

  /** How many samples its filter made of others. */
  get madeCount(): number {
    return this.#madeCount;
  }

  get blockCount(): number {
    return this.#log.stats().blockCount;
  }

  /** The cursors that keep samples. */
  get cursors(): readonly CursorReport[] {
    return this.#log.care.cursors().filter(({ keepsSamples }) => keepsSamples);
  }

  get losses(): readonly Loss[] {
    return this.#log.losses();
  }

  status(): Status {
    return this.#gateway.status();
  }

  /** Sends once more what one intake, or each, had refused. */
  retrySetAside(intake?: string): void {
    this.#gateway.retrySetAside(intake, () => true);
  }

  /** How that goes or went last. */
  get retryReports(): readonly RetryReport[] {
    return this.#gateway.retryReports(undefined);
  }

  /** Raises an event; resolves when it is durable, and never where the life ends before. */
  async raise(event: Event): Promise<void> {
    await this.#log.events.put(event);
  }

  async #witnessAppend(appending: Promise<void>): Promise<void> {
    const { end, gathering } = this.#log.stats();
    await appending;
    if (!this.#clock.isDead) this.#acknowledged = Math.max(this.#acknowledged, end + gathering);
  }

  /** Ends it as SIGKILL does: nothing of it moves again. */
  kill(): void {
    this.#clock.kill();
  }

  /** Ends it as SIGTERM does; a disk that takes nothing costs what was not yet written. */
  async stop(): Promise<Status> {
    const last = await this.#gateway.stop();
    this.#http.close();
    await this.#log.close().catch((error: unknown) => {
      if (!(error instanceof GatewayError)) throw error;
    });
    return last;
  }
}

/** Counts the samples that sum up others, or say how odd these are. */
function countMade(batch: SampleBatch, log: Pick<Log, "seriesOf">): number {
  let count = 0;
  for (let row = 0; row < batch.count; row += 1) {
    const series = log.seriesOf(batch.series[row] ?? 0);
    if (isCompanionMetric(series.metric) || summarizedBy(series) !== undefined) count += 1;
  }
  return count;
}

/** The same input over streams that die with the life. */
function overFakeStreams(entry: InputEntry, clock: MortalClock, openByteStream: OpenByteStream): InputEntry {
  const mortal: OpenByteStream = (host, port, timeout, events) =>
    openByteStream(host, port, millis(timeout), {
      onData: (bytes) => {
        if (!clock.isDead) events.onData(bytes);
      },
      onClose: (reason) => {
        if (!clock.isDead) events.onClose(reason);
      },
    });
  const module = { createLinks: () => createLinks(clock, { openTcp: mortal }), createInput } as InputModule;
  return { ...entry, load: () => Promise.resolve(module) };
}
