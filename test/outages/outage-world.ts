/**
 * A plant whose network is away for hours, in simulated time: the real forwarder reads the real log, and sends to an
 * intake that keeps what its window allows. What the intake holds is compared with what was sampled.
 */

import assert from "node:assert/strict";
import { Forwarder } from "../../src/forward/forwarder.ts";
import { createDatadogIntake } from "../../src/forward/intakes/datadog/intake.ts";
import { SampleRoutes } from "../../src/forward/series-at-intake.ts";
import type { DatadogConfig } from "../../src/model/config.ts";
import type { Cursor, Log } from "../../src/model/log.ts";
import { type SampleBatch, SampleBuilder } from "../../src/model/samples.ts";
import { type Millis, millis, seconds } from "../../src/model/time.ts";
import { openLevelLog } from "../../src/store/level-log.ts";
import { createLogger } from "../../src/telemetry/logger.ts";
import { nameMix } from "../bench/forward/named-mix.ts";
import { mixRows } from "../bench/store/stated-mix.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { FakeDisk } from "../support/fake-database.ts";
import { FakeHttpClient } from "../support/fake-http-client.ts";
import { LOG_OPTIONS } from "../support/log-options.ts";
import { createSeededRandom } from "../support/seeded-random.ts";
import { keyOf, WindowedIntake } from "./windowed-intake.ts";

/** Rounds of polls until the values come again. */
const ROUNDS = 600;
const SEED = 22;

const FLUSH_INTERVAL = seconds(10);

/** What a request takes beside its body. Units: bytes. */
const HEAD_BYTES = 400;

/** What an outage is like. */
export interface OutagePlan {
  /** Series that are sampled once a second. */
  readonly seriesCount: number;
  /** What the intake throws away when it is older; `Infinity` for nothing. */
  readonly window: Millis;
  /** What the gateway is configured to do about it. */
  readonly ages: Pick<DatadogConfig, "maxAge" | "isHoldingOld" | "rollUpAge">;
  /** What the network carries. */
  readonly bitsPerSecond: number;
  readonly latency: Millis;
}

/** The plant, its gateway and its intake. */
export class OutageWorld {
  readonly clock = new FakeClock();
  readonly intake: WindowedIntake;
  /** From a sample until the intake has it, of those sampled since a flush before `noticedAt`. Units: milliseconds. */
  readonly liveDelays: number[] = [];
  /** Points that are not what was sampled. */
  wrong = 0;
  /** When the intake was first reached since it was awaited. Units: milliseconds since 1970. */
  noticedAt: number | undefined;
  isDown = false;
  readonly #plan: OutagePlan;
  readonly #disk = new FakeDisk();
  readonly #http: FakeHttpClient;
  readonly #names: ReturnType<typeof nameMix>;
  readonly #indexOf: ReadonlyMap<string, number>;
  readonly #rows: SampleBatch;
  readonly #firstSecond: number;
  /** By second and series, whether the intake holds the sample. */
  #held: Uint8Array;
  #sampledSeconds = 0;
  #liveFrom = Number.POSITIVE_INFINITY;
  #log: Log | undefined;
  #cursor: Cursor | undefined;
  #forwarder: Forwarder | undefined;

  constructor(plan: OutagePlan) {
    const { seriesCount, window, bitsPerSecond, latency } = plan;
    this.#plan = plan;
    this.#names = nameMix(seriesCount);
    this.#indexOf = new Map(this.#names.map((series, index) => [keyOf(series), index]));
    this.#rows = mixRows(seriesCount, ROUNDS, "each poll", SEED);
    this.#firstSecond = this.clock.now() / 1000;
    this.#held = new Uint8Array(seriesCount * 4096);
    this.intake = new WindowedIntake(window, () => this.clock.now(), this.#take);
    this.#http = new FakeHttpClient(this.clock, (request) => {
      if (this.isDown) return "unreachable";
      if (this.noticedAt === undefined) {
        this.noticedAt = this.clock.now();
        this.#liveFrom = this.#sampledSeconds - FLUSH_INTERVAL / 1000;
      }
      return this.intake.take(request);
    });
    this.#http.delayOf = ({ body }) => {
      this.#http.requests.length = 0;
      return this.isDown ? latency : millis(latency + (8000 * (HEAD_BYTES + (body?.length ?? 0))) / bitsPerSecond);
    };
  }

  get cursor(): Cursor {
    assert(this.#cursor !== undefined, "the world is opened first");
    return this.#cursor;
  }

  get forwarder(): Forwarder {
    assert(this.#forwarder !== undefined, "the world is opened first");
    return this.#forwarder;
  }

  /** Seconds since the world began, of which each has a sample of every series. */
  get seconds(): number {
    return this.#sampledSeconds;
  }

  /** Opens the log, and starts forwarding with what is configured about old samples. */
  async open(ages: OutagePlan["ages"] = this.#plan.ages): Promise<void> {
    if (this.#log === undefined) {
      const options = { ...LOG_OPTIONS, maxBytes: 1e9 };
      this.#log = await openLevelLog(this.#disk.open(), this.clock, options, () => undefined);
      for (const series of this.#names) this.#log.defineSeries(series);
      this.#cursor = await this.#log.cursor("main");
    }
    this.#forwarder = this.#forward(this.#log, ages);
    this.#forwarder.start();
  }

  /** Ends forwarding and closes the log. */
  async close(): Promise<void> {
    await this.stop();
    const closed = this.#log?.close();
    if (closed !== undefined) await this.clock.until(closed);
  }

  /** Ends forwarding. */
  async stop(): Promise<void> {
    await this.clock.until(this.forwarder.stop(seconds(20)));
  }

  /** Samples for so long. */
  async run(duration: Millis): Promise<void> {
    for (let elapsed = 0; elapsed < duration; elapsed += 1000) {
      void this.#log?.append(this.#sample(), { sampled: this.#plan.seriesCount, dropped: {} });
      await this.clock.advance(seconds(1));
      // What the disk remembers of its writes is for those who crash it.
      this.#disk.writes.length = 0;
    }
  }

  /** The intake is there from now on: it is noted when it is reached, and how long live samples take then. */
  awaitIntake(): void {
    this.isDown = false;
    this.noticedAt = undefined;
    this.#liveFrom = Number.POSITIVE_INFINITY;
    this.liveDelays.length = 0;
  }

  /** The share of the samples of these seconds, the last one exclusive, that the intake holds. */
  shareHeld(from: number, to: number): number {
    const { seriesCount } = this.#plan;
    const held = this.#held.subarray(from * seriesCount, to * seriesCount);
    return held.reduce((sum, isHeld) => sum + isHeld, 0) / held.length;
  }

  /** The share of the minutes of these seconds, by series, of which the intake holds anything. */
  shareOfMinutes(from: number, to: number): number {
    const { seriesCount } = this.#plan;
    let held = 0;
    let count = 0;
    for (let first = from; first < to; first += 60) {
      for (let series = 0; series < seriesCount; series += 1) {
        let isHeld = 0;
        for (let second = first; second < Math.min(first + 60, to); second += 1) {
          isHeld |= this.#held[second * seriesCount + series] ?? 0;
        }
        held += isHeld;
        count += 1;
      }
    }
    return held / count;
  }

  #forward(log: Log, ages: OutagePlan["ages"]): Forwarder {
    const { rollUpAge, isHoldingOld, ...rest } = ages;
    const config: DatadogConfig = {
      name: "main",
      kind: "datadog",
      url: "http://intake.test",
      apiKey: "0123456789abcdef0123456789abcdef",
      flushInterval: FLUSH_INTERVAL,
      timeout: seconds(20),
      hostTagsOnSeries: false,
      ...rest,
    };
    return new Forwarder({
      intake: createDatadogIntake(config, { hostname: "press-hall-1", tags: [], version: "1.0.0" }),
      cursor: this.cursor,
      log: { page: (query) => log.care.page(query), head: () => log.stats().head, series: () => log.care.series() },
      seriesOf: (id) => log.seriesOf(id),
      routes: new SampleRoutes(log),
      momentOf: (sequence) => log.momentOf(sequence),
      wake: (listener) => log.onWritten(listener),
      http: this.#http,
      clock: this.clock,
      random: createSeededRandom(SEED),
      logger: createLogger(this.clock, "error", () => undefined),
      flushInterval: config.flushInterval,
      timeout: config.timeout,
      isHoldingOld,
      rollUpAge,
    });
  }

  #sample(): SampleBatch {
    const { seriesCount } = this.#plan;
    const batch = new SampleBuilder(seriesCount);
    const now = this.clock.now();
    for (let series = 0; series < seriesCount; series += 1) {
      batch.push(series, now, this.#valueOf(this.#sampledSeconds, series), 0);
    }
    this.#sampledSeconds += 1;
    if (this.#held.length < (this.#sampledSeconds + 1) * seriesCount) {
      const grown = new Uint8Array(2 * this.#held.length);
      grown.set(this.#held);
      this.#held = grown;
    }
    return batch;
  }

  #valueOf(second: number, series: number): number {
    return this.#rows.value[(second % ROUNDS) * this.#plan.seriesCount + series] ?? Number.NaN;
  }

  readonly #take = (key: string, at: number, value: number): void => {
    const second = at - this.#firstSecond;
    const series = this.#indexOf.get(key) ?? Number.NaN;
    const place = second * this.#plan.seriesCount + series;
    if (this.#plan.ages.rollUpAge === undefined && value !== this.#valueOf(second, series)) this.wrong += 1;
    if (this.#held[place] === 0 && second >= this.#liveFrom) this.liveDelays.push(this.clock.now() - at * 1000);
    this.#held[place] = 1;
  };
}
