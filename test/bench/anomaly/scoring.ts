/**
 * Scores anomaly detectors as the Numenta Anomaly Benchmark does: in each labelled window only the earliest detection
 * counts, and more the earlier it is; each detection outside of the windows costs, less of it right behind one.
 *
 * Source: Lavin and Ahmad, Evaluating real-time anomaly detection algorithms, 2015.
 */

/** What a missed window and a false detection cost beside what a found window is worth. */
export interface Profile {
  readonly name: string;
  readonly missed: number;
  readonly false: number;
}

/** The three profiles of the benchmark. */
export const PROFILES: readonly [standard: Profile, lowFalse: Profile, lowMissed: Profile] = [
  { name: "standard", missed: 1, false: 0.11 },
  { name: "low FP", missed: 1, false: 0.22 },
  { name: "low FN", missed: 2, false: 0.11 },
];

/** Rows at the beginning of a file that are not scored: a part of it, but at most that of so many. */
const LEARNING_PART = 0.15;
const LEARNING_ROWS_MAX = 5000;

/** A labelled stretch of rows, both ends included. */
export type Window = readonly [first: number, last: number];

/** A scored file: the scores of its rows and its labels. */
export interface ScoredFile {
  readonly category: string;
  readonly scores: Float64Array;
  readonly windows: readonly Window[];
}

/** What a detector reached with one threshold. */
export interface Result {
  /** 100 is perfect, 0 detects nothing. */
  readonly score: number;
  readonly threshold: number;
  readonly found: number;
  readonly windows: number;
  readonly falseRows: number;
}

function worthOf(position: number): number {
  return position > 3 ? -1 : 2 / (1 + Math.exp(5 * position)) - 1;
}

interface Row {
  readonly score: number;
  readonly worth: number;
  /** Of its window; -1 outside. */
  readonly window: number;
}

/** The rows that count, with the worth of a detection in each; windows are numbered from `from` on. */
function rowsOf(
  file: ScoredFile,
  from: number,
): { readonly rows: readonly Row[]; readonly windows: readonly number[] } {
  const begin = Math.floor(LEARNING_PART * Math.min(file.scores.length, LEARNING_ROWS_MAX));
  const rows: Row[] = [];
  const windows = new Set<number>();
  let next = 0;
  for (let row = 0; row < file.scores.length; row += 1) {
    while (next < file.windows.length && row > (file.windows[next]?.[1] ?? 0)) next += 1;
    if (row < begin) continue;
    const score = file.scores[row] ?? 0;
    const window = file.windows[next];
    if (window !== undefined && row >= window[0]) {
      const width = window[1] - window[0] + 1;
      rows.push({ score, worth: worthOf(-(window[1] - row + 1) / width) / worthOf(-1), window: from + next });
      windows.add(from + next);
    } else {
      const before = file.windows[next - 1];
      const worth = before === undefined ? -1 : worthOf((row - before[1]) / (before[1] - before[0]));
      rows.push({ score, worth, window: -1 });
    }
  }
  return { rows, windows: [...windows] };
}

/** The rows of all files, the highest scores first. */
class Ranking {
  readonly rows: readonly Row[];
  readonly windows: readonly number[];

  constructor(files: readonly ScoredFile[]) {
    const all = files.map((file, index) => rowsOf(file, index * 1000));
    this.windows = all.flatMap((each) => each.windows);
    this.rows = all
      .flatMap((each) => each.rows)
      .filter((row) => row.score > 0)
      .sort((a, b) => b.score - a.score);
  }
}

/** Goes down through the thresholds and tells at each what all rows at or above it are worth. */
function* descend(ranking: Ranking, profile: Profile): Generator<Result & { readonly gained: number }> {
  const best = new Map<number, number>();
  let gained = 0;
  let falseRows = 0;
  for (const [index, row] of ranking.rows.entries()) {
    if (row.window === -1) {
      gained += row.worth * profile.false;
      falseRows += 1;
    } else {
      const before = best.get(row.window) ?? -profile.missed;
      if (row.worth > before) {
        best.set(row.window, row.worth);
        gained += row.worth - before;
      }
    }
    if (ranking.rows[index + 1]?.score === row.score) continue;
    const windows = ranking.windows.length;
    const score = (100 * gained) / (windows * (1 + profile.missed));
    yield { score, threshold: row.score, found: best.size, windows, falseRows, gained };
  }
}

/** The one threshold for all files with the highest score, as the benchmark's own scoreboard chooses it. */
export function scoreAtBest(files: readonly ScoredFile[], profile: Profile): Result {
  const ranking = new Ranking(files);
  const windows = ranking.windows.length;
  let best: Result = { score: 0, threshold: Number.POSITIVE_INFINITY, found: 0, windows, falseRows: 0 };
  for (const result of descend(ranking, profile)) if (result.score > best.score) best = result;
  return best;
}

/** The score with a threshold that was chosen elsewhere. */
export function scoreAt(files: readonly ScoredFile[], profile: Profile, threshold: number): Result {
  const ranking = new Ranking(files);
  let last: Result = { score: 0, threshold, found: 0, windows: ranking.windows.length, falseRows: 0 };
  for (const result of descend(ranking, profile)) {
    if (result.threshold < threshold) break;
    last = { ...result, threshold };
  }
  return last;
}

/** Each category scored with the threshold that is best for all others, put together by their windows. */
export function scoreLeavingOut(files: readonly ScoredFile[], profile: Profile): number {
  let gained = 0;
  let windows = 0;
  for (const category of new Set(files.map((file) => file.category))) {
    const chosen = scoreAtBest(
      files.filter((file) => file.category !== category),
      profile,
    ).threshold;
    const own = files.filter((file) => file.category === category);
    const ranking = new Ranking(own);
    windows += ranking.windows.length;
    let ownGained = 0;
    for (const result of descend(ranking, profile)) {
      if (result.threshold < chosen) break;
      ownGained = result.gained;
    }
    gained += ownGained;
  }
  return (100 * gained) / (windows * (1 + profile.missed));
}
