/** Reads what the process of a check says: code of the user runs there, and could write to the same pipe. */

import * as v from "valibot";
import { type CheckWord, METRIC_KINDS, type RunReport } from "./check-words.ts";

const text = v.string();
const texts = v.array(text);
const moment = v.nullable(v.pipe(v.number(), v.finite()));
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const number = v.pipe(v.number(), v.finite());

const reportSchema = v.object({
  series: v.array(v.object({ kind: v.picklist(METRIC_KINDS), name: text, tags: texts, unit: text })),
  readings: v.array(v.tuple([count, number, number, moment, v.picklist([0, 1])])),
  serviceChecks: v.array(v.object({ name: text, status: v.picklist([0, 1, 2, 3]), tags: texts, message: text })),
  events: v.array(
    v.object({
      ...{ title: text, text, aggregationKey: text, tags: texts, at: moment },
      alertType: v.picklist(["info", "warning", "error", "success"]),
    }),
  ),
  warnings: texts,
  lines: texts,
  lost: v.object({ notANumber: count, flood: count, seriesLimit: count }),
  error: v.exactOptional(text),
});

const wordSchema = v.union([
  v.object({ isReady: v.literal(true) }),
  v.object({ failed: text }),
  v.object({ run: count, report: reportSchema }),
]);

/** Gives a word; undefined where a line is none. */
export function readCheckWord(line: string): CheckWord | undefined {
  try {
    const word = v.safeParse(wordSchema, JSON.parse(line));
    return word.success ? word.output : undefined;
  } catch {
    return undefined;
  }
}

/** Gives a report; undefined where something is none. */
export function readRunReport(found: unknown): RunReport | undefined {
  const report = v.safeParse(reportSchema, found);
  return report.success ? report.output : undefined;
}
