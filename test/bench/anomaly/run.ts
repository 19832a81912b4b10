/**
 * `npm run bench:anomaly -- --data DIR`: every detector on every file of a labelled corpus, with one set of parameters,
 * scored as the Numenta Anomaly Benchmark does, beside what others reach there; then how fast they are, what a series
 * costs in memory, and what thins out.
 *
 * `--detector basic,ensemble`: these alone. `--track strict` or `range`: that one alone. `--files`: what was found in
 * each file. `--write DIR`: the scores of each row as CSV files, for another scorer. `--values 2e6`: how many values
 * each is timed with. `--long 1e8`: hands that many values to each, and shows that no more memory is held.
 */

import { parseArgs } from "node:util";
import { DETECTOR_KINDS, type DetectorKind } from "../../../src/model/filter.ts";
import { readCorpus } from "./corpus.ts";
import { printMemory } from "./memory-table.ts";
import { printReducing } from "./reducing-table.ts";
import { printFiles, printScores, type Track, takesPart, writeScores } from "./score-tables.ts";
import { printLong, printSpeed } from "./speed-table.ts";

const { values } = parseArgs({
  options: {
    data: { type: "string" },
    detector: { type: "string", default: DETECTOR_KINDS.join(",") },
    track: { type: "string", default: "strict,range" },
    files: { type: "boolean", default: false },
    write: { type: "string" },
    values: { type: "string", default: "2e6" },
    long: { type: "string" },
  },
});

const kinds = DETECTOR_KINDS.filter((kind: DetectorKind) => values.detector.split(",").includes(kind));
const corpus = values.data === undefined ? undefined : readCorpus(values.data);
const tracks = (["strict", "range"] as const).filter((track: Track) => values.track.split(",").includes(track));

if (kinds.length === 0 || tracks.length === 0) {
  process.stderr.write(`bench:anomaly takes --detector of ${DETECTOR_KINDS.join(",")} and --track of strict,range.\n`);
  process.exitCode = 2;
} else if ((corpus === undefined && values.long === undefined) || corpus?.series.length === 0) {
  process.stderr.write(
    "bench:anomaly needs a labelled corpus, laid out as the Numenta Anomaly Benchmark is: data/CATEGORY/FILE.csv and\n" +
      "labels/combined_windows.json. Clone https://github.com/numenta/NAB and give its folder as --data DIR.\n",
  );
  process.exitCode = 2;
} else if (corpus !== undefined) {
  const { series, absent } = corpus;
  if (absent.length > 0) {
    process.stderr.write(`${absent.length} files that have labels are not there, ${absent[0]} the first of them.\n`);
  }
  for (const track of tracks) {
    printScores(series, kinds, track);
    for (const kind of kinds.filter((each) => takesPart(each, track))) {
      if (values.files) printFiles(series, kind, track);
      if (values.write !== undefined) writeScores(series, kind, track, values.write);
    }
  }
  printSpeed(kinds, Number(values.values));
  printMemory(kinds);
  printReducing(Number(values.values));
}
if (values.long !== undefined) printLong(kinds, Number(values.long));
