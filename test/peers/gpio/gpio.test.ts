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

/** What is told of a line that was answered edge by edge. */
const WHOLE = { count: EDGES, last: EDGES, rising: EDGES / 2 };

/** What came of reading a line as an instance does. */
interface ReadLine {
  readonly last: Readonly<Record<string, number>>;
  readonly changes: number;
  readonly faults: readonly string[];
  readonly device: string;
}

const results = new Map<string, unknown>();
let board: Board | undefined;

/** What happens on the wires while a step of the guest runs. */
const STEPS: Readonly<Record<string, (board: Board) => Promise<unknown>>> = {
  "device-both": (wires) => wires.toggle(1, PACE),
  "device-rising": (wires) => wires.toggle(1, PACE),
  // The line bounces for a second and comes to rest.
  "device-debounced": async (wires) => {
    await wires.toggle(1, { edges: 51, perSecond: 50 });
    await delay(500);
  },
  "device-inverted": (wires) => wires.toggle(1, { edges: 11, perSecond: 50 }),
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
    await STEPS[step]?.(board);
    await board.set(SWITCH_LINE, 1);
    await delay(SWITCHED_MS);
    await board.set(SWITCH_LINE, 0);
  }
}, 300_000);

afterAll(async () => {
  await board?.[Symbol.asyncDispose]();
});

/** A kernel takes two edges for one when its processor has no time in between, as one that is emulated may have not. */
function expectNearlyAll(edges: number): void {
  expect(edges).toBeGreaterThan(0.9 * EDGES);
  expect(edges).toBeLessThanOrEqual(EDGES);
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

  test("tells each of 200 edges, at 50 in a second where the machine has the time", () => {
    expect(resultOf("device-answered")).toEqual({ way: "character-device", ...WHOLE });
  });

  test("counts 200 edges at 50 in a second, but for those that an emulated processor had no time for", () => {
    const { last, changes, faults, device } = resultOf<ReadLine>("device-both");
    expect(faults).toEqual([]);
    expect(last).toMatchObject({ missed: 0, state: 0 });
    expectNearlyAll(changes);
    expect(last["total"]).toBe(Math.ceil(changes / 2));
    expect(last["frequency"]).toBeGreaterThan(10);
    expect(last["frequency"]).toBeLessThan(30);
    expect(device).toBe("line 1 of 9030000.pl061, by the character device");
  });

  test("counts pulses by one edge of each", () => {
    const { last, faults } = resultOf<ReadLine>("device-rising");
    expect(faults).toEqual([]);
    expect(last["missed"]).toBe(0);
    expectNearlyAll(2 * (last["total"] ?? 0));
  });

  test("is debounced by the kernel: of 51 changes within a second one counts", () => {
    const { last, changes, faults } = resultOf<ReadLine>("device-debounced");
    expect(faults).toEqual([]);
    expect(last).toEqual({ total: 1, state: 1 });
    expect(changes).toBe(1);
  });

  test("is turned round where low counts as active", () => {
    const { last, changes } = resultOf<ReadLine>("device-inverted");
    // It was high before, and went down first.
    expect(last).toEqual({ total: 6, state: 1 });
    expect(changes).toBe(11);
  });

  test("keeps the newest edges where nobody reads in time, and their numbers tell how many are gone", () => {
    const { numbers, spans } = resultOf<{ numbers: number[]; spans: number[] }>("unread");
    const last = numbers.at(-1) ?? 0;
    expect(last).toBeGreaterThan(90);
    expect(last).toBeLessThanOrEqual(100);
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
  test("tells each of 200 edges, at 50 in a second where the machine has the time", () => {
    expect(resultOf("sysfs-answered")).toEqual({ way: "sysfs", ...WHOLE });
  });

  test("counts no edge that was not there, and those that came too fast as far as the level tells", () => {
    const { last, changes, device } = resultOf<ReadLine>("sysfs");
    const edges = changes + (last["missed"] ?? 0);
    expect(edges).toBeGreaterThan(EDGES / 4);
    expect(edges).toBeLessThanOrEqual(EDGES);
    expect(last["total"]).toBe(Math.ceil(edges / 2));
    expect(last["state"]).toBe(0);
    expect(device).toBe("line 2 of 9030000.pl061, by sysfs");
  });
});
