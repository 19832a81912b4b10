/**
 * Holds each step of a lane against the rows it passes: nothing is counted away that could have gone, and what counts
 * as delivered is there.
 */

import { HELD_BACK, type SampleRoutes, seriesInLog } from "../../src/forward/series-at-intake.ts";
import type { CursorStep, Lane, LogSlice } from "../../src/model/log.ts";
import type { SeriesId } from "../../src/model/series.ts";

/** What a step is held against. Units: moments in milliseconds since 1970. */
export interface AuditedStep {
  /** What the lane had read last, of which the step passes what lies between `from` and its own end. */
  readonly slice: LogSlice;
  readonly from: number;
  readonly step: CursorStep;
  /** What the lane knew before. */
  readonly bounds: Pick<Lane, "moments" | "ceilings">;
  /** What is older may count as too old. */
  readonly oldestAt: number;
  readonly resolution: number;
  /** What is older may go as one point a minute; leaving it out means nothing. */
  readonly thinnedBefore?: number | undefined;
  readonly isMetered: boolean;
  /** Tells of which series samples go. */
  readonly routes: Pick<SampleRoutes, "of">;
  /**
   * Whether the intake has a point of a series as it is there, which a summary made or a sample; leaving it out means
   * that nobody can tell.
   */
  readonly holds?: ((series: SeriesId, moment: number, isSummary: boolean) => boolean) | undefined;
}

/** What could have gone of a step's rows. */
interface Sortable {
  /** Rows that are too old by now. */
  old: number;
  /** Rows that lie before what the intake holds, or after what it holds of a later part of the log. */
  overtaken: number;
  /** Rows that the intake is not to have. */
  unwanted: number;
  /** Rows that others tell of. */
  left: number;
  /** Rows that share series and moment with an earlier one. */
  repeated: number;
  /** Points, and how many of them take the place of what the intake holds. */
  overwriting: number;
  readonly points: (readonly [series: SeriesId, moment: number])[];
}

/** Gives what is wrong with a step. */
export function auditStep(audited: AuditedStep): string[] {
  const { slice, from, step, thinnedBefore = Number.NEGATIVE_INFINITY, isMetered, holds } = audited;
  const {
    delivered = 0,
    collapsed = 0,
    tooOld = 0,
    heldBack = 0,
    thinned = 0,
    unreadable = 0,
    rejected = 0,
  } = step.counts;
  const rowCount = slice.sequences.filter((sequence) => sequence >= from && sequence < step.to).length;
  const missing = step.to - from - rowCount;
  const { old, overtaken, unwanted, left, repeated, overwriting, points } = sortRows(audited);
  const thinnable = points.filter(([, moment]) => moment < thinnedBefore);
  const minutes = new Set(thinnable.map(([series, moment]) => `${series} ${Math.floor(moment / 60_000)}`));
  const found: string[] = [];
  const ask = (count: number, most: number, what: string): void => {
    if (count > most) found.push(`${count} samples of ${from} to ${step.to} counted as ${what}, and ${most} could be`);
  };
  ask(tooOld, old, "too old");
  ask(collapsed, Math.max(0, old - tooOld) + overtaken + repeated + overwriting, "collapsed");
  ask(thinned, left + thinnable.length - minutes.size + (slice.missing === "thinned" ? missing : 0), "thinned");
  // Of one moment, what goes in two requests is held back twice.
  ask(heldBack, unwanted + (isMetered ? points.length + repeated : 0), "held back");
  ask(unreadable, slice.missing === "unreadable" ? missing : 0, "unreadable");
  ask(rejected, step.setAside.length, "refused");
  if (holds !== undefined) ask(delivered, countHeld(audited, holds), "delivered");
  return found;
}

function sortRows({ slice, from, step, bounds, oldestAt, resolution, routes }: AuditedStep): Sortable {
  const { batch, sequences } = slice;
  const sorted: Sortable = { old: 0, overtaken: 0, unwanted: 0, left: 0, repeated: 0, overwriting: 0, points: [] };
  const latest = new Map(bounds.moments);
  const seen = new Set<string>();
  for (let row = 0; row < batch.count; row += 1) {
    const sequence = sequences[row] as number;
    if (sequence < from || sequence >= step.to) continue;
    const at = batch.at[row] as number;
    const series = routes.of(batch.series[row] as SeriesId, batch.flags[row] as number);
    if (at < oldestAt || series < 0) {
      if (at < oldestAt) sorted.old += 1;
      else if (series === HELD_BACK) sorted.unwanted += 1;
      else sorted.left += 1;
      continue;
    }
    const moment = Math.floor(at / resolution) * resolution;
    const key = `${series} ${moment}`;
    const isBehind = moment < (latest.get(series) ?? moment);
    if (isBehind || moment >= (bounds.ceilings.get(series) ?? Number.POSITIVE_INFINITY)) {
      sorted.overtaken += 1;
      continue;
    }
    latest.set(series, moment);
    if (seen.has(key)) {
      sorted.repeated += 1;
      continue;
    }
    seen.add(key);
    sorted.points.push([series, moment]);
    if (bounds.moments.get(series) === moment) sorted.overwriting += 1;
  }
  return sorted;
}

/** Series and moments among the rows of a step that the intake has. */
function countHeld(
  { slice: { batch, sequences }, from, step, resolution, routes }: AuditedStep,
  holds: NonNullable<AuditedStep["holds"]>,
): number {
  const held = new Set<string>();
  for (let row = 0; row < batch.count; row += 1) {
    const sequence = sequences[row] as number;
    if (sequence < from || sequence >= step.to) continue;
    const own = batch.series[row] as SeriesId;
    const series = routes.of(own, batch.flags[row] as number);
    if (series < 0) continue;
    const moment = Math.floor((batch.at[row] as number) / resolution) * resolution;
    if (holds(series, moment, seriesInLog(series) !== own)) held.add(`${series} ${moment}`);
  }
  return held.size;
}
