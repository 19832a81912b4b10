/** What detectors reach on a corpus, as tables. */

import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createDetector } from "../../../src/filter/detectors/create-detector.ts";
import type { DetectorSettings } from "../../../src/filter/detectors/detector.ts";
import type { DetectorKind } from "../../../src/model/filter.ts";
import { fixed, printTable } from "../store/table.ts";
import type { LabelledSeries } from "./corpus.ts";
import { PUBLISHED, publishedFor } from "./published.ts";
import { PROFILES, type Result, type ScoredFile, scoreAt, scoreAtBest, scoreLeavingOut } from "./scoring.ts";

/** What a detector is told beforehand: nothing, or the range of the series, as a device profile states it. */
export type Track = "strict" | "range";

/**
 * Says whether a detector can find anything on a track. The range of a series reaches to its extremes, as the leaders
 * are told it, and `threshold` takes a range for the limits beyond which values are odd: none ever is.
 */
export function takesPart(kind: DetectorKind, track: Track): boolean {
  return kind !== "threshold" || track === "strict";
}

const HEAD = ["Detector", "one category left out", "standard", "low FP", "low FN", "threshold", "found", "false rows"];

/** The scores of one detector on all files, in the order of the rows. */
export function scoreCorpus(corpus: readonly LabelledSeries[], kind: DetectorKind, track: Track): ScoredFile[] {
  return corpus.map((series) => {
    const settings: DetectorSettings = track === "range" ? { range: rangeOf(series.values) } : {};
    const detector = createDetector(kind, settings);
    const scores = series.values.map((value, row) => {
      detector.take(series.at[row] ?? 0, value);
      return detector.score;
    });
    return { category: series.category, scores, windows: series.windows };
  });
}

function rangeOf(values: Float64Array): readonly [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return [low, high];
}

/** Prints what each detector reaches with the best threshold for all files, beside what was published. */
export function printScores(corpus: readonly LabelledSeries[], kinds: readonly DetectorKind[], track: Track): void {
  const rows = kinds
    .filter((kind) => takesPart(kind, track))
    .map((kind) => {
      const files = scoreCorpus(corpus, kind, track);
      const [standard, ...others] = PROFILES;
      const best = scoreAtBest(files, standard);
      return [
        kind,
        fixed(scoreLeavingOut(files, standard), 1),
        fixed(best.score, 1),
        ...others.map((profile) => fixed(scoreAtBest(files, profile).score, 1)),
        nameThreshold(best),
        `${best.found} of ${best.windows}`,
        String(best.falseRows),
      ];
    });
  const names = corpus.map(({ name }) => name);
  const published = PUBLISHED.filter((each) => track === "range" || !each.isToldRange).map((each) => {
    const { name, scores } = publishedFor(names, each);
    return [name, "-", ...scores.map((score) => fixed(score, 1)), "-", "-", "-"];
  });
  const told =
    track === "strict" ? "from the values before alone" : "told the range of each series, as the leaders are";
  printTable(`${corpus.length} files, ${told}`, HEAD, [...rows, ...published]);
  for (const kind of kinds) {
    if (takesPart(kind, track)) continue;
    process.stdout.write(
      `\n  ${kind} is left out: no value is beyond the range it is told, so that it finds nothing.\n`,
    );
  }
}

/** Where no threshold is worth more than to find nothing, there is no best one. */
function nameThreshold({ threshold }: Result): string {
  return Number.isFinite(threshold) ? fixed(threshold) : "none";
}

/** Prints what one detector found in each file with the best threshold for all. */
export function printFiles(corpus: readonly LabelledSeries[], kind: DetectorKind, track: Track): void {
  const files = scoreCorpus(corpus, kind, track);
  const [standard] = PROFILES;
  const best = scoreAtBest(files, standard);
  const rows = files.map((file, index) => {
    const result = scoreAt([file], standard, best.threshold);
    return [corpus[index]?.name ?? "", `${result.found} of ${result.windows}`, String(result.falseRows)];
  });
  printTable(`${kind}, ${track}, at ${nameThreshold(best)}`, ["File", "found", "false rows"], rows);
}

/** Writes the scores of each row to `FOLDER/TRACK/KIND/CATEGORY/FILE.csv`. */
export function writeScores(corpus: readonly LabelledSeries[], kind: DetectorKind, track: Track, folder: string): void {
  for (const [index, file] of scoreCorpus(corpus, kind, track).entries()) {
    const series = corpus[index];
    if (series === undefined) continue;
    const path = join(folder, track, kind, series.name);
    const lines = series.stamps.map((stamp, row) => `${stamp},${series.values[row]},${file.scores[row]}`);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, ["timestamp,value,anomaly_score", ...lines, ""].join("\n"));
  }
}
