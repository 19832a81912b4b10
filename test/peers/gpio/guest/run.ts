/**
 * Runs on the emulated board: reads lines of its real GPIO chip by both back ends, and tells on the console what came
 * of it. A step begins when it is told, and ends with a pulse on the line that the steps are switched by.
 */

import { existsSync, writeFileSync } from "node:fs";
import { parse } from "valibot";
import { createInput, createLinks } from "../../../../src/inputs/gpio/input.ts";
import { gpioSettings } from "../../../../src/inputs/gpio/spec.ts";
import type { Clock, Millis } from "../../../../src/model/time.ts";
import { openCdevLine } from "../../../../src/platform/gpio-cdev.ts";
import { findGpioKernel } from "../../../../src/platform/gpio-kernel.ts";
import type { LineEvents, LinePlace, LineWish, OpenGpioLine } from "../../../../src/platform/gpio-line.ts";
import { type FindOnOff, findOnOff, listSysfsChips, SYSFS_GPIO } from "../../../../src/platform/gpio-sysfs.ts";
import { createGpioOpener, surveyGpio } from "../../../../src/platform/open-gpio-line.ts";
import { systemClock } from "../../../../src/platform/system-clock.ts";
import { countsBetween, countsOf, startCounting } from "./kernel-counts.ts";

const CHIP = "9030000.pl061";

/** A line whose rising edge ends a step. */
const SWITCH_LINE = 7;

/** A line that is driven, to answer edges. */
const ECHO_LINE = 6;

const clock: Clock = systemClock;
const signal = new AbortController().signal;
const found = await findGpioKernel();
if (typeof found === "string") throw new Error(found);
const kernel = found;

let endStep = (): void => undefined;
const placeOf = (line: number): LinePlace => ({ chips: [CHIP], line, inWords: `${line}` });
const PLAIN: LineWish = { bias: "as-is", isInverted: false, debounceMs: 0, edges: "both" };
const nothing: LineEvents = { onEdges: () => undefined, onClose: (reason) => tell({ step: "lost", result: reason }) };

const switchLine = await openCdevLine(
  kernel,
  placeOf(SWITCH_LINE),
  { ...PLAIN, edges: "rising" },
  { ...nothing, onEdges: () => endStep() },
  clock,
);

function tell(what: object): void {
  process.stdout.write(`@@ ${JSON.stringify(what)}\n`);
}

/** Runs a step; `during` is called each half second, and once more at its end. */
async function step(name: string, during: () => Promise<void> | void): Promise<void> {
  let isOver = false;
  endStep = () => {
    isOver = true;
  };
  tell({ step: name });
  while (!isOver) {
    await pause();
    await during();
  }
}

/** Runs a step while nothing is read, as where a gateway is too busy for it. */
function sleepThrough(name: string): void {
  endStep = () => undefined;
  const nap = (): unknown => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
  while (switchLine.isActive()) nap();
  tell({ step: name });
  while (!switchLine.isActive()) nap();
  while (switchLine.isActive()) nap();
  switchLine.drain();
}

/** Also long enough for what came before the end of a step, and is still on its way, to come. */
function pause(): Promise<void> {
  return new Promise((resolve) => clock.after("step", 500 as Millis, resolve));
}

/** The keys of an instance. */
interface Keys {
  readonly gpio: number;
  readonly [key: string]: unknown;
}

/** How a line is read as an instance does. */
interface Reading {
  readonly openLine?: OpenGpioLine;
  /** Whether nothing is read until the step is over. */
  readonly isAsleep?: true;
}

/** Reads a line as an instance does, until the step ends. */
async function readInput(name: string, settings: Keys, { openLine, isAsleep }: Reading = {}) {
  const instance = {
    ...{ check: "gpio", name, file: "gpio.yaml", line: 1, tags: [], namespace: "", interval: 500 as Millis },
    settings: parse(gpioSettings, { chip: CHIP, ...settings }),
  };
  const before = countsOf(CHIP, settings.gpio);
  await using input = createInput(instance, { clock, links: createLinks(clock, openLine) });
  const last: Record<string, number> = {};
  const frequencies: number[] = [];
  const faults: string[] = [];
  let levels = 0;
  let dropped = 0;
  let polls = 0;
  const poll = async (): Promise<void> => {
    polls += 1;
    const outcome = await input.poll(signal);
    const { readings } = outcome;
    for (let row = 0; row < readings.count; row += 1) {
      const point = input.points[readings.point[row] ?? 0]?.name ?? "";
      const value = readings.value[row] ?? Number.NaN;
      last[point] = value;
      if (point === "state") levels += 1;
      if (point === "frequency") frequencies.push(value);
    }
    dropped += outcome.dropped?.backpressure ?? 0;
    faults.push(...outcome.faults.map(({ message }) => message));
  };
  await poll();
  if (isAsleep) sleepThrough(name);
  else await step(name, poll);
  await pause();
  await poll();
  const counted = countsBetween(before, countsOf(CHIP, settings.gpio));
  const device = input.describeDevice?.();
  // Each poll tells the level too.
  const seen = levels > 0 ? levels - polls : (last["total"] ?? 0) - (last["missed"] ?? 0);
  return { last, seen, dropped, frequencies, faults, device, counted };
}

async function tellOfInput(name: string, settings: Keys, reading?: Reading): Promise<void> {
  tell({ step: name, result: await readInput(name, settings, reading) });
}

/** Reads a line by sysfs, and notes what `onoff` said of it. */
async function tellOfSysfs(name: string, settings: Keys): Promise<void> {
  const levels: number[] = [];
  const find: FindOnOff = async () => {
    const create = await findOnOff();
    if (typeof create === "string") return create;
    return (number, options) => {
      const line = create(number, options);
      line.watch((_error, level) => levels.push(level));
      return line;
    };
  };
  const read = await readInput(name, settings, { openLine: createGpioOpener("sysfs", { findOnOff: find }) });
  tell({ step: name, result: { ...read, levels } });
}

/** Reads a line, and answers each edge on another one. */
async function answerEdges(name: string, way: "character-device" | "sysfs"): Promise<void> {
  const base = listSysfsChips().find(({ label }) => label === CHIP)?.base ?? 0;
  const echo = `${SYSFS_GPIO}/gpio${base + ECHO_LINE}`;
  if (!existsSync(echo)) writeFileSync(`${SYSFS_GPIO}/export`, String(base + ECHO_LINE));
  writeFileSync(`${echo}/direction`, "out");
  const numbers: number[] = [];
  let rising = 0;
  const events: LineEvents = {
    ...nothing,
    onEdges: ({ number, isRising, count }) => {
      numbers.push(...number.subarray(0, count));
      for (const each of isRising.subarray(0, count)) rising += each;
      writeFileSync(`${echo}/value`, String(numbers.length % 2));
    },
  };
  const before = countsOf(CHIP, 2);
  const line = await createGpioOpener(way)(placeOf(2), PLAIN, events, clock);
  await step(name, () => undefined);
  const { interrupts } = countsBetween(before, countsOf(CHIP, 2));
  tell({ step: name, result: { way: line.way, interrupts, count: numbers.length, last: numbers.at(-1), rising } });
  line.close();
}

async function failureOf(line: number, settings: object = {}): Promise<string> {
  const wish = { ...PLAIN, ...settings };
  try {
    (await createGpioOpener("character-device")(placeOf(line), wish, nothing, clock)).close();
    return "";
  } catch (cause) {
    return cause instanceof Error ? cause.message : String(cause);
  }
}

tell({ step: "survey", result: await surveyGpio() });
tell({ step: "taken-by-us", result: await failureOf(SWITCH_LINE) });
tell({ step: "no-such-line", result: await failureOf(8) });

startCounting();
await tellOfInput("device-both", { gpio: 1, measure: ["state", "pulses", "frequency", "missed"] });
await tellOfInput("device-rising", { gpio: 1, measure: ["pulses", "missed"] });
await tellOfInput("device-debounced", { gpio: 1, measure: ["state", "pulses"], debounce: 100 });
await tellOfInput("device-inverted", { gpio: 1, measure: ["state", "pulses"], invert: true });
await tellOfInput("device-asleep", { gpio: 1, measure: ["state", "pulses", "missed"] }, { isAsleep: true });
await tellOfInput("rising-asleep", { gpio: 1, measure: ["pulses", "missed"] }, { isAsleep: true });
await tellOfSysfs("sysfs", { gpio: 2, measure: ["state", "pulses", "missed"], back_end: "sysfs" });
await answerEdges("sysfs-answered", "sysfs");
await answerEdges("device-answered", "character-device");

// The kernel keeps 16 edges here.
const numbers: number[] = [];
const stamps: number[] = [];
const before = countsOf(CHIP, 1);
const few = await openCdevLine(
  kernel,
  placeOf(1),
  PLAIN,
  {
    ...nothing,
    onEdges: ({ number, at, count }) => {
      numbers.push(...number.subarray(0, count));
      stamps.push(...at.subarray(0, count));
    },
  },
  clock,
  16,
);
sleepThrough("unread");
few.drain();
const spans = stamps.slice(1).map((at, index) => at - (stamps[index] ?? 0));
tell({ step: "unread", result: { numbers, spans, counted: countsBetween(before, countsOf(CHIP, 1)) } });
few.close();
process.exit(0);
