/** `tidegate detect`: what a detector makes of a file of readings, one after the other, in constant memory. */

import { closeSync, fstatSync, openSync, type Stats, statSync, writeFileSync } from "node:fs";
import { createDetector } from "../../filter/detectors/create-detector.ts";
import type { DetectorSettings } from "../../filter/detectors/detector.ts";
import { EXIT, GatewayError } from "../../model/errors.ts";
import { DETECTOR_KINDS, type DetectorKind } from "../../model/filter.ts";
import { describeFileError } from "../../platform/files.ts";
import { writeTo } from "../../platform/writing.ts";
import { joinChoice } from "../../schema/describe-schema.ts";
import { type CommandArguments, readArguments } from "../arguments.ts";
import type { Command, Terminal } from "../commands.ts";
import { HEADING, LineJudge } from "./judge-lines.ts";
import { readLines } from "./line-reader.ts";
import { report } from "./report.ts";

/**
 * Judges each row of the input; fails where there is none that it understands.
 *
 * Errors: `CLI_USAGE`, also for a file that cannot be read; those of `writeTo`.
 */
export const detect: Command = async (argv, terminal) => {
  const options = readArguments(joinRange(argv), 0, { texts: ["input", "output", "detector", "range"] });
  const input = options.text("input");
  if (input === undefined) throw new GatewayError("CLI_USAGE", "expected --input FILE.csv, or - for standard input.");
  const kind = readKind(options);
  const settings = readSettings(options);
  if (settings.range !== undefined && kind !== "ensemble" && kind !== "threshold") {
    terminal.err(`tidegate detect: --range changes nothing with ${kind}; ensemble and threshold go by it.\n`);
  }
  const judge = new LineJudge(createDetector(kind, settings));
  const written = options.text("output");
  const output = written === "-" ? undefined : written;
  if (output !== undefined) refuseSame(input, output);
  const isStopped = await pour(input, output, judge, terminal);
  const { verdicts } = judge;
  report(verdicts, { input, output, kind, isJson: options.json, isStopped }, terminal);
  return verdicts.rows > verdicts.skipped || isStopped ? EXIT.ok : EXIT.failed;
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
      if (cause instanceof GatewayError) throw cause;
      const name = input === "-" ? "standard input" : input;
      throw new GatewayError("CLI_USAGE", `${name} cannot be read: ${describeFileError(cause)}.`, { cause });
    }
  };
  // The input is opened by its first piece: where it is not there, nothing is written.
  let piece = await next();
  const descriptor = output === undefined ? undefined : writeTo(output, () => openSync(output, "w"));
  const write = (text: string): void => {
    if (descriptor === undefined || output === undefined) terminal.out(text);
    else writeTo(output, () => writeFileSync(descriptor, text));
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

function readKind(options: CommandArguments): DetectorKind {
  const word = options.text("detector") ?? "ensemble";
  const kind = DETECTOR_KINDS.find((each) => each === word);
  if (kind !== undefined) return kind;
  throw new GatewayError("CLI_USAGE", `found the detector "${word}", expected ${joinChoice(DETECTOR_KINDS)}.`);
}

function readSettings(options: CommandArguments): DetectorSettings {
  const text = options.text("range");
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
  const [one, other] = [statOf(input), statOf(output)];
  if (one === undefined || !one.isFile() || one.ino !== other?.ino || one.dev !== other.dev) return;
  throw new GatewayError("CLI_USAGE", `${output} is the input; name another file to write to.`);
}

/** The descriptor of standard input. */
const STDIN = 0;

/** What a path leads to, also where it is one of several names of a file; undefined where nothing is there yet. */
function statOf(path: string): Stats | undefined {
  try {
    return path === "-" ? fstatSync(STDIN) : statSync(path);
  } catch {
    return undefined;
  }
}
