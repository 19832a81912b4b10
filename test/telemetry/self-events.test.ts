import { describe, expect, test } from "vitest";
import type { EarlierRun } from "../../src/model/log.ts";
import { epochMillis, type MonotonicMillis, seconds } from "../../src/model/time.ts";
import {
  OverflowWatch,
  type RunFacts,
  toOverflowEvent,
  toStartEvent,
  toStopEvent,
} from "../../src/telemetry/self-events.ts";

const STARTED_AT = epochMillis(Date.UTC(2026, 10, 22, 6, 0, 0));

const FACTS: RunFacts = {
  hostname: "hall-3",
  version: "1.2.3",
  startedAt: STARTED_AT,
  instanceCount: 2,
  waiting: 1200,
  store: { durability: "interval", syncIntervalDelivered: seconds(30) },
  earlier: undefined,
};

function cutOff(changes: Partial<EarlierRun> = {}): RunFacts {
  const aliveAt = epochMillis(STARTED_AT - 300_000);
  return { ...FACTS, earlier: { aliveAt, isClean: false, findings: [], ...changes } };
}

describe("a start", () => {
  test("after the clock went back, or was never set, does not make up how long the gateway was away", () => {
    for (const aliveAt of [undefined, epochMillis(STARTED_AT + 1000)]) {
      expect(toStartEvent(cutOff({ aliveAt })).text).toContain("How long it was away is not known");
    }
  });

  test("for the first time, or after an end in order, is of low priority", () => {
    const clean = { ...FACTS, earlier: { aliveAt: STARTED_AT, isClean: true, findings: [] } };
    expect(toStartEvent(clean)).toEqual(toStartEvent(FACTS));
    expect(toStartEvent(FACTS)).toEqual({
      title: "Tidegate started on hall-3",
      text: "Tidegate 1.2.3 reads 2 instances.",
      at: STARTED_AT,
      alertType: "info",
      priority: "low",
      aggregationKey: "tidegate.run:hall-3",
      tags: [],
      source: "tidegate",
    });
  });

  test("after the gateway was cut off says how long it was away and that nothing on disk is lost", () => {
    const { title, text, alertType, priority } = toStartEvent(cutOff());
    expect([title, alertType, priority]).toEqual([
      "Tidegate runs again on hall-3 after it was cut off",
      "warning",
      "normal",
    ]);
    expect(text).toContain("It was away for 5 min, from 2026-11-22T05:55:00Z to 2026-11-22T06:00:00Z.");
    expect(text).toContain("Nothing that was on disk is lost. Readings of the last 30 s before the end may not");
    expect(text).toContain("1200 samples from before wait");
  });

  test.each([
    ["always", "What was just being written may not"],
    ["os", "What the system had not brought to the disk by itself may not"],
  ] as const)("after the gateway was cut off with durability %s does not name seconds", (durability, risk) => {
    const store = { durability, syncIntervalDelivered: seconds(1) };
    expect(toStartEvent({ ...cutOff(), store }).text).toContain(risk);
  });

  test("after part of the log was damaged says what was lost", () => {
    const { text } = toStartEvent(cutOff({ findings: ["The samples 3 to 9 are missing: they count as unreadable."] }));
    expect(text).not.toContain("Nothing that was on disk is lost");
    expect(text).toContain("- The samples 3 to 9 are missing");
  });
});

describe("a stop", () => {
  test("is in the stream of the start", () => {
    const stop = toStopEvent(FACTS, epochMillis(STARTED_AT + 3 * 86_400_000));
    expect(stop).toMatchObject({ priority: "low", aggregationKey: toStartEvent(FACTS).aggregationKey });
    expect(stop.text).toContain("after 3 days");
  });
});

describe("a log that is full", () => {
  const at = (second: number): MonotonicMillis => seconds(second) as number as MonotonicMillis;

  test("is told once when losses begin, and once with their sum when there were none for ten minutes", () => {
    const watch = new OverflowWatch(50);
    expect(watch.look(50, at(0))).toBeUndefined();
    expect(watch.look(60, at(15))).toEqual({ kind: "begun" });
    expect(watch.look(90, at(300))).toBeUndefined();
    expect(watch.look(90, at(899))).toBeUndefined();
    expect(watch.look(90, at(900))).toEqual({ kind: "over", count: 40, span: 285_000 });
    expect(watch.look(90, at(5000))).toBeUndefined();
    expect(watch.look(91, at(6000))).toEqual({ kind: "begun" });
  });

  test("is told of in one stream", () => {
    const begun = toOverflowEvent("hall-3", STARTED_AT, { kind: "begun" });
    const over = toOverflowEvent("hall-3", STARTED_AT, { kind: "over", count: 40, span: seconds(285) });
    expect([begun.alertType, over.alertType]).toEqual(["warning", "success"]);
    expect(begun.aggregationKey).toBe(over.aggregationKey);
    expect(over.text).toContain("40 samples gave way to its size limit within 4 min");
  });
});
