/** Polls one part of an instance on its own schedule, and keeps what it saw. */

import assert from "node:assert/strict";
import type {
  BusTurn,
  DeviceEvent,
  DeviceServiceCheck,
  Fault,
  Input,
  InputPoint,
  PollOutcome,
} from "../model/input.ts";
import type { DropCounts } from "../model/log.ts";
import { valueKindOf } from "../model/point-series.ts";
import { FLAG, SampleBuilder } from "../model/samples.ts";
import type { Series, SeriesId } from "../model/series.ts";
import type { InstanceStatus, ValueStatus } from "../model/status.ts";
import { countDropped } from "../model/tally.ts";
import { type Clock, type EpochMillis, type Millis, type MonotonicMillis, millis, sleep } from "../model/time.ts";
import type { BusQueue, BusSeat } from "./bus-queue.ts";
import { type FaultChange, FaultLedger } from "./fault-ledger.ts";
import { firstDue, nextDue } from "./schedule.ts";
import { addSamples, createSampleMap, NO_SERIES, type SampleMap } from "./to-samples.ts";

/** An input that wants to be polled has to wait for so long, so that what comes meanwhile comes in one poll. */
const EAGER_GAP = millis(5);

/** The series of points, and the log's numbers for them. */
export interface DefinedSeries {
  readonly series: readonly Series[];
  readonly seriesIds: readonly SeriesId[];
}

/** The same of points that were found while running; undefined for those for which there is no room. */
export interface LearnedSeries {
  readonly series: readonly (Series | undefined)[];
  readonly seriesIds: readonly (SeriesId | undefined)[];
}

/** Points that are polled together, and what they are polled with. */
export interface PolledPart extends DefinedSeries {
  readonly interval: Millis;
  readonly input: Input;
  readonly bus: BusQueue;
  /** Makes the series of points that the input has learned of; leaving it out means that it learns of none. */
  define?(points: readonly InputPoint[]): LearnedSeries;
  /** Says that so many points have no series, for want of room; leaving it out means that there always is. */
  describeRefusal?(count: number): Fault;
}

/** What a part tells, and what it needs for that. */
export interface PartSurroundings {
  /** Names the part's instance in the table of timers. */
  readonly label: string;
  readonly clock: Clock;
  /** Takes the samples of a poll, copies what it keeps, and says whether the log has them, once it does. */
  record(batch: SampleBuilder, dropped: DropCounts): Promise<boolean>;
  /** Gives the fault of readings that are not believed, if they are not for long. */
  doubt(): Fault | undefined;
  /** Takes what happened to the device. */
  raise(event: DeviceEvent): void;
  /** Takes what the input says of the device by itself. */
  say(said: DeviceServiceCheck): void;
  /** Hears after each poll what it changed. */
  hear(change: FaultChange): void;
}

/** Polls one part until it is stopped. */
export class PartPoller {
  readonly part: PolledPart;
  readonly #surroundings: PartSurroundings;
  #map: SampleMap;
  readonly #series: (Series | undefined)[];
  readonly #seriesIds: (SeriesId | undefined)[];
  #refusedCount = 0;
  /** Whether those that were refused are to be tried once more. */
  #isRetrying = false;
  readonly #batch = new SampleBuilder();
  readonly #stopping = new AbortController();
  readonly #seat: BusSeat;
  #lastValue: Float64Array;
  #lastAt: Float64Array;
  /** Ends the wait for the next poll. */
  #nap = new AbortController();
  #isEager = false;
  #running: Promise<void> = Promise.resolve();
  /** Which faults stand. */
  readonly faults = new FaultLedger();
  /** Whether the device answered the last poll; undefined before the first. */
  isReachable: boolean | undefined;
  polls = 0;
  failedPolls = 0;
  latePolls = 0;
  sampled = 0;
  /** What the input told of the device at the last poll, and in all. */
  readonly events = { last_run: 0, total: 0 };
  readonly serviceChecks = { last_run: 0, total: 0 };
  /** Units: milliseconds. */
  durationSum = 0;
  lastPoll: InstanceStatus["last_poll"] = null;
  lastSuccessAt: EpochMillis | null = null;

  constructor(part: PolledPart, surroundings: PartSurroundings) {
    this.part = part;
    this.#surroundings = surroundings;
    this.#seat = part.bus.takeSeat();
    this.#series = [...part.series];
    this.#seriesIds = [...part.seriesIds];
    this.#map = createSampleMap(part.input.points, part.seriesIds);
    this.#lastValue = new Float64Array(part.input.points.length);
    this.#lastAt = new Float64Array(part.input.points.length);
    part.input.onEager?.(() => this.#hurry());
  }

  /** The points that have a series. */
  get points(): readonly InputPoint[] {
    return this.part.input.points.filter((_, index) => this.#series[index] !== undefined);
  }

  /** Tries again what the device refused, and what there was no room for. */
  retry(): void {
    this.part.input.retry?.();
    this.#isRetrying = true;
  }

  /** Begins to poll. */
  start(): void {
    this.#running = this.#run().finally(() => this.#seat.leave());
  }

  /** Ends polling: the poll under way is given up, its readings are not used, and the input is disposed. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#nap.abort();
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
      let at = extra === undefined || due <= extra ? due : extra;
      // A poll has to be over before the next is due; one that an input asked for is urgent until it has begun.
      this.#seat.expect(at, at === due ? at + interval : at);
      await sleep(clock, `poll ${label}`, (at - clock.monotonic()) as Millis, this.#nap.signal);
      if (this.#isEager && clock.monotonic() < at) {
        at = clock.monotonic();
        this.#seat.expect(at, at);
      }
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
    const { clock, hear, raise, say, doubt } = this.#surroundings;
    this.#calmDown();
    const startedAt = clock.now();
    const started = clock.monotonic();
    let outcome: PollOutcome;
    try {
      outcome = await this.part.input.poll(signal, turn);
    } catch (error) {
      if (signal.aborted) return undefined;
      throw error;
    }
    const { readings, absent, isReachable } = outcome;
    const duration = clock.monotonic() - started;
    const now = clock.now();
    this.polls += 1;
    this.durationSum += duration;
    this.lastPoll = { at: startedAt, duration_ms: Math.round(duration), readings: readings.count, absent };
    this.#takeReadings(outcome);
    const refusal = this.#refusedCount === 0 ? undefined : this.part.describeRefusal?.(this.#refusedCount);
    const faults = refusal === undefined ? outcome.faults : [...outcome.faults, refusal];
    if (faults.length === 0) this.lastSuccessAt = now;
    else this.failedPolls += 1;
    this.isReachable = isReachable;
    // A reading that is not believed was read all the same.
    hear(this.faults.update([...faults, ...[doubt() ?? []].flat()], now));
    const { events = [], serviceChecks = [] } = outcome;
    for (const event of events) raise(event);
    for (const said of serviceChecks) say(said);
    count(this.events, events.length);
    count(this.serviceChecks, serviceChecks.length);
    return outcome.pollAgainAt;
  }

  #takeReadings(outcome: PollOutcome): void {
    const { clock, record } = this.#surroundings;
    const { readings } = outcome;
    this.#takePoints();
    this.#batch.clear();
    const flags = clock.isTrusted() ? 0 : FLAG.clockUntrusted;
    const leftOut = addSamples(readings, this.#map, flags, this.#batch);
    const dropped = leftOut === 0 ? (outcome.dropped ?? {}) : withLeftOut(outcome.dropped, leftOut);
    let sample = 0;
    for (let row = 0; row < readings.count; row += 1) {
      const index = readings.point[row] ?? 0;
      if (this.#map.series[index] === NO_SERIES) continue;
      this.#lastValue[index] = this.#batch.value[sample] ?? Number.NaN;
      this.#lastAt[index] = this.#batch.at[sample] ?? 0;
      sample += 1;
    }
    const count = this.#batch.count + countDropped(dropped);
    this.sampled += count;
    if (count === 0) outcome.whenRecorded?.(true);
    else void record(this.#batch, dropped).then((isKept) => outcome.whenRecorded?.(isKept));
  }

  /** Takes up the points that the input has learned of since. */
  #takePoints(): void {
    const { points } = this.part.input;
    const known = this.#series.length;
    const isRetrying = this.#isRetrying && this.#refusedCount > 0;
    this.#isRetrying = false;
    if (points.length === known && !isRetrying) return;
    const wanted = [...points.entries()].filter(([index]) => index >= known || (isRetrying && !this.#series[index]));
    const defined = this.part.define?.(wanted.map(([, point]) => point));
    assert(defined !== undefined, `${this.#surroundings.label} has learned of points, and nobody makes series of them`);
    for (const [place, [index]] of wanted.entries()) {
      this.#series[index] = defined.series[place];
      this.#seriesIds[index] = defined.seriesIds[place];
    }
    this.#refusedCount = points.length - this.points.length;
    this.#map = createSampleMap(points, this.#seriesIds);
    this.#lastValue = lengthened(this.#lastValue, points.length);
    this.#lastAt = lengthened(this.#lastAt, points.length);
  }

  /** The input has something now that need not wait for the next moment. */
  #hurry(): void {
    if (this.#isEager) return;
    this.#isEager = true;
    const { clock, label } = this.#surroundings;
    const nap = this.#nap;
    void sleep(clock, `drain ${label}`, EAGER_GAP, nap.signal).then(() => nap.abort());
  }

  /** What comes from here on is for another poll. */
  #calmDown(): void {
    this.#isEager = false;
    this.#nap = new AbortController();
  }

  /** The last value of each point that had one. */
  values(): readonly ValueStatus[] {
    const values: ValueStatus[] = [];
    for (const [index, series] of this.#series.entries()) {
      const at = this.#lastAt[index] ?? 0;
      if (at === 0 || series === undefined) continue;
      const { metric, tags, unit } = series;
      const value = this.#lastValue[index] ?? Number.NaN;
      const state = this.part.input.points[index]?.states?.[value];
      values.push({ metric, tags, value, ...(state === undefined ? {} : { state }), unit, ...valueKindOf(series), at });
    }
    return values;
  }
}

function withLeftOut(dropped: DropCounts = {}, count: number): DropCounts {
  return { ...dropped, "series-limit": (dropped["series-limit"] ?? 0) + count };
}

function lengthened(column: Float64Array, length: number): Float64Array {
  const longer = new Float64Array(length);
  longer.set(column);
  return longer;
}

function count(told: { last_run: number; total: number }, more: number): void {
  told.last_run = more;
  told.total += more;
}
