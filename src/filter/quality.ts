/**
 * Quality rules before the log: each sample of a series is held against the rules of its point, and what breaks one is
 * kept, marked or dropped, counted by reason and series.
 *
 * The order of the rules: is it a number, `range`, `stale_after`, `spike`, `rate_max`, `stuck_after`, what a counter
 * can do. A dropped sample is shown to no later rule.
 */

import type { CounterRule } from "../model/counter.ts";
import type { DropReason } from "../model/log.ts";
import { DEFAULT_VERDICTS, type QualityRule, RULE_REASON, type SeriesQuality, type Verdict } from "../model/quality.ts";
import { FLAG, type SampleBatch, SampleBuilder } from "../model/samples.ts";
import type { SeriesId } from "../model/series.ts";
import type { MutableDropCounts } from "../model/tally.ts";
import { type EpochMillis, type Millis, type MonotonicMillis, millis, seconds } from "../model/time.ts";
import type { CounterStep } from "./counter.ts";
import { type Finding, QualityLedger } from "./quality/ledger.ts";
import { isOutside } from "./quality/range.ts";
import { SeriesWatch, type WatchedCounter } from "./quality/series-watch.ts";
import type { SpikeRule } from "./quality/spike.ts";
import { isStale } from "./quality/stale.ts";

/** A counter that goes on and off is not told of more often than this. */
const TOLD_EVERY = seconds(600);

/** Stands for flags in place of a sample that is dropped. */
const DROPPED = -1;

/** Hears what is unusual about a counter. Units: `before` and `value` in the canonical unit of the series. */
export type HearCounter = (series: SeriesId, step: CounterStep, before: number, value: number) => void;

/** The rules of all series of a gateway. */
export class QualityFilter {
  /** By the number of the series; those of which nothing is asked are absent. */
  readonly #watches: (SeriesWatch | undefined)[] = [];
  /** Those of which a sample waits for the next. */
  readonly #holding: SeriesWatch[] = [];
  readonly #ledger = new QualityLedger();
  readonly #hear: HearCounter | undefined;
  #heldCount = 0;
  #isEnding = false;
  // What is being passed, which would else go through every function.
  #target = new SampleBuilder(0);
  #dropped: MutableDropCounts = {};
  #now = 0 as MonotonicMillis;
  #wall: EpochMillis | undefined;
  #madeCount = 0;

  /** `hear` left out means that nobody wants to know. */
  constructor(hear?: HearCounter) {
    this.#hear = hear;
  }

  /**
   * Sets the rules of a series that is sampled at an interval; undefined means that every number is believed. What was
   * known of it stays known.
   */
  setRules(series: SeriesId, rules: SeriesQuality | undefined, interval: Millis): void {
    if (rules === undefined && this.#watches[series] === undefined) return;
    this.#watch(series).setRules(rules, interval);
  }

  /**
   * Says of a series what it can do as a counter, and which series tells what it counts from reading to reading;
   * undefined means that it does not count. What was known of it stays known.
   */
  setCounter(series: SeriesId, rule: CounterRule | undefined, delta: SeriesId | undefined): void {
    if (rule === undefined && this.#watches[series] === undefined) return;
    this.#watch(series).setCounter(rule, delta);
  }

  #watch(series: SeriesId): SeriesWatch {
    const known = this.#watches[series];
    if (known !== undefined) return known;
    // The numbers of series are dense; a list with holes would be slower.
    while (this.#watches.length < series) this.#watches.push(undefined);
    const watch = new SeriesWatch(series, millis(0));
    this.#watches[series] = watch;
    return watch;
  }

  /** Says whether a series counts and nothing is known of it yet. */
  isNewCounter(series: SeriesId): boolean {
    const counter = this.#watches[series]?.counter;
    return counter !== undefined && Number.isNaN(counter.counter.value);
  }

  /** Lets a counter go on from the last reading of an earlier run, unless it has begun already. */
  resumeCounter(series: SeriesId, value: number, age: Millis, now: MonotonicMillis): void {
    if (this.isNewCounter(series)) this.#watches[series]?.counter?.counter.resume(value, age, now);
  }

  /** Lays all moments on a clock that was set, and leaves of the flags those that are kept. Units: milliseconds. */
  move(by: number, keptFlags: number): void {
    for (const watch of this.#watches) watch?.move(by, keptFlags);
    this.#ledger.move(by);
  }

  /** From now on no sample waits for the next; the next pass gives those that do. */
  end(): void {
    this.#isEnding = true;
  }

  /** When a sample that waits comes out at the latest, with the pass at or after this; undefined where none waits. */
  get nextRelease(): MonotonicMillis | undefined {
    if (this.#holding.length === 0) return undefined;
    return this.#holding.reduce((least, { holdsUntil }) => Math.min(least, holdsUntil), Infinity) as MonotonicMillis;
  }

  /** How many samples have begun to wait so far. */
  get heldCount(): number {
    return this.#heldCount;
  }

  /** The number, from 0, of the one that waits longest; `heldCount` where none does. */
  get oldestHeld(): number {
    return this.#holding.reduce((least, { heldNumber }) => Math.min(least, heldNumber), this.#heldCount);
  }

  /** Counts the samples of some series that wait for the next one. They do not count as sampled yet. */
  countWaiting(among: ReadonlySet<SeriesId>): number {
    return this.#holding.reduce((count, { series }) => count + (among.has(series) ? 1 : 0), 0);
  }

  /** Lists what the rules found of some series since the gateway was started. */
  findings(among: ReadonlySet<SeriesId>, now: MonotonicMillis): readonly Finding[] {
    return this.#ledger.findings(among, now);
  }

  /**
   * Copies the samples that pass into `target`, each of a counter with what it counted behind it, and adds the others
   * to `dropped`. `wall` is the time by a clock that is right; undefined where it is not. Gives by how many samples
   * those that came out or were dropped are more than those that came in: what it made itself, less what waits now and
   * did not before.
   */
  pass(
    batch: SampleBatch,
    target: SampleBuilder,
    dropped: MutableDropCounts,
    now: MonotonicMillis,
    wall?: EpochMillis,
  ): number {
    this.#target = target;
    this.#dropped = dropped;
    this.#now = now;
    this.#ledger.now = now;
    this.#wall = wall;
    this.#madeCount = 0;
    this.#releaseDue();
    for (let row = 0; row < batch.count; row += 1) {
      const series = batch.series[row] ?? 0;
      const at = batch.at[row] ?? 0;
      const value = batch.value[row] ?? Number.NaN;
      const flags = batch.flags[row] ?? 0;
      const watch = this.#watches[series];
      if (!Number.isFinite(value)) {
        this.#drop(series, "not-a-number", at, value);
      } else if (watch === undefined) {
        target.push(series, at, value, flags);
      } else {
        this.#judge(watch, at, value, flags);
      }
    }
    return this.#madeCount;
  }

  /** What the sample tells by itself. */
  #judge(watch: SeriesWatch, at: number, value: number, flags: number): void {
    const { rules } = watch;
    let judged = flags;
    if (rules?.range !== undefined && isOutside(value, rules.range)) {
      judged = this.#punish(watch, "range", at, value, judged);
      if (judged === DROPPED) return;
    }
    if (rules?.staleAfter !== undefined && isStale(at, rules.staleAfter, this.#wall)) {
      judged = this.#punish(watch, "stale_after", at, value, judged);
      if (judged === DROPPED) return;
    }
    if (watch.hasCourse) this.#judgeCourse(watch, at, value, judged);
    else this.#give(watch, at, value, judged);
  }

  /** What the sample tells beside those before it. */
  #judgeCourse(watch: SeriesWatch, at: number, value: number, flags: number): void {
    const { spike, rules, pause } = watch;
    // What a device kept while it was away is older than what it said last, and tells nothing of it.
    const isHistorical = (flags & FLAG.historical) !== 0;
    if (isHistorical || pause.take(at)) {
      this.#release(watch);
      if (!isHistorical) watch.restart(at, value);
      this.#give(watch, at, value, flags);
      return;
    }
    if (spike !== undefined && rules?.spike !== undefined) {
      if (spike.isHolding) this.#decide(watch, spike, value, rules.spike);
      if (spike.isDoubtful(value, rules.spike) && this.#holds(watch, spike, at, value, flags)) return;
    }
    this.#judgeMotion(watch, at, value, flags);
  }

  #judgeMotion(watch: SeriesWatch, at: number, value: number, flags: number): void {
    const { perMillisMax, stuckAfter } = watch.rules ?? {};
    let judged = flags;
    if (perMillisMax !== undefined && watch.rate?.isTooFast(at, value, perMillisMax)) {
      judged = this.#punish(watch, "rate_max", at, value, judged);
      if (judged === DROPPED) return;
    }
    if (stuckAfter !== undefined && watch.stuck?.isStuck(at, value, stuckAfter)) {
      judged = this.#punish(watch, "stuck_after", at, value, judged);
      if (judged === DROPPED) return;
    }
    this.#give(watch, at, value, judged);
  }

  /**
   * Has a sample wait for the next one, and says whether it does; one that is only counted need not. It counts as
   * sampled when it comes out.
   */
  #holds(watch: SeriesWatch, spike: SpikeRule, at: number, value: number, flags: number): boolean {
    if (this.#isEnding) return false;
    const isOut = watch.rules?.verdicts.spike === "keep";
    spike.hold(at, value, flags, isOut);
    if (isOut) return false;
    watch.holdsUntil = this.#now + watch.pause.longest;
    watch.heldNumber = this.#heldCount;
    this.#heldCount += 1;
    this.#holding.push(watch);
    this.#madeCount -= 1;
    return true;
  }

  /** Lets the sample that waits go as what the next one makes of it. */
  #decide(watch: SeriesWatch, spike: SpikeRule, value: number, limit: number): void {
    const { heldAt, heldValue, heldFlags, isOut } = spike;
    const isWild = spike.decide(value, limit) === "wild";
    if (isOut) {
      if (isWild) this.#note(watch, "spike", "keep", heldAt, heldValue);
      return;
    }
    this.#forget(watch);
    const judged = isWild ? this.#punish(watch, "spike", heldAt, heldValue, heldFlags) : heldFlags;
    if (judged !== DROPPED) this.#judgeMotion(watch, heldAt, heldValue, judged);
  }

  /** Lets a sample that waits go before one came that tells what it was: never dropped, and marked where it may be. */
  #release(watch: SeriesWatch): void {
    const { spike, rules } = watch;
    if (spike?.isHolding !== true) return;
    const { heldAt, heldValue, heldFlags, isOut } = spike;
    spike.release();
    if (isOut) return;
    this.#forget(watch);
    let judged = heldFlags;
    if (rules?.spike !== undefined && rules.verdicts.spike !== "keep") {
      judged |= FLAG.suspect;
      this.#note(watch, "spike", "mark", heldAt, heldValue);
    }
    this.#judgeMotion(watch, heldAt, heldValue, judged);
  }

  #forget(watch: SeriesWatch): void {
    const last = this.#holding.pop();
    if (last !== undefined && last !== watch) this.#holding[this.#holding.indexOf(watch)] = last;
    this.#madeCount += 1;
  }

  #releaseDue(): void {
    for (let index = this.#holding.length - 1; index >= 0; index -= 1) {
      const watch = this.#holding[index];
      if (watch !== undefined && (this.#isEnding || watch.holdsUntil <= this.#now)) this.#release(watch);
    }
  }

  /** Carries out the verdict of a rule; gives the flags of the sample, or `DROPPED`. */
  #punish(watch: SeriesWatch, rule: QualityRule, at: number, value: number, flags: number): number {
    const verdict = watch.rules?.verdicts[rule] ?? DEFAULT_VERDICTS[rule];
    const reason = RULE_REASON[rule];
    this.#note(watch, reason, verdict, at, value);
    if (verdict === "drop") {
      this.#dropped[reason] = (this.#dropped[reason] ?? 0) + 1;
      return DROPPED;
    }
    if (verdict === "keep") return flags;
    return flags | (rule === "stale_after" ? FLAG.stale : FLAG.suspect);
  }

  #note(watch: SeriesWatch, reason: DropReason, verdict: Verdict, at: number, value: number): void {
    this.#ledger.note(watch.series, reason, verdict, at, value, watch.pause.interval);
  }

  #drop(series: SeriesId, reason: DropReason, at: number, value: number): void {
    const interval = this.#watches[series]?.pause.interval ?? millis(0);
    this.#ledger.note(series, reason, "drop", at, value, interval);
    this.#dropped[reason] = (this.#dropped[reason] ?? 0) + 1;
  }

  /** Gives a sample on, unless it is one of a counter that cannot be. */
  #give({ series, counter }: SeriesWatch, at: number, value: number, flags: number): void {
    if (counter !== undefined && this.#isHeldBack(series, counter, value)) {
      this.#drop(series, "impossible-step", at, value);
      return;
    }
    this.#target.push(series, at, value, flags);
    if (counter?.delta === undefined || Number.isNaN(counter.counter.growth)) return;
    this.#target.push(counter.delta, at, counter.counter.growth, flags);
    this.#madeCount += 1;
  }

  #isHeldBack(series: SeriesId, watched: WatchedCounter, value: number): boolean {
    const before = watched.counter.value;
    const step = watched.counter.take(value, this.#now);
    if (step !== "counted" && step !== "first") this.#tell(series, watched, step, before, value);
    return step === "held";
  }

  /** Tells when readings begin to be held and what came of it; of a counter that often does so, only now and then. */
  #tell(series: SeriesId, watched: WatchedCounter, step: CounterStep, before: number, value: number): void {
    if (step === "held") {
      if (watched.isHeldTold || this.#now - watched.heldToldAt < TOLD_EVERY) return;
      watched.isHeldTold = true;
      watched.heldToldAt = this.#now;
    } else if (step === "settled" && !watched.isHeldTold) {
      return;
    } else {
      watched.isHeldTold = false;
    }
    this.#hear?.(series, step, before, value);
  }
}
