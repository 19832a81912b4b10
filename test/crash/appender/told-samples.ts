/** Samples that are known by their sequence alone, so that whoever reads a log back can tell a wrong one. */

import type { Log, LogSlice, Sequence, Tally } from "../../../src/model/log.ts";
import { type SampleBatch, SampleBuilder } from "../../../src/model/samples.ts";
import type { Series, SeriesId } from "../../../src/model/series.ts";

const SERIES_COUNT = 7;
const FIRST_AT = Date.UTC(2026, 10, 22);
const AT_STEP_MS = 10;
/** Before every fifth sample one was dropped. */
const DROP_EVERY = 5;

/** The series of the told samples, in the order in which their samples take turns. */
export const TOLD_SERIES: readonly Series[] = Array.from({ length: SERIES_COUNT }, (_, index) => ({
  metric: `crash.told.n${index}`,
  tags: [`n:${index}`],
  kind: "gauge",
  unit: "",
}));

/** Makes the samples `from` to `to` (exclusive); `ids` are the ids of `TOLD_SERIES`. */
export function tellSamples(ids: readonly SeriesId[], from: Sequence, to: Sequence): SampleBatch {
  const batch = new SampleBuilder(to - from);
  for (let sequence = from; sequence < to; sequence += 1) {
    batch.push(ids[sequence % SERIES_COUNT] ?? 0, tellMoment(sequence), tellValue(sequence), tellFlags(sequence));
  }
  return batch;
}

/** What sampling counted for the samples `from` to `to` (exclusive). */
export function tellTally(from: Sequence, to: Sequence): Tally {
  const dropped = Math.ceil(to / DROP_EVERY) - Math.ceil(from / DROP_EVERY);
  return { sampled: to - from + dropped, dropped: dropped > 0 ? { "out-of-range": dropped } : {} };
}

/** Says what is wrong with the rows of a slice; undefined when each is the one that was told. */
export function findLie(log: Log, { from, to, batch, sequences }: LogSlice): string | undefined {
  let before = from - 1;
  for (let row = 0; row < batch.count; row += 1) {
    const sequence = sequences[row] ?? Number.NaN;
    if (!(sequence > before && sequence < to)) return `row ${row} of ${from} to ${to} has the sequence ${sequence}`;
    before = sequence;
    const { metric } = log.seriesOf(batch.series[row] ?? 0);
    const told = [TOLD_SERIES[sequence % SERIES_COUNT]?.metric, tellMoment(sequence), tellValue(sequence)];
    const read = [metric, batch.at[row], batch.value[row]];
    const isTold = told.every((part, index) => part === read[index]) && batch.flags[row] === tellFlags(sequence);
    if (!isTold) return `sample ${sequence} was ${told.join(" ")} and is ${read.join(" ")}`;
  }
  return undefined;
}

function tellMoment(sequence: Sequence): number {
  return FIRST_AT + sequence * AT_STEP_MS;
}

/** A number with all its digits: what no encoding makes small and no neighbour is like. */
function tellValue(sequence: Sequence): number {
  return (Math.imul(sequence ^ 0x9e3779b9, 0x85ebca6b) >>> 0) / 977;
}

function tellFlags(sequence: Sequence): number {
  return sequence % 11 === 0 ? 1 : 0;
}
