/** The stages between sampling and the log, joined: what they know of each series, and what samples pass them. */

import { type CounterStep, UNKNOWN_AGE } from "./filter/counter.ts";
import { describeCounterStep } from "./filter/counter-words.ts";
import { QualityFilter } from "./filter/quality.ts";
import { ClockWatch } from "./gateway-clock.ts";
import { GatewayMarking, type MarkingParts } from "./gateway-marking.ts";
import { InstanceQuality } from "./gateway-quality.ts";
import { GatewayReducer } from "./gateway-reducer.ts";
import type { InstanceConfig } from "./model/config.ts";
import { GatewayError } from "./model/errors.ts";
import type { InputPoint } from "./model/input.ts";
import type { Log } from "./model/log.ts";
import { deltaSeries, pointSeries } from "./model/point-series.ts";
import { type SampleBatch, SampleBuilder } from "./model/samples.ts";
import type { SeriesId } from "./model/series.ts";
import type { MutableDropCounts } from "./model/tally.ts";
import { type Millis, millis, type Timer } from "./model/time.ts";
import type { DefinedSeries } from "./sampling/part-poller.ts";
import { canonicalQuality } from "./sampling/point-quality.ts";
import type { HeldSamples } from "./sampling/recorder.ts";
import { canonicalCounter } from "./sampling/to-samples.ts";

/** How many intervals before the end of an earlier run the last reading of a counter is looked for. */
const RESUMED_INTERVALS = 10;

/** What the stages are built from. */
export interface FilterParts extends MarkingParts {
  readonly log: MarkingParts["log"] &
    Pick<Log, "seriesOf" | "range" | "earlier" | "care" | "stats" | "bringOver" | "clockLead">;
  /** Has `pass` called with nothing, so that samples come out that waited in a stage. */
  flush(): void;
}

/** All that is done to samples before the log. */
export class GatewayFilter {
  readonly #parts: FilterParts;
  readonly #quality: QualityFilter;
  readonly #reducer: GatewayReducer;
  readonly #clockWatch: ClockWatch;
  /** Between the stages. */
  readonly #judged = new SampleBuilder();
  readonly #marked = new SampleBuilder();
  /** What the quality rules found, by instance. */
  readonly doubts: InstanceQuality;
  /** Its detectors. */
  readonly marking: GatewayMarking;
  #timer: Timer | undefined;

  constructor(parts: FilterParts) {
    this.#parts = parts;
    this.#quality = new QualityFilter((series, step, before, value) =>
      this.#tellOfCounter(series, step, before, value),
    );
    this.#reducer = new GatewayReducer(parts);
    this.#clockWatch = new ClockWatch(parts.clock, parts.log);
    this.doubts = new InstanceQuality(parts.log, this.#quality, parts.clock);
    this.marking = new GatewayMarking(parts);
  }

  /** Makes the series of an input's points known to the log and to every stage. */
  define(instance: InstanceConfig, points: readonly InputPoint[], interval: Millis): DefinedSeries {
    const { log } = this.#parts;
    const series = points.map((point) => pointSeries(instance, point));
    const seriesIds = series.map((of) => log.defineSeries(of));
    for (const [index, point] of points.entries()) {
      const id = seriesIds[index] ?? 0;
      this.#quality.setRules(id, canonicalQuality(point, instance.quality), interval);
      const delta = point.counter?.hasDelta ? log.defineSeries(deltaSeries(instance, point)) : undefined;
      this.#quality.setCounter(id, canonicalCounter(point), delta);
    }
    this.doubts.add(instance, seriesIds);
    this.marking.define(instance, points, { series, seriesIds }, interval);
    this.#reducer.define(instance, points, { series, seriesIds }, interval);
    void this.#resumeCounters(seriesIds, interval);
    return { series, seriesIds };
  }

  /**
   * Copies the samples that pass into `target`, with those that stages make of them, and adds the others to `dropped`.
   * Gives by how many samples these are more than came in. What was read before the clock was set is judged by the
   * clock as it is, as all that stages know of moments is.
   */
  pass(sampled: SampleBatch, target: SampleBuilder, dropped: MutableDropCounts): number {
    const { clock, log } = this.#parts;
    const batch = log.bringOver(sampled);
    const change = this.#clockWatch.look();
    if (change !== undefined) this.#quality.move(change.by, change.keptFlags);
    const now = clock.monotonic();
    const wall = clock.isTrusted() ? clock.now() : undefined;
    this.#judged.clear();
    let moreCount = this.#quality.pass(batch, this.#judged, dropped, now, wall);
    this.#flushLater();
    if (!this.marking.isWatching) return moreCount + this.#reducer.pass(this.#judged, target);
    this.#marked.clear();
    moreCount += this.marking.pass(this.#judged, this.#marked);
    return moreCount + this.#reducer.pass(this.#marked, target);
  }

  /** What waits in a stage. */
  get held(): HeldSamples {
    return this.#quality;
  }

  /** From now on no stage keeps a sample for later; what they keep comes out. */
  end(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#quality.end();
    if (this.#quality.nextRelease !== undefined) this.#parts.flush();
    this.#reducer.end();
  }

  /** Has what waits come out in time, even if nothing else is sampled meanwhile. */
  #flushLater(): void {
    const at = this.#quality.nextRelease;
    if (at === undefined || this.#timer !== undefined) return;
    const { clock, flush } = this.#parts;
    this.#timer = clock.after("samples that wait in the filter", millis(Math.max(0, at - clock.monotonic())), () => {
      this.#timer = undefined;
      flush();
    });
  }

  /** Lets counters go on from where the run before left them; one that is polled earlier begins by itself. */
  async #resumeCounters(seriesIds: readonly SeriesId[], interval: Millis): Promise<void> {
    const { log, clock, logger } = this.#parts;
    const aliveAt = log.earlier?.aliveAt;
    if (aliveAt === undefined) return;
    for (const id of seriesIds.filter((each) => this.#quality.isNewCounter(each))) {
      try {
        const { count, at, value } = await log.range(id, aliveAt - RESUMED_INTERVALS * interval, aliveAt);
        const age = clock.isTrusted() ? millis(clock.now() - (at[count - 1] ?? 0)) : UNKNOWN_AGE;
        if (count > 0) this.#quality.resumeCounter(id, value[count - 1] ?? 0, age, clock.monotonic());
      } catch (error) {
        if (!(error instanceof GatewayError)) throw error;
        logger.warn(`the last reading of a counter could not be looked up, so it begins anew: ${error.message}`);
        return;
      }
    }
  }

  #tellOfCounter(id: SeriesId, step: CounterStep, before: number, value: number): void {
    const { log, logger } = this.#parts;
    const { metric, tags, unit } = log.seriesOf(id);
    const told = `${metric} of ${tags.join(" ")} ${describeCounterStep(step, before, value, unit)}`;
    if (step === "settled") logger.info(told);
    else logger.warn(told);
  }
}
