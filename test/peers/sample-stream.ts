import { setTimeout as delay } from "node:timers/promises";
import { Forwarder } from "../../src/forward/forwarder.ts";
import { SampleRoutes } from "../../src/forward/series-at-intake.ts";
import type { Intake, IntakeResponse, Verdict } from "../../src/model/intake.ts";
import type { Cursor, Log } from "../../src/model/log.ts";
import { SampleBuilder } from "../../src/model/samples.ts";
import { type Series, toSortedTags } from "../../src/model/series.ts";
import { millis, seconds } from "../../src/model/time.ts";
import { createHttpClient } from "../../src/platform/http-client.ts";
import { systemClock, systemRandom } from "../../src/platform/system-clock.ts";
import { openMemoryLog } from "../store/memory-log.ts";
import { createKeepingLogger } from "../support/keeping-logger.ts";
import { LOG_OPTIONS } from "../support/log-options.ts";
import type { PeerServer } from "./peer-server.ts";

/** A sample that was put into the log of a stream. */
export interface StreamedSample {
  readonly series: Series;
  /** Units: milliseconds since 1970, a multiple of the intake's resolution. */
  readonly at: number;
  readonly value: number;
}

const SERIES_COUNT = 20;

/** Time between two samples of a series, by the moments they bear. */
const STEP = 10;

/** Rounds that are put into the log at once, one sample of each series a round. */
const ROUNDS = 5;

const DRAIN_SECONDS_MAX = 45;

/**
 * Samples that a gateway forwards, over real sockets and by the real clock, to an intake that may be in trouble.
 *
 * The moments of the samples are `STEP` or the intake's resolution apart, whichever is more, so that no two are one.
 */
export class SampleStream implements AsyncDisposable {
  /** Everything that was put into the log, in order. */
  readonly sent: StreamedSample[] = [];
  /** Every answer by which something was refused, as the intake tells it. */
  readonly refusals: string[] = [];
  readonly logger = createKeepingLogger();
  readonly cursor: Cursor;
  readonly #log: Log;
  readonly #step: number;
  readonly #http = createHttpClient({});
  readonly #forwarder: Forwarder;
  readonly #series: readonly Series[];
  #nextAt: number;

  private constructor(intake: Intake, log: Log, cursor: Cursor, firstAt: number) {
    this.cursor = cursor;
    this.#log = log;
    this.#step = Math.max(STEP, intake.resolution);
    this.#nextAt = Math.ceil(firstAt / this.#step) * this.#step;
    this.#series = Array.from({ length: SERIES_COUNT }, (_, index) => ({
      metric: index % 2 === 0 ? "power.active" : "energy.active.import",
      tags: toSortedTags(["check:modbus", `instance:meter-${Math.floor(index / 2)}`, "phase:l1"]),
      kind: "gauge",
      unit: index % 2 === 0 ? "W" : "Wh",
    }));
    const judge = (response: IntakeResponse): Verdict => {
      const verdict = intake.judge(response);
      if (verdict.kind === "rejected") this.refusals.push(verdict.reason);
      return verdict;
    };
    this.#forwarder = new Forwarder({
      intake: { ...intake, judge },
      cursor,
      seriesOf: (id) => log.seriesOf(id),
      routes: new SampleRoutes(log),
      momentOf: (sequence) => log.momentOf(sequence),
      log: { page: (query) => log.care.page(query), head: () => log.stats().head, series: () => log.care.series() },
      wake: (listener) => log.onWritten(listener),
      http: this.#http,
      clock: systemClock,
      random: systemRandom,
      logger: this.logger,
      flushInterval: millis(200),
      timeout: seconds(2),
    });
  }

  /** Begins to forward; `firstAt` is the moment of the first samples, in milliseconds since 1970. */
  static async open(intake: Intake, firstAt: number): Promise<SampleStream> {
    const log = openMemoryLog(systemClock, { ...LOG_OPTIONS, durability: "os", maxBytes: 100_000_000 });
    const stream = new SampleStream(intake, log, await log.cursor(intake.name), firstAt);
    stream.#forwarder.start();
    return stream;
  }

  /** Puts samples into the log while `action` runs, as a gateway reads on whatever becomes of its intake. */
  async during(action: () => Promise<void>): Promise<void> {
    let isDone = false;
    const acted = action().finally(() => {
      isDone = true;
    });
    while (!isDone) {
      await this.put(ROUNDS);
      await Promise.race([acted, delay(100)]);
    }
    await acted;
  }

  /** Puts rounds of samples into the log. */
  async put(rounds: number): Promise<void> {
    const samples: StreamedSample[] = [];
    for (let round = 0; round < rounds; round += 1) {
      for (const series of this.#series) {
        samples.push({ series, at: this.#nextAt, value: (this.sent.length + samples.length) / 8 });
      }
      this.#nextAt += this.#step;
    }
    await this.add(samples);
  }

  /** Puts samples into the log. */
  async add(samples: readonly StreamedSample[]): Promise<void> {
    const batch = new SampleBuilder(samples.length);
    for (const { series, at, value } of samples) batch.push(this.#log.defineSeries(series), at, value, 0);
    this.sent.push(...samples);
    await this.#log.append(batch, { sampled: batch.count, dropped: {} });
  }

  /** What the forwarder tells of how it goes. */
  get state(): ReturnType<Forwarder["state"]> {
    return this.#forwarder.state();
  }

  /** Waits until `condition` holds. Errors: one with the forwarder's state, when it does not hold in time. */
  async until(what: string, condition: () => boolean): Promise<void> {
    for (const end = performance.now() + DRAIN_SECONDS_MAX * 1000; !condition(); await delay(20)) {
      if (performance.now() < end) continue;
      const { state, reason } = this.state;
      throw new Error(`not ${what} after ${DRAIN_SECONDS_MAX} s: ${state} ${reason}\n${this.logger.lines.join("\n")}`);
    }
  }

  /** Waits until nothing waits any more. */
  drained(): Promise<void> {
    return this.until("drained", () => this.cursor.waiting === 0 && this.cursor.end === this.#log.stats().end);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#forwarder.stop(millis(0));
    this.#http.close();
    await this.#log.close();
  }
}

/**
 * Puts a server through what servers go through, in the middle of a stream: it is stopped for a while, halted until a
 * request is given up, and restarted at once. At the end everything that was put into the log has left it.
 */
export async function interruptServer(server: PeerServer, stream: SampleStream): Promise<void> {
  const payloads = (count: number): Promise<void> => {
    const from = stream.state.payloads;
    return stream.until("delivering", () => stream.state.payloads >= from + count);
  };
  const trouble = (): Promise<void> => stream.until("in trouble", () => stream.state.state === "retrying");
  await stream.during(async () => {
    await payloads(3);
    await server.stop();
    await trouble();
    await server.start();
    await payloads(3);
    server.pause();
    await trouble();
    server.resume();
    await payloads(3);
    await server.stop();
    await server.start();
    await payloads(1);
  });
  await stream.drained();
}
