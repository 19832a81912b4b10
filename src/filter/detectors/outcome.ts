/** What all detectors share: what they make of surprise, and how they are saved. */

import { ALARM, type Detector, type DetectorKind, type DetectorSettings, WATCH } from "./detector.ts";
import { Dominance } from "./dominance.ts";
import { Pace } from "./pace.ts";
import { StateBlock } from "./state-block.ts";

/** Changes with every change of what the bytes of a state mean; a state of another version is learned anew. */
const VERSION = 1;

/** Nothing is larger: sums and differences of two values stay finite. */
const VALUE_MAX = 1e300;

const RANGE_EVERY = 16;

const SCORE = 0;
const ODDNESS = 1;
const LOW = 2;
const HIGH = 3;
const SEEN = 4;
const SLOTS = 5;

/** The surprises of a detector that stand for its two operating points, measured on ordinary signals. */
export interface OperatingPoints {
  readonly watch: number;
  readonly alarm: number;
}

/** Turns surprise into a score: straight from 0 to `WATCH` to `ALARM`, and from there on ever slower towards 1. */
export function toScore(surprise: number, points: OperatingPoints): number {
  if (!(surprise > 0)) return 0;
  if (surprise <= points.watch) return (WATCH * surprise) / points.watch;
  const beyond = (surprise - points.watch) / (points.alarm - points.watch);
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
    this.#sensitivity = settings.sensitivity ?? 1;
  }

  /**
   * Says how surprising a value is, then learns it; NaN for one that is judged with those to come. `follows` tells that
   * it comes right after the one before. Sets `low` and `high` by `expect`, or leaves them as they are.
   */
  protected abstract judge(at: number, value: number, follows: boolean): number;

  /** How many values it learns before it calls anything odd. */
  protected abstract readonly learningCount: number;

  /** Whether the expected range is to be worked out: it moves so slowly that every few values will do. */
  protected isRangeDue(): boolean {
    const seen = this.#slots[SEEN] as number;
    return seen >= this.learningCount && (seen % RANGE_EVERY === 0 || seen === this.learningCount);
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
    const surprise = this.judge(at, clipped, follows) * this.#sensitivity;
    if (Number.isNaN(surprise)) {
      slots[SCORE] = 0;
      return;
    }
    const seen = slots[SEEN] as number;
    slots[SEEN] = seen + 1;
    if (seen < this.learningCount) return;
    slots[SCORE] = toScore(this.#dominance.pass(at, surprise), this.#points);
    slots[ODDNESS] = toScore(surprise, this.#points);
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
    return (this.#slots[SEEN] as number) < this.learningCount;
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
