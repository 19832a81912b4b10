/** All that the log of a world holds in the end, as rows that say what they are. */

import type { Log } from "../../src/model/log.ts";
import { FLAG } from "../../src/model/samples.ts";
import { summarizedBy } from "../../src/model/thinning.ts";
import { isCompanionMetric, nameOf } from "./point-name.ts";

/** One row. Units: `at` milliseconds since 1970. */
export interface LoggedRow {
  /** Of which point of which machine. */
  readonly name: string;
  readonly metric: string;
  /** Told by a device, summing up what was, or made of it besides. */
  readonly kind: "read" | "summary" | "companion";
  readonly at: number;
  readonly value: number;
  readonly flags: number;
}

/** What one row goes as to an intake: by its point's own name, in full, or not at all. */
export function routeOfRow({ kind, flags }: LoggedRow, isThinning: boolean): "name" | "full" | "none" {
  if (kind === "companion") return "name";
  if (kind === "summary") return isThinning ? "name" : "none";
  if (!isThinning || (flags & FLAG.ordinary) === 0) return "name";
  return (flags & (FLAG.anomalous | FLAG.context)) === 0 ? "none" : "full";
}

/** Reads all rows, in the order of the log. */
export async function readRows(log: Pick<Log, "care" | "seriesOf">): Promise<readonly LoggedRow[]> {
  const rows: LoggedRow[] = [];
  for (let from: number | undefined = 0; from !== undefined; ) {
    const { batch, next } = await log.care.page({ from, fromAt: 0, toAt: Number.MAX_SAFE_INTEGER });
    for (let row = 0; row < batch.count; row += 1) {
      const series = log.seriesOf(batch.series[row] ?? 0);
      const made = isCompanionMetric(series.metric) ? "companion" : "read";
      rows.push({
        name: nameOf(series.tags),
        metric: series.metric,
        kind: summarizedBy(series) === undefined ? made : "summary",
        at: batch.at[row] ?? 0,
        value: batch.value[row] ?? 0,
        flags: batch.flags[row] ?? 0,
      });
    }
    from = next;
  }
  return rows;
}
