/** The poller of one instance: waits for its moment and its bus, polls, and passes on samples and state. */

import type { InstanceConfig } from "../model/config.ts";
import type { Input, PollOutcome } from "../model/input.ts";
import { type ServiceCheck, type ServiceStatus, serviceStatusWord } from "../model/note.ts";
import { FLAG, SampleBuilder } from "../model/samples.ts";
import type { Series, SeriesId } from "../model/series.ts";
import type { InstanceStatus, ValueStatus } from "../model/status.ts";
import { type Clock, type EpochMillis, type MonotonicMillis, seconds, sleep } from "../model/time.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { BusQueue } from "./bus-queue.ts";
import { canConnect, serviceStatus } from "./can-connect.ts";
import { FaultLedger } from "./fault-ledger.ts";
import { firstDue, nextDue } from "./schedule.ts";
import { addSamples, createSampleMap, type SampleMap } from "./to-samples.ts";

/** An unchanged service check is said again this often: an intake forgets one that is older than ten minutes. */
const SERVICE_CHECK_REPEAT = seconds(60);

/** What a poller works with. */
export interface PollerParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly bus: BusQueue;
  /** The series of each point of the input, and the log's numbers for them. */
  readonly series: readonly Series[];
  readonly seriesIds: readonly SeriesId[];
  /** Takes the samples of a poll; copies what it keeps. */
  record(batch: SampleBuilder): void;
  recordServiceCheck(check: ServiceCheck): void;
}

/** Polls one instance until it is stopped. */
export class Poller {
  readonly instance: InstanceConfig;
  readonly #input: Input;
  readonly #parts: PollerParts;
  readonly #map: SampleMap;
  readonly #batch = new SampleBuilder();
  readonly #stopping = new AbortController();
  readonly #faults = new FaultLedger();
  readonly #lastValue: Float64Array;
  readonly #lastAt: Float64Array;
  #running: Promise<void> = Promise.resolve();
  #said: { status: ServiceStatus; at: MonotonicMillis } | undefined;
  #state: InstanceStatus["state"] = "UNKNOWN";
  #polls = 0;
  #failedPolls = 0;
  #latePolls = 0;
  #sampled = 0;
  #durationSum = 0;
  #lastPoll: InstanceStatus["last_poll"] = null;
  #lastSuccessAt: EpochMillis | null = null;

  constructor(instance: InstanceConfig, input: Input, parts: PollerParts) {
    this.instance = instance;
    this.#input = input;
    this.#parts = parts;
    this.#map = createSampleMap(input.points, parts.seriesIds);
    this.#lastValue = new Float64Array(input.points.length);
    this.#lastAt = new Float64Array(input.points.length);
  }

  /** Begins to poll. */
  start(): void {
    this.#running = this.#run();
  }

  /** Ends polling: the poll under way is given up, its readings are not used, and the input is disposed. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    await this.#input[Symbol.asyncDispose]();
  }

  async #run(): Promise<void> {
    const { clock, bus } = this.#parts;
    const { signal } = this.#stopping;
    const { interval } = this.instance;
    let due = firstDue(clock, interval);
    for (;;) {
      await sleep(clock, `poll ${this.#label}`, (due - clock.monotonic()) as typeof interval, signal);
      if (signal.aborted) return;
      await bus.run(due, () => this.#poll(signal));
      const next = nextDue(clock, interval, due);
      this.#latePolls += next.missed;
      due = next.at;
    }
  }

  async #poll(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const { clock } = this.#parts;
    const startedAt = clock.now();
    const started = clock.monotonic();
    let outcome: PollOutcome;
    try {
      outcome = await this.#input.poll(signal);
    } catch (error) {
      if (signal.aborted) return;
      throw error;
    }
    const duration = clock.monotonic() - started;
    this.#polls += 1;
    this.#durationSum += duration;
    this.#lastPoll = {
      at: startedAt,
      duration_ms: Math.round(duration),
      readings: outcome.readings.count,
      absent: outcome.absent,
    };
    this.#takeReadings(outcome);
    this.#takeState(outcome);
  }

  #takeReadings({ readings }: PollOutcome): void {
    this.#batch.clear();
    addSamples(readings, this.#map, this.#parts.clock.isTrusted() ? 0 : FLAG.clockUntrusted, this.#batch);
    for (let row = 0; row < readings.count; row += 1) {
      const index = readings.point[row] ?? 0;
      this.#lastValue[index] = this.#batch.value[row] ?? Number.NaN;
      this.#lastAt[index] = this.#batch.at[row] ?? 0;
    }
    this.#sampled += this.#batch.count;
    if (this.#batch.count > 0) this.#parts.record(this.#batch);
  }

  #takeState({ faults, isReachable }: PollOutcome): void {
    const { clock, logger } = this.#parts;
    const now = clock.now();
    if (faults.length === 0) this.#lastSuccessAt = now;
    else this.#failedPolls += 1;
    const change = this.#faults.update(faults, now);
    for (const fault of change.raised) logger.warn(`${this.#label}: ${fault.message}`, { code: fault.code });
    if (change.isCleared) logger.info(`${this.#label}: all points are read again`);
    const status = serviceStatus(isReachable, faults.length > 0);
    this.#state = serviceStatusWord(status);
    const isDue = this.#said === undefined || clock.monotonic() - this.#said.at >= SERVICE_CHECK_REPEAT;
    if (this.#said?.status === status && !isDue) return;
    this.#said = { status, at: clock.monotonic() };
    this.#parts.recordServiceCheck(
      canConnect(
        this.instance,
        status,
        faults.map((fault) => fault.message),
        now,
      ),
    );
  }

  get #label(): string {
    return `${this.instance.check}/${this.instance.name}`;
  }

  /** What `status` says of this instance. */
  status(): InstanceStatus {
    return {
      check: this.instance.check,
      instance: this.instance.name,
      profile: this.instance.profile?.id ?? null,
      bus: this.#input.bus,
      state: this.#state,
      interval_s: this.instance.interval / 1000,
      polls: this.#polls,
      failed_polls: this.#failedPolls,
      late_polls: this.#latePolls,
      sampled: this.#sampled,
      series: this.#parts.series.length,
      last_poll: this.#lastPoll,
      last_success_at: this.#lastSuccessAt,
      average_duration_ms: this.#polls === 0 ? 0 : Math.round(this.#durationSum / this.#polls),
      values: this.#values(),
      faults: this.#faults.standing,
    };
  }

  #values(): ValueStatus[] {
    const values: ValueStatus[] = [];
    for (const [index, series] of this.#parts.series.entries()) {
      const at = this.#lastAt[index] ?? 0;
      if (at === 0) continue;
      values.push({
        metric: series.metric,
        tags: series.tags,
        value: this.#lastValue[index] ?? Number.NaN,
        unit: series.unit,
        at,
      });
    }
    return values;
  }
}
