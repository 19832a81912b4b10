/**
 * Both back ends on a real GPIO chip, as far as an emulated board has one: the kernel, its driver and its interrupts
 * are those of boards, and the levels of the lines are changed from outside.
 */

import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { GpioSurvey } from "../../../src/platform/open-gpio-line.ts";
import { Board } from "./board.ts";
import { prepareBoard } from "./board-files.ts";

const SWITCH_LINE = 7;
/** A guest that reads nothing looks at the switch now and then. Units: milliseconds. */
const SWITCHED_MS = 500;

const EDGES = 200;
const PACE = { edges: EDGES, perSecond: 50 };

/** More than the kernel keeps for one who does not read, of both edges and of the rising ones alone. */
const FLOOD = { both: 1200, rising: 2200 };
/** How many of them it keeps. Source: Linux, include/uapi/linux/gpio.h, `event_buffer_size`. */
const KEPT = 1024;

/** What is told of a line that was answered edge by edge. */
const WHOLE = { interrupts: EDGES, count: EDGES, last: EDGES, rising: EDGES / 2 };

/** What the kernel of the board counted of a line. */
interface Counted {
  readonly interrupts: number;
  /** Edges that it put into the queue that we read. */
  readonly queued: number;
}

/** What came of reading a line as an instance does. */
interface ReadLine {
  readonly last: Readonly<Record<string, number>>;
  /** Changes of the level that were told one by one. */
  readonly seen: number;
  readonly dropped: number;
  readonly frequencies: readonly number[];
  readonly faults: readonly string[];
  readonly device: string;
  readonly counted: Counted;
  /** What `onoff` told, where it did. */
  readonly levels?: readonly number[];
}

/** What came of edges that nobody read in time. */
interface Unread {
  readonly numbers: readonly number[];
  /** Units: milliseconds from one to the next. */
  readonly spans: readonly number[];
  readonly counted: Counted;
}

const results = new Map<string, unknown>();
/** How many edges came in a second, by the step. */
const paces = new Map<string, number>();
let board: Board | undefined;

/** What happens on the wires while a step of the guest runs; gives how many edges came in a second. */
const STEPS: Readonly<Record<string, (board: Board) => Promise<number>>> = {
  "device-both": (wires) => wires.toggle(1, PACE),
  "device-rising": (wires) => wires.toggle(1, PACE),
  // The line bounces for a second and comes to rest.
  "device-debounced": async (wires) => {
    const pace = await wires.toggle(1, { edges: 51, perSecond: 50 });
    await delay(500);
    return pace;
  },
  "device-inverted": (wires) => wires.toggle(1, { edges: 11, perSecond: 50 }),
  "device-asleep": (wires) => wires.toggle(1, { edges: FLOOD.both, perSecond: 200 }),
  "rising-asleep": (wires) => wires.toggle(1, { edges: FLOOD.rising, perSecond: 400 }),
  sysfs: (wires) => wires.toggle(2, PACE),
  "sysfs-answered": (wires) => wires.toggle(2, { ...PACE, isEchoed: true }),
  "device-answered": (wires) => wires.toggle(2, { ...PACE, isEchoed: true }),
  unread: (wires) => wires.toggle(1, { edges: 100, perSecond: 50 }),
};

beforeAll(async () => {
  board = await Board.start(prepareBoard());
  for await (const { step, result } of board.told()) {
    if (result !== undefined) {
      results.set(step, result);
      continue;
    }
    const drive = STEPS[step];
    if (drive !== undefined) paces.set(step, await drive(board));
    await board.set(SWITCH_LINE, 1);
    await delay(SWITCHED_MS);
    await board.set(SWITCH_LINE, 0);
  }
}, 300_000);

afterAll(async () => {
  await board?.[Symbol.asyncDispose]();
  for (const [step, pace] of paces)
    process.stdout.write(`${step}: ${pace.toFixed(1)} edges a second${booksOf(step)}\n`);
});

/** What became of the edges of a step, for whoever reads the run. */
function booksOf(step: string): string {
  const read = results.get(step) as Partial<ReadLine> | undefined;
  if (read?.counted === undefined || read.last === undefined) return "";
  const { interrupts, queued } = read.counted;
  const ours = `we read ${read.seen} and know of ${read.last["missed"] ?? 0} more`;
  if (read.levels !== undefined) return `, ${interrupts} interrupts, ${read.levels.length} looks at the level; ${ours}`;
  // What is debounced comes into the queue another way, which is not counted.
  if (queued === 0) return `, ${interrupts} interrupts; ${ours}`;
  return `, ${interrupts} interrupts, ${queued} queued, ${interrupts - queued} taken for one with another; ${ours}`;
}

/**
 * Holds the books of a line whose both edges are told: each edge that was driven is an interrupt, since the next came
 * only when the chip was rid of it; and each that the kernel queued was read, or is known to be lost. Between the two
 * the kernel takes edges for one, where an emulated processor has no time to queue the first before the second comes.
 */
function expectBooks({ counted, seen, last, dropped }: ReadLine, driven: number): void {
  expect(counted.interrupts).toBe(driven);
  expect(counted.queued).toBeLessThanOrEqual(driven);
  expect(seen + (last["missed"] ?? 0)).toBe(counted.queued);
  expect(dropped).toBe(last["missed"] ?? 0);
  expect(last["total"]).toBe(Math.ceil(counted.queued / 2));
}

function resultOf<T>(step: string): T {
  const result = results.get(step);
  if (result === undefined) throw new Error(`the board told nothing of ${step}; its console:\n${board?.console}`);
  return result as T;
}

describe("a line by the character device", () => {
  test("is what is used where the kernel has it", () => {
    const { way, chips } = resultOf<GpioSurvey>("survey");
    expect(way).toBe("character-device");
    expect(chips).toEqual(["9030000.pl061"]);
  });

  test("tells each of 200 edges of which the next waits for the answer to the one before", () => {
    expect(resultOf("device-answered")).toEqual({ way: "character-device", ...WHOLE });
  });

  test("accounts for each of 200 edges at 50 in a second, whether the machine has the time or not", () => {
    const read = resultOf<ReadLine>("device-both");
    expectBooks(read, EDGES);
    expect(read.faults).toEqual([]);
    expect(read.last).toMatchObject({ missed: 0, state: 0 });
    const inTheMiddle = read.frequencies.toSorted((one, other) => one - other)[read.frequencies.length >> 1];
    expect(inTheMiddle).toBeGreaterThan(10);
    expect(inTheMiddle).toBeLessThan(30);
    expect(read.device).toBe("line 1 of 9030000.pl061, by the character device");
  });

  test("counts pulses by one edge of each, and each that the kernel queued", () => {
    const { last, faults, counted } = resultOf<ReadLine>("device-rising");
    expect(faults).toEqual([]);
    expect(counted.interrupts).toBe(EDGES / 2);
    expect(last).toEqual({ total: counted.queued, missed: 0 });
  });

  test("counts to the edge what the kernel lost while the gateway stood still, and its total is whole", () => {
    const read = resultOf<ReadLine>("device-asleep");
    expectBooks(read, FLOOD.both);
    const lost = read.counted.queued - KEPT;
    expect(lost).toBeGreaterThan(0);
    expect(read.seen).toBe(KEPT);
    expect(read.last["missed"]).toBe(lost);
    expect(read.faults).toEqual([expect.stringContaining(`one by one; ${lost} of them are dropped`)]);
  });

  test("counts pulses to the last where the kernel lost their edges", () => {
    const { last, counted, faults } = resultOf<ReadLine>("rising-asleep");
    expect(counted.interrupts).toBe(FLOOD.rising / 2);
    expect(counted.queued).toBeGreaterThan(KEPT);
    expect(last).toEqual({ total: counted.queued, missed: counted.queued - KEPT });
    expect(faults).toEqual([]);
  });

  test("is debounced by the kernel: of 51 changes within a second one counts", () => {
    const { last, seen, faults, counted } = resultOf<ReadLine>("device-debounced");
    expect(faults).toEqual([]);
    expect(counted.interrupts).toBe(51);
    expect(last).toEqual({ total: 1, state: 1 });
    expect(seen).toBe(1);
  });

  test("is turned round where low counts as active", () => {
    const read = resultOf<ReadLine>("device-inverted");
    // It was high before, and went down first.
    expectBooks(read, 11);
    expect(read.last["state"]).toBe(1);
  });

  test("keeps the newest edges where nobody reads in time, and their numbers tell how many are gone", () => {
    const { numbers, spans, counted } = resultOf<Unread>("unread");
    expect(counted.interrupts).toBe(100);
    const last = counted.queued;
    expect(last).toBeGreaterThan(16);
    expect(numbers).toEqual(Array.from({ length: 16 }, (_, index) => last - 15 + index));
    // All are read at once, long after; each has the moment the kernel saw it.
    expect(spans.reduce((sum, span) => sum + span, 0)).toBeGreaterThan(100);
  });

  test("says who has a line, and which lines there are", () => {
    expect(resultOf<string>("taken-by-us")).toBe(
      'GPIO 7 is in use: line 7 of 9030000.pl061 belongs to "tidegate". Stop that, or read another line.',
    );
    expect(resultOf<string>("no-such-line")).toMatch(/its lines are 0 to 7/u);
  });
});

describe("a line by sysfs", () => {
  test("tells each of 200 edges of which the next waits for the answer to the one before", () => {
    expect(resultOf("sysfs-answered")).toEqual({ way: "sysfs", ...WHOLE });
  });

  test("counts the least that the levels imply which it was woken for, of 200 edges at 50 in a second", () => {
    const { last, seen, levels = [], counted, device } = resultOf<ReadLine>("sysfs");
    expect(counted.interrupts).toBe(EDGES);
    expect(levels.length).toBeGreaterThan(0);
    const least = levels.reduce((sum, level, at) => sum + (level === (levels[at - 1] ?? 0) ? 2 : 1), 0);
    expect(seen + (last["missed"] ?? 0)).toBe(least);
    expect(last["total"]).toBe(Math.ceil(least / 2));
    // What was never seen came and went between two looks, and so in pairs.
    expect(least).toBeLessThanOrEqual(EDGES);
    expect((EDGES - least) % 2).toBe(0);
    expect(last["state"]).toBe(0);
    expect(device).toBe("line 2 of 9030000.pl061, by sysfs");
  });
});
