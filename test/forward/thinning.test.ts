import { describe, expect, test } from "vitest";
import { nameAtIntake } from "../../src/forward/series-at-intake.ts";
import type { LogCare } from "../../src/model/log-care.ts";
import { FLAG } from "../../src/model/samples.ts";
import { millis, seconds } from "../../src/model/time.ts";
import { LEADS } from "../support/fake-cursor.ts";
import { decodePayload } from "./fake-intake.ts";
import { Forwarding, type ForwardingParts } from "./forwarding.ts";

const { ordinary, anomalous, context, onset } = FLAG;
const SUMMARY = 9;

/** A plant of which the filter marked what came; values count the samples. */
class Filtered {
  readonly plant: Forwarding;
  /** How long what is odd has lasted at each onset; 0 where nobody says it. */
  leadS = 0;
  #value = 0;

  constructor(parts: ForwardingParts = {}, ...limits: ConstructorParameters<typeof Forwarding>[0][]) {
    this.plant = new Forwarding(limits[0], parts);
    this.plant.cursor.summaries.set(SUMMARY, 0);
  }

  /** Puts samples of a series, one a second, the last a second ago. */
  put(series: number, ...flags: readonly number[]): void {
    const { cursor, clock } = this.plant;
    for (const [index, each] of flags.entries()) {
      const at = clock.now() - 1000 * (flags.length - index);
      if ((each & onset) !== 0 && this.leadS > 0) cursor.push(LEADS + series, at, this.leadS);
      this.#value += 1;
      cursor.push(series, at, this.#value, each);
    }
    cursor.publish();
  }

  /** Values that are there, by metric. */
  get held(): Record<string, number[]> {
    const held: Record<string, number[]> = {};
    for (const { metric, value } of this.plant.intake.held.values()) {
      held[metric] = [...(held[metric] ?? []), value].sort((a, b) => a - b);
    }
    return held;
  }

  async start(): Promise<void> {
    this.plant.forwarder.start();
    await this.plant.clock.advance(seconds(1));
  }
}

/** So many numbers, counted from the first. */
function span(count: number, from: number): number[] {
  return Array.from({ length: count }, (_, index) => from + index);
}

const BEFORE = span(10, 0).map(() => ordinary);
const ODD = [ordinary | anomalous | onset, ordinary | anomalous, ordinary | context];

describe("an intake that thins", () => {
  test("gets summaries and what is untouched as NAME, and what is odd in full with what was before it", async () => {
    const filtered = new Filtered();
    filtered.put(0, 0, ...BEFORE, ...ODD, ordinary, 0);
    filtered.put(SUMMARY, 0);
    await filtered.start();
    expect(filtered.held).toEqual({ "metric.0": [1, 17], "metric.0.full": span(13, 2) });
    expect(filtered.plant.cursor.counts).toMatchObject({ delivered: 5, thinned: 11, collapsed: 1 });
    expect(filtered.plant.cursor.waiting).toBe(0);
  });

  test("gets two minutes of it, or as much as is asked for", async () => {
    const before = span(300, 0).map(() => ordinary);
    const usual = new Filtered();
    const short = new Filtered({ preOf: ({ metric }) => seconds(metric === "metric.0" ? 5 : 0) });
    for (const filtered of [usual, short]) {
      filtered.put(0, ...before, ...ODD);
      await filtered.start();
    }
    expect(usual.held).toEqual({ "metric.0.full": span(123, 181) });
    expect(short.held).toEqual({ "metric.0.full": span(8, 296) });
  });

  test("gets as much more of it as what is odd had lasted by the time it was seen", async () => {
    const filtered = new Filtered({ preOf: () => seconds(5) });
    filtered.leadS = 60;
    filtered.put(0, ...span(300, 0).map(() => ordinary), ...ODD);
    await filtered.start();
    expect(filtered.held).toEqual({ "metric.0.full": span(68, 236) });
    expect(filtered.plant.cursor.counts).toMatchObject({ delivered: 3, thinned: 301, collapsed: 0 });
  });

  test("gets it where the lane had passed what says how long it had lasted, and where that is said of a series too", async () => {
    const filtered = new Filtered({ preOf: () => seconds(5) });
    const { cursor, clock } = filtered.plant;
    filtered.put(0, ...span(100, 0).map(() => ordinary));
    filtered.put(1, ...span(100, 0).map(() => ordinary));
    cursor.push(LEADS + 0, clock.now(), 20);
    cursor.push(LEADS + 1, clock.now(), 40);
    await filtered.start();
    expect(cursor.waiting).toBe(0);
    for (const series of [0, 1]) cursor.push(series, clock.now() - 1000, 500, ordinary | anomalous | onset);
    cursor.publish();
    await clock.advance(seconds(20));
    expect(filtered.held).toEqual({
      "metric.0.full": [...span(25, 76), 500],
      "metric.1.full": [...span(45, 156), 500],
    });
  });

  test("reads far back for few series at a time, and not at all for those that began with what was seen", async () => {
    const asked: (readonly [number, number])[] = [];
    let page: LogCare["page"] = () => expect.unreachable();
    const filtered = new Filtered({
      preOf: () => seconds(5),
      log: {
        page: async (query) => {
          asked.push([query.series?.size ?? 0, Math.round((query.toAt - query.fromAt) / 1000)]);
          return await page(query);
        },
        head: () => 0,
        series: () => [],
      },
    });
    const { cursor, clock } = filtered.plant;
    page = cursor.page;
    for (let second = 0; second < 1000; second += 1) {
      const at = clock.now() - 1_001_000 + 1000 * second;
      for (let series = 10; series < 30; series += 1) cursor.push(series, at, second, ordinary);
    }
    for (let series = 10; series < 30; series += 1) {
      if (series < 20) cursor.push(LEADS + series, clock.now() - 1000, 700);
      cursor.push(series, clock.now() - 1000, 1000, ordinary | anomalous | onset);
    }
    cursor.publish();
    await filtered.start();
    expect(asked).toEqual([
      [20, 0],
      [10, 5],
      [8, 705],
      [2, 705],
    ]);
    const counts = Object.values(filtered.held).map(({ length }) => length);
    expect(counts.sort((a, b) => a - b)).toEqual([...span(10, 0).map(() => 6), ...span(10, 0).map(() => 706)]);
  });

  test("gets no more than an hour of it, however long it had lasted, and none of what lasted before another stretch", async () => {
    const filtered = new Filtered({ preOf: () => seconds(5), intake: { maxAge: seconds(100_000) } });
    filtered.leadS = 10_000;
    filtered.put(0, ...span(3_700, 0).map(() => ordinary), ...ODD, ordinary, ordinary, ...ODD);
    await filtered.start();
    expect(filtered.held).toEqual({ "metric.0.full": span(3_613, 96) });
    expect(filtered.plant.intake.repeated).toEqual([]);
  });

  test("gets it once, where one odd stretch follows another", async () => {
    const filtered = new Filtered();
    filtered.put(0, ...BEFORE, ...ODD, ordinary, ordinary, ...ODD);
    await filtered.start();
    expect(filtered.held).toEqual({ "metric.0.full": span(18, 1) });
    expect(filtered.plant.intake.repeated).toEqual([]);
  });

  test.each([
    ["", 0, 120],
    [" and of what had lasted", 90, 10],
  ])("gets it%s in payloads that it takes, in order, and goes on where one was cut off", async (_, leadS, pre) => {
    const filtered = new Filtered({ preOf: () => seconds(pre) }, { pointCountMax: 20 });
    filtered.leadS = leadS;
    const { plant } = filtered;
    let payloads = 0;
    plant.http.react = (request) => {
      payloads += 1;
      return payloads === 3 ? "unreachable" : plant.intake.take(request);
    };
    filtered.put(0, ...span(100, 0).map(() => ordinary), ...ODD);
    await filtered.start();
    await plant.clock.advance(seconds(120));
    expect(filtered.held).toEqual({ "metric.0.full": span(103, 1) });
    expect(plant.intake.repeated).toEqual([]);
    plant.expectOrderPerSeries();
    for (const { body } of plant.http.requests) expect(decodePayload(body).length).toBeLessThanOrEqual(20);
    expect(plant.cursor.counts).toMatchObject({ delivered: 3, thinned: leadS > 0 ? 101 : 100, collapsed: 0 });
  });

  test("gets all of it where a hundred series become odd in the same second", async () => {
    const filtered = new Filtered();
    const { cursor, clock } = filtered.plant;
    for (let second = 0; second < 6; second += 1) {
      const flags = second < 5 ? ordinary : ordinary | anomalous | onset;
      for (let series = 10; series < 110; series += 1)
        cursor.push(series, clock.now() + 1000 * (second - 6), second, flags);
    }
    await filtered.start();
    expect(Object.keys(filtered.held)).toHaveLength(100);
    expect(Object.values(filtered.held).every((values) => values.join() === "0,1,2,3,4,5")).toBe(true);
    expect(cursor.counts).toMatchObject({ delivered: 100, thinned: 500 });
  });

  test("gets the newest four thousand of what is more", async () => {
    const filtered = new Filtered({ preOf: () => seconds(10_000), intake: { maxAge: seconds(100_000) } });
    filtered.put(0, ...span(9_100, 0).map(() => ordinary), ...ODD);
    await filtered.start();
    expect(filtered.held).toEqual({ "metric.0.full": span(4_003, 5_101) });
  });

  test("gets what is left of it where a value among it is refused, and nothing is set aside", async () => {
    const filtered = new Filtered();
    filtered.plant.intake.poison.add(4);
    filtered.put(0, ...BEFORE, ...ODD);
    await filtered.start();
    expect(filtered.held).toEqual({ "metric.0.full": [...span(3, 1), ...span(9, 5)] });
    expect(filtered.plant.cursor.counts).toMatchObject({ delivered: 3, thinned: 10, rejected: 0 });
  });

  test("loses none of it to an intake that refuses everything for a while", async () => {
    const filtered = new Filtered();
    const { plant } = filtered;
    for (const value of span(200, 1)) plant.intake.poison.add(value);
    filtered.put(0, ...span(100, 0).map(() => ordinary), ...ODD);
    await filtered.start();
    expect(plant.cursor.position).toBe(100);
    plant.intake.poison.clear();
    await plant.clock.advance(seconds(600));
    expect(filtered.held).toEqual({ "metric.0.full": span(103, 1) });
    expect(plant.cursor.counts).toMatchObject({ delivered: 3, thinned: 100, rejected: 0 });
  });

  test("gets what it refused under the series it was refused as", async () => {
    const filtered = new Filtered();
    const { plant } = filtered;
    filtered.put(0, ...BEFORE, ...ODD, 0);
    await filtered.start();
    for (const value of [16, 17]) plant.intake.poison.add(value);
    await plant.clock.advance(seconds(100));
    filtered.put(0, ordinary, ordinary | anomalous, 0);
    filtered.put(SUMMARY, 0);
    plant.intake.poison.add(18);
    filtered.put(1, 0);
    await plant.clock.advance(seconds(20));
    const seriesOf = nameAtIntake(plant.cursor.seriesOf);
    expect(plant.cursor.setAside.map(({ series, value }) => [seriesOf(series).metric, value])).toEqual([
      ["metric.0.full", 16],
      ["metric.0", 17],
      ["metric.0", 18],
    ]);
    plant.intake.poison.clear();
    plant.forwarder.retrySetAside(({ metric }) => metric === "metric.0.full");
    await plant.clock.advance(seconds(1));
    expect(filtered.held["metric.0.full"]).toEqual([...span(13, 1), 16]);
    plant.forwarder.retrySetAside(() => true);
    await plant.clock.advance(seconds(1));
    expect(filtered.held["metric.0"]).toContain(18);
    expect(plant.cursor.counts.rejected).toBe(0);
  });

  test("loses nothing that grows too old while the log is read back, where what is too old is held", async () => {
    let page: LogCare["page"] = () => expect.unreachable();
    const filtered = new Filtered({
      isHoldingOld: true,
      intake: { maxAge: seconds(60) },
      log: { page: async (query) => await page(query), head: () => 0, series: () => [] },
    });
    const { cursor, clock } = filtered.plant;
    page = async (query) => {
      clock.jumpWall(seconds(40));
      return await cursor.page(query);
    };
    filtered.put(0, ...BEFORE, ...span(20, 0).map(() => 0), ordinary | anomalous | onset, ...span(10, 0).map(() => 0));
    await filtered.start();
    expect(cursor.counts).toMatchObject({ tooOld: 0 });
    expect(cursor.waiting).toBeGreaterThan(0);
  });

  test("does not get it once more for minutes that go as one point", async () => {
    const intake = { maxAge: millis(Number.POSITIVE_INFINITY) };
    const filtered = new Filtered({ intake, rollUpAge: seconds(3600) });
    const { cursor, clock } = filtered.plant;
    const flags = [...BEFORE, ...ODD];
    for (const [index, each] of flags.entries()) cursor.push(0, clock.now() - 86_400_000 + 1000 * index, index, each);
    await filtered.start();
    expect(filtered.held).toEqual({ "metric.0.full": [11] });
    expect(cursor.counts).toMatchObject({ delivered: 1, thinned: 12 });
  });

  test("gets it with the tag of moments that are not sure where all of it has it", async () => {
    const filtered = new Filtered();
    const unsure = [...BEFORE, ...ODD].map((flags) => flags | FLAG.clockUntrusted);
    filtered.put(0, ordinary, ordinary, ...unsure);
    await filtered.start();
    const tagged = [...filtered.plant.intake.held.values()].filter(({ key }) => key.includes("clock:untrusted"));
    expect(tagged.map(({ value }) => value).sort((a, b) => a - b)).toEqual(span(13, 3));
    expect(filtered.held).toEqual({ "metric.0.full": span(13, 3) });
  });
});

describe("an intake that does not thin", () => {
  test("gets every sample as NAME, no summary, and not since when what is odd had lasted", async () => {
    const filtered = new Filtered({ routing: { isThinning: false } });
    filtered.leadS = 60;
    filtered.put(0, 0, ...BEFORE, ...ODD, ordinary, 0);
    filtered.put(SUMMARY, 0);
    await filtered.start();
    expect(filtered.held).toEqual({ "metric.0": span(16, 1) });
    expect(filtered.plant.cursor.counts).toMatchObject({ delivered: 16, thinned: 2 });
  });
});

describe("the budget of an uplink", () => {
  const NO_LIMITS = { schedule: [], isSendingAlarmsAtOnce: false, startJitter: millis(0) };

  test("is spent on what goes: a plant of which nearly all is ordinary fits where the whole would not", async () => {
    const budget = { dayBytesMax: 400_000, monthStarts: 1 };
    const levels = [];
    for (const flags of [ordinary, 0]) {
      const { plant } = new Filtered({ metering: { ...NO_LIMITS, budget } });
      plant.forwarder.start();
      for (let second = 0; second < 300; second += 1) {
        for (let series = 0; series < 9; series += 1) {
          const isFirst = second % 60 === 0;
          plant.cursor.push(series, plant.clock.now(), second, isFirst ? 0 : flags);
        }
        plant.cursor.publish();
        await plant.clock.advance(seconds(1));
      }
      levels.push(plant.cursor.counts.heldBack);
      plant.expectBooksToBalance();
    }
    expect(levels[0]).toBe(0);
    expect(levels[1]).toBeGreaterThan(0);
  });

  test("lets alarms go ahead by NAME alone", async () => {
    const seriesOf = (id: number) => ({ metric: `alarm.${id}`, tags: [], kind: "gauge" as const, unit: "" });
    const schedule = [{ from: 0, to: 1000 }];
    const metering = { ...NO_LIMITS, schedule, isSendingAlarmsAtOnce: true };
    const filtered = new Filtered({ metering, seriesOf });
    filtered.put(0, 0, ordinary | anomalous, ordinary, 0);
    await filtered.start();
    await filtered.plant.clock.advance(seconds(60));
    expect(filtered.held).toEqual({ "alarm.0": [1, 4] });
  });
});
