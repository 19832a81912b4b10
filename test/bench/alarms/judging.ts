/** One series of a plant under a detector: what it raised for nothing, what it found, and when. */

import { createDetector } from "../../../src/filter/detectors/create-detector.ts";
import { ALARM, type Detector, WATCH } from "../../../src/filter/detectors/detector.ts";
import type { DetectorKind } from "../../../src/model/filter.ts";
import { Chance } from "./chance.ts";
import { drawFault, type Fault, type FaultSize, FaultySignal } from "./faults.ts";
import { SIGNAL_TYPES, type SignalType } from "./plant-signals.ts";

/** The operating points that are judged. */
export const POINTS = { watch: WATCH, alarm: ALARM } as const;
export type Point = keyof typeof POINTS;

/** What is judged, and how. Units: milliseconds. */
export interface Plan {
  readonly kind: DetectorKind;
  readonly seed: number;
  readonly interval: number;
  /** How long each series is judged, after what the detector says it learns from. */
  readonly span: number;
  /** One fault in each such stretch of a series; infinite for none. */
  readonly faultEvery: number;
  readonly sizes: readonly FaultSize[];
}

/** What one operating point made of one series. Units: milliseconds. */
export interface PointOutcome {
  /** The moments at which an odd stretch began where nothing was wrong. */
  readonly falseAt: readonly number[];
  /** For how long things were odd where nothing was wrong. */
  readonly oddSpan: number;
  /** From the beginning of each fault to the first score; NaN for one that was missed. Shape: as `faults`. */
  readonly delays: readonly number[];
}

/** What came of one series. Units: milliseconds. */
export interface SeriesOutcome {
  readonly index: number;
  readonly type: SignalType;
  /** When it was judged first, as a moment of the wall clock. */
  readonly from: number;
  /** How long nothing was wrong while it was judged. */
  readonly ordinarySpan: number;
  readonly faults: readonly Fault[];
  readonly points: Readonly<Record<Point, PointOutcome>>;
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Begins on a Monday of summer, at midnight. */
const BEGIN = Date.UTC(2026, 5, 29);

/** Nothing learns for longer: a series that does would never be judged. */
const LEARNING_MAX = 30 * DAY;

/** A stretch ends when nothing was odd for so long. */
const POST = { span: 120_000, values: 2 };

/**
 * A fault is found while it lasts. What it leaves behind, its return to what is ordinary for one, is neither found nor
 * false for so long.
 */
const AFTERMATH = { span: HOUR, values: 24 };

/** Control limits: the part of ordinary values that lies within. */
const WITHIN = 0.997;
const WIDTH_DRAWS = 7 * 1440;

/** Measures what holds 99.7 % of the values of an ordinary week of a series. Units: those of the values. */
export function measureWidth(type: SignalType, seed: number): number {
  const signal = type.create(new Chance(seed), 60_000);
  const values = Float64Array.from({ length: WIDTH_DRAWS }, (_, index) =>
    signal.report(signal.course(BEGIN + index * 60_000) + signal.noise()),
  ).sort();
  const beyond = Math.round(((1 - WITHIN) / 2) * WIDTH_DRAWS);
  return (values[WIDTH_DRAWS - 1 - beyond] ?? 0) - (values[beyond] ?? 0);
}

/** Follows one operating point along a series. */
class PointTally {
  readonly falseAt: number[] = [];
  readonly delays: number[] = [];
  oddSpan = 0;
  readonly #level: number;
  readonly #post: number;
  #isOpen = false;
  #lastOdd = Number.NEGATIVE_INFINITY;

  constructor(level: number, post: number) {
    this.#level = level;
    this.#post = post;
  }

  /** `label` tells of the fault that lasts, and whether nothing is wrong: after a fault neither holds for a while. */
  take(at: number, passed: number, detector: Detector, label: { fault: Fault | undefined; isOrdinary: boolean }): void {
    const isOdd = detector.oddness >= this.#level;
    if (this.#isOpen && !isOdd && at - this.#lastOdd > this.#post) this.#isOpen = false;
    if (isOdd) this.#lastOdd = at;
    if (detector.score >= this.#level) {
      const { fault } = label;
      const last = this.delays.length - 1;
      if (fault !== undefined && Number.isNaN(this.delays[last])) this.delays[last] = at - fault.from;
      if (!this.#isOpen && label.isOrdinary) this.falseAt.push(at);
      this.#isOpen = true;
    }
    if (this.#isOpen && label.isOrdinary) this.oddSpan += passed;
  }
}

/** Plans the faults of a series: in each stretch one, late enough in the first that something was learned. */
function* planFaults(plan: Plan, chance: Chance, type: SignalType, seed: number, from: number): Generator<Fault> {
  if (!Number.isFinite(plan.faultEvery) || type.kinds.length === 0) return;
  const width = measureWidth(type, seed);
  for (let begun = from; begun + plan.faultEvery <= from + plan.span; begun += plan.faultEvery) {
    const at = begun + plan.faultEvery * chance.between(0.2, 0.5);
    yield drawFault(chance, type, { from: at, width, interval: plan.interval, sizes: plan.sizes });
  }
}

/** Lives through one series. */
export function judgeSeries(plan: Plan, index: number, types = SIGNAL_TYPES): SeriesOutcome {
  const { interval } = plan;
  const type = types[index % types.length] as SignalType;
  const seed = plan.seed * 1_000_003 + index * 7919;
  const chance = new Chance(seed ^ 0x5bd1e995);
  const signal = new FaultySignal(type.create(new Chance(seed), interval), chance, interval);
  const detector = createDetector(plan.kind);
  const post = Math.max(POST.span, POST.values * interval);
  const aftermath = Math.max(AFTERMATH.span, AFTERMATH.values * interval);
  const tallies = { watch: new PointTally(WATCH, post), alarm: new PointTally(ALARM, post) };

  let at = BEGIN + Math.floor(chance.between(0, (7 * DAY) / interval)) * interval;
  for (
    const limit = at + LEARNING_MAX;
    at < limit && (at === limit - LEARNING_MAX || detector.isLearning);
    at += interval
  )
    detector.take(at, signal.read(at, undefined));

  const from = at;
  const faults = [...planFaults(plan, chance, type, seed, from)];
  let next = 0;
  let ordinarySpan = 0;
  const label: { fault: Fault | undefined; isOrdinary: boolean } = { fault: undefined, isOrdinary: true };
  for (const end = at + plan.span; at < end; at += interval) {
    let fault = faults[next];
    if (fault !== undefined && at >= fault.until + aftermath) {
      next += 1;
      fault = faults[next];
    }
    const isSince = fault !== undefined && at >= fault.from;
    if (fault !== undefined && isSince && tallies.alarm.delays.length === next)
      for (const tally of Object.values(tallies)) tally.delays.push(Number.NaN);
    detector.take(at, signal.read(at, fault !== undefined && isSince && at < fault.until ? fault : undefined));
    label.fault = fault !== undefined && isSince && at < fault.until ? fault : undefined;
    label.isOrdinary = !isSince;
    if (!isSince) ordinarySpan += interval;
    tallies.watch.take(at, interval, detector, label);
    tallies.alarm.take(at, interval, detector, label);
  }
  const known = faults.slice(0, tallies.alarm.delays.length);
  return { index, type, from, ordinarySpan, faults: known, points: tallies };
}
