/** `tidegate detect`: what a detector makes of a file of readings, one after the other, in constant memory. */

import { closeSync, openSync, realpathSync, writeFileSync } from "node:fs";
import { createDetector } from "../../filter/detectors/create-detector.ts";
import type { DetectorSettings } from "../../filter/detectors/detector.ts";
import { EXIT, GatewayError } from "../../model/errors.ts";
import { DETECTOR_KINDS, type DetectorKind } from "../../model/filter.ts";
import { describeFileError } from "../../platform/files.ts";
import { joinChoice } from "../../schema/describe-schema.ts";
import { type CommandArguments, readArguments } from "../arguments.ts";
import type { Command, Terminal } from "../commands.ts";
import { formatCount } from "../quantities.ts";
import { HEADING, LineJudge, type Verdicts } from "./judge-lines.ts";
import { readLines } from "./line-reader.ts";

/** A line as it is expected. */
const ROW = "2026-11-21 10:00:00,3.6";

/** Judges each row of the input. Errors: `CLI_USAGE`, also for a file that cannot be read or written. */
export const detect: Command = async (argv, terminal) => {
  const options = readArguments(joinRange(argv), 0, { texts: ["input", "output", "detector", "range"] });
  const input = options.text("input");
  if (input === undefined) throw new GatewayError("CLI_USAGE", "expected --input FILE.csv, or - for standard input.");
  const kind = readKind(options);
  const judge = new LineJudge(createDetector(kind, readSettings(options, kind)));
  const output = options.text("output");
  if (output !== undefined) refuseSame(input, output);
  const isStopped = await pour(input, output, judge, terminal);
  report(judge.verdicts, { input, output, kind, isJson: options.json, isStopped }, terminal);
  return EXIT.ok;
};

/** Reads, judges and writes, piece by piece; gives whether someone stopped it before the end. */
async function pour(input: string, output: string | undefined, judge: LineJudge, terminal: Terminal): Promise<boolean> {
  let isStopped = false;
  terminal.onSignals({
    stop: () => {
      isStopped = true;
    },
  });
  const lines = readLines(input);
  const next = async (): Promise<IteratorResult<readonly string[]>> => {
    try {
      return await lines.next();
    } catch (cause) {
      throw unable(input, "read", cause);
    }
  };
  // The input is opened by its first piece: where it is not there, nothing is written.
  let piece = await next();
  const descriptor = output === undefined ? undefined : openOutput(output);
  const write = (text: string): void => {
    if (descriptor === undefined || output === undefined) terminal.out(text);
    else writeOutput(descriptor, output, text);
  };
  try {
    write(`${HEADING}\n`);
    for (; !piece.done && !isStopped; piece = await next()) write(judge.judge(piece.value));
  } finally {
    await lines.return(undefined);
    if (descriptor !== undefined) closeSync(descriptor);
  }
  return isStopped;
}

function openOutput(path: string): number {
  try {
    return openSync(path, "w");
  } catch (cause) {
    throw unable(path, "written", cause);
  }
}

function writeOutput(descriptor: number, path: string, text: string): void {
  try {
    writeFileSync(descriptor, text);
  } catch (cause) {
    throw unable(path, "written", cause);
  }
}

function unable(path: string, done: "read" | "written", cause: unknown): GatewayError {
  const name = path === "-" ? "standard input" : path;
  const why = done === "read" ? describeFileError(cause) : describeWriteError(cause);
  return new GatewayError("CLI_USAGE", `${name} cannot be ${done}: ${why}.`, { cause });
}

function describeWriteError(cause: unknown): string {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  switch (code) {
    case "ENOENT":
    case "ENOTDIR":
      return "no such folder";
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return "a place this user may not write to";
    case "EISDIR":
      return "a folder";
    case "ENOSPC":
      return "its disk is full";
    default:
      return String(code);
  }
}

function readKind(options: CommandArguments): DetectorKind {
  const word = options.text("detector") ?? "ensemble";
  const kind = DETECTOR_KINDS.find((each) => each === word);
  if (kind !== undefined) return kind;
  throw new GatewayError("CLI_USAGE", `found the detector "${word}", expected ${joinChoice(DETECTOR_KINDS)}.`);
}

function readSettings(options: CommandArguments, kind: DetectorKind): DetectorSettings {
  const text = options.text("range");
  if (text === undefined && kind === "threshold") {
    throw new GatewayError("CLI_USAGE", "threshold goes by limits alone: say them by --range LOW,HIGH, such as 0,16.");
  }
  if (text === undefined) return {};
  const [low = Number.NaN, high = Number.NaN, ...more] = text
    .split(",")
    .map((part) => (part === "" ? NaN : Number(part)));
  if (low < high && more.length === 0) return { range: [low, high] };
  throw new GatewayError("CLI_USAGE", `found --range ${text}, expected its two ends as LOW,HIGH, such as 0,16.`);
}

/** Joins `--range -40,120` to `--range=-40,120`: what begins with a dash would be taken for an option. */
function joinRange(argv: readonly string[]): readonly string[] {
  const at = argv.indexOf("--range");
  const [, range] = at < 0 ? [] : argv.slice(at);
  return range === undefined ? argv : [...argv.slice(0, at), `--range=${range}`, ...argv.slice(at + 2)];
}

function refuseSame(input: string, output: string): void {
  const real = (path: string): string => {
    try {
      return realpathSync(path);
    } catch {
      return path;
    }
  };
  if (real(input) !== real(output)) return;
  throw new GatewayError("CLI_USAGE", `${output} is the input; name another file to write to.`);
}

/** What a report is about. */
interface Errand {
  readonly input: string;
  readonly output: string | undefined;
  readonly kind: DetectorKind;
  readonly isJson: boolean;
  readonly isStopped: boolean;
}

/** Standard output is for the rows where no file takes them, so what came of them goes to standard error. */
function report(verdicts: Verdicts, { input, output, kind, isJson, isStopped }: Errand, terminal: Terminal): void {
  const { rows, skipped, firstSkipped, learning, watch, alarm } = verdicts;
  const tell = output === undefined ? terminal.err : terminal.out;
  if (isJson) {
    const answer = { schema: 1, input, output: output ?? null, detector: kind, is_stopped: isStopped };
    const counts = { rows, skipped, first_skipped: firstSkipped ?? null, learning, watch, alarm };
    tell(`${JSON.stringify({ ...answer, ...counts }, null, 2)}\n`);
    return;
  }
  const name = input === "-" ? "standard input" : input;
  if (rows === 0) {
    terminal.err(`tidegate detect: ${name} holds no rows; expected lines such as ${ROW}\n`);
    return;
  }
  const counted = `${countRows(rows)} of ${name}${isStopped ? ", not all" : ""}`;
  const found = `${formatCount(watch)} worth a look, ${formatCount(alarm)} of them an alarm`;
  tell(`${counted}: ${found}; the first ${formatCount(learning)} were learned from (${kind})\n`);
  if (firstSkipped === undefined) return;
  terminal.err(
    `tidegate detect: ${countRows(skipped)} ${skipped === 1 ? "is" : "are"} passed on without a score. The first is ` +
      `line ${formatCount(firstSkipped.line)}: found "${firstSkipped.found}", expected a moment and a number, such as ` +
      `${ROW}\n`,
  );
}

function countRows(count: number): string {
  return `${formatCount(count)} ${count === 1 ? "row" : "rows"}`;
}
