import { type SampleBatch, SampleBuilder } from "../../src/model/samples.ts";

/** A batch of rows `[series, at, value, flags?]`. */
export function batchOf(...rows: readonly (readonly [number, number, number, number?])[]): SampleBatch {
  const batch = new SampleBuilder(rows.length || 1);
  for (const [series, at, value, flags = 0] of rows) batch.push(series, at, value, flags);
  return batch;
}

/** The rows of a batch, for comparing. */
export function rowsOf(batch: SampleBatch): number[][] {
  return Array.from({ length: batch.count }, (_, row) => [
    batch.series[row] ?? Number.NaN,
    batch.at[row] ?? Number.NaN,
    batch.value[row] ?? Number.NaN,
    batch.flags[row] ?? Number.NaN,
  ]);
}
