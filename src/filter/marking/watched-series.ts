/** One series that a detector watches: what it makes of a row, and all that has to survive a restart. */

import type { DetectorKind, FilterPolicy } from "../../model/filter.ts";
import { FLAG, type SampleBuilder } from "../../model/samples.ts";
import type { Series, SeriesId } from "../../model/series.ts";
import { type EpochMillis, epochMillis, type Millis, type MonotonicMillis } from "../../model/time.ts";
import type { RestoredDetector } from "../detectors/create-detector.ts";
import { ALARM, type Detector, type DetectorSettings, WATCH } from "../detectors/detector.ts";
import { COMPANION_SLOTS, Companion, type CompanionRule, type Due } from "./companion.ts";
import { type FullRule, IN_FULL_SLOTS, InFull } from "./in-full.ts";
import { judgedTogether, LEARNING_SLOTS, Learning } from "./learning.ts";
import { STEP, STRETCH_SLOTS, Stretch, type StretchRule } from "./stretch.ts";

/** What is watched, and how. */
export interface WatchedSpec {
  readonly id: SeriesId;
  readonly series: Series;
  /** CHECK:NAME. */
  readonly instance: string;
  readonly policy: FilterPolicy;
  /** Beyond these a value is odd at once. Units: the canonical one of the series; infinite where there is no limit. */
  readonly limits: readonly [low: number, high: number];
  /** What the sensor can give. Units: the canonical one of the series. */
  readonly range?: readonly [low: number, high: number];
  readonly interval: Millis;
  readonly companions: {
    readonly anomaly: SeriesId;
    /** Tells readers how long what is odd has lasted where it begins; leaving it out means that none wants to know. */
    readonly lead?: SeriesId;
    /** Leaving it out means that the expected range is not told. */
    readonly expected?: { readonly low: SeriesId; readonly high: SeriesId };
  };
}

/** The two clocks, read together. */
export interface Moment {
  readonly wall: EpochMillis;
  readonly monotonic: MonotonicMillis;
}

/** Makes a detector, from a saved state where there is one. */
export type MakeDetector = (kind: DetectorKind, settings: DetectorSettings, saved?: Uint8Array) => RestoredDetector;

/** What detectors are made with. */
export interface WatchParts {
  readonly make: MakeDetector;
  /** What to add to a moment to have the wall clock of the place; leaving it out means nothing. Units: milliseconds. */
  readonly zoneOffset?: (at: number) => number;
}

/** What is saved of a series. */
export interface SavedSeries {
  /** Of a clock that was not set it is since the machine was started, as all moments are then. */
  readonly savedAt: EpochMillis;
  /** What a state was learned with: one of other settings is of no use. */
  readonly settings: string;
  /** Shape: `SERIES_SLOTS` numbers. */
  readonly slots: Float64Array;
  readonly detector: Uint8Array;
}

/** How many numbers are kept of a series beside its detector. */
export const SERIES_SLOTS = STRETCH_SLOTS + COMPANION_SLOTS + LEARNING_SLOTS + IN_FULL_SLOTS;

const COMPANION_AT = STRETCH_SLOTS;
const LEARNING_AT = COMPANION_AT + COMPANION_SLOTS;
const IN_FULL_AT = LEARNING_AT + LEARNING_SLOTS;

/**
 * Nothing is learned of what is not believed, and it is judged by limits alone: nobody may miss that a limit is crossed
 * because a reading was marked. Within the limits it says nothing, not even that one is crossed no more.
 */
const DOUBTED = FLAG.suspect | FLAG.stale;

/** A clock that was set says more. Units: milliseconds since 1970. */
const SET_CLOCK_MIN = Date.UTC(2020, 0, 1);

const NOTHING = new Uint8Array();

/** Written anew for each row. */
const due: Due = { endedAt: Number.NaN, score: Number.NaN };

/** What a detector says of what it is not shown; its expectations are written anew for each row. */
const unshown = { score: 0, oddness: 0, low: Number.NaN, high: Number.NaN };

/** One series under watch. */
export class WatchedSeries {
  readonly detector: Detector;
  readonly stretch: Stretch;
  /** False: what was saved was of no use, and it learns from the beginning. */
  readonly isRestored: boolean;
  readonly #slots = createSlots();
  readonly #companion: Companion;
  readonly #learning: Learning;
  readonly #inFull: InFull;
  #spec: WatchedSpec;
  #rule: StretchRule & CompanionRule;
  #fullRule: FullRule;
  #lastAt = Number.NEGATIVE_INFINITY;
  /** When it was heard last. */
  heardAt: MonotonicMillis;

  /** `saved` is what is known from before; undefined where that is nothing. */
  constructor(spec: WatchedSpec, parts: WatchParts, now: Moment, saved: SavedSeries | undefined) {
    this.#spec = spec;
    this.#rule = toRule(spec);
    this.#fullRule = toFullRule(spec);
    this.heardAt = now.monotonic;
    const isFitting = saved?.settings === settingsOf(spec) && saved.slots.length === SERIES_SLOTS;
    const settings = toSettings(spec, parts.zoneOffset);
    const { detector, isRestored } = parts.make(spec.policy.detector, settings, isFitting ? saved.detector : undefined);
    this.detector = detector;
    this.isRestored = isFitting && isRestored;
    if (saved !== undefined && this.isRestored) this.#slots.set(saved.slots);
    this.stretch = new Stretch(this.#slots.subarray(0, COMPANION_AT));
    this.#companion = new Companion(this.#slots.subarray(COMPANION_AT, LEARNING_AT));
    this.#learning = new Learning(this.#slots.subarray(LEARNING_AT, IN_FULL_AT));
    this.#inFull = new InFull(this.#slots.subarray(IN_FULL_AT));
    if (saved === undefined || !this.isRestored) return;
    // One of the two clocks was not set: no time has passed, as far as anybody knows.
    if (now.wall < saved.savedAt || !hasDate(saved)) this.shift(now.wall - saved.savedAt);
  }

  get spec(): WatchedSpec {
    return this.#spec;
  }

  /** Takes other settings, where what was learned stays right with them; says whether it does. */
  change(spec: WatchedSpec): boolean {
    if (settingsOf(spec) !== settingsOf(this.#spec)) return false;
    this.#spec = spec;
    this.#rule = toRule(spec);
    this.#fullRule = toFullRule(spec);
    return true;
  }

  /**
   * Copies a row into `target` with its marks, and those of companions that are due with it. Gives how many these are.
   *
   * Units: `at` milliseconds since 1970.
   */
  pass(at: number, value: number, flags: number, now: MonotonicMillis, target: SampleBuilder): number {
    const { id } = this.#spec;
    const isDoubted = (flags & DOUBTED) !== 0;
    if (!(at >= this.#lastAt) || (flags & FLAG.historical) !== 0 || (isDoubted && !this.#isBeyond(value))) {
      this.stretch.step = STEP.none;
      target.push(id, at, value, flags);
      return 0;
    }
    this.#lastAt = at;
    this.heardAt = now;
    const { detector, stretch } = this;
    const { low, high } = detector;
    unshown.low = low;
    unshown.high = high;
    if (!isDoubted) this.#learn(at, value);
    const seen = isDoubted ? unshown : detector;
    const told = stretch.judge(at, value, seen, this.#rule);
    const marks = this.#inFull.judge(at, value, seen, this.#fullRule, told);
    const isSilent = detector.isLearning && !stretch.isOpen;
    this.#companion.take(at, stretch.level, this.#rule, isSilent, due);
    const unsure = flags & FLAG.clockUntrusted;
    const before = target.count;
    const { anomaly, lead } = this.#spec.companions;
    if (!Number.isNaN(due.endedAt)) this.#tellWindow(low, high, unsure, target);
    if (this.#inFull.lead > 0 && lead !== undefined) target.push(lead, at, this.#inFull.lead / 1000, unsure);
    target.push(id, at, value, flags | marks);
    if (stretch.step !== STEP.none) target.push(anomaly, at, this.#companion.turn(at, stretch.level), unsure);
    return target.count - before - 1;
  }

  /** Moves what is known in time, because the clock was set; which row comes next nobody knows. Units: milliseconds. */
  shift(by: number): void {
    this.#lastAt = Number.NEGATIVE_INFINITY;
    this.stretch.shift(by);
    this.#inFull.shift(by);
    this.#companion.shift(by);
  }

  /** How long it learns still, about; 0 where it does not. Units: milliseconds. */
  learningLeft(): number {
    return this.detector.isLearning ? this.#learning.left(this.#spec.policy.detector) : 0;
  }

  /** What is to survive. */
  save(savedAt: EpochMillis): SavedSeries {
    return { ...this.saveStretch(savedAt), detector: this.detector.save() };
  }

  /** The same but for what the detector knows. */
  saveStretch(savedAt: EpochMillis): SavedSeries {
    return { savedAt, settings: settingsOf(this.#spec), slots: this.#slots.slice(), detector: NOTHING };
  }

  #isBeyond(value: number): boolean {
    const [low, high] = this.#rule.limits;
    return value < low || value > high;
  }

  #learn(at: number, value: number): void {
    const { detector } = this;
    if (detector.isLearning) this.#learning.take(at);
    detector.take(at, value);
  }

  #tellWindow(low: number, high: number, flags: number, target: SampleBuilder): void {
    const { anomaly, expected } = this.#spec.companions;
    if (!Number.isNaN(due.score)) target.push(anomaly, due.endedAt, due.score, flags);
    if (expected === undefined) return;
    if (Number.isFinite(low)) target.push(expected.low, due.endedAt, low, flags);
    if (Number.isFinite(high)) target.push(expected.high, due.endedAt, high, flags);
  }
}

/** Whether what is saved is of a clock that was set. */
export function hasDate({ savedAt }: Pick<SavedSeries, "savedAt">): boolean {
  return savedAt >= SET_CLOCK_MIN;
}

/**
 * Gives what is saved by a clock that was not set, and may look as if it had been: its moments since the machine was
 * started.
 */
export function withoutDate(saved: SavedSeries, monotonic: MonotonicMillis): SavedSeries {
  const slots = saved.slots.slice();
  const by = monotonic - saved.savedAt;
  new Stretch(slots.subarray(0, COMPANION_AT)).shift(by);
  new Companion(slots.subarray(COMPANION_AT, LEARNING_AT)).shift(by);
  new InFull(slots.subarray(IN_FULL_AT)).shift(by);
  return { ...saved, savedAt: epochMillis(monotonic), slots };
}

function createSlots(): Float64Array {
  const slots = new Float64Array(SERIES_SLOTS);
  slots.fill(Number.NaN, COMPANION_AT, LEARNING_AT);
  return slots;
}

function toRule({ policy, limits }: WatchedSpec): StretchRule & CompanionRule {
  const { post, window, heartbeat, sensitivity } = policy;
  return { point: sensitivity === "alarm" ? ALARM : WATCH, post, limits, window, heartbeat };
}

function toFullRule({ policy, limits }: WatchedSpec): FullRule {
  return { point: WATCH, post: policy.post, limits, lag: judgedTogether(policy.detector) };
}

function toSettings(
  { policy, limits, range, interval }: WatchedSpec,
  zoneOffset: ((at: number) => number) | undefined,
): DetectorSettings {
  return {
    interval,
    ...(range === undefined ? {} : { range }),
    ...(hasLimits(policy, limits) ? { limits } : {}),
    ...(zoneOffset === undefined ? {} : { zoneOffset }),
  };
}

/** The detector that knows nothing but limits takes those that are set. */
function hasLimits({ detector }: FilterPolicy, [low, high]: readonly [number, number]): boolean {
  return detector === "threshold" && (Number.isFinite(low) || Number.isFinite(high));
}

/** What a state depends on, as text. */
function settingsOf({ policy, limits, range }: WatchedSpec): string {
  const spell = (ends: readonly number[] | undefined): string => ends?.join(" ") ?? "";
  return [policy.detector, spell(range), spell(hasLimits(policy, limits) ? limits : undefined)].join("|");
}
