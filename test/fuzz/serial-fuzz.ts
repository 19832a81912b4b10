/** Spoilt frames of the shipped devices through splitters and readers, and what must hold whatever comes. */

import { readFileSync } from "node:fs";
import { loadProfiles, profilesOf, SHIPPED_PROFILES } from "../../src/config/profiles.ts";
import { FrameReader, OUTCOME } from "../../src/decode/fields/frame-reader.ts";
import { FrameSplitter, frameBytesMax } from "../../src/decode/frames/frame-splitter.ts";
import { readLineScenes } from "../support/line-exchange.ts";
import { createSeededRandom } from "../support/seeded-random.ts";
import { heapAfterRest } from "./heap-after-rest.ts";

/** What became of the bytes. */
export interface SerialFuzzReport {
  readonly sayings: number;
  readonly frames: number;
  readonly readings: number;
  readonly broken: number;
  /** Damaged frames that begin as they should and whose plain sum holds by chance: nothing in them tells. */
  readonly unseen: number;
  /** By how much the heap was larger after the last saying than after the first tenth. Units: bytes. */
  readonly heapGrowth: number;
  /** What must not be, in words; empty where all is well. */
  readonly findings: readonly string[];
}

const FINDINGS_MAX = 10;

const FIXTURES = new URL("../fixtures/profiles/", import.meta.url).pathname;

/** One device under the fuzz: what it says, what splits that, and what reads it. */
function createDevices() {
  return profilesOf("serial", loadProfiles([SHIPPED_PROFILES]).profiles.values()).map((profile) => {
    const scenes = readLineScenes(`${FIXTURES}${profile.id}/exchange.line`);
    const { polls } = JSON.parse(readFileSync(`${FIXTURES}${profile.id}/expected.json`, "utf8")) as {
      polls: readonly { readonly readings: Readonly<Record<string, number>> }[];
    };
    return {
      profile,
      sayings: scenes.flatMap(({ answers }) => [...answers.values()].flat()),
      known: new Set(polls.flatMap(({ readings }) => Object.values(readings))),
      splitter: new FrameSplitter(profile.framing, profile.checksum),
      reader: new FrameReader(profile, profile.points),
    };
  });
}

/** Says `count` things, most of them spoilt in some way. The same seed draws the same sayings. */
export function fuzzSerial(seed: number, count: number): SerialFuzzReport {
  const { next } = createSeededRandom(seed);
  const draw = (below: number): number => Math.floor(below * next());
  const devices = createDevices();
  const report = { sayings: 0, frames: 0, readings: 0, unseen: 0, findings: [] as string[] };
  let heapBefore = 0;
  for (; report.sayings < count && report.findings.length < FINDINGS_MAX; report.sayings += 1) {
    if (report.sayings === Math.floor(count / 10)) heapBefore = heapAfterRest();
    const device = devices[draw(devices.length)] as (typeof devices)[number];
    const { profile, splitter, reader, known } = device;
    const isWhole = draw(3) === 0;
    const saying = device.sayings[draw(device.sayings.length)] ?? new Uint8Array();
    const bytes = isWhole ? saying : spoil(saying, draw);
    const size = draw(2) === 0 ? 1 + draw(9) : bytes.length + 1;
    const complain = (what: string): void => {
      report.findings.push(`${profile.id}, ${Buffer.from(bytes).toString("hex")}: ${what}`);
    };
    const take = (frame: Uint8Array, content: Uint8Array): void => {
      report.frames += 1;
      reader.read(frame, content);
      let isKnown = true;
      for (const [index, outcome] of reader.outcome.entries()) {
        if (outcome !== OUTCOME.value && outcome !== OUTCOME.unsettled) continue;
        report.readings += 1;
        const value = reader.value[index] ?? Number.NaN;
        if (!Number.isFinite(value)) complain(`made ${value} of a frame`);
        isKnown &&= known.has(value);
      }
      if (profile.checksum?.type !== "sum16" || isKnown) return;
      if (holdsSum(frame) && begins(frame, device.sayings[0])) report.unseen += 1;
      else complain(`made values of the damaged frame ${Buffer.from(frame).toString("hex")}`);
    };
    for (let start = 0; start < bytes.length; start += size) splitter.push(bytes.subarray(start, start + size), take);
    if (splitter.bytesHeld > frameBytesMax(profile.framing)) complain(`holds ${splitter.bytesHeld} bytes`);
  }
  const broken = devices.reduce((sum, { splitter }) => sum + splitter.brokenCount, 0);
  return { ...report, broken, heapGrowth: heapAfterRest() - heapBefore };
}

/** Whether the last two bytes are the sum of all before them, worked out apart from the code that is fuzzed. */
function holdsSum(frame: Uint8Array): boolean {
  return (
    Buffer.from(frame).readUInt16BE(frame.length - 2) === frame.subarray(0, -2).reduce((sum, byte) => sum + byte, 0)
  );
}

/** Whether a frame is as long as a whole one, and has its start and length. */
function begins(frame: Uint8Array, whole: Uint8Array | undefined): boolean {
  return frame.length === whole?.length && frame.subarray(0, 4).every((byte, index) => byte === whole[index]);
}

/** Spoils bytes in one of the ways a line does. */
function spoil(bytes: Uint8Array, draw: (below: number) => number): Uint8Array {
  const at = draw(bytes.length + 1);
  switch (draw(5)) {
    case 0:
      return bytes.map((byte, index) => (index === at ? byte ^ (1 << draw(8)) : byte));
    case 1:
      return bytes.subarray(0, at);
    case 2:
      return Uint8Array.of(...bytes.subarray(0, at), ...bytes.subarray(at + 1));
    case 3:
      return Uint8Array.of(...bytes.subarray(0, at), draw(256), ...bytes.subarray(at));
    default:
      return Uint8Array.from({ length: draw(draw(40) === 0 ? 3000 : 60) }, () => draw(256));
  }
}
