/** Goes over samples of a log once: through the stages, to the intake as it is and as it would be, into a report. */

import type { StretchFacts } from "../../filter/marking/stretch.ts";
import type { WatchedSeries } from "../../filter/marking/watched-series.ts";
import { isOfFull, seriesInLog } from "../../forward/series-at-intake.ts";
import type { IntakeConfig } from "../../model/config.ts";
import type { Intake, PointBatch } from "../../model/intake.ts";
import type { Course } from "../../model/metrics.ts";
import { type SampleBatch, SampleBuilder } from "../../model/samples.ts";
import { type Series, type SeriesId, seriesKey } from "../../model/series.ts";
import { millis } from "../../model/time.ts";
import { HourlyTruth } from "./hourly-truth.ts";
import type { OddReport, ReplayReport, SeriesReport, WireReport } from "./replay-report.ts";
import { ReplaySeries } from "./series-table.ts";
import { TriedDelivery } from "./tried-delivery.ts";
import type { TriedRule, TriedRules } from "./tried-rules.ts";
import { TriedStages } from "./tried-stages.ts";

/** Odd stretches that are told one by one. */
const ODD_MAX = 1000;

/** What is tried, on what, and for whom. */
export interface ReplayParts {
  readonly rules: TriedRules;
  readonly config: IntakeConfig;
  /** Makes the intake; called twice, as some remember what they sent. */
  readonly openIntake: () => Intake;
  /** What is of before is only learned from. Units: milliseconds since 1970. */
  readonly fromAt: number;
}

/** Samples of a log and the series they are of, as the log numbers them. */
export interface ReplayPage {
  readonly seriesOf: (id: SeriesId) => Series | undefined;
  readonly rows: {
    readonly series: readonly number[];
    readonly at: readonly number[];
    readonly value: readonly number[];
    readonly flags: readonly number[];
  };
}

/** What is counted of a series. */
interface Counts {
  readonly rule: TriedRule;
  readings: number;
  name: number;
  full: number;
  companions: number;
}

/** One replay, from `take` to `end`. Limits: what is kept grows with the series and with `pre`, not with the log. */
export class ReplayRun {
  readonly #parts: ReplayParts;
  readonly #series = new ReplaySeries();
  readonly #stages: TriedStages;
  readonly #plain: TriedDelivery;
  readonly #tried: TriedDelivery;
  readonly #truth = new HourlyTruth((id) => this.#courseOf(id));
  readonly #counts = new Map<SeriesId, Counts>();
  /** Numbers of series by those of the log; -1 for what the filter has made. */
  readonly #numbers = new Map<SeriesId, SeriesId>();
  readonly #sent = [new Set<SeriesId>(), new Set<SeriesId>()] as const;
  readonly #odd: OddReport[] = [];
  #oddLeftOut = 0;
  #flushAt = Number.NEGATIVE_INFINITY;
  #firstAt = Number.POSITIVE_INFINITY;
  #lastAt = Number.NEGATIVE_INFINITY;

  constructor(parts: ReplayParts) {
    this.#parts = parts;
    const { config, openIntake } = parts;
    const common = {
      series: this.#series,
      unsure: config.unsure,
      preOf: (series: Series) => this.#parts.rules.of(series)?.policy.pre ?? millis(0),
      preMax: parts.rules.preMax,
    };
    const onPlain = (points: PointBatch): void => this.#hearPlain(points);
    const onTried = (points: PointBatch): void => this.#hearTried(points);
    this.#plain = new TriedDelivery({ ...common, intake: openIntake(), isThinning: false, onPoints: onPlain });
    this.#tried = new TriedDelivery({ ...common, intake: openIntake(), isThinning: true, onPoints: onTried });
    this.#stages = new TriedStages({
      series: this.#series,
      listener: {
        began: () => undefined,
        ended: (watched, facts) => this.#noteOdd(watched, facts, false),
        forgotten: () => undefined,
      },
      emit: (came, became, now) => this.#emit(came, became, now),
    });
  }

  /** Takes samples; they come in the order of the log. */
  async take({ seriesOf, rows }: ReplayPage): Promise<void> {
    const gaps = findGaps(rows);
    for (const [row, of] of rows.series.entries()) {
      const at = rows.at[row] as number;
      const id = this.#numbers.get(of) ?? this.#define(of, seriesOf(of), at, gaps.get(of));
      if (id < 0) continue;
      if (this.#stages.isDue(at)) await this.#stages.pass();
      this.#stages.take(id, at, rows.value[row] as number, rows.flags[row] as number);
    }
  }

  /** Ends it and says what it found. */
  async end(facts: Pick<ReplayReport, "options" | "unreadable" | "is_stopped">): Promise<ReplayReport> {
    await this.#stages.end();
    await this.#flush(this.#stages.now);
    this.#truth.end(this.#lastAt);
    for (const watched of this.#stages.watched) {
      if (watched.stretch.isOpen) this.#noteOdd(watched, watched.stretch.facts, true);
    }
    const { config } = this.#parts;
    const learning = new Set([...this.#stages.watched].filter(({ detector }) => detector.isLearning));
    const learningIds = new Set([...learning].map(({ spec }) => spec.id));
    const series = [...this.#counts].filter(([, { readings }]) => readings > 0);
    const reports = series.map(([id, counts]) => this.#toReport(id, counts, learningIds.has(id)));
    return {
      schema: 1,
      from_at: Number.isFinite(this.#firstAt) ? this.#firstAt : null,
      to_at: Number.isFinite(this.#lastAt) ? this.#lastAt : null,
      options: facts.options,
      intake: config.name,
      is_thinning: config.isThinning ?? true,
      flush_interval_s: config.flushInterval / 1000,
      before: toWire(this.#plain, this.#sent[0]),
      after: toWire(this.#tried, this.#sent[1]),
      series: reports.sort((one, other) => savedOf(other) - savedOf(one) || byName(one, other)),
      odd: this.#odd.toSorted((one, other) => one.start_at - other.start_at),
      odd_left_out: this.#oddLeftOut,
      hours_compared: this.#truth.hourCount,
      unreadable: facts.unreadable,
      is_stopped: facts.is_stopped,
    };
  }

  #define(of: SeriesId, series: Series | undefined, at: number, gap: number | undefined): SeriesId {
    const rule = series && this.#parts.rules.of(series);
    let id = -1;
    if (series !== undefined && rule !== undefined) {
      id = this.#stages.define(series, rule, at, gap);
      if (!this.#counts.has(id)) this.#counts.set(id, { rule, readings: 0, name: 0, full: 0, companions: 0 });
    }
    this.#numbers.set(of, id);
    return id;
  }

  async #emit(came: SampleBatch, became: SampleBatch, now: number): Promise<void> {
    if (now >= this.#flushAt) await this.#flush(now);
    const { fromAt } = this.#parts;
    this.#plain.take(after(came, fromAt));
    const [early, due] = [before(became, fromAt), after(became, fromAt)];
    if (early.count > 0) this.#tried.remember(early);
    this.#tried.take(due);
    for (let row = 0; row < came.count; row += 1) {
      const at = came.at[row] as number;
      if (at < fromAt) continue;
      (this.#counts.get(came.series[row] as number) as Counts).readings += 1;
      if (at < this.#firstAt) this.#firstAt = at;
      if (at > this.#lastAt) this.#lastAt = at;
    }
  }

  async #flush(now: number): Promise<void> {
    await this.#plain.flush(now);
    await this.#tried.flush(now);
    this.#truth.settle(now);
    const { flushInterval } = this.#parts.config;
    this.#flushAt = (Math.floor(now / flushInterval) + 1) * flushInterval;
  }

  #hearPlain({ series, moment, value, count }: PointBatch): void {
    for (let row = 0; row < count; row += 1) {
      const id = series[row] as number;
      this.#sent[0].add(id);
      this.#truth.takeReading(seriesInLog(id), moment[row] as number, value[row] as number);
    }
  }

  #hearTried({ series, moment, value, count }: PointBatch): void {
    for (let row = 0; row < count; row += 1) {
      const id = series[row] as number;
      this.#sent[1].add(id);
      const own = seriesInLog(id);
      const counts = this.#counts.get(this.#stages.ownerOf(own) ?? own) as Counts;
      if (isOfFull(id)) counts.full += 1;
      else if (this.#stages.ownerOf(own) !== undefined) counts.companions += 1;
      else {
        counts.name += 1;
        this.#truth.takePoint(own, moment[row] as number, value[row] as number);
      }
    }
  }

  #noteOdd({ spec }: WatchedSeries, facts: StretchFacts, isUnderWay: boolean): void {
    if (facts.lastOddAt < this.#parts.fromAt) return;
    if (this.#odd.length >= ODD_MAX) {
      this.#oddLeftOut += 1;
      return;
    }
    const { metric, tags, unit } = spec.series;
    const { low, high } = facts;
    this.#odd.push({
      ...{ metric, tags, unit },
      start_at: facts.begunAt,
      end_at: facts.lastOddAt,
      is_under_way: isUnderWay,
      score: facts.peakScore,
      peak_at: facts.peakAt,
      peak_value: facts.peakValue,
      expected: Number.isFinite(low) && Number.isFinite(high) ? { low, high } : null,
    });
  }

  #toReport(id: SeriesId, { rule, readings, name, full, companions }: Counts, isLearning: boolean): SeriesReport {
    const { metric, tags, unit } = this.#series.seriesOf(id);
    const worst = this.#truth.worstOf(id);
    return {
      ...{ metric, tags, unit, mode: rule.policy.mode, readings, name, full, companions },
      is_learning: isLearning,
      hour_differs_percent: worst === undefined ? null : worst.part * 100,
    };
  }

  #courseOf(id: SeriesId): Course {
    return (this.#counts.get(id) as Counts).rule.course;
  }
}

function toWire({ points, bytes, requests }: TriedDelivery, sent: ReadonlySet<SeriesId>): WireReport {
  return { points, bytes, requests, series: sent.size };
}

function savedOf({ readings, name, full, companions }: SeriesReport): number {
  return readings - name - full - companions;
}

function byName(one: SeriesReport, other: SeriesReport): number {
  return seriesKey(one) < seriesKey(other) ? -1 : 1;
}

/** How long after its first sample the next of a series comes, where there are two. Units: milliseconds. */
function findGaps({ series, at }: ReplayPage["rows"]): ReadonlyMap<SeriesId, number> {
  const firsts = new Map<SeriesId, number>();
  const gaps = new Map<SeriesId, number>();
  for (const [row, id] of series.entries()) {
    const first = firsts.get(id);
    if (first === undefined) firsts.set(id, at[row] as number);
    else if ((at[row] as number) > first && !gaps.has(id)) gaps.set(id, (at[row] as number) - first);
  }
  return gaps;
}

function after(batch: SampleBatch, moment: number): SampleBatch {
  return select(batch, (at) => at >= moment);
}

function before(batch: SampleBatch, moment: number): SampleBatch {
  return select(batch, (at) => at < moment);
}

function select(batch: SampleBatch, isWanted: (at: number) => boolean): SampleBatch {
  const wanted = new SampleBuilder(Math.max(1, batch.count));
  for (let row = 0; row < batch.count; row += 1) if (isWanted(batch.at[row] as number)) wanted.pushRow(batch, row);
  return wanted;
}
