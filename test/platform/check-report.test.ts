import { describe, expect, test } from "vitest";
import { CheckReport } from "../../src/platform/check-report.ts";
import { READINGS_MAX } from "../../src/platform/check-words.ts";

function start(seriesMax = 1000): CheckReport {
  return new CheckReport({ file: "/x.ts", name: "x", initConfig: {}, instance: {}, seriesMax });
}

const LONG = "x".repeat(100_000);

describe("what breaks a rule", () => {
  test.each<[string, unknown[], RegExp]>([
    ["a value that is NaN", ["gauge", "a", Number.NaN], /^gauge of a: the value is NaN, expected a finite number\.$/],
    ["an endless value", ["rate", "a", Number.NEGATIVE_INFINITY], /the value is -Infinity/],
    ["a value that is a word", ["count", "a", "twelve"], /the value is "twelve"/],
    ["an empty value", ["gauge", "a", " "], /the value is " "/],
    ["a value that is an object", ["gauge", "a", {}], /the value is an object/],
    ["no value", ["monotonic", "a", undefined], /^monotonicCount of a: the value is undefined/],
    ["a symbol for a value", ["gauge", "a", Symbol("x")], /the value is Symbol\(x\)/],
    ["a huge text for a value", ["gauge", "a", LONG], /the value is "x+\.\.\."/],
    ["an empty name", ["gauge", "", 1], /the name is "", expected a text of 1 to 200 characters/],
    ["a name that is none", ["gauge", 7, 1], /^gauge of 7: the name is 7/],
    ["a name that is too long", ["gauge", LONG, 1], /the name is "x+\.\.\."/],
    ["a line break in a name", ["gauge", "a\nb", 1], /the name is "a\\nb"/],
    ["options that are a list", ["gauge", "a", 1, ["line:3"]], /found a list, expected an object, as in \{ tags/],
    ["a moment in seconds", ["gauge", "a", 1, { at: 1_795_000_000 }], /milliseconds since 1970, not seconds/],
    ["a moment that is none", ["gauge", "a", 1, { at: new Date("x") }], /at is .*expected a Date/],
    ["a moment in words", ["gauge", "a", 1, { at: "now" }], /at is "now", expected a Date/],
  ])("is left out and told: %s", (_, args, expected) => {
    const report = start();
    report.metric(...(args as Parameters<CheckReport["metric"]>));
    const { readings, warnings } = report.take();
    expect(readings).toEqual([]);
    expect(warnings).toEqual([expect.stringMatching(expected)]);
    expect(warnings[0]?.length).toBeLessThanOrEqual(500);
  });

  test("costs a reading with bad tags these tags alone", () => {
    const report = start();
    report.metric("gauge", "a", 1, { tags: ["z:1", 7, "", LONG, "b:2", "z:1"] });
    report.metric("gauge", "b", 1, { tags: "z:1" });
    report.metric("gauge", "c", 1, { tags: Array.from({ length: 150 }, (_, index) => `t:${index}`) });
    const { series, warnings, readings } = report.take();
    expect(readings.length).toBe(3);
    expect(series[0]?.tags).toEqual(["b:2", "z:1"]);
    expect(series.map(({ tags }) => tags.length)).toEqual([2, 0, 100]);
    expect(warnings.length).toBe(5);
  });

  test("is counted where it is no number", () => {
    const report = start();
    for (const value of [Number.NaN, 1, "x", 2]) report.metric("gauge", "a", value);
    expect(report.take().lost.notANumber).toBe(2);
    expect(report.take().lost.notANumber).toBe(0);
  });

  test.each<[string, (report: CheckReport) => void, RegExp]>([
    ["a status", (report) => report.serviceCheck("a", 4), /the status is 4, expected Check\.OK/],
    ["the word of a status", (report) => report.serviceCheck("a", "fine"), /the status is "fine"/],
    ["an event without words", (report) => report.event({ tags: [] }), /neither a title nor a text/],
    ["an event that is a text", (report) => report.event("Door open"), /found "Door open", expected an object/],
  ])("is left out and told: %s nobody knows", (_, tell, expected) => {
    const report = start();
    tell(report);
    const { serviceChecks, events, warnings } = report.take();
    expect([...serviceChecks, ...events]).toEqual([]);
    expect(warnings).toEqual([expect.stringMatching(expected)]);
  });
});

describe("what a check tells", () => {
  test("may be a number in words, a bigint or a boolean, as to the Agent", () => {
    const report = start();
    for (const value of [1.5, "2.5", " 3 ", 4n, true]) report.metric("gauge", "a", value);
    expect(report.take().readings.map(([, value]) => value)).toEqual([1.5, 2.5, 3, 4, 1]);
  });

  test("names a series once, and numbers it for all runs", () => {
    const report = start();
    report.metric("gauge", "a", 1, { tags: ["x:1", "y:2"] });
    expect(report.take().series.length).toBe(1);
    report.metric("gauge", "a", 2, { tags: ["y:2", "x:1"] });
    report.metric("count", "a", 3);
    const { series, readings } = report.take();
    expect(series).toEqual([{ kind: "count", name: "a", tags: [], unit: "" }]);
    expect(readings.map(([number, value]) => [number, value])).toEqual([
      [0, 2],
      [1, 3],
    ]);
  });

  test("may be an event in the words of the Agent", () => {
    const report = start();
    const told = { msg_title: "Door", msg_text: "open", alert_type: "error", aggregation_key: "d", timestamp: 1000 };
    report.event(told);
    expect(report.take().events).toEqual([
      { title: "Door", text: "open", alertType: "error", aggregationKey: "d", tags: [], at: 1_000_000 },
    ]);
  });

  test("may give a state by number or word", () => {
    const report = start();
    for (const status of [0, 3, "ok", "CRITICAL"]) report.serviceCheck("a", status);
    expect(report.take().serviceChecks.map(({ status }) => status)).toEqual([0, 3, 0, 2]);
  });
});

describe("a check that tells without end", () => {
  test("has so many readings in a run, and the others are counted", () => {
    const report = start();
    for (let index = 0; index < READINGS_MAX + 500; index += 1) report.metric("gauge", "a", index);
    const { readings, lost } = report.take();
    expect([readings.length, lost.flood]).toEqual([READINGS_MAX, 500]);
  });

  test("has so many series, and readings of others are counted", () => {
    const report = start(10);
    for (let index = 0; index < 15; index += 1) report.metric("gauge", `a${index}`, index);
    const { readings, lost } = report.take();
    expect([readings.length, lost.seriesLimit]).toEqual([10, 5]);
  });

  test("stays small, whatever it tells", () => {
    const report = start(100_000);
    for (let index = 0; index < 2000; index += 1) {
      report.warning(`${index} ${LONG}`);
      report.print(`${LONG}\n`);
      report.serviceCheck(`a${index}`, 0, { message: LONG });
      report.event({ title: LONG, text: LONG });
      report.metric("gauge", "a", index, {
        tags: Array.from({ length: 100 }, (_, tag) => `${index}.${tag}`.repeat(15)),
      });
    }
    const told = report.take();
    expect(JSON.stringify(told).length).toBeLessThan(5_000_000);
    expect(told.warnings.length).toBe(21);
    expect(told.lines.length).toBe(51);
    expect(told.lost.flood).toBeGreaterThan(0);
  });

  test("prints lines that are as long as they may be, and half of one at the end of a run", () => {
    const report = start();
    report.print("one\ntw");
    report.print("o\n\u001b[31mred");
    expect(report.take().lines).toEqual(["one", "two", "[31mred"]);
    expect(report.take().lines).toEqual([]);
  });
});
