/** What all detectors share: what they make of surprise, and how they are saved. */

import type { DetectorKind } from "../../model/filter.ts";
import { ALARM, type Detector, type DetectorSettings, WATCH } from "./detector.ts";
import { Dominance } from "./dominance.ts";
import { learningSpan } from "./learning-span.ts";
import { Pace } from "./pace.ts";
import { StateBlock } from "./state-block.ts";

/** Changes with every change of what the bytes of a state mean; a state of another version is learned anew. */
const VERSION = 3;

/** Nothing is larger: sums and differences of two values stay finite. */
const VALUE_MAX = 1e300;

const RANGE_EVERY = 16;

const SCORE = 0;
const ODDNESS = 1;
const LOW = 2;
const HIGH = 3;
const SEEN = 4;
const SHIFT = 5;
const LEARNED = 6;
const SLOTS = 7;

/** The pace moves slowly: the points follow it every few values. */
const SHIFT_EVERY = 64;

/** The surprises of a detector that stand for its two operating points, measured on ordinary signals. */
export interface OperatingPoints {
  readonly watch: number;
  readonly alarm: number;
  /** How many chances are multiplied, each of which is taken as often as values come. */
  readonly parts: number;
}

/** The pace the points are stated for, and how far they are moved for others: values a day. */
const PER_DAY = 288;
const PER_DAY_MIN = 72;
const PER_DAY_MAX = 86_400;
const DAY = 86_400_000;

/** What comes more often has more chances to be rare: the points move so that a day has as many false ones. */
export function pointsShift(every: number, parts: number): number {
  const perDay = Math.min(Math.max(DAY / every, PER_DAY_MIN), PER_DAY_MAX);
  return parts * Math.log10(perDay / PER_DAY);
}

/** The highest score of a detector that has not seen enough for an alarm. */
const UNSURE = ALARM - 0.01;

/** Turns surprise into a score: straight from 0 to `WATCH` to `ALARM`, and from there on ever slower towards 1. */
export function toScore(surprise: number, watch: number, alarm: number): number {
  if (!(surprise > 0)) return 0;
  if (surprise <= watch) return (WATCH * surprise) / watch;
  const beyond = (surprise - watch) / (alarm - watch);
  if (beyond <= 1) return WATCH + (ALARM - WATCH) * beyond;
  return 1 - (1 - ALARM) / beyond;
}

/** A detector whose whole state stands in a block. */
export abstract class SurpriseDetector implements Detector {
  readonly kind: DetectorKind;
  protected readonly state: StateBlock;
  protected readonly pace: Pace;
  readonly #slots: Float64Array;
  readonly #dominance: Dominance;
  readonly #points: OperatingPoints;
  readonly #sensitivity: number;

  /** `tag` tells the kinds apart in saved states. */
  constructor(kind: DetectorKind, tag: number, points: OperatingPoints, settings: DetectorSettings) {
    this.kind = kind;
    this.state = new StateBlock(VERSION * 256 + tag);
    this.#slots = this.state.doubles(SLOTS);
    this.#slots[LOW] = Number.NaN;
    this.#slots[HIGH] = Number.NaN;
    this.#dominance = new Dominance(this.state);
    this.pace = new Pace(this.state, settings.interval);
    this.#points = points;
    this.learningSpan = settings.learningSpan ?? learningSpan(kind);
    this.#sensitivity = settings.sensitivity ?? 1;
  }

  /**
   * Says how surprising a value is, then learns it; NaN for one that is judged with those to come. `follows` tells that
   * it comes right after the one before. Sets `low` and `high` by `expect`, or leaves them as they are.
   */
  protected abstract judge(at: number, value: number, follows: boolean): number;

  /** The time from one judgement to the next. Units: milliseconds. */
  protected every(interval: number): number {
    return interval > 0 ? interval : DAY / PER_DAY;
  }

  /** After how many judgements it may say that something is an alarm: few values that hang together say little. */
  protected readonly alarmCount: number = 1000;

  /** How many judgements it learns from before it calls anything odd. */
  protected abstract readonly learningCount: number;

  /** And how long it does, pauses left out. Units: milliseconds. */
  protected readonly learningSpan: number;

  /** Whether the expected range is to be worked out: it moves so slowly that every few values will do. */
  protected isRangeDue(): boolean {
    const seen = this.#slots[SEEN] as number;
    return !this.isLearning && (seen % RANGE_EVERY === 0 || Number.isNaN(this.low));
  }

  protected expect(low: number, high: number): void {
    this.#slots[LOW] = low;
    this.#slots[HIGH] = high;
  }

  /** Units: `at` in milliseconds since 1970. */
  take(at: number, value: number): void {
    const slots = this.#slots;
    if (!Number.isFinite(value) || !Number.isFinite(at)) {
      slots[SCORE] = 0;
      return;
    }
    const follows = this.pace.follows(at);
    const clipped = value > VALUE_MAX ? VALUE_MAX : value < -VALUE_MAX ? -VALUE_MAX : value;
    if (this.isLearning) slots[LEARNED] = (slots[LEARNED] as number) + this.pace.passed;
    const surprise = this.judge(at, clipped, follows) * this.#sensitivity;
    if (Number.isNaN(surprise)) {
      slots[SCORE] = 0;
      return;
    }
    const seen = slots[SEEN] as number;
    slots[SEEN] = seen + 1;
    if (this.isLearning) return;
    const { watch, alarm } = this.#points;
    if (seen % SHIFT_EVERY === 0 || slots[SHIFT] === 0)
      slots[SHIFT] = pointsShift(this.every(this.pace.interval), this.#points.parts);
    const shift = slots[SHIFT] as number;
    const score = toScore(surprise, watch + shift, alarm + shift);
    slots[ODDNESS] = seen < this.alarmCount ? Math.min(score, UNSURE) : score;
    slots[SCORE] = this.#dominance.pass(at, surprise) > 0 ? (slots[ODDNESS] as number) : 0;
  }

  get score(): number {
    return this.#slots[SCORE] as number;
  }

  get oddness(): number {
    return this.#slots[ODDNESS] as number;
  }

  get low(): number {
    return this.#slots[LOW] as number;
  }

  get high(): number {
    return this.#slots[HIGH] as number;
  }

  get isLearning(): boolean {
    const slots = this.#slots;
    return (slots[SEEN] as number) < this.learningCount || (slots[LEARNED] as number) < this.learningSpan;
  }

  get stateBytes(): number {
    return this.state.byteLength;
  }

  save(): Uint8Array {
    return this.state.save();
  }

  /**
   * Goes on from a saved state; false where it is none of this kind and version, and nothing was taken of it.
   *
   * Shape: what `save` gave.
   */
  restore(bytes: Uint8Array): boolean {
    return this.state.restore(bytes);
  }
}

/** The parts of all values that lie below the expected range and below its upper end. Units: standard deviations. */
export function rangeParts(bounds: number | undefined): readonly [low: number, high: number] {
  const below = 0.5 * (1 - errorFunction((bounds ?? 2) / Math.SQRT2));
  return [below, 1 - below];
}

/** Source: Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.26; good to 1.5e-7. */
function errorFunction(x: number): number {
  const t = 1 / (1 + 0.3275911 * x);
  const series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return 1 - series * Math.exp(-x * x);
}
