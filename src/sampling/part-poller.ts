/** Polls one part of an instance on its own schedule, and keeps what it saw. */

import type { BusTurn, DeviceEvent, Input, PollOutcome } from "../model/input.ts";
import { FLAG, SampleBuilder } from "../model/samples.ts";
import type { Series, SeriesId } from "../model/series.ts";
import type { InstanceStatus, ValueStatus } from "../model/status.ts";
import { type Clock, type EpochMillis, type Millis, type MonotonicMillis, sleep } from "../model/time.ts";
import type { BusQueue, BusSeat } from "./bus-queue.ts";
import { type FaultChange, FaultLedger } from "./fault-ledger.ts";
import { firstDue, nextDue } from "./schedule.ts";
import { addSamples, createSampleMap, type SampleMap } from "./to-samples.ts";

/** Points that are polled together, and what they are polled with. */
export interface PolledPart {
  readonly interval: Millis;
  readonly input: Input;
  readonly bus: BusQueue;
  /** The series of each point of the input, and the log's numbers for them. */
  readonly series: readonly Series[];
  readonly seriesIds: readonly SeriesId[];
}

/** What a part tells, and what it needs for that. */
export interface PartSurroundings {
  /** Names the part's instance in the table of timers. */
  readonly label: string;
  readonly clock: Clock;
  /** Takes the samples of a poll; copies what it keeps. */
  record(batch: SampleBuilder): void;
  /** Takes what happened to the device. */
  raise(event: DeviceEvent): void;
  /** Hears after each poll what it changed. */
  hear(change: FaultChange): void;
}

/** Polls one part until it is stopped. */
export class PartPoller {
  readonly part: PolledPart;
  readonly #surroundings: PartSurroundings;
  readonly #map: SampleMap;
  readonly #batch = new SampleBuilder();
  readonly #stopping = new AbortController();
  readonly #seat: BusSeat;
  readonly #lastValue: Float64Array;
  readonly #lastAt: Float64Array;
  #running: Promise<void> = Promise.resolve();
  /** Which faults stand. */
  readonly faults = new FaultLedger();
  /** Whether the device answered the last poll; undefined before the first. */
  isReachable: boolean | undefined;
  polls = 0;
  failedPolls = 0;
  latePolls = 0;
  sampled = 0;
  /** Units: milliseconds. */
  durationSum = 0;
  lastPoll: InstanceStatus["last_poll"] = null;
  lastSuccessAt: EpochMillis | null = null;

  constructor(part: PolledPart, surroundings: PartSurroundings) {
    this.part = part;
    this.#surroundings = surroundings;
    this.#seat = part.bus.takeSeat();
    this.#map = createSampleMap(part.input.points, part.seriesIds);
    this.#lastValue = new Float64Array(part.input.points.length);
    this.#lastAt = new Float64Array(part.input.points.length);
  }

  /** Begins to poll. */
  start(): void {
    this.#running = this.#run().finally(() => this.#seat.leave());
  }

  /** Ends polling: the poll under way is given up, its readings are not used, and the input is disposed. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    await this.part.input[Symbol.asyncDispose]();
  }

  async #run(): Promise<void> {
    const { clock, label } = this.#surroundings;
    const { interval } = this.part;
    const { signal } = this.#stopping;
    let due = firstDue(clock, interval);
    let extra: MonotonicMillis | undefined;
    for (;;) {
      const at = extra === undefined || due <= extra ? due : extra;
      // A poll has to be over before the next is due; one that an input asked for is urgent until it has begun.
      this.#seat.expect(at, at === due ? at + interval : at);
      await sleep(clock, `poll ${label}`, (at - clock.monotonic()) as Millis, signal);
      if (signal.aborted) return;
      extra = await this.#seat.run((turn) => {
        turn.deadline = at + interval;
        return this.#poll(signal, turn);
      });
      if (at !== due) continue;
      const next = nextDue(clock, interval, due);
      this.latePolls += next.missed;
      due = next.at;
    }
  }

  /** Gives the moment at which the input wants to be polled, where that need not wait for the next one due. */
  async #poll(signal: AbortSignal, turn: BusTurn): Promise<MonotonicMillis | undefined> {
    if (signal.aborted) return undefined;
    const { clock, hear, raise } = this.#surroundings;
    const startedAt = clock.now();
    const started = clock.monotonic();
    let outcome: PollOutcome;
    try {
      outcome = await this.part.input.poll(signal, turn);
    } catch (error) {
      if (signal.aborted) return undefined;
      throw error;
    }
    const { readings, absent, faults, isReachable } = outcome;
    const duration = clock.monotonic() - started;
    const now = clock.now();
    this.polls += 1;
    this.durationSum += duration;
    this.lastPoll = { at: startedAt, duration_ms: Math.round(duration), readings: readings.count, absent };
    this.#takeReadings(outcome);
    if (faults.length === 0) this.lastSuccessAt = now;
    else this.failedPolls += 1;
    this.isReachable = isReachable;
    hear(this.faults.update(faults, now));
    for (const event of outcome.events ?? []) raise(event);
    return outcome.pollAgainAt;
  }

  #takeReadings({ readings }: PollOutcome): void {
    const { clock, record } = this.#surroundings;
    this.#batch.clear();
    addSamples(readings, this.#map, clock.isTrusted() ? 0 : FLAG.clockUntrusted, this.#batch);
    for (let row = 0; row < readings.count; row += 1) {
      const index = readings.point[row] ?? 0;
      this.#lastValue[index] = this.#batch.value[row] ?? Number.NaN;
      this.#lastAt[index] = this.#batch.at[row] ?? 0;
    }
    this.sampled += this.#batch.count;
    if (this.#batch.count > 0) record(this.#batch);
  }

  /** The last value of each point that had one. */
  values(): readonly ValueStatus[] {
    const values: ValueStatus[] = [];
    for (const [index, { metric, tags, unit }] of this.part.series.entries()) {
      const at = this.#lastAt[index] ?? 0;
      if (at === 0) continue;
      const value = this.#lastValue[index] ?? Number.NaN;
      const state = this.part.input.points[index]?.states?.[value];
      values.push({ metric, tags, value, ...(state === undefined ? {} : { state }), unit, at });
    }
    return values;
  }
}
