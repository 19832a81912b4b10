/**
 * Reads what the process of a check says: code of the user runs there, and could write to the same pipe. So nothing is
 * taken that the gateway's own code in that process would not say.
 */

import * as v from "valibot";
import {
  type CheckWord,
  LINE_BYTES_MAX,
  METRIC_KINDS,
  READINGS_MAX,
  REPORT_LIMITS,
  type RunReport,
} from "./check-words.ts";

/** So much is counted in one run at most. */
const COUNT_MAX = 1e12;

/** What was thrown, and the places it came through. Units: characters. */
const FAILED_MAX = 16_000;

const count = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(COUNT_MAX));
const number = v.pipe(v.number(), v.finite());
const moment = v.nullable(number);
const text = v.pipe(v.string(), v.maxLength(REPORT_LIMITS.text));
const line = v.pipe(v.string(), v.maxLength(REPORT_LIMITS.line), v.regex(/^\P{Cc}*$/u));
const name = v.pipe(v.string(), v.minLength(1), v.maxLength(REPORT_LIMITS.name), v.regex(/^\P{Cc}*$/u));
const tags = v.pipe(v.array(name), v.maxLength(REPORT_LIMITS.tags));
const unit = v.pipe(v.string(), v.maxLength(REPORT_LIMITS.name));

const serviceCheck = v.object({ name, status: v.picklist([0, 1, 2, 3]), tags, message: text });
const event = v.object({
  ...{ title: text, text, aggregationKey: text, tags, at: moment },
  alertType: v.picklist(["info", "warning", "error", "success"]),
});
const reading = v.tuple([count, number, number, moment, v.picklist([0, 1])]);

const reportSchema = v.object({
  series: v.array(v.object({ kind: v.picklist(METRIC_KINDS), name, tags, unit })),
  readings: v.pipe(v.array(reading), v.maxLength(READINGS_MAX)),
  serviceChecks: v.pipe(v.array(serviceCheck), v.maxLength(REPORT_LIMITS.notes)),
  events: v.pipe(v.array(event), v.maxLength(REPORT_LIMITS.notes)),
  // One more says how many are left out.
  warnings: v.pipe(v.array(line), v.maxLength(REPORT_LIMITS.warnings + 1)),
  lines: v.pipe(v.array(line), v.maxLength(REPORT_LIMITS.lines + 1)),
  lost: v.object({ notANumber: count, flood: count, seriesLimit: count }),
  error: v.exactOptional(v.pipe(text, v.regex(/^\P{Cc}*$/u))),
});

const wordSchema = v.union([
  v.object({ isReady: v.literal(true) }),
  v.object({ failed: v.pipe(v.string(), v.maxLength(FAILED_MAX), v.regex(/^\P{Cc}*$/u)) }),
  v.object({ run: count, report: reportSchema }),
]);

/** Gives a word; undefined where a line is none. */
export function readCheckWord(said: string): CheckWord | undefined {
  try {
    const word = v.safeParse(wordSchema, JSON.parse(said));
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

/** Takes lines out of what comes through a pipe. It holds no more than one line. */
export class LineReader {
  #parts: Buffer[] = [];
  #byteCount = 0;

  /** How much it holds of a line that has not ended. Units: bytes. */
  get bytesHeld(): number {
    return this.#byteCount;
  }

  /** Takes bytes, and hands on the lines that end in them; gives false for a line that is too long. */
  push(chunk: Buffer, take: (line: string) => void): boolean {
    let rest = chunk;
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
      this.#parts.push(rest.subarray(0, end));
      rest = rest.subarray(end + 1);
      const said = Buffer.concat(this.#parts).toString();
      this.#forget();
      take(said);
    }
    if (rest.length === 0) return true;
    this.#parts.push(rest);
    this.#byteCount += rest.length;
    if (this.#byteCount <= LINE_BYTES_MAX) return true;
    this.#forget();
    return false;
  }

  #forget(): void {
    this.#parts = [];
    this.#byteCount = 0;
  }
}
