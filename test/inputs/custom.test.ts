import { describe, expect, test } from "vitest";
import { createInput, createLinks } from "../../src/inputs/custom/input.ts";
import type { CustomSettings } from "../../src/inputs/custom/spec.ts";
import type { InstanceConfig } from "../../src/model/config.ts";
import type { Input, PollOutcome } from "../../src/model/input.ts";
import { seconds } from "../../src/model/time.ts";
import { inputSuite, readingsOf } from "../conformance/input-suite.ts";
import { checkInstance, FakeChecks, type Told } from "../support/fake-check.ts";
import { FakeClock } from "../support/fake-clock.ts";

const signal = new AbortController().signal;

const WELL: readonly Told[] = [
  { kind: "gauge", name: "oven.temperature", value: 181.5, tags: ["zone:1"] },
  { kind: "gauge", name: "oven.level", value: 40 },
];

inputSuite("a check of the user", () => {
  const clock = new FakeClock();
  const checks = new FakeChecks();
  checks.tells(WELL);
  const input = createInput(checkInstance(), { clock, links: createLinks(clock, checks.start) });
  return {
    ...{ clock, input },
    expected: { "oven.temperature{zone:1}": 181.5, "oven.level": 40 },
    heldCount: () => checks.aliveCount,
    fallSilent: () => {
      checks.play = () => undefined;
    },
    vanish: () => {
      checks.canStart = false;
      checks.kill();
    },
    spoil: () => {
      checks.tells(WELL.map((told) => (told.name === "oven.level" ? { ...told, at: clock.now() + 60_000 } : told)));
      return ["oven.level"];
    },
    recover: () => {
      checks.canStart = true;
      checks.tells(WELL);
    },
  };
});

/** An input in front of fake processes. */
function open(settings: Partial<CustomSettings> = {}, own: Partial<InstanceConfig> = {}) {
  const clock = new FakeClock();
  const checks = new FakeChecks();
  const lines: string[] = [];
  const context = { clock, links: createLinks(clock, checks.start), say: (line: string) => void lines.push(line) };
  const input = createInput(checkInstance(settings, own), context);
  return { clock, checks, lines, input, poll: () => clock.until(input.poll(signal)) };
}

function messagesOf({ faults }: PollOutcome): readonly string[] {
  return faults.map(({ code, message }) => `${code} ${message}`);
}

function rowsOf(input: Input, { readings }: PollOutcome, now: number): readonly unknown[] {
  return Array.from({ length: readings.count }, (_, row) => [
    input.points[readings.point[row] ?? -1]?.name,
    readings.value[row],
    (readings.at[row] ?? 0) - now,
  ]);
}

describe("a run that goes wrong", () => {
  test("ends with its process when it takes longer than the interval, and the next one begins anew", async () => {
    const { checks, clock, poll } = open({}, { interval: seconds(4) });
    const before = clock.monotonic();
    expect(messagesOf(await poll())).toEqual([
      expect.stringMatching(
        /^INPUT_CHECK_ENDED The process of .*my_metric\.ts did not come to its end within 4 s, and/,
      ),
    ]);
    expect(clock.monotonic() - before).toBe(4000);
    expect(checks.aliveCount).toBe(0);
    checks.tells(WELL);
    expect((await poll()).faults).toEqual([]);
    expect(checks.startedCount).toBe(2);
  });

  test.each([
    [undefined, 60, 10_000],
    [25, 15, 25_000],
    [0.5, 15, 500],
  ])("may take run_timeout %j, every %i s", async (run_timeout, interval, expected) => {
    const { clock, poll } = open(run_timeout === undefined ? {} : { run_timeout }, { interval: seconds(interval) });
    const before = clock.monotonic();
    await poll();
    expect(clock.monotonic() - before).toBe(expected);
  });

  test("ends with its process when it takes more memory than it may, long before its time is over", async () => {
    const { checks, clock, poll } = open({ memory_limit: 64 });
    checks.privateBytes = 65 * 1024 * 1024;
    const before = clock.monotonic();
    expect(messagesOf(await poll())).toEqual([
      expect.stringMatching(/^INPUT_CHECK_ENDED .* took 65 MiB, more than its memory_limit of 64, and was ended\.$/),
    ]);
    expect(clock.monotonic() - before).toBeLessThan(500);
    expect(checks.aliveCount).toBe(0);
  });

  test("ends where it takes more from run to run, however short these are", async () => {
    const { checks, clock, poll } = open({ memory_limit: 64 });
    checks.tells(WELL);
    checks.privateBytes = 60 * 1024 * 1024;
    const before = clock.monotonic();
    expect((await poll()).faults).toEqual([]);
    checks.privateBytes = 70 * 1024 * 1024;
    expect(messagesOf(await poll())).toEqual([expect.stringContaining("took 70 MiB, more than its memory_limit")]);
    checks.privateBytes = 10 * 1024 * 1024;
    expect((await poll()).faults).toEqual([]);
    expect([checks.startedCount, clock.monotonic() - before]).toEqual([2, 0]);
  });

  test("keeps what it told until it was ended, with the moment of each", async () => {
    const { checks, clock, poll, input } = open({ run_timeout: 1 });
    checks.leaves = [{ kind: "gauge", name: "level", value: 40, ageMs: 700 }];
    const outcome = await poll();
    expect(rowsOf(input, outcome, clock.now())).toEqual([["level", 40, -700]]);
    expect(outcome.isReachable).toBe(false);
    expect(messagesOf(outcome)).toEqual([expect.stringMatching(/^INPUT_CHECK_ENDED .* within 1 s, and was ended/)]);
  });

  test("rests when it does so again and again, longer each time, and not once it is told to retry", async () => {
    const { checks, clock, poll, input } = open({ run_timeout: 1 });
    for (let turn = 0; turn < 3; turn += 1) await poll();
    expect(messagesOf(await poll())).toEqual([expect.stringMatching(/It has ended 3 times, so it rests 30 s\.$/)]);
    expect(checks.startedCount).toBe(3);
    await clock.advance(seconds(30));
    await poll();
    expect(checks.startedCount).toBe(4);
    expect(messagesOf(await poll())).toEqual([expect.stringMatching(/It has ended 4 times, so it rests 60 s\.$/)]);
    input.retry?.();
    checks.tells(WELL);
    expect((await poll()).faults).toEqual([]);
    checks.play = () => undefined;
    expect(messagesOf(await poll())).toEqual([expect.not.stringContaining("rests")]);
  });

  test("keeps what it told before it threw, and goes on in its process", async () => {
    const { checks, poll, input } = open();
    checks.tells(WELL.slice(0, 1), { error: "TypeError: boom, at /etc/tidegate/checks.d/my_metric.ts:8:26" });
    const outcome = await poll();
    expect(readingsOf(input, outcome)).toEqual({ "oven.temperature{zone:1}": 181.5 });
    expect(outcome.isReachable).toBe(false);
    expect(messagesOf(outcome)).toEqual([
      "INPUT_CHECK_FAILED /etc/tidegate/checks.d/my_metric.ts failed: TypeError: boom, at " +
        "/etc/tidegate/checks.d/my_metric.ts:8:26.",
    ]);
    await poll();
    expect(checks.startedCount).toBe(1);
  });

  test("warns in one fault, and is reached all the same", async () => {
    const { checks, poll } = open();
    checks.tells(WELL, { warnings: ["The oven is old.", "It is hot."] });
    const outcome = await poll();
    expect(messagesOf(outcome)).toEqual(["INPUT_CHECK_WARNING The oven is old. It is hot."]);
    expect(outcome.isReachable).toBe(true);
  });

  test("is told of when it floods, and what was lost is in the books by its reason", async () => {
    const { checks, poll } = open();
    checks.tells(WELL, { lost: { notANumber: 2, flood: 5, seriesLimit: 7 } });
    const outcome = await poll();
    expect(outcome.dropped).toEqual({ "not-a-number": 2, backpressure: 5, "series-limit": 7 });
    expect(outcome.faults.map(({ code }) => code)).toEqual(["INPUT_FLOODED", "INPUT_SERIES_LIMIT"]);
  });
});

describe("what a check tells", () => {
  test("is told without the secrets that it was given, wherever they stand", async () => {
    const text = "planted-password-1";
    const { checks, poll, lines } = open({ secrets: [{ text, shown: "********" }] });
    checks.tells(WELL, {
      ...{ error: `Error: no ${text}, at x`, warnings: [text], lines: [`login ${text}`] },
      serviceChecks: [{ name: "a", status: 0, tags: [], message: text }],
      events: [{ title: text, text, alertType: "info", aggregationKey: "", tags: [], at: null }],
    });
    const told = await poll();
    expect(JSON.stringify([told.faults, told.events, told.serviceChecks, lines])).not.toContain("planted");
    expect(lines).toEqual(["login ********"]);
    checks.play = () => ({ kind: "failed", what: `Error: ${text}` });
    expect(messagesOf(await poll())).toEqual([expect.stringContaining("failed: Error: ********.")]);
  });

  test("is stamped by the clock of the gateway, with the age it had", async () => {
    const { checks, clock, poll, input } = open();
    const told = { kind: "gauge", name: "level" } as const;
    checks.tells([
      { ...told, value: 1, ageMs: 0 },
      { ...told, value: 2, ageMs: 700.4 },
      { ...told, value: 3, at: clock.now() - 3_600_000 },
      { ...told, value: 4, at: clock.now() + 1500 },
    ]);
    expect(rowsOf(input, await poll(), clock.now())).toEqual([
      ["level", 3, -3_600_000],
      ["level", 2, -700],
      ["level", 1, 0],
      ["level", 4, 0],
    ]);
  });

  test("is left out where its moment is ahead, or its unit is none of its metric", async () => {
    const { checks, clock, poll, input } = open();
    checks.tells([
      { kind: "gauge", name: "a", value: 1, at: clock.now() + 3000 },
      { kind: "gauge", name: "temperature", value: 1, unit: "bar" },
      { kind: "gauge", name: "b", value: 1, unit: "parsec" },
      { kind: "gauge", name: "pressure", value: 2, unit: "bar" },
      { kind: "gauge", name: "temperature", value: 20 },
    ]);
    const outcome = await poll();
    expect(readingsOf(input, outcome)).toEqual({ pressure: 2, temperature: 20 });
    expect(input.points.map(({ metric, unit }) => [metric, unit])).toEqual([
      ["pressure", "bar"],
      ["temperature", "degC"],
    ]);
    expect(outcome.faults.map(({ code, points }) => [code, points])).toEqual([
      ["INPUT_BAD_VALUE", ["a"]],
      ["INPUT_BAD_VALUE", ["temperature", "b"]],
    ]);
    expect(outcome.dropped).toEqual({ "out-of-range": 3 });
  });

  test("is one series for a metric and its tags, as what was told first", async () => {
    const { checks, poll, input } = open();
    checks.tells([
      { kind: "gauge", name: "a", value: 1 },
      { kind: "count", name: "a", value: 2 },
      { kind: "gauge", name: "a", value: 3, unit: "bar" },
      { kind: "count", name: "a", value: 4, tags: ["x:1"] },
      { kind: "monotonic", name: "a", value: 5, tags: ["x:1"], isFlushed: true },
    ]);
    const outcome = await poll();
    expect(rowsOf(input, outcome, 0).map((row) => (row as unknown[]).slice(0, 2))).toEqual([
      ["a", 1],
      ["a{x:1}", 4],
      ["a{x:1}", 5],
    ]);
    expect(outcome.dropped).toEqual({ "out-of-range": 2 });
    expect(messagesOf(outcome)).toEqual([
      expect.stringMatching(/^INPUT_BAD_VALUE a was told as something else before/),
    ]);
  });

  test("makes no more series than max_series, counts the others, and keeps those it has", async () => {
    const { checks, poll, input } = open({}, { seriesMax: 3 });
    const gauge = (index: number): Told => ({ kind: "gauge", name: "order", value: index, tags: [`order:${index}`] });
    checks.tells(Array.from({ length: 10 }, (_, index) => gauge(index)));
    const outcome = await poll();
    expect(outcome.readings.count).toBe(3);
    expect(outcome.dropped).toEqual({ "series-limit": 7 });
    expect(messagesOf(outcome)).toEqual([
      expect.stringMatching(
        /^INPUT_SERIES_LIMIT 7 readings of further series were dropped: the instance has 3, as max/,
      ),
    ]);
    checks.tells([gauge(0), gauge(2)]);
    expect(readingsOf(input, await poll())).toEqual({ "order{order:0}": 0, "order{order:2}": 2 });
  });

  test("adds up what was counted in a run, and begins anew with the next", async () => {
    const { checks, poll, input } = open();
    const count = (value: number, ageMs: number): Told => ({ kind: "count", name: "pieces", value, ageMs });
    checks.tells([count(2, 900), count(3, 100)]);
    const outcome = await poll();
    expect(rowsOf(input, outcome, 0).length).toBe(1);
    expect(readingsOf(input, outcome)).toEqual({ pieces: 5 });
    expect(input.points[0]).toMatchObject({ kind: "count", isBare: true });
    checks.tells([count(0, 0)]);
    expect(readingsOf(input, await poll())).toEqual({ pieces: 0 });
    checks.tells([]);
    expect((await poll()).readings.count).toBe(0);
  });

  test("keeps apart what was counted at moments of its own", async () => {
    const { checks, clock, poll, input } = open();
    const at = (secondsAgo: number): Told => ({
      ...{ kind: "count", name: "pieces", value: secondsAgo },
      at: clock.now() - secondsAgo * 1000,
    });
    checks.tells([at(20), at(10), { kind: "count", name: "pieces", value: 1 }]);
    expect(rowsOf(input, await poll(), clock.now())).toEqual([
      ["pieces", 20, -20_000],
      ["pieces", 10, -10_000],
      ["pieces", 1, 0],
    ]);
  });

  test("counts on from a counter's reading, over resets and processes that begin anew", async () => {
    const { checks, poll, input } = open();
    const read = async (...values: number[]): Promise<unknown> => {
      checks.tells(values.map((value) => ({ kind: "monotonic", name: "strokes", value })));
      return readingsOf(input, await poll());
    };
    expect(await read(100)).toEqual({});
    expect(await read(103)).toEqual({ strokes: 3 });
    expect(await read(104, 110)).toEqual({ strokes: 7 });
    expect(await read(5)).toEqual({ strokes: 0 });
    expect(await read(6)).toEqual({ strokes: 1 });
    checks.kill();
    await poll();
    expect(await read(16)).toEqual({ strokes: 10 });
    checks.tells([{ kind: "monotonic", name: "new", value: 8, isFlushed: true }]);
    expect(readingsOf(input, await poll())).toEqual({ new: 8 });
  });

  test("makes of what grows how fast it does, per second, and nothing where it fell", async () => {
    const { checks, poll, input } = open();
    const read = async (value: number, ageMs: number): Promise<unknown> => {
      checks.tells([{ kind: "rate", name: "turns", value, ageMs }]);
      return readingsOf(input, await poll());
    };
    expect(await read(100, 8000)).toEqual({});
    expect(await read(130, 2000)).toEqual({ turns: 5 });
    expect(await read(20, 1000)).toEqual({});
    expect(await read(21, 500)).toEqual({ turns: 2 });
    expect(input.points[0]?.kind).toBe("gauge");
  });

  test("gives a rate to who polls by hand twice, each time with a new input", async () => {
    const clock = new FakeClock();
    const checks = new FakeChecks();
    const links = createLinks(clock, checks.start);
    const pollOnce = async (value: number, ageMs: number): Promise<unknown> => {
      checks.tells([{ kind: "rate", name: "turns", value, ageMs }]);
      await using input = createInput(checkInstance(), { clock, links, isSingle: true });
      return readingsOf(input, await clock.until(input.poll(signal)));
    };
    expect(await pollOnce(1, 1000)).toEqual({});
    expect(await pollOnce(4, 0)).toEqual({ turns: 3 });
  });

  test("goes out as events and service checks, and what it prints to who reads it", async () => {
    const { checks, clock, poll, lines } = open();
    const event = { title: "Door open", text: "", alertType: "error" as const, aggregationKey: "door", tags: ["d:1"] };
    checks.tells([], {
      events: [
        { ...event, at: null },
        { ...event, at: clock.now() + 5000 },
      ],
      serviceChecks: [{ name: "oven.door", status: 2, tags: ["d:1"], message: "open" }],
      lines: ["one", "two"],
    });
    const outcome = await poll();
    expect(outcome.events).toEqual([event, { ...event, at: clock.now() }]);
    expect(outcome.serviceChecks).toEqual([{ name: "oven.door", status: 2, tags: ["d:1"], message: "open" }]);
    expect(lines).toEqual(["one", "two"]);
  });
});
