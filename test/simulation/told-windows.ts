/**
 * Holds what sums up against what it sums up, by the log alone: what a reader that thins has of a point is each row
 * that is not ordinary and each summary, and an ordinary row is in exactly one of these.
 */

import { FLAG } from "../../src/model/samples.ts";
import type { LoggedRow } from "./logged-rows.ts";

/** What was found. */
export interface ToldWindows {
  /** Summaries that tell of nothing that was read. */
  readonly violations: readonly string[];
  /** Means of more than one row. */
  readonly meanCount: number;
  /** Rows that nothing tells of, of points that are told by means. */
  readonly untold: readonly LoggedRow[];
}

const CLOSE = 1e-9;

/**
 * What two lives have measured of one clock differs by so much, and so may what they move as it is put back: a row of
 * the first, and what the second made up for it. Units: milliseconds.
 */
const APART_MAX = 1;
const DOUBTED = FLAG.suspect | FLAG.stale;

/** What windows are held against. Units: milliseconds. */
export interface WindowRules {
  readonly window: number;
  /** Whether a point is told by means. */
  isOfMeans(row: LoggedRow): boolean;
}

/** Finds it in the rows of a log, in their order. */
export function auditWindows(rows: readonly LoggedRow[], rules: WindowRules): ToldWindows {
  const { isOfMeans } = rules;
  const points = new Map<string, PointWindows>();
  for (const row of rows) {
    if (row.kind === "companion") continue;
    const point = points.get(row.name) ?? new PointWindows(rules);
    points.set(row.name, point);
    if (row.kind === "summary") point.tell(row, isOfMeans(row));
    else if ((row.flags & FLAG.ordinary) !== 0) point.read(row);
  }
  const all = [...points.values()];
  return {
    violations: all.flatMap(({ violations }) => violations),
    meanCount: all.reduce((sum, { meanCount }) => sum + meanCount, 0),
    untold: all.flatMap((point) => point.finish()).filter(isOfMeans),
  };
}

/** Of one point, what was read and is not told of yet. */
class PointWindows {
  readonly violations: string[] = [];
  meanCount = 0;
  readonly #rules: WindowRules;
  #gathered: LoggedRow[] = [];
  readonly #untold: LoggedRow[] = [];
  /** What is doubted is in no mean, and told of by itself. */
  #doubted: LoggedRow[] = [];
  #last: LoggedRow | undefined;
  /** The last row of the last mean: before a silence it goes by itself too. */
  #lastSummed: LoggedRow | undefined;
  /** Rows at the end of the last mean, of the next window: it is the same without them, and they may be in that one. */
  #unsure: readonly LoggedRow[] = [];

  constructor(rules: WindowRules) {
    this.#rules = rules;
  }

  read(row: LoggedRow): void {
    if ((row.flags & DOUBTED) !== 0) {
      this.#doubted.push(row);
      return;
    }
    this.#gathered.push(row);
    this.#last = row;
  }

  /** Takes a summary: the mean of a window, or one row as it was. */
  tell(summary: LoggedRow, mayBeMean: boolean): void {
    const again = this.#unsure.findIndex((row) => isOfMoment(row, summary));
    if (mayBeMean && again >= 0) this.#gathered = [...this.#unsure.slice(again), ...this.#gathered];
    this.#unsure = [];
    const from = this.#gathered.findIndex((row) => isOfMoment(row, summary));
    const count = mayBeMean && from >= 0 ? this.#countSummed(summary, from) : 0;
    if (count > 1) {
      this.meanCount += 1;
      this.#untold.push(...this.#gathered.splice(0, from));
      const summed = this.#gathered.splice(0, count);
      this.#lastSummed = summed.at(-1);
      this.#unsure = this.#findUnsure(summed, summary.value);
      return;
    }
    if (from >= 0 && this.#gathered[from]?.value === summary.value) {
      this.#untold.push(...this.#gathered.splice(0, from));
      this.#gathered.splice(0, 1);
      return;
    }
    // Where a series was recalled, later rows are in the log by then.
    if (isRow(summary, this.#last) || isRow(summary, this.#lastSummed)) return;
    const doubted = this.#doubted.findIndex((row) => isRow(summary, row));
    if (doubted >= 0) {
      this.#doubted = this.#doubted.toSpliced(doubted, 1);
      return;
    }
    const values = this.#gathered.map(({ at, value }) => `${at}: ${value}`).join(", ");
    this.violations.push(`${summary.name} of ${summary.at} is told to be ${summary.value}, of ${values || "nothing"}`);
  }

  /** What is left when the log ends. */
  finish(): readonly LoggedRow[] {
    return [...this.#untold, ...this.#gathered];
  }

  #findUnsure(summed: readonly LoggedRow[], mean: number): readonly LoggedRow[] {
    const windowOf = ({ at }: LoggedRow): number => Math.floor(at / this.#rules.window);
    const [first] = summed;
    const end = summed.findIndex((row) => first !== undefined && windowOf(row) > windowOf(first));
    if (end < 0) return [];
    const sum = summed.slice(0, end).reduce((all, { value }) => all + value, 0);
    return Math.abs(sum / end - mean) <= CLOSE * Math.abs(mean) ? summed.slice(end) : [];
  }

  /** How many rows from one on have the mean that is told; 0 where no number of them has. */
  #countSummed({ value }: LoggedRow, from: number): number {
    const { window } = this.#rules;
    const first = this.#gathered[from]?.at ?? 0;
    let [sum, largest, found] = [0, 0, 0];
    for (const [index, row] of this.#gathered.slice(from).entries()) {
      if (row.at - first >= window) break;
      sum += row.value;
      largest = Math.max(largest, Math.abs(row.value));
      if (Math.abs(sum / (index + 1) - value) <= CLOSE * largest) found = index + 1;
    }
    return found;
  }
}

function isRow(summary: LoggedRow, row: LoggedRow | undefined): boolean {
  return row !== undefined && isOfMoment(row, summary) && row.value === summary.value;
}

function isOfMoment({ at }: LoggedRow, summary: LoggedRow): boolean {
  return Math.abs(at - summary.at) <= APART_MAX;
}
