/** What came of a file, in words for a person and as JSON for a program. */

import { learningSpan } from "../../filter/detectors/learning-span.ts";
import type { DetectorKind } from "../../model/filter.ts";
import type { Terminal } from "../commands.ts";
import { formatAge, formatCount } from "../quantities.ts";
import { adviseOn } from "./describe-line.ts";
import type { OddLine, Verdicts } from "./judge-lines.ts";

/** A line as it is expected. */
const ROW = "2026-11-21 10:00:00,3.6";

/** What a report is about. */
export interface Errand {
  readonly input: string;
  readonly output: string | undefined;
  readonly kind: DetectorKind;
  readonly isJson: boolean;
  readonly isStopped: boolean;
}

/** Standard output is for the rows where no file takes them, so what came of them goes to standard error. */
export function report(verdicts: Verdicts, errand: Errand, terminal: Terminal): void {
  const { input, output, isJson } = errand;
  const tell = output === undefined ? terminal.err : terminal.out;
  if (isJson) {
    tell(`${JSON.stringify(toAnswer(verdicts, errand), null, 2)}\n`);
    return;
  }
  const { rows, skipped, firstSkipped } = verdicts;
  const name = input === "-" ? "standard input" : input;
  const warn = (text: string): void => terminal.err(`tidegate detect: ${text}\n`);
  if (rows === 0) {
    warn(`${name} holds no rows; expected lines such as ${ROW}`);
  } else if (firstSkipped !== undefined && rows === skipped) {
    warn(`no row of ${name} is understood, of ${formatCount(rows)}. ${describeSkipped(firstSkipped)}`);
  } else {
    tell(`${describeFound(verdicts, errand, name)}\n`);
    for (const warning of describeWarnings(verdicts)) warn(warning);
  }
}

function toAnswer(verdicts: Verdicts, { input, output, kind, isStopped }: Errand): object {
  const { rows, skipped, firstSkipped, back, firstBack, wide, firstWide, learning, watch, alarm } = verdicts;
  return {
    ...{ schema: 1, input, output: output ?? null, detector: kind, is_stopped: isStopped },
    ...{ rows, skipped, first_skipped: firstSkipped ?? null, back, first_back: firstBack ?? null },
    ...{ wide, first_wide: firstWide ?? null },
    ...{ learning, watch, alarm },
  };
}

function describeFound({ rows, skipped, learning, watch, alarm }: Verdicts, errand: Errand, name: string): string {
  const { kind, isStopped } = errand;
  const counted = `${countRows(rows)} of ${name}${isStopped ? ", not all" : ""}`;
  if (learning === rows - skipped) {
    const span = `${formatAge(learningSpan(kind))} at least, and longer where values come seldom`;
    return `${counted}: all were learned from, and none was judged; ${kind} learns for ${span}`;
  }
  const found = `${formatCount(watch)} worth a look, ${formatCount(alarm)} of them an alarm`;
  return `${counted}: ${found}; the first ${formatCount(learning)} were learned from (${kind})`;
}

function describeWarnings({ skipped, firstSkipped, wide, firstWide, back, firstBack }: Verdicts): readonly string[] {
  const warnings: string[] = [];
  if (firstSkipped !== undefined) {
    warnings.push(
      `${countRows(skipped)} ${areOf(skipped)} passed on without a score. ${describeSkipped(firstSkipped)}`,
    );
  }
  if (firstWide !== undefined) {
    const have = `${countRows(wide)} ${wide === 1 ? "has" : "have"} more fields than the heading`;
    const advice = "Only the second was taken for the value: numbers have a point, as in 50.13, and no comma.";
    warnings.push(`${have}. ${describeFirst(firstWide)}. ${advice}`);
  }
  if (firstBack !== undefined) {
    const older = `${countRows(back)} ${areOf(back)} older than the row before`;
    const advice = "A value is judged by what came before it: sort the file by time.";
    warnings.push(`${older}. ${describeFirst(firstBack)}. ${advice}`);
  }
  return warnings;
}

function describeSkipped(first: OddLine): string {
  return `${describeFirst(first)}, expected a moment and a number, such as ${ROW}. ${adviseOn(first.found)}`;
}

function describeFirst({ line, found }: OddLine): string {
  // What moves the cursor would make a riddle of the message.
  const shown = found.replaceAll(/\p{Cc}/gu, (control) => JSON.stringify(control).slice(1, -1));
  return `The first is line ${formatCount(line)}: found "${shown}"`;
}

function areOf(count: number): string {
  return count === 1 ? "is" : "are";
}

function countRows(count: number): string {
  return `${formatCount(count)} ${count === 1 ? "row" : "rows"}`;
}
