/** What the rules have found, by series and reason: what `status` shows, and since when it goes on. */

import type { DropReason } from "../../model/log.ts";
import type { Verdict } from "../../model/quality.ts";
import type { SeriesId } from "../../model/series.ts";
import { type Millis, type MonotonicMillis, seconds } from "../../model/time.ts";

/** What goes on for so long, in so many samples, is worth a person's look; what is rarer only counts. */
const LASTING = seconds(300);
const LASTING_COUNT = 3;

/** What was not seen for so long, or for so many intervals, is over. */
const QUIET = seconds(300);
const QUIET_INTERVALS = 3;

/** What one series has broken of one rule. */
export interface Finding {
  readonly series: SeriesId;
  readonly reason: DropReason;
  readonly counts: Readonly<Record<Verdict, number>>;
  /** The last sample of them, in the canonical unit of its series. Units: milliseconds since 1970. */
  readonly lastAt: number;
  readonly lastValue: number;
  /** What became of it. */
  readonly lastVerdict: Verdict;
  /** For how long this goes on; undefined where it does not, or not for long enough to tell of it. */
  readonly lasting: Millis | undefined;
}

interface Entry {
  readonly reason: DropReason;
  readonly counts: Record<Verdict, number>;
  lastAt: number;
  lastValue: number;
  lastVerdict: Verdict;
  runFrom: number;
  runCount: number;
  seenAt: number;
  quiet: number;
}

/** Counts of all series. Limits: as many entries as there are series, times reasons; the first of each costs memory. */
export class QualityLedger {
  readonly #entries = new Map<SeriesId, Entry[]>();
  /** The time that samples are counted at. */
  now = 0 as MonotonicMillis;

  /** Counts a sample of a series that is sampled at an interval. Units: `at` milliseconds since 1970. */
  note(series: SeriesId, reason: DropReason, verdict: Verdict, at: number, value: number, interval: Millis): void {
    const { now } = this;
    const entry = this.#find(series, reason);
    if (now - entry.seenAt > entry.quiet) {
      entry.runFrom = now;
      entry.runCount = 0;
    }
    entry.counts[verdict] += 1;
    entry.runCount += 1;
    entry.seenAt = now;
    entry.quiet = Math.max(QUIET, QUIET_INTERVALS * interval);
    entry.lastAt = at;
    entry.lastValue = value;
    entry.lastVerdict = verdict;
  }

  /** Moves the moments of the last samples, because the clock was set. Units: milliseconds. */
  move(by: number): void {
    for (const entries of this.#entries.values()) for (const entry of entries) entry.lastAt += by;
  }

  /** Lists what was found of some series, as it is at `now`. */
  findings(among: ReadonlySet<SeriesId>, now: MonotonicMillis): readonly Finding[] {
    const findings: Finding[] = [];
    for (const [series, entries] of this.#entries) {
      if (!among.has(series)) continue;
      for (const entry of entries) findings.push(toFinding(series, entry, now));
    }
    return findings;
  }

  #find(series: SeriesId, reason: DropReason): Entry {
    const entries = this.#entries.get(series) ?? [];
    const known = entries.find((each) => each.reason === reason);
    if (known !== undefined) return known;
    const counts = { keep: 0, mark: 0, drop: 0 };
    const last = { lastAt: 0, lastValue: Number.NaN, lastVerdict: "keep" as Verdict };
    const entry = { reason, counts, ...last, runFrom: 0, runCount: 0, seenAt: Number.NEGATIVE_INFINITY, quiet: 0 };
    this.#entries.set(series, [...entries, entry]);
    return entry;
  }
}

function toFinding(series: SeriesId, entry: Entry, now: MonotonicMillis): Finding {
  const { reason, counts, lastAt, lastValue, lastVerdict, seenAt, runFrom, runCount, quiet } = entry;
  const isOver = now - seenAt > quiet;
  const isLong = seenAt - runFrom >= LASTING && runCount >= LASTING_COUNT;
  // Up to the last of them: a sensor that was mended a minute ago is not in doubt for a minute longer.
  const lasting = isOver || !isLong ? undefined : ((seenAt - runFrom) as Millis);
  return { series, reason, counts, lastAt, lastValue, lastVerdict, lasting };
}
