import { expect, test } from "vitest";
import { DETECTOR_KINDS } from "../../../src/model/filter.ts";
import type { LabelledSeries } from "./corpus.ts";
import { scoreCorpus, takesPart } from "./score-tables.ts";

const ROWS = 3000;
const EVERY = 300_000;

/** Ten days of a wave, and one value far above it. */
function wave(): LabelledSeries {
  const at = Float64Array.from({ length: ROWS }, (_, row) => row * EVERY);
  const values = at.map((moment, row) => (row === ROWS - 10 ? 100 : 10 + Math.sin(moment / 7e6)));
  return { name: "plain/wave.csv", category: "plain", stamps: [...at].map(String), at, values, windows: [] };
}

test.each(DETECTOR_KINDS)("%s is scored where it can find something, and left out where it cannot", (kind) => {
  for (const track of ["strict", "range"] as const) {
    const [scored] = scoreCorpus([wave()], kind, track);
    expect(scored?.scores.some((score) => score > 0)).toBe(takesPart(kind, track));
  }
});
