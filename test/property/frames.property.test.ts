import fc from "fast-check";
import { expect, test } from "vitest";
import { FrameSplitter, frameBytesMax } from "../../src/decode/frames/frame-splitter.ts";
import type { ChecksumRule, FramingRule } from "../../src/model/serial-profile.ts";

const RULES: readonly FramingRule[] = [
  { type: "delimiter", ends: [[13], [10]], start: [], trailer: 0, lengthMax: 8 },
  { type: "delimiter", ends: [[13, 10]], start: [], trailer: 0, lengthMax: 9 },
  { type: "delimiter", ends: [[13, 10]], start: [], trailer: 1, lengthMax: 9 },
  { type: "delimiter", ends: [[3]], start: [2], trailer: 0, lengthMax: 8 },
  { type: "delimiter", ends: [[3], [13, 10]], start: [2, 10], trailer: 2, lengthMax: 10 },
  { type: "fixed", start: [], length: 4 },
  { type: "fixed", start: [2, 3], length: 5 },
  { type: "length", start: [2], offset: 1, size: 1, order: "high-byte-first", adds: 2, lengthMax: 9 },
  { type: "length", start: [], offset: 0, size: 2, order: "low-byte-first", adds: 0, lengthMax: 9 },
  { type: "silence", gapMs: 50, lengthMax: 9 },
];

const checksum: ChecksumRule = { type: "xor8", from: 0, to: -1, at: -1, spelling: "raw", order: "high-byte-first" };

/** Few bytes, so that starts, ends and lengths come often. */
const byte = fc.constantFrom(0, 1, 2, 3, 4, 10, 13, 65);

/** Runs of bytes with silences in between: whole frames, and all kinds of other bytes. */
function trafficOf(rule: FramingRule, isChecked: boolean) {
  const good = fc.constant(goodFrame(rule, isChecked));
  const parts = fc.oneof(fc.array(byte, { maxLength: 20 }), good, good);
  const run = fc.array(parts, { maxLength: 5 }).map((each) => each.flat());
  return fc.array(fc.oneof(run, good), { minLength: 1, maxLength: 4 });
}

/** Looks for the one byte of payload with which the last byte of a frame is its checksum. */
function goodFrame(rule: FramingRule, isChecked: boolean): number[] {
  const withPayload = (payload: number): number[] => {
    switch (rule.type) {
      case "delimiter":
        return [...rule.start, 1, payload, ...(rule.ends[0] ?? []), ...Array<number>(rule.trailer).fill(65)];
      case "fixed":
        return [...rule.start, payload, ...Array<number>(rule.length - rule.start.length - 1).fill(65)];
      case "length":
        return rule.start.length === 0 ? [4, 0, payload, 65] : [...rule.start, 2, payload, 65];
      case "silence":
        return [payload, 65];
    }
  };
  const frames = Array.from({ length: 256 }, (_, payload) => withPayload(payload));
  const found = frames.find((frame) => !isChecked || frame.reduce((xor, each) => xor ^ each, 0) === 0);
  return found ?? [];
}

const sizes = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1 });

function split(rule: FramingRule, isChecked: boolean, runs: readonly number[][], chunkSizes: readonly number[]) {
  const splitter = new FrameSplitter(rule, isChecked ? checksum : undefined);
  const found: string[] = [];
  let longest = 0;
  let heldMost = 0;
  const take = (frame: Uint8Array, content: Uint8Array): void => {
    found.push(`${[...frame]} with ${[...content]}`);
    longest = Math.max(longest, frame.length);
  };
  for (const run of runs) {
    for (let start = 0, turn = 0; start < run.length; turn += 1) {
      const end = start + (chunkSizes[turn % chunkSizes.length] ?? 1);
      splitter.push(Uint8Array.from(run.slice(start, end)), take);
      heldMost = Math.max(heldMost, splitter.bytesHeld);
      start = end;
    }
    splitter.fallSilent(take);
  }
  expect(Math.max(longest, heldMost)).toBeLessThanOrEqual(frameBytesMax(rule));
  const { noiseBytes, brokenCount, endlessCount, cutShortCount, bytesHeld } = splitter;
  return { found, noiseBytes, brokenCount, endlessCount, cutShortCount, bytesHeld };
}

test.each(RULES.flatMap((rule) => [false, true].map((isChecked) => ({ rule, isChecked }))))(
  "however the bytes are cut, the same frames are found: %j",
  ({ rule, isChecked }) => {
    let frames = 0;
    fc.assert(
      fc.property(trafficOf(rule, isChecked), sizes, (runs, chunkSizes) => {
        const whole = split(rule, isChecked, runs, [1000]);
        expect(split(rule, isChecked, runs, chunkSizes)).toEqual(whole);
        expect(split(rule, isChecked, runs, [1])).toEqual(whole);
        frames += whole.found.length;
      }),
      { numRuns: 100 },
    );
    expect(frames).toBeGreaterThan(20);
  },
);
