/**
 * Which of the samples that an intake refused may go once more.
 *
 * Whatever goes late must not take the place of what comes after it in the log. So of a series and moment, as finely as
 * the intake resolves moments, only the sample goes that is the last one in the log; what came before it gives way.
 * Where the log no longer holds what came after a sample, nobody can tell, and it stays where it is; unless the intake
 * resolves milliseconds, in which no second reading of a point fits. Nor does a sample go while one from before it
 * still waits in a gap: that would take its place later.
 */

import type { Intake } from "../model/intake.ts";
import type { Cursor, Sequence, SetAside } from "../model/log.ts";
import type { LogCare } from "../model/log-care.ts";
import type { UnsentReason } from "../model/retry-report.ts";
import type { AgeWindow } from "./batch.ts";
import { type SampleRoutes, seriesInLog } from "./series-at-intake.ts";

/** Neighbours in time are looked up together in the log. Units: milliseconds, samples. */
const NEIGHBOURS = { spanMs: 600_000, countMax: 1_000 };

/** A sample that may go. */
export interface Candidate {
  readonly sample: SetAside;
  /** Cut down to what the intake resolves. */
  readonly moment: number;
  /** Set aside before it, of the same series and moment: they give way when it is taken. */
  readonly before: readonly Sequence[];
}

/** A candidate of which the log has told what else there is of its moment. */
export interface Checked extends Candidate {
  /** An earlier one of its series and moment went: this one takes its place. */
  readonly isOverwriting: boolean;
}

/** Samples, one by one, and what becomes of them. */
export interface Choice<Kind> {
  readonly chosen: readonly Kind[];
  readonly unsent: readonly (readonly [UnsentReason, number])[];
}

/** Chooses by what the samples themselves tell. Shape: candidates by moment. */
export function chooseCandidates(
  samples: readonly SetAside[],
  window: AgeWindow,
  { order }: Pick<Intake, "order">,
  { moments }: Pick<Cursor, "moments">,
): Choice<Candidate> {
  const unsent: [UnsentReason, number][] = [];
  const groups = new Map<string, Candidate>();
  for (const sample of samples) {
    const moment = toMoment(sample.at, window);
    const reason = whyUnsent(sample.at, window);
    if (reason !== undefined) unsent.push([reason, 1]);
    else if (order === "per-series" && moment <= (moments.get(sample.series) ?? Number.NEGATIVE_INFINITY)) {
      unsent.push(["inOrderOnly", 1]);
    } else {
      const key = keyOf(sample.series, moment);
      const earlier = groups.get(key);
      const before = earlier === undefined ? [] : [...earlier.before, earlier.sample.sequence];
      groups.set(key, { sample, moment, before });
    }
  }
  const chosen = [...groups.values()].sort(
    (one, other) => one.moment - other.moment || one.sample.sequence - other.sample.sequence,
  );
  return { chosen, unsent };
}

/** Takes those of the first candidates that are near each other in time. Shape: candidates by moment, at least one. */
export function takeNeighbours(candidates: Candidate[]): readonly Candidate[] {
  const end = (candidates[0]?.moment ?? 0) + NEIGHBOURS.spanMs;
  const far = candidates.findIndex(({ moment }, index) => moment > end || index >= NEIGHBOURS.countMax);
  return candidates.splice(0, far < 0 ? candidates.length : far);
}

/** What of the log is needed to tell. */
export interface LogView {
  readonly page: LogCare["page"];
  /** Every series whose definition is not lost. */
  readonly series: LogCare["series"];
  /** Sequence of the oldest sample that is held. */
  readonly head: () => Sequence;
}

/**
 * Chooses by what else the log holds. `isSetAside` tells of a sequence that it does not count. Gives those that gave
 * way beside the choice. Errors: `STORE_FAILED`.
 */
export async function checkNeighbours(
  candidates: readonly Candidate[],
  resolution: number,
  { gaps }: Pick<Cursor, "gaps">,
  isSetAside: (sequence: Sequence) => boolean,
  log: LogView,
  routes: SampleRoutes,
): Promise<Choice<Checked> & { readonly collapsed: readonly Sequence[] }> {
  const others = await findOthers(candidates, resolution, isSetAside, log, routes);
  const chosen: Checked[] = [];
  const unsent: [UnsentReason, number][] = [];
  const collapsed: Sequence[] = [];
  for (const candidate of candidates) {
    const { sample, moment, before } = candidate;
    const found = others.get(keyOf(sample.series, moment)) ?? [];
    const isOvertaken = found.some((sequence) => sequence > sample.sequence);
    const isWaitedFor = found.some((sequence) =>
      gaps.some(({ position, end }) => position <= sequence && sequence < end),
    );
    if (isOvertaken) collapsed.push(...before, sample.sequence);
    else if (isWaitedFor || (resolution > 1 && sample.sequence < log.head()))
      unsent.push(["untold", 1 + before.length]);
    else chosen.push({ ...candidate, isOverwriting: found.length > 0 });
  }
  return { chosen, unsent, collapsed };
}

/** Says why a sample of a moment does not go; undefined when it does. */
export function whyUnsent(at: number, { oldestAt, presentAt }: AgeWindow): UnsentReason | undefined {
  if (at < oldestAt) return "tooOld";
  return at > presentAt ? "tooFarAhead" : undefined;
}

/** Finds what else the log holds of the moments of candidates, by series and moment. */
async function findOthers(
  candidates: readonly Candidate[],
  resolution: number,
  isSetAside: (sequence: Sequence) => boolean,
  { page, series: known }: LogView,
  routes: SampleRoutes,
): Promise<ReadonlyMap<string, readonly Sequence[]>> {
  const others = new Map<string, Sequence[]>(
    candidates.map(({ sample, moment }) => [keyOf(sample.series, moment), []]),
  );
  const names = new Set(candidates.map(({ sample }) => seriesInLog(sample.series)));
  const series = new Set(known().flatMap(([id]) => (names.has(routes.nameOf(id)) ? [id] : [])));
  const fromAt = candidates[0]?.moment ?? 0;
  const toAt = (candidates.at(-1)?.moment ?? 0) + resolution;
  for (let from: Sequence | undefined = 0; from !== undefined; ) {
    const { batch, sequences, next } = await page({ from, fromAt, toAt, series });
    for (const [row, sequence] of sequences.entries()) {
      if (isSetAside(sequence)) continue;
      const moment = toMoment(batch.at[row] ?? 0, { resolution });
      const route = routes.of(batch.series[row] ?? 0, batch.flags[row] ?? 0);
      others.get(keyOf(route, moment))?.push(sequence);
    }
    from = next;
  }
  return others;
}

function toMoment(at: number, { resolution }: { readonly resolution: number }): number {
  return Math.floor(at / resolution) * resolution;
}

function keyOf(series: number, moment: number): string {
  return `${series} ${moment}`;
}
