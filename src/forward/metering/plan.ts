/**
 * What of each class goes so that a budget lasts to the end of its day and month: a ladder of steps, each of which
 * costs less than the one before, and the choice of the first that fits.
 *
 * First everything goes, only in fewer payloads, which costs nobody a reading. Then analog readings are thinned by
 * time, then energy; then states go on change only; then classes stay back as a whole, the lowest first. Alarms go as
 * long as anything does.
 */

import { SERIES_CLASSES, type SeriesClass } from "../../model/series-class.ts";
import { type Millis, millis, seconds } from "../../model/time.ts";

/** What of a series goes: all, one point in each span of time, what differs from the point before, or nothing. */
export type Treatment =
  | { readonly kind: "all" }
  | { readonly kind: "every"; readonly span: Millis }
  | { readonly kind: "changes" }
  | { readonly kind: "none" };

/** One step of the ladder. */
export interface Plan {
  /** Where it stands, from 0 for all. */
  readonly level: number;
  /** Payloads are at least so far apart; 0 leaves that to the flush interval. */
  readonly pace: Millis;
  readonly of: Readonly<Record<SeriesClass, Treatment>>;
}

const ALL: Treatment = { kind: "all" };
const NONE: Treatment = { kind: "none" };
const CHANGES: Treatment = { kind: "changes" };
const SPANS = [10, 60, 300, 900, 3600].map((span): Treatment => ({ kind: "every", span: seconds(span) }));
const LONGEST = SPANS.at(-1) ?? NONE;

const AT_ALL_TIMES = { alarms: ALL, states: ALL, energy: ALL, analog: ALL };
const SCARCE = { ...AT_ALL_TIMES, states: CHANGES, energy: LONGEST, analog: LONGEST };

const STEPS: readonly Omit<Plan, "level">[] = [
  { pace: millis(0), of: AT_ALL_TIMES },
  { pace: seconds(60), of: AT_ALL_TIMES },
  { pace: seconds(300), of: AT_ALL_TIMES },
  ...SPANS.map((analog) => ({ pace: seconds(300), of: { ...AT_ALL_TIMES, analog } })),
  ...SPANS.map((energy) => ({ pace: seconds(300), of: { ...AT_ALL_TIMES, energy, analog: LONGEST } })),
  { pace: seconds(300), of: SCARCE },
  { pace: seconds(900), of: SCARCE },
  { pace: seconds(900), of: { ...SCARCE, analog: NONE } },
  { pace: seconds(900), of: { ...SCARCE, energy: NONE, analog: NONE } },
  { pace: seconds(900), of: { alarms: ALL, states: NONE, energy: NONE, analog: NONE } },
  { pace: seconds(900), of: { alarms: CHANGES, states: NONE, energy: NONE, analog: NONE } },
];

/** The steps, from the one that holds nothing back to the one that sends alarms on change. */
export const LADDER: readonly Plan[] = STEPS.map((step, level) => ({ ...step, level }));

/** The plan that holds nothing back. */
export const EVERYTHING: Plan = LADDER[0] as Plan;

/** What comes of one class. */
export interface Offer {
  /** Units: points per second. */
  readonly rate: number;
  /** Of these, those that differ from the point before them. Units: points per second. */
  readonly changeRate: number;
  readonly seriesCount: number;
}

/** What a budget has to carry. */
export interface Demand {
  /** What is left of each period but the reserve, and until it ends. Units: bytes, milliseconds. */
  readonly periods: readonly { readonly bytes: number; readonly span: number }[];
  readonly offers: Readonly<Record<SeriesClass, Offer>>;
  /** Samples that wait beside what comes. */
  readonly waiting: number;
  /** What a point takes in a payload, and what a series does beside its points. Units: bytes. */
  readonly pointBytes: number;
  readonly seriesBytes: number;
  /** What a payload takes beside them, where payloads are so far apart. Units: bytes. */
  readonly payloadBytes: (pace: Millis) => number;
  /** What notes take. Units: bytes per second. */
  readonly notesRate: number;
  readonly flushInterval: Millis;
}

/** A step back up the ladder must fit with so much to spare, so that plans do not go to and fro. */
const MARGIN = 1.2;

/** Chooses the first step of the ladder that fits, for one that stands at `current` now; the last where none does. */
export function choosePlan(demand: Demand, current: Plan): Plan {
  const fits = (plan: Plan): boolean => {
    const margin = plan.level < current.level ? MARGIN : 1;
    return demand.periods.every(({ bytes, span }) => forecast(demand, plan, span) * margin <= bytes);
  };
  return LADDER.find(fits) ?? (LADDER.at(-1) as Plan);
}

/** What a plan takes until a period ends. Units: milliseconds in, bytes out. */
export function forecast(demand: Demand, plan: Plan, span: number): number {
  const { offers, waiting, notesRate, pointBytes, seriesBytes, payloadBytes } = demand;
  const pace = millis(Math.max(demand.flushInterval, plan.pace));
  const offered = SERIES_CLASSES.reduce((sum, each) => sum + offers[each].rate, 0);
  const carried = SERIES_CLASSES.reduce((sum, each) => sum + carriedRate(plan.of[each], offers[each]), 0);
  const backlog = offered > 0 ? (waiting * carried) / offered : waiting;
  const points = (carried * span) / 1000 + backlog;
  const series = SERIES_CLASSES.reduce(
    (sum, each) => sum + Math.min(offers[each].seriesCount, (carriedRate(plan.of[each], offers[each]) * pace) / 1000),
    0,
  );
  const payloads = carried > 0 || waiting > 0 ? span / pace : 0;
  const body = points * pointBytes + payloads * series * seriesBytes;
  return body + payloads * payloadBytes(pace) + (notesRate * span) / 1000;
}

function carriedRate(treatment: Treatment, { rate, changeRate, seriesCount }: Offer): number {
  switch (treatment.kind) {
    case "all":
      return rate;
    case "every":
      return Math.min(rate, (1000 * seriesCount) / treatment.span);
    case "changes":
      return changeRate;
    case "none":
      return 0;
  }
}
