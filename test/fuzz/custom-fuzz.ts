/** What the process of a check may say, meant or not, through all that hears it, and what must hold whatever it is. */

import { createInput, createLinks } from "../../src/inputs/custom/input.ts";
import { seconds } from "../../src/model/time.ts";
import type { CheckProcess, RunEnd } from "../../src/platform/check-process.ts";
import { LINE_BYTES_MAX, METRIC_KINDS, READINGS_MAX } from "../../src/platform/check-words.ts";
import { LineReader, readCheckWord } from "../../src/platform/read-check-word.ts";
import { checkInstance, EMPTY_REPORT, RECEIVED_AT } from "../support/fake-check.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { createSeededRandom } from "../support/seeded-random.ts";
import { heapAfterRest } from "./heap-after-rest.ts";
import { flawsOf } from "./outcome-flaws.ts";
import { spoilBytes } from "./spoil-bytes.ts";

/** What became of the runs. */
export interface CustomFuzzReport {
  readonly runs: number;
  /** Runs of which a report came. */
  readonly reports: number;
  readonly readings: number;
  readonly dropped: number;
  /** Lines that are no word. */
  readonly refused: number;
  /** By how much the heap was larger after the last run than after the first tenth. Units: bytes. */
  readonly heapGrowth: number;
  /** What must not be, in words; empty where all is well. */
  readonly findings: readonly string[];
}

const FINDINGS_MAX = 10;
const SERIES_MAX = 100;

/** A process says so many new series in its life, about; then another begins. */
const RUNS_PER_PROCESS = 50;

type Draw = (below: number) => number;

/** Runs a check `count` times. The same seed draws the same words. */
export async function fuzzCustom(seed: number, count: number): Promise<CustomFuzzReport> {
  const { next } = createSeededRandom(seed);
  const draw: Draw = (below) => Math.floor(below * next());
  const clock = new FakeClock();
  const pipe = new FuzzedPipe(draw);
  const instance = checkInstance({}, { seriesMax: SERIES_MAX });
  const input = createInput(instance, { clock, links: createLinks(clock, async () => pipe.start()) });
  const report = { runs: 0, reports: 0, readings: 0, dropped: 0, findings: pipe.findings };
  let heapBefore = 0;
  for (; report.runs < count && report.findings.length < FINDINGS_MAX; report.runs += 1) {
    if (report.runs === Math.floor(count / 10)) heapBefore = heapAfterRest();
    if (report.runs % RUNS_PER_PROCESS === 0) pipe.isGone = true;
    pipe.now = clock.now();
    const outcome = await clock.until(input.poll(new AbortController().signal));
    const bounds = { now: clock.now(), seriesMax: SERIES_MAX, readingsMax: READINGS_MAX, isOwnText: true };
    const flaws = flawsOf(input, outcome, bounds);
    const { dropped = {}, readings, events = [] } = outcome;
    report.findings.push(...flaws.map((flaw) => `${flaw}, by ${pipe.said.slice(0, 1000)}`));
    for (const { at = 0 } of events) if (!(at >= 0 && at <= clock.now())) report.findings.push(`an event at ${at}`);
    report.readings += readings.count;
    report.dropped += Object.values(dropped).reduce((sum, each) => sum + Math.min(each, 1000), 0);
    if (outcome.dropped !== undefined) report.reports += 1;
    // One that ended again and again rests.
    input.retry?.();
    await clock.advance(seconds(15));
  }
  await input[Symbol.asyncDispose]();
  return { ...report, refused: pipe.refused, heapGrowth: heapAfterRest() - heapBefore };
}

/** The pipe of a process, whose bytes are drawn whenever it is told to run. */
class FuzzedPipe {
  now = 0;
  said = "";
  refused = 0;
  isGone = false;
  readonly findings: string[] = [];
  readonly #draw: Draw;
  #lines = new LineReader();
  /** Series that the process has told so far. */
  #toldCount = 0;

  constructor(draw: Draw) {
    this.#draw = draw;
  }

  start(): CheckProcess {
    this.#lines = new LineReader();
    this.#toldCount = 0;
    return {
      opened: Promise.resolve(undefined),
      run: async () => this.#run(),
      privateBytes: () => 0,
      end: () => undefined,
    };
  }

  #run(): RunEnd {
    if (this.isGone) {
      this.isGone = false;
      return { kind: "ended", what: "was ended by SIGKILL" };
    }
    const draw = this.#draw;
    const kind = draw(10);
    const report = drawReport(draw, kind === 0, { now: this.now, toldCount: this.#toldCount });
    this.#toldCount += report.series.length;
    this.said = JSON.stringify({ run: 1, report });
    const isSpoilt = kind === 1;
    const bytes = Buffer.from(`${this.said}\n`);
    // Without its end, a word runs into the next one.
    const sent = isSpoilt ? spoilBytes(bytes, draw) : bytes;
    const size = draw(3) === 0 ? 1 + draw(4000) : sent.length;
    let end: RunEnd | undefined;
    for (let start = 0; start < sent.length; start += size) {
      const isBounded = this.#lines.push(sent.subarray(start, start + size), (line) => {
        end = this.#hear(line) ?? end;
      });
      if (!isBounded || this.#lines.bytesHeld > LINE_BYTES_MAX) this.findings.push("a line grew without end");
    }
    return end ?? { kind: "ended", what: "wrote to the pipe of the gateway, and was ended" };
  }

  #hear(line: string): RunEnd | undefined {
    const word = readCheckWord(line);
    if (word === undefined) this.refused += 1;
    if (word === undefined || "isReady" in word) return undefined;
    if ("failed" in word) return { kind: "failed", what: word.failed };
    return { kind: "report", report: word.report, receivedAt: RECEIVED_AT };
  }
}

/** A word that breaks no rule of those the gateway's own code keeps in the process, unless `isWild`. */
function drawReport(draw: Draw, isWild: boolean, { now, toldCount }: { now: number; toldCount: number }) {
  const text = (): string => drawText(draw, isWild);
  const series = Array.from({ length: draw(draw(10) === 0 ? 60 : 4) }, () => drawSeries(draw, isWild));
  const flood = READINGS_MAX + (isWild ? 1 : 0);
  const readings = Array.from({ length: draw(200) === 0 ? flood : draw(12) }, () => [
    draw(draw(20) === 0 ? 1e6 : toldCount + series.length),
    ...[drawNumber(draw), RECEIVED_AT - (draw(10) === 0 ? drawNumber(draw) : draw(15_000))],
    ...[draw(3) === 0 ? drawMoment(draw, now) : null, draw(2)],
  ]);
  const note = { title: text(), text: text(), aggregationKey: "", tags: [], alertType: "info" };
  return {
    ...EMPTY_REPORT,
    ...{ series, readings },
    serviceChecks: Array.from({ length: draw(2) }, () => ({ name: "a", status: draw(4), tags: [], message: text() })),
    events: Array.from({ length: draw(isWild ? 120 : 3) }, () => ({ ...note, at: drawMoment(draw, now) })),
    warnings: Array.from({ length: draw(isWild ? 30 : 3) }, text),
    lost: { notANumber: draw(3), flood: isWild ? Math.abs(drawNumber(draw)) : draw(2), seriesLimit: draw(2) },
    ...(draw(8) === 0 ? { error: text() } : {}),
  };
}

function drawSeries(draw: Draw, isWild: boolean): unknown {
  const metric = draw(30);
  return {
    // Some are told in two ways.
    kind: METRIC_KINDS[draw(9) === 0 ? draw(4) : metric % 4],
    name: draw(10) === 0 ? drawText(draw, isWild) : `metric.${metric}`,
    tags: Array.from({ length: draw(isWild ? 110 : 3) }, () =>
      draw(9) === 0 ? drawText(draw, isWild) : `t:${draw(9)}`,
    ),
    unit: draw(9) === 0 ? ["bar", "parsec", "\u00b0C"][draw(3)] : "",
  };
}

function drawNumber(draw: Draw): number {
  const sign = draw(2) === 0 ? 1 : -1;
  if (draw(8) > 0) return draw(100_000) / 7;
  return sign * ([1.7e308, 9e15, 5e-324, 1e300][draw(4)] ?? 0);
}

function drawMoment(draw: Draw, now: number): number | null {
  return [null, now, now - draw(1e9), now + draw(5000), 0, -1e12, 8.64e15, 1e308, drawNumber(draw)][draw(9)] ?? null;
}

function drawText(draw: Draw, isWild: boolean): string {
  const fit = ["fine", "f\uFFFDhler", "\ud800", "\u00fc".repeat(1 + draw(200)), "x".repeat(1 + draw(200))];
  const unfit = ["", "a\u0000b", "two\nlines", "x".repeat(draw(5000))];
  return (isWild && draw(2) === 0 ? unfit[draw(unfit.length)] : fit[draw(fit.length)]) ?? "";
}
