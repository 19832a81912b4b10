/** Spoilt sentences and objects of gpsd through everything that hears a receiver, and what must hold whatever comes. */

import type { GpsReport } from "../../src/decode/gps-report.ts";
import { parseGpsdLine } from "../../src/decode/gpsd-objects.ts";
import { GPSD_LINES, LineSplitter, SENTENCE_LINES } from "../../src/decode/marked-lines.ts";
import { decodeFixSentence } from "../../src/decode/nmea-fix.ts";
import { decodeInstrumentSentence } from "../../src/decode/nmea-instruments.ts";
import { checksumOf, parseSentence } from "../../src/decode/nmea-sentence.ts";
import { EpochMerger } from "../../src/inputs/nmea/epoch-merger.ts";
import { epochMillis, type MonotonicMillis } from "../../src/model/time.ts";
import { readKnownFixes, readRecording } from "../support/gps-recording.ts";
import { createSeededRandom } from "../support/seeded-random.ts";

/** What became of the lines. */
export interface NmeaFuzzReport {
  readonly lines: number;
  readonly sentences: number;
  readonly reports: number;
  readonly positions: number;
  /** What must not be, in words; empty where all is well. */
  readonly findings: readonly string[];
}

const FINDINGS_MAX = 10;

const RECORDINGS = ["ublox-lea-4h", "humminbird-M37", "quectel-eg25-g-2", "pypilot", "bn-9015", "beidou-gb"];

/** Characters that stand in sentences, and some that never should. */
const CHARACTERS = '0123456789.,-+ANSEWVM*$!\r\n\u0000\u00ff{}":e';

/** Sends `count` lines, most of them spoilt in some way. The same seed draws the same lines. */
export function fuzzNmea(seed: number, count: number): NmeaFuzzReport {
  const { next } = createSeededRandom(seed);
  const draw = (below: number): number => Math.floor(below * next());
  const lines = RECORDINGS.flatMap((name) => Buffer.from(readRecording(name)).toString("latin1").split("\r\n"));
  const objects = RECORDINGS.flatMap((name) => readKnownFixes(name).map((fix) => JSON.stringify(fix)));
  const report = { lines: 0, sentences: 0, reports: 0, positions: 0, findings: [] as string[] };
  const splitter = new LineSplitter(SENTENCE_LINES);
  const gpsdSplitter = new LineSplitter(GPSD_LINES);
  const merger = new EpochMerger();
  const complain = (line: string, what: string): void => {
    if (report.findings.length < FINDINGS_MAX) report.findings.push(`${what}: ${JSON.stringify(line)}`);
  };
  const take = (line: string, told: GpsReport): void => {
    report.reports += 1;
    const flaw = flawOf(told);
    if (flaw !== undefined) complain(line, flaw);
    const arrival = { at: epochMillis(report.lines), monotonic: report.lines as MonotonicMillis };
    const { position, hasFix } = merger.push(told, arrival) ?? {};
    if (position === undefined) return;
    report.positions += 1;
    if (hasFix !== true) complain(line, "a position without a fix");
  };
  for (; report.lines < count && report.findings.length < FINDINGS_MAX; report.lines += 1) {
    const isObject = draw(4) === 0;
    const whole = (isObject ? objects : lines)[draw((isObject ? objects : lines).length)] ?? "";
    const bytes = Buffer.from(`${spoil(whole, draw)}\r\n`, "latin1");
    const size = draw(3) === 0 ? 1 + draw(8) : bytes.length;
    for (let start = 0; start < bytes.length; start += size) {
      const chunk = bytes.subarray(start, start + size);
      (isObject ? gpsdSplitter : splitter).push(chunk, (line) => {
        const parsed = line.startsWith("{") ? parseGpsdLine(line) : parseSentence(line);
        if (typeof parsed === "string") return;
        report.sentences += 1;
        if ("kind" in parsed) {
          if (parsed.kind === "report") take(line, parsed.report);
          return;
        }
        const told = decodeFixSentence(parsed);
        if (told !== undefined) take(line, told);
        const heard = decodeInstrumentSentence(parsed);
        for (const value of Object.values(heard?.readings ?? {})) {
          if (value !== undefined && !Number.isFinite(value)) complain(line, `an instrument reads ${value}`);
        }
        for (const { name, value } of heard?.transducers ?? []) {
          if (!Number.isFinite(value) || !/^[a-z\d_.-]{1,40}$/u.test(name))
            complain(line, `a transducer ${name}: ${value}`);
        }
      });
    }
    if (splitter.bytesHeld > SENTENCE_LINES.bytesMax) complain("", "more is held than the limit");
  }
  return report;
}

/** Spoils one line of two; of those half get a checksum that holds, so that the fields are reached. */
function spoil(whole: string, draw: (below: number) => number): string {
  if (draw(2) === 0) return whole;
  let text = whole;
  for (let change = 1 + draw(3); change > 0; change -= 1) {
    const place = draw(text.length + 1);
    const letter = CHARACTERS[draw(CHARACTERS.length)] ?? "";
    const kind = draw(4);
    if (kind === 0) text = text.slice(0, place) + text.slice(place + 1 + draw(6));
    else if (kind === 1)
      text = text.slice(0, place) + letter.repeat(1 + draw(kind === 1 && draw(20) === 0 ? 400 : 4)) + text.slice(place);
    else text = text.slice(0, place) + letter + text.slice(place + 1);
  }
  const mark = text.lastIndexOf("*");
  if (draw(2) === 0 || mark === -1 || !text.startsWith("$")) return text;
  return `${text.slice(0, mark)}*${checksumOf(text.slice(1, mark)).toString(16).toUpperCase().padStart(2, "0")}`;
}

function flawOf(told: GpsReport): string | undefined {
  for (const [key, value] of Object.entries(told)) {
    if (typeof value === "number" && !Number.isFinite(value)) return `${key} is ${value}`;
  }
  const { latitude, longitude, course, speed, timeOfDay } = told;
  if ((latitude === undefined) !== (longitude === undefined)) return "half a position";
  if (latitude !== undefined && told.hasFix !== true) return "a position without a fix";
  if (Math.abs(latitude ?? 0) > 90 || Math.abs(longitude ?? 0) > 180) return "a position that is none";
  if (course !== undefined && (course < 0 || course >= 360)) return "a course that is none";
  if (speed !== undefined && speed < 0) return "a negative speed";
  if (timeOfDay !== undefined && (timeOfDay < 0 || timeOfDay >= 86_400_000)) return "a time that is none";
  return undefined;
}
