/**
 * What thins out, joined to the clock and the log: it learns which series to thin out, has what is due come out each
 * second, and makes up from the log what a run that was killed had gathered.
 */

import { scaleDecimal } from "./decode/scale.ts";
import type { ReductionRule } from "./filter/reducing/create-reduction.ts";
import { Reducer } from "./filter/reducing/reducer.ts";
import type { StatisticIds } from "./filter/reducing/window-statistics.ts";
import { ClockWatch } from "./gateway-clock.ts";
import { courseOfPoint, statisticOf } from "./model/companions.ts";
import type { InstanceConfig } from "./model/config.ts";
import { GatewayError } from "./model/errors.ts";
import { type Deadband, filterOf } from "./model/filter.ts";
import type { InputPoint } from "./model/input.ts";
import type { Log, Sequence } from "./model/log.ts";
import type { LogPage } from "./model/log-care.ts";
import type { SampleBatch, SampleBuilder } from "./model/samples.ts";
import type { Series, SeriesId } from "./model/series.ts";
import { summaryOf } from "./model/thinning.ts";
import { type Clock, type EpochMillis, type Millis, seconds, type Timer } from "./model/time.ts";
import { canonicalFactor } from "./sampling/to-samples.ts";
import { OVERLAP_MS_MAX } from "./store/place-epochs.ts";
import type { Logger } from "./telemetry/logger.ts";

/** How often what is due comes out. */
const FLUSH_EVERY = seconds(1);

/** What it is built from. */
export interface GatewayReducerParts {
  readonly log: Pick<Log, "defineSeries" | "earlier" | "care" | "stats" | "clockLead">;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Has `pass` called with nothing, so that what was made comes out. */
  flush(): void;
}

/** A deadband in the unit that the samples of a point have. */
function canonicalDeadband(point: InputPoint, deadband: Deadband): Deadband {
  if (deadband.unit === "percent") return deadband;
  return { ...deadband, size: Math.abs(scaleDecimal(deadband.size, canonicalFactor(point))) };
}

/** The last stage before the log. */
export class GatewayReducer {
  readonly #parts: GatewayReducerParts;
  readonly #reducer = new Reducer();
  readonly #defined = new Set<SeriesId>();
  /** Of what a run before had gathered of these, the log is still to be asked. */
  readonly #unrecalled = new Set<SeriesId>();
  #isRecalling = false;
  /** Where this run begins in the log. */
  readonly #begin: Sequence;
  #timer: Timer | undefined;
  readonly #clockWatch: ClockWatch;

  constructor(parts: GatewayReducerParts) {
    this.#parts = parts;
    const { log, clock } = parts;
    this.#begin = log.stats().end;
    this.#clockWatch = new ClockWatch(clock, log);
  }

  /** Learns what to do with points, whose series are known to the log by these numbers. */
  define(
    instance: InstanceConfig,
    points: readonly InputPoint[],
    { series, seriesIds }: { readonly series: readonly Series[]; readonly seriesIds: readonly SeriesId[] },
    interval: Millis,
  ): void {
    for (const [index, point] of points.entries()) {
      const [of, id] = [series[index], seriesIds[index]];
      if (of === undefined || id === undefined) continue;
      const rule = this.#ruleOf(instance, point, of, interval);
      this.#reducer.set(id, rule);
      if (rule !== undefined && !this.#defined.has(id)) this.#unrecalled.add(id);
      this.#defined.add(id);
    }
    this.#recall();
    this.#flushLater();
  }

  #ruleOf(instance: InstanceConfig, point: InputPoint, series: Series, interval: Millis): ReductionRule | undefined {
    const { log } = this.#parts;
    const { mode, keep, window, deadband, heartbeat, statistics } = filterOf(instance, point);
    const course = courseOfPoint(point);
    if (mode !== "reduce" || course === "delta") return undefined;
    const ids: Record<string, SeriesId> = {};
    if (course === "measurement") {
      for (const each of statistics) ids[each] = log.defineSeries(statisticOf(series, each));
    }
    return {
      policy: { keep, window, deadband: deadband && canonicalDeadband(point, deadband), heartbeat },
      course,
      interval,
      summary: log.defineSeries(summaryOf(series)),
      statistics: ids satisfies StatisticIds,
    };
  }

  /** Copies all samples into `target`, with what is added. Gives the number of samples it added. */
  pass(batch: SampleBatch, target: SampleBuilder): number {
    this.#followClock();
    return this.#reducer.pass(batch, target, this.#parts.clock.monotonic());
  }

  /** Has all that is gathered come out. */
  end(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#reducer.end(this.#parts.clock.monotonic());
    if (this.#reducer.hasMade) this.#parts.flush();
  }

  #flushLater(): void {
    if (this.#timer !== undefined || this.#reducer.isIdle) return;
    const { clock, flush } = this.#parts;
    this.#timer = clock.after("windows of the filter", FLUSH_EVERY, () => {
      this.#timer = undefined;
      this.#followClock();
      this.#reducer.flush(clock.monotonic());
      if (this.#reducer.hasMade) flush();
      this.#flushLater();
    });
  }

  /**
   * Brings what was gathered to the clock as it is, as the log does with its rows. Those of a clock that was right stay
   * where it is put ahead; what sums them up is told before others come.
   */
  #followClock(): void {
    const change = this.#clockWatch.look();
    if (change === undefined) return;
    const { by, wasTrusted, keptFlags } = change;
    if (wasTrusted && by >= -OVERLAP_MS_MAX) this.#reducer.settle();
    else this.#reducer.move(by, keptFlags);
  }

  /**
   * Begins to make up what the run before had gathered, if it was cut off. Where its clock was never set, or this one
   * is not, nobody knows how long ago that was: series begin anew then.
   */
  #recall(): void {
    const { log, clock } = this.#parts;
    const { aliveAt, isClean } = log.earlier ?? { aliveAt: undefined, isClean: true };
    if (aliveAt === undefined || isClean || !clock.isTrusted()) {
      this.#unrecalled.clear();
      return;
    }
    for (const id of this.#unrecalled) this.#reducer.beginRecall(id);
    if (!this.#isRecalling) void this.#recallAll(aliveAt);
  }

  async #recallAll(aliveAt: EpochMillis): Promise<void> {
    this.#isRecalling = true;
    // What is defined in the same turn is looked up in one go.
    await this.#parts.clock.turn();
    while (this.#unrecalled.size > 0) {
      const series = [...this.#unrecalled];
      this.#unrecalled.clear();
      try {
        await this.#readLog(series, aliveAt);
      } catch (error) {
        if (!(error instanceof GatewayError)) throw error;
        const what = "what was gathered of the last windows of the run before could not be looked up";
        this.#parts.logger.warn(`${what}, so they begin anew: ${error.message}`);
      }
      this.#reducer.resume(series, this.#parts.clock.monotonic());
    }
    this.#isRecalling = false;
  }

  /** Shows the reducer what the log has of series from about the end of the run before. Errors: `STORE_FAILED`. */
  async #readLog(among: readonly SeriesId[], aliveAt: EpochMillis): Promise<void> {
    const { log, clock } = this.#parts;
    const lag = clock.now() - clock.monotonic();
    const query = {
      // Where the clock was put back since, what the run before has left was taken along.
      fromAt: Math.min(aliveAt, clock.now()) - this.#reducer.lookBack(among),
      toAt: Number.MAX_SAFE_INTEGER,
      series: this.#reducer.sourcesOf(among),
    };
    for (let from: Sequence | undefined = 0; from !== undefined; ) {
      const { batch, sequences, next }: LogPage = await log.care.page({ ...query, from });
      for (let row = 0; row < batch.count; row += 1) {
        if ((sequences[row] ?? this.#begin) >= this.#begin) return;
        const at = batch.at[row] ?? 0;
        const seenAt = Math.min(at - lag, clock.monotonic());
        this.#reducer.recall(batch.series[row] ?? 0, at, batch.value[row] ?? 0, batch.flags[row] ?? 0, seenAt);
      }
      from = next;
    }
  }
}
