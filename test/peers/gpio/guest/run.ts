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
import type { LineEvents, LinePlace, LineWish } from "../../../../src/platform/gpio-line.ts";
import { listSysfsChips, SYSFS_GPIO } from "../../../../src/platform/gpio-sysfs.ts";
import { createGpioOpener, surveyGpio } from "../../../../src/platform/open-gpio-line.ts";
import { systemClock } from "../../../../src/platform/system-clock.ts";

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
    await new Promise<void>((resolve) => clock.after("step", 500 as Millis, resolve));
    await during();
  }
}

/** Reads a line as an instance does, until the step ends. */
async function readInput(name: string, settings: object): Promise<void> {
  const instance = {
    ...{ check: "gpio", name, file: "gpio.yaml", line: 1, tags: [], namespace: "", interval: 500 as Millis },
    settings: parse(gpioSettings, { chip: CHIP, ...settings }),
  };
  await using input = createInput(instance, { clock, links: createLinks(clock) });
  const last: Record<string, number> = {};
  let levels = 0;
  const faults: string[] = [];
  const poll = async (): Promise<void> => {
    const outcome = await input.poll(signal);
    const { readings } = outcome;
    for (let row = 0; row < readings.count; row += 1) {
      const point = input.points[readings.point[row] ?? 0]?.name ?? "";
      last[point] = readings.value[row] ?? Number.NaN;
      if (point === "state") levels += 1;
    }
    faults.push(...outcome.faults.map(({ message }) => message));
  };
  await poll();
  levels = 0;
  let polls = 0;
  await step(name, async () => {
    polls += 1;
    await poll();
  });
  tell({ step: name, result: { last, changes: levels - polls, faults, device: input.describeDevice?.() } });
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
  const line = await createGpioOpener(way)(placeOf(2), PLAIN, events, clock);
  await step(name, () => undefined);
  tell({ step: name, result: { way: line.way, count: numbers.length, last: numbers.at(-1), rising } });
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

await readInput("device-both", { gpio: 1, measure: ["state", "pulses", "frequency", "missed"] });
await readInput("device-rising", { gpio: 1, measure: ["pulses", "missed"] });
await readInput("device-debounced", { gpio: 1, measure: ["state", "pulses"], debounce: 100 });
await readInput("device-inverted", { gpio: 1, measure: ["state", "pulses"], invert: true });
await readInput("sysfs", { gpio: 2, measure: ["state", "pulses", "missed"], back_end: "sysfs" });
await answerEdges("sysfs-answered", "sysfs");
await answerEdges("device-answered", "character-device");

// The kernel keeps 16 edges here, and nobody reads for as long as the edges come.
const numbers: number[] = [];
const stamps: number[] = [];
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
const nap = (): unknown => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
while (switchLine.isActive()) nap();
tell({ step: "unread" });
while (!switchLine.isActive()) nap();
few.drain();
tell({ step: "unread", result: { numbers, spans: stamps.slice(1).map((at, index) => at - (stamps[index] ?? 0)) } });
few.close();
process.exit(0);
