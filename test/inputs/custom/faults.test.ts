/** What the process of a check may send, and what must come of it. */

import { describe, expect, test } from "vitest";
import { createInput, createLinks } from "../../../src/inputs/custom/input.ts";
import { seconds } from "../../../src/model/time.ts";
import { LINE_BYTES_MAX, READINGS_MAX } from "../../../src/platform/check-words.ts";
import { LineReader, readCheckWord } from "../../../src/platform/read-check-word.ts";
import { readingsOf } from "../../conformance/input-suite.ts";
import { checkInstance, EMPTY_REPORT, FakeChecks, type Told } from "../../support/fake-check.ts";
import { FakeClock } from "../../support/fake-clock.ts";

function open() {
  const clock = new FakeClock();
  const checks = new FakeChecks();
  const input = createInput(checkInstance(), { clock, links: createLinks(clock, checks.start) });
  return { clock, checks, input, poll: () => clock.until(input.poll(new AbortController().signal)) };
}

function wordOf(report: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ run: 1, report: { ...EMPTY_REPORT, ...report } });
}

const SERIES = { kind: "gauge", name: "a", tags: [], unit: "" };
const READING = [0, 1, 5, null, 0];
const WELL = { series: [SERIES], readings: [READING] };

describe("a line that is no word of a check", () => {
  test("would be one without its fault", () => {
    expect(readCheckWord(wordOf(WELL))).toMatchObject({ run: 1, report: WELL });
  });

  const many = (count: number, what: unknown): unknown[] => Array.from({ length: count }, () => what);
  const text = "x".repeat(5000);
  const event = { title: "a", text: "", aggregationKey: "", tags: [], at: null, alertType: "info" };
  const serviceCheck = { name: "a", status: 0, tags: [], message: "" };
  test.each<[string, string]>([
    ["garbage", "\u0000\u0007}{"],
    ["nothing", ""],
    ["a word cut short", wordOf(WELL).slice(0, -9)],
    ["a word that ran into the next", wordOf(WELL).slice(0, -9) + wordOf(WELL)],
    ["another charset", Buffer.from(wordOf(WELL), "utf16le").toString("utf8")],
    ["a number that is none", wordOf(WELL).replace("[0,1,5", "[0,1e999,5")],
    ["a place that is none", wordOf({ ...WELL, readings: [[0.5, 1, 5, null, 0]] })],
    ["a count beyond all counting", wordOf({ lost: { ...EMPTY_REPORT.lost, flood: 1e300 } })],
    ["a name without letters", wordOf({ series: [{ ...SERIES, name: "" }] })],
    ["a name in two lines", wordOf({ series: [{ ...SERIES, name: "a\nb" }] })],
    ["a huge name", wordOf({ series: [{ ...SERIES, name: text }] })],
    ["a huge tag", wordOf({ series: [{ ...SERIES, tags: [text] }] })],
    ["a flood of tags", wordOf({ series: [{ ...SERIES, tags: many(101, "a:b") }] })],
    ["a flood of readings", wordOf({ ...WELL, readings: many(READINGS_MAX + 1, READING) })],
    ["a flood of events", wordOf({ events: many(101, event) })],
    ["a flood of service checks", wordOf({ serviceChecks: many(101, serviceCheck) })],
    ["a flood of warnings", wordOf({ warnings: many(22, "a") })],
    ["a huge warning", wordOf({ warnings: [text] })],
    ["a bell in what it prints", wordOf({ lines: ["a\u0007"] })],
    ["a huge error", wordOf({ error: text })],
    ["a huge reason", JSON.stringify({ failed: text.repeat(4) })],
  ])("is refused: %s", (_what, line) => {
    expect(readCheckWord(line)).toBeUndefined();
  });

  test("without end is given up before more is held than a line may have", () => {
    const reader = new LineReader();
    const chunk = Buffer.alloc(65_536, 120);
    let byteCount = 0;
    for (let isBounded = true; isBounded; byteCount += chunk.length) isBounded = reader.push(chunk, () => undefined);
    expect(byteCount).toBeLessThanOrEqual(LINE_BYTES_MAX + 2 * chunk.length);
    expect(reader.bytesHeld).toBe(0);
    const lines: string[] = [];
    reader.push(Buffer.from("one\ntw"), (line) => lines.push(line));
    reader.push(Buffer.from("o\n"), (line) => lines.push(line));
    expect(lines).toEqual(["one", "two"]);
  });
});

describe("numbers that are too large together", () => {
  test.each<[string, readonly Told[], readonly Told[]]>([
    ["what is counted", [], [1, 2].map(() => ({ kind: "count", name: "a", value: 1.7e308 }))],
    [
      "a counter",
      [{ kind: "monotonic", name: "a", value: -1.7e308 }],
      [{ kind: "monotonic", name: "a", value: 1.7e308 }],
    ],
    ["a rate", [{ kind: "rate", name: "a", value: 0, ageMs: 1 }], [{ kind: "rate", name: "a", value: 1.7e308 }]],
  ])("are left out and told of, and it goes on: %s", async (_what, first, second) => {
    const { checks, input, poll } = open();
    checks.tells(first);
    await poll();
    checks.tells(second);
    const { readings, dropped, faults } = await poll();
    expect([readings.count, dropped]).toEqual([0, { "out-of-range": 1 }]);
    expect(faults).toMatchObject([{ code: "INPUT_BAD_VALUE", points: ["a"] }]);
    expect(faults[0]?.message).toMatch(/^a grew by more than a number holds/u);
    checks.tells([{ kind: "gauge", name: "b", value: 1 }]);
    expect(readingsOf(input, await poll())).toEqual({ b: 1 });
  });
});

describe("moments", () => {
  test("that can be none are left out and told of, be they the reading's or its age", async () => {
    const { checks, poll } = open();
    const told = { kind: "gauge", name: "a", value: 1 } as const;
    checks.tells([
      { ...told, at: -1e12 },
      { ...told, at: 5 },
      { ...told, at: 8.64e15 },
      { ...told, ageMs: 1e300 },
    ]);
    const { readings, dropped, faults } = await poll();
    expect([readings.count, dropped]).toEqual([0, { "out-of-range": 4 }]);
    expect(faults[0]?.message).toMatch(/^a has a moment ahead of the clock or before 1973/u);
  });

  test("are those of the clock as it is, however it jumps, and rates are none of its business", async () => {
    const { clock, checks, input, poll } = open();
    checks.tells([{ kind: "rate", name: "turns", value: 100, ageMs: 8000 }]);
    await poll();
    for (const [index, by] of [-86_400, 400 * 86_400].entries()) {
      clock.jumpWall(seconds(by));
      checks.tells([
        { kind: "rate", name: "turns", value: 130 + 30 * index, ageMs: 2000 - 1000 * index },
        { kind: "gauge", name: "level", value: 1, ageMs: 500 },
      ]);
      const outcome = await poll();
      expect(readingsOf(input, outcome)).toEqual({ turns: index === 0 ? 5 : 30, level: 1 });
      for (const at of outcome.readings.at) expect(clock.now() - at).toBeLessThanOrEqual(2000);
    }
  });
});

describe("series that were never told", () => {
  test("have readings that are counted, and no more of them are kept than a process may number", async () => {
    const { checks, input, poll } = open();
    checks.play = (teller) => {
      const report = teller.report([{ kind: "gauge", name: "a", value: 1 }]);
      return {
        kind: "report",
        report: { ...report, readings: [...report.readings, [7, 1, 0, null, 0]] },
        receivedAt: 0,
      };
    };
    const outcome = await poll();
    expect([readingsOf(input, outcome), outcome.dropped]).toEqual([{ a: 1 }, { "series-limit": 1 }]);
    const flood = Array.from({ length: 9000 }, (_, index) => ({ kind: "gauge", name: `m${index}`, value: 1 }) as const);
    checks.tells(flood);
    const flooded = await poll();
    expect(flooded.readings.count).toBe(999);
    expect(flooded.dropped).toEqual({ "series-limit": 8001 });
  });
});
