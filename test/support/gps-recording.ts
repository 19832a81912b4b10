/** Recordings of receivers, and what gpsd makes of them. */

import { readdirSync, readFileSync } from "node:fs";
import { LineSplitter, SENTENCE_LINES } from "../../src/decode/marked-lines.ts";
import { decodeFixSentence } from "../../src/decode/nmea-fix.ts";
import { type NmeaSentence, parseSentence } from "../../src/decode/nmea-sentence.ts";
import { EpochMerger, type GpsEpoch } from "../../src/inputs/nmea/epoch-merger.ts";
import { epochMillis, type MonotonicMillis } from "../../src/model/time.ts";

const FOLDER = new URL("../fixtures/gpsd/", import.meta.url);

/** A position as gpsd has it. Units: degrees, metres, metres per second. */
export interface KnownFix {
  readonly class: string;
  readonly mode: number;
  readonly status?: number;
  readonly time?: string;
  readonly lat?: number;
  readonly lon?: number;
  readonly altMSL?: number;
  readonly speed?: number;
}

/** The names of all recordings. */
export function listRecordings(): readonly string[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith(".log"))
    .map((name) => name.slice(0, -4));
}

/** The path of a recording. */
export function recordingPath(name: string): string {
  return new URL(`${name}.log`, FOLDER).pathname;
}

/** The bytes of a recording, without the comments at its head. */
export function readRecording(name: string): Uint8Array {
  const text = readFileSync(recordingPath(name), "latin1");
  return Buffer.from(text.replaceAll(/^#.*\n/gmu, ""), "latin1");
}

/** What gpsd told of a recording, in order. */
export function readKnownFixes(name: string): readonly KnownFix[] {
  return readFileSync(`${recordingPath(name)}.chk`, "latin1")
    .split("\n")
    .filter((line) => line.startsWith('{"class":"TPV"'))
    .map((line) => JSON.parse(line) as KnownFix);
}

/** What our own parser and merger make of it. */
export function mergeRecording(bytes: Uint8Array): {
  readonly epochs: readonly GpsEpoch[];
  readonly sentences: readonly NmeaSentence[];
  readonly flawCount: number;
} {
  const splitter = new LineSplitter(SENTENCE_LINES);
  const merger = new EpochMerger();
  const epochs: GpsEpoch[] = [];
  const sentences: NmeaSentence[] = [];
  let flawCount = 0;
  splitter.push(bytes, (line) => {
    const sentence = parseSentence(line);
    if (typeof sentence === "string") {
      flawCount += 1;
      return;
    }
    sentences.push(sentence);
    const report = decodeFixSentence(sentence);
    const arrival = { at: epochMillis(sentences.length), monotonic: sentences.length as MonotonicMillis };
    const ended = report === undefined ? undefined : merger.push(report, arrival);
    if (ended !== undefined) epochs.push(ended);
  });
  const last = merger.end();
  return { epochs: last === undefined ? epochs : [...epochs, last], sentences, flawCount };
}
