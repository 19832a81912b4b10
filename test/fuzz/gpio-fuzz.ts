/** Garbage among the events of a line, and in the files of sysfs, and what must hold whatever it is. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PollOutcome } from "../../src/model/input.ts";
import { millis } from "../../src/model/time.ts";
import type { LineEvents, LineWish } from "../../src/platform/gpio-line.ts";
import { openSysfsLine } from "../../src/platform/gpio-sysfs.ts";
import { LineBench } from "../inputs/gpio/line-bench.ts";
import { valuesOf } from "../support/polled-values.ts";
import { createSeededRandom } from "../support/seeded-random.ts";
import { heapAfterRest } from "./heap-after-rest.ts";
import { flawsOf } from "./outcome-flaws.ts";
import { spoilBytes } from "./spoil-bytes.ts";

/** What became of the line. */
export interface GpioFuzzReport {
  readonly polls: number;
  readonly pulses: number;
  readonly readings: number;
  /** How often it was closed because of what it told, and opened again. */
  readonly losses: number;
  /** Lines of sysfs that were not opened because of what stood in the files. */
  readonly refused: number;
  /** By how much the heap was larger after the last poll than after the first tenth. Units: bytes. */
  readonly heapGrowth: number;
  /** What must not be, in words; empty where all is well. */
  readonly findings: readonly string[];
}

const FINDINGS_MAX = 10;
const EVENT_BYTES = 48;

/** Readings that wait for a poll at most. */
const READINGS_MAX = 5016;

/** Edges that garbage may pass for at most: those that nobody saw. */
const PASSED_MAX = 1_100_000;

type Draw = (below: number) => number;

/** Polls a line `count` times. The same seed draws the same events. */
export async function fuzzGpio(seed: number, count: number): Promise<GpioFuzzReport> {
  const { next } = createSeededRandom(seed);
  const draw: Draw = (below) => Math.floor(below * next());
  const bench = new LineBench({ measure: ["state", "pulses", "frequency", "duty", "on_time", "missed"] });
  const report = { polls: 0, pulses: 0, readings: 0, losses: 0, refused: 0, findings: [] as string[] };
  using folder = makeFolder();
  await bench.open();
  let total = 0;
  let hasPassed = false;
  let heapBefore = 0;
  for (; report.polls < count && report.findings.length < FINDINGS_MAX; report.polls += 1) {
    if (report.polls === Math.floor(count / 10)) heapBefore = heapAfterRest();
    const [made, garbage] = await playLine(bench, draw);
    report.pulses += made;
    const outcome = await bench.poll();
    report.readings += outcome.readings.count;
    report.losses += outcome.events?.length ?? 0;
    const values = valuesOf(bench.input, outcome);
    const told = values["total"]?.[0];
    const bounds = { now: bench.clock.now(), seriesMax: 6, readingsMax: READINGS_MAX };
    const flaws = [...flawsOf(bench.input, outcome, bounds), ...wrongIn(values, bench.clock.monotonic())];
    const grown = (told ?? total) - total;
    const isLost = (outcome.events ?? []).length > 0;
    const most = made + (garbage === undefined ? 0 : PASSED_MAX);
    // What passed for an event makes those that follow it look like garbage, and the line is lost with them.
    const least = isLost && hasPassed ? 0 : made;
    if (told !== undefined && (grown < least || grown > most)) flaws.push(`${made} pulses became ${grown}`);
    hasPassed = garbage !== undefined || (hasPassed && !isLost);
    if (told === undefined && !hasReason(outcome)) flaws.push("no total");
    total = told ?? total;
    report.findings.push(...flaws.map((flaw) => `${flaw}, by ${garbage?.toString("hex") ?? "nothing"}`));
    if (report.polls % 10 === 0) fuzzSysfs(folder.path, draw, report);
  }
  await bench.input[Symbol.asyncDispose]();
  return { ...report, heapGrowth: heapAfterRest() - heapBefore };
}

/** Gives how many pulses there were, all of them told before the garbage, and that. */
async function playLine(bench: LineBench, draw: Draw): Promise<[number, Buffer | undefined]> {
  const { line, clock } = bench;
  // What happens on a line that nobody has open is not counted.
  if (line.isClosed) return [0, undefined];
  const made = draw(draw(50) === 0 ? 3000 : 40);
  const events: Uint8Array[] = [];
  for (let pulse = 0; pulse < made; pulse += 1) {
    line.pulse();
    if (pulse % 8 === 7) await clock.advance(millis(draw(30)));
  }
  await clock.advance(millis(50));
  if (draw(3) > 0) return [made, undefined];
  for (let count = 1 + draw(4); count > 0; count -= 1) events.push(drawEvent(clock.monotonic(), draw));
  const whole = Buffer.concat(events);
  const garbage = draw(2) === 0 ? spoilBytes(whole, draw) : whole;
  // What a descriptor gives in one go is never more than it is asked for.
  line.push(garbage.subarray(0, 200 * EVENT_BYTES));
  await clock.advance(millis(draw(60)));
  return [made, garbage];
}

/** An event of which nothing fits but its size. */
function drawEvent(now: number, draw: Draw): Uint8Array {
  const bytes = Buffer.alloc(EVENT_BYTES);
  const at = [Math.round(now * 1e6), draw(1e9), 2 ** 50, Math.round((now + draw(5000) - 2500) * 1e6)][draw(4)] ?? 0;
  bytes.writeBigUInt64LE(draw(9) === 0 ? 2n ** 64n - 1n : BigInt(at), 0);
  bytes.writeUInt32LE(draw(9) === 0 ? draw(2 ** 32) : 1 + draw(2), 8);
  bytes.writeUInt32LE([draw(2 ** 32), draw(100), 2 ** 32 - 1, 0][draw(4)] ?? 0, 20);
  return bytes;
}

/** Values that cannot be. Units: milliseconds. */
function wrongIn(values: Readonly<Record<string, readonly number[]>>, elapsed: number): readonly string[] {
  const limits = { state: 1, duty: 100, "on-time": elapsed / 1000, frequency: 1e9, missed: Number.MAX_SAFE_INTEGER };
  return Object.entries(limits).flatMap(([name, most]) =>
    (values[name] ?? []).filter((value) => !(value >= 0 && value <= most)).map((value) => `${name} is ${value}`),
  );
}

function hasReason({ faults, isReachable }: PollOutcome): boolean {
  return !isReachable && faults.length > 0;
}

const WISH: LineWish = { bias: "as-is", isInverted: false, debounceMs: 0, edges: "both" };
const FILES = { label: "pinctrl-bcm2711\n", base: "512\n", ngpio: "58\n" };

/** Opens a line by spoilt files, and tells levels of it. */
function fuzzSysfs(folder: string, draw: Draw, report: { refused: number; findings: string[] }): void {
  const spoilt = Object.keys(FILES)[draw(3)] ?? "label";
  for (const [name, text] of Object.entries(FILES)) {
    const bytes = name === spoilt ? spoilBytes(Buffer.from(text), draw) : Buffer.from(text);
    writeFileSync(join(folder, "gpiochip512", name), bytes);
  }
  const place = { chips: ["pinctrl-bcm2711"], line: 17, inWords: "pin 11 (line 17)" };
  const complain = (what: string): void => void report.findings.push(`sysfs with another ${spoilt}: ${what}`);
  let tell: (error: Error | null, value: number) => void = () => undefined;
  let last = 0;
  const events: LineEvents = {
    onEdges: ({ number, isRising, count }) => {
      for (let row = 0; row < count; row += 1) {
        const [edge = 0, rises = 2] = [number[row], isRising[row]];
        if (edge <= last || edge > last + 2 || rises > 1) complain(`the edge ${edge} after ${last}`);
        last = edge;
      }
    },
    onClose: () => undefined,
  };
  const create = (number: number) => {
    if (!Number.isSafeInteger(number) || number < 17) complain(`opened the line ${number}`);
    const watch = (listener: typeof tell): void => {
      tell = listener;
    };
    return { readSync: () => 0, watch, ...NOTHING };
  };
  try {
    const line = openSysfsLine(create, place, WISH, events, new LineBench().clock, folder);
    for (let told = 0; told < 20; told += 1) {
      tell(draw(15) === 0 ? new Error("EIO") : null, draw(10) === 0 ? drawLevel(draw) : draw(2));
    }
    line.close();
  } catch (error) {
    report.refused += 1;
    const message = error instanceof Error ? error.message : "";
    const isOurs = error instanceof Error && error.name === "GatewayError";
    if (!isOurs || message.length > 1000 || /[\p{Cc}\uFFFD]/u.test(message))
      complain(`threw ${JSON.stringify(message)}`);
  }
}

const NOTHING = { unwatchAll: () => undefined, unexport: () => undefined };

function drawLevel(draw: Draw): number {
  return [Number.NaN, -1, 0.5, 1e9, Number.POSITIVE_INFINITY][draw(5)] ?? 0;
}

function makeFolder(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), "tidegate-gpio-fuzz-"));
  mkdirSync(join(path, "gpiochip512"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}
