/** Reads a folder laid out as the Numenta Anomaly Benchmark is: `data/CATEGORY/FILE.csv`, `labels`. */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Window } from "./scoring.ts";

/** A recorded series with its labels. */
export interface LabelledSeries {
  /** Category and file, as the labels name it. */
  readonly name: string;
  readonly category: string;
  readonly stamps: readonly string[];
  /** Units: milliseconds since 1970; the files say no zone, and UTC is taken. */
  readonly at: Float64Array;
  readonly values: Float64Array;
  readonly windows: readonly Window[];
}

const LABELS = "labels/combined_windows.json";

/** What a folder holds of a corpus. */
export interface Corpus {
  readonly series: readonly LabelledSeries[];
  /** Files that have labels and are not there. */
  readonly absent: readonly string[];
}

/** Reads all files that have labels and are there, an empty list of windows included; nothing where no labels are. */
export function readCorpus(folder: string): Corpus {
  if (!existsSync(join(folder, LABELS))) return { series: [], absent: [] };
  const labels: Record<string, readonly (readonly [string, string])[]> = JSON.parse(
    readFileSync(join(folder, LABELS), "utf8"),
  );
  const names = Object.keys(labels).sort();
  const isThere = (name: string): boolean => existsSync(join(folder, "data", name));
  return {
    series: names.filter(isThere).map((name) => readSeries(folder, name, labels[name] ?? [])),
    absent: names.filter((name) => !isThere(name)),
  };
}

function readSeries(folder: string, name: string, labels: readonly (readonly [string, string])[]): LabelledSeries {
  const lines = readFileSync(join(folder, "data", name), "utf8")
    .trim()
    .split(/\r?\n/u)
    .slice(1);
  const rows = lines.map((line) => line.split(","));
  const at = Float64Array.from(rows, ([stamp = ""]) => parseStamp(stamp));
  const windows = labels.map(([first, last]): Window => [at.indexOf(parseStamp(first)), at.indexOf(parseStamp(last))]);
  const lost = windows.findIndex(([first, last]) => first < 0 || last < first);
  if (lost >= 0) throw new Error(`${name}: no rows at the ends of its window ${lost + 1} of ${LABELS}`);
  return {
    name,
    category: name.split("/")[0] ?? "",
    stamps: rows.map(([stamp = ""]) => stamp),
    at,
    values: Float64Array.from(rows, ([, value]) => Number(value)),
    windows,
  };
}

/** `2014-04-01 00:00:00`, with or without parts of a second. */
function parseStamp(stamp: string): number {
  return Date.parse(`${stamp.slice(0, 19).replace(" ", "T")}Z`);
}
