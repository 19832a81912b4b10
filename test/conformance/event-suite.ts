/** What the queue of events of every log keeps to, whatever the log is made of. */

import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { EventReader } from "../../src/model/event-queue.ts";
import type { Log } from "../../src/model/log.ts";
import type { Event } from "../../src/model/note.ts";
import { epochMillis, seconds } from "../../src/model/time.ts";
import { EVENT_LIMITS } from "../../src/store/held-events.ts";
import { LOG_OPTIONS } from "../support/log-options.ts";
import type { LogHarness } from "./log-suite.ts";

const NO_COUNTS = { delivered: 0, expired: 0, rejected: 0, lost: 0 };

/** An event of a title. */
export function eventOf(title: string, text = "It did."): Event {
  return {
    title,
    text,
    at: epochMillis(1_770_000_000_000),
    alertType: "error",
    priority: "low",
    aggregationKey: "press",
    tags: ["site:north", "größe:3"],
    source: "press-watch",
  };
}

/** The titles that wait for a reader, oldest first. */
export function titlesOf(reader: EventReader): readonly string[] {
  return reader.read(10_000).map(({ event }) => event.title);
}

/** Registers the tests. */
export function eventSuite(name: string, openHarness: () => Promise<LogHarness>): void {
  describe(`the events of a log ${name}`, () => {
    let harness: LogHarness;
    let log: Log;

    beforeEach(async () => {
      harness = await openHarness();
      log = await harness.open(LOG_OPTIONS);
    });

    afterEach(async () => {
      await log.close();
      await harness.dispose();
    });

    async function reopen(): Promise<void> {
      await log.close();
      log = await harness.open(LOG_OPTIONS);
    }

    async function put(...titles: readonly string[]): Promise<void> {
      await Promise.all([...titles.map((title) => log.events.put(eventOf(title))), log.sync()]);
    }

    test("are refused once it is closed", async () => {
      const reader = await log.events.reader("intake");
      await put("one");
      const events = reader.read(1);
      await log.close();
      await expect(log.events.put(eventOf("two"))).rejects.toMatchObject({ code: "STORE_CLOSED" });
      await expect(log.events.reader("other")).rejects.toMatchObject({ code: "STORE_CLOSED" });
      await expect(reader.pass(events, { kind: "delivered" })).rejects.toMatchObject({ code: "STORE_CLOSED" });
    });

    test("that are passed must have been read, and not before", async () => {
      const reader = await log.events.reader("intake");
      await put("one");
      const events = reader.read(1);
      await expect(reader.pass([], { kind: "delivered" })).rejects.toThrow("at least one");
      await reader.pass(events, { kind: "delivered" });
      await expect(reader.pass(events, { kind: "delivered" })).rejects.toThrow("once");
    });

    test("are read once they are durable, in the order they were raised, and come back whole", async () => {
      const reader = await log.events.reader("intake");
      const raised = Promise.all(["one", "two"].map((title) => log.events.put(eventOf(title))));
      expect([reader.waiting, titlesOf(reader)]).toEqual([0, []]);
      await harness.clock.advance(seconds(1));
      await raised;
      await put("three");
      await reopen();
      const again = await log.events.reader("intake");
      expect(again.waiting).toBe(3);
      expect(again.read(2)).toEqual([
        { number: 0, event: eventOf("one") },
        { number: 1, event: eventOf("two") },
      ]);
      expect(titlesOf(again)).toEqual(["one", "two", "three"]);
    });

    test("wait for the reader that comes first, and for every reader after that", async () => {
      await put("one", "two");
      const fast = await log.events.reader("fast");
      const slow = await log.events.reader("slow");
      await fast.pass(fast.read(2), { kind: "delivered" });
      await slow.pass(slow.read(1), { kind: "expired" });
      expect([titlesOf(fast), titlesOf(slow)]).toEqual([[], ["two"]]);
      expect(titlesOf(await log.events.reader("late"))).toEqual(["two"]);
    });

    test("leave a reader's place and counts behind, and numbers that go on", async () => {
      const reader = await log.events.reader("intake");
      await put("one", "two", "three", "four");
      await reader.pass(reader.read(1), { kind: "delivered" });
      await reader.pass(reader.read(1), { kind: "expired" });
      await reader.pass(reader.read(2), { kind: "rejected", answer: "400: no" });
      await reopen();
      const again = await log.events.reader("intake");
      expect(again.counts).toEqual({ delivered: 1, expired: 1, rejected: 2, lost: 0 });
      await put("five");
      expect(again.read(9)).toEqual([{ number: 4, event: eventOf("five") }]);
    });

    test("are not held for a reader that is kept no more, and one of its name begins anew", async () => {
      const gone = await log.events.reader("gone");
      const stays = await log.events.reader("stays");
      await put("one", "two");
      await stays.pass(stays.read(1), { kind: "delivered" });
      expect(gone.waiting).toBe(2);
      await log.events.keepReaders(["stays"]);
      await reopen();
      expect(titlesOf(await log.events.reader("gone"))).toEqual(["two"]);
      expect((await log.events.reader("gone")).counts).toEqual(NO_COUNTS);
    });

    test("go, the oldest first, when they are too many, and count as lost for who had not passed them", async () => {
      const reader = await log.events.reader("intake");
      await put("first", "second");
      const inFlight = reader.read(1);
      const titles = Array.from({ length: EVENT_LIMITS.countMax }, (_, index) => `event ${index}`);
      await put(...titles);
      expect(reader.counts).toEqual({ ...NO_COUNTS, lost: 2 });
      await reader.pass(inFlight, { kind: "delivered" });
      expect(reader.counts).toEqual({ ...NO_COUNTS, delivered: 1, lost: 1 });
      await reopen();
      expect(titlesOf(await log.events.reader("intake"))).toEqual(titles);
    });

    test("go, the oldest first, when they are too big together; the newest stays whatever its size", async () => {
      const reader = await log.events.reader("intake");
      const half = "x".repeat(EVENT_LIMITS.bytesMax / 2);
      const big = ["one", "two", "three"].map((title) => log.events.put(eventOf(title, half)));
      await Promise.all([...big, log.sync()]);
      expect(titlesOf(reader)).toEqual(["three"]);
      await Promise.all([log.events.put(eventOf("huge", half.repeat(3))), log.sync()]);
      expect([titlesOf(reader), reader.counts.lost]).toEqual([["huge"], 3]);
    });

    test("are not taken without end while nothing is written", async () => {
      const raised = Array.from({ length: EVENT_LIMITS.countMax }, () => log.events.put(eventOf("waits")));
      await expect(log.events.put(eventOf("too many"))).rejects.toMatchObject({ code: "STORE_FAILED" });
      await Promise.all([...raised, log.sync()]);
    });
  });

  describe(`the run before one on a log ${name}`, () => {
    test("is not there the first time, then is known by how it ended and when it last wrote", async () => {
      const harness = await openHarness();
      const first = await harness.open(LOG_OPTIONS);
      expect(first.earlier).toBeUndefined();
      await Promise.all([first.events.put(eventOf("one")), first.sync()]);
      const at = harness.clock.now();
      await first.close();
      await harness.clock.advance(seconds(60));
      const second = await harness.open(LOG_OPTIONS);
      expect(second.earlier).toEqual({ aliveAt: at, isClean: true, findings: [] });
      await second.close();
      await harness.dispose();
    });
  });
}
