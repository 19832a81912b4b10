/**
 * What a cursor left behind, so that live samples need not wait for it, and what its lanes learn from each other.
 *
 * A lane knows of each series two bounds. Its moments are what the intake holds from before it in the log: nothing
 * older goes. Its ceilings are where that begins which came after it and went before: nothing from there on goes. So
 * whatever the order in which lanes deliver, the intake holds of each series and moment what comes last in the log.
 */

import assert from "node:assert/strict";
import type { DeliveredMoments, Sequence } from "../model/log.ts";
import type { SeriesId } from "../model/series.ts";

/** Gaps of one cursor; each costs room in its record, and more are a sign that nothing is filled in any more. */
export const GAPS_MAX = 16;

/** A stretch of the log between what was passed before it and what was passed first. Its end names it. */
export interface Gap {
  readonly position: Sequence;
  readonly end: Sequence;
  readonly moments: DeliveredMoments;
  readonly ceilings: DeliveredMoments;
}

/** Sequences from `from` (inclusive) to `to` (exclusive). */
export interface Stretch {
  readonly from: Sequence;
  readonly to: Sequence;
}

/** Where the lanes of a cursor stand. Shape: gaps in the order of the log, none empty, all before `position`. */
export interface Lanes {
  /** Of the lane that follows the log. */
  readonly position: Sequence;
  readonly moments: DeliveredMoments;
  readonly gaps: readonly Gap[];
}

/** Counts what lies in gaps. */
export function countGaps(gaps: readonly Gap[]): number {
  return gaps.reduce((sum, { position, end }) => sum + end - position, 0);
}

/** Moves the lane that follows the log on to `to`; undefined where what it leaves would be one gap too many. */
export function leaveLanes<Kind extends Lanes>(lanes: Kind, to: Sequence): Kind | undefined {
  const { position, moments, gaps } = lanes;
  assert(to >= position, `a cursor leaves what lies ahead of it, at ${position}, not at ${to}`);
  if (to === position) return lanes;
  const newest = gaps.at(-1);
  if (newest?.end === position) return { ...lanes, position: to, gaps: [...gaps.slice(0, -1), { ...newest, end: to }] };
  if (gaps.length >= GAPS_MAX) return undefined;
  return { ...lanes, position: to, gaps: [...gaps, { position, end: to, moments, ceilings: new Map() }] };
}

/** Makes two of the gap that `at` lies in; undefined where that is one too many. */
export function divideGap<Kind extends Lanes>(lanes: Kind, at: Sequence): Kind | undefined {
  const { gaps } = lanes;
  const index = gaps.findIndex(({ position, end }) => position < at && at < end);
  const gap = gaps[index];
  if (gap === undefined) return lanes;
  const later = { ...gap, position: at };
  const before = gaps[index - 1];
  if (before?.end === gap.position) {
    return { ...lanes, gaps: [...gaps.slice(0, index - 1), { ...before, end: at }, later, ...gaps.slice(index + 1)] };
  }
  if (gaps.length >= GAPS_MAX) return undefined;
  return { ...lanes, gaps: [...gaps.slice(0, index), { ...gap, end: at }, later, ...gaps.slice(index + 1)] };
}

/** What a lane delivered. */
export interface Delivery {
  /** The end of its gap; undefined of the lane that follows the log. */
  readonly gapEnd: Sequence | undefined;
  readonly to: Sequence;
  /** What the lane knows now of what the intake holds. */
  readonly moments: DeliveredMoments;
  /** The earliest moment of each series that was delivered. */
  readonly earliest: DeliveredMoments;
}

/** Moves a lane on, and tells the others what it delivered. */
export function passLane<Kind extends Lanes>(lanes: Kind, { gapEnd, to, moments, earliest }: Delivery): Kind {
  const latest = new Map<SeriesId, number>();
  for (const id of earliest.keys()) latest.set(id, moments.get(id) ?? Number.NEGATIVE_INFINITY);
  const lane = gapEnd ?? Number.POSITIVE_INFINITY;
  const gaps = lanes.gaps.map((gap): Gap => {
    if (gap.end < lane) return { ...gap, ceilings: lower(gap.ceilings, earliest) };
    if (gap.end > lane) return { ...gap, moments: lift(gap.moments, latest) };
    return { ...gap, position: Math.max(gap.position, to), moments: new Map(moments) };
  });
  return {
    ...lanes,
    position: gapEnd === undefined ? Math.max(lanes.position, to) : lanes.position,
    moments: gapEnd === undefined ? new Map(moments) : lift(lanes.moments, latest),
    gaps: gaps.filter(({ position, end }) => position < end),
  };
}

/** Moves every lane out of what lies before `sequence`; gives how many samples that costs. */
export function loseLanes<Kind extends Lanes>(lanes: Kind, sequence: Sequence): { lanes: Kind; lost: number } {
  const kept = lanes.gaps
    .filter(({ end }) => end > sequence)
    .map((gap): Gap => (gap.position < sequence ? { ...gap, position: sequence } : gap));
  const position = Math.max(lanes.position, sequence);
  const lost = countGaps(lanes.gaps) - countGaps(kept) + position - lanes.position;
  return { lanes: lost === 0 ? lanes : { ...lanes, position, gaps: kept }, lost };
}

/** What the lanes of several cursors have still to pass, in order, each stretch once; the last one has no end. */
export function joinStretches(cursors: Iterable<Lanes>): readonly Stretch[] {
  const all: Stretch[] = [];
  for (const { position, gaps } of cursors) {
    all.push(...gaps.map((gap) => ({ from: gap.position, to: gap.end })));
    all.push({ from: position, to: Number.POSITIVE_INFINITY });
  }
  all.sort((one, other) => one.from - other.from);
  const joined: Stretch[] = [];
  for (const stretch of all) {
    const last = joined.at(-1);
    if (last === undefined || stretch.from > last.to) joined.push(stretch);
    else joined[joined.length - 1] = { from: last.from, to: Math.max(last.to, stretch.to) };
  }
  return joined;
}

/** The first sequence of what is still to be passed. Shape: at least one stretch. */
export function lowestOf(stretches: readonly Stretch[]): Sequence {
  return stretches[0]?.from ?? 0;
}

/** Counts the sequences of stretches that lie between two. */
export function countWithin(stretches: readonly Stretch[], from: Sequence, to: Sequence): number {
  return stretches.reduce(
    (sum, stretch) => sum + Math.max(0, Math.min(stretch.to, to) - Math.max(stretch.from, from)),
    0,
  );
}

function lower(ceilings: DeliveredMoments, earliest: DeliveredMoments): DeliveredMoments {
  return change(ceilings, earliest, (known, found) => found < known);
}

function lift(moments: DeliveredMoments, latest: DeliveredMoments): DeliveredMoments {
  return change(moments, latest, (known, found) => found > known);
}

/** Takes over what is not known yet or `isBetter`; the same map where nothing is. */
function change(
  known: DeliveredMoments,
  found: DeliveredMoments,
  isBetter: (known: number, found: number) => boolean,
): DeliveredMoments {
  let changed: Map<SeriesId, number> | undefined;
  for (const [id, moment] of found) {
    const before = known.get(id);
    if (before !== undefined && !isBetter(before, moment)) continue;
    changed ??= new Map(known);
    changed.set(id, moment);
  }
  return changed ?? known;
}
