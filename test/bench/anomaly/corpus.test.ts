import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readCorpus } from "./corpus.ts";
import { PUBLISHED, publishedFor } from "./published.ts";

test("a corpus is what has labels and is there, and the rest is named", () => {
  const folder = mkdtempSync(join(tmpdir(), "tidegate-corpus-"));
  try {
    expect(readCorpus(folder)).toEqual({ series: [], absent: [] });
    mkdirSync(join(folder, "labels"));
    mkdirSync(join(folder, "data/real"), { recursive: true });
    writeFileSync(join(folder, "labels/combined_windows.json"), '{ "real/a.csv": [], "real/b.csv": [] }');
    writeFileSync(join(folder, "data/real/b.csv"), "timestamp,value\n2014-02-14 14:30:00,0.5\n");
    const { series, absent } = readCorpus(folder);
    expect(series.map(({ name, values }) => [name, ...values])).toEqual([["real/b.csv", 0.5]]);
    expect(absent).toEqual(["real/a.csv"]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("what others reach is shown for the same files, or said to be for all", () => {
  const [first] = PUBLISHED;
  if (first === undefined) return expect.unreachable("somebody has published something");
  const files = (count: number) => Array.from({ length: count }, (_, index) => `real/${index}.csv`);
  const half = [...files(28), "realKnownCause/machine_temperature_system_failure.csv"];
  expect(publishedFor(half, first)).toEqual({ name: `${first.name}, published`, scores: first.half });
  expect(publishedFor(files(58), first)).toEqual({ name: `${first.name}, published`, scores: first.whole });
  expect(publishedFor(files(29), first)).toEqual({
    name: `${first.name}, published for all 58 files`,
    scores: first.whole,
  });
});
