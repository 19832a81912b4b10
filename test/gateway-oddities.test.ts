import { describe, expect, test } from "vitest";
import { Marker } from "../src/filter/marking/marker.ts";
import type { Moment, WatchedSpec } from "../src/filter/marking/watched-series.ts";
import { Oddities } from "../src/gateway-oddities.ts";
import type { InstanceConfig } from "../src/model/config.ts";
import type { Event, ServiceCheck } from "../src/model/note.ts";
import { SampleBuilder } from "../src/model/samples.ts";
import { epochMillis, millis, seconds } from "../src/model/time.ts";
import { BEGIN, momentOf, specOf } from "./filter/marking/watching.ts";
import { CONFIG } from "./running-gateway.ts";
import { makeFakeDetector } from "./support/fake-detector.ts";

const INSTANCE = CONFIG.checks[0]?.instances[0] as InstanceConfig;

const LOOK = 10_000;

/** A plant of so many series that have learned, polled and looked at every ten seconds. */
class Plant {
  readonly events: Event[] = [];
  readonly checks: ServiceCheck[] = [];
  readonly oddities = new Oddities({
    raise: (event) => void this.events.push(event),
    say: (check) => void this.checks.push(check),
  });
  readonly marker = new Marker({ listener: this.oddities, make: makeFakeDetector });
  readonly specs: readonly WatchedSpec[];
  at = BEGIN;
  isTrusted = true;
  /** By how much the wall clock was put ahead. */
  #ahead = 0;

  constructor(count: number, changes: Partial<WatchedSpec> = {}) {
    this.oddities.follow({ ...INSTANCE, tags: ["plant:1"] });
    this.specs = Array.from({ length: count }, (_, index) => ({
      ...specOf(index + 1, { post: seconds(20) }),
      companions: { anomaly: 10_000 + index },
      ...changes,
    }));
    for (const spec of this.specs) this.marker.watch(spec, momentOf(BEGIN));
    for (let poll = 0; poll < 4; poll += 1) this.poll(() => 0);
  }

  /** Gives each series its value, then looks. */
  poll(valueFor: (index: number) => number): void {
    this.pass(valueFor);
    this.look();
    this.at += LOOK;
  }

  pass(valueFor: (index: number) => number): void {
    const batch = new SampleBuilder();
    for (const [index, { id }] of this.specs.entries()) batch.push(id, this.#now.wall, valueFor(index), 0);
    this.marker.pass(batch, new SampleBuilder(), this.#now);
  }

  putAhead(by: number): void {
    this.#ahead += by;
  }

  get #now(): Moment {
    const { wall, monotonic } = momentOf(this.at);
    return { wall: epochMillis(wall + this.#ahead), monotonic };
  }

  look(): void {
    const { wall, monotonic } = this.#now;
    this.marker.lapse(this.#now);
    this.oddities.look({ now: wall, monotonic, isTrusted: this.isTrusted });
  }

  get titles(): readonly string[] {
    return this.events.map(({ title }) => title);
  }
}

describe("what is told of odd stretches", () => {
  test("is one event at the begin and one at the end, of one stream", () => {
    const plant = new Plant(1);
    for (const value of [9, 10, 6, 0, 0, 0, 0]) plant.poll(() => value);
    expect(plant.events).toEqual([
      {
        title: "metric.1 of one is odd: 9 bar, expected -2 to 2 bar",
        text: "metric.1: odd since 2026-11-22 06:00:40 UTC. Furthest out: 9 bar, expected -2 to 2 bar, at 2026-11-22 06:00:40 UTC. Score 0.90.",
        at: BEGIN + 40_000,
        alertType: "warning",
        priority: "normal",
        aggregationKey: expect.stringMatching(/^tidegate\.anomaly:[0-9a-f]{8}$/u),
        tags: ["check:fake", "instance:one", "plant:1"],
        source: "tidegate",
      },
      expect.objectContaining({
        title: "metric.1 of one is as usual again, after 20 s",
        text: "metric.1: odd from 2026-11-22 06:00:40 UTC to 2026-11-22 06:01:00 UTC, for 20 s. Furthest out: 10 bar, expected -2 to 2 bar, at 2026-11-22 06:00:50 UTC. Score 1.00.",
        at: BEGIN + 60_000,
        alertType: "success",
        aggregationKey: plant.events[0]?.aggregationKey,
      }),
    ]);
  });

  test("stands at the moments of a clock that was set since, before it is told of", () => {
    const plant = new Plant(1);
    plant.pass(() => 9);
    plant.putAhead(7_200_000);
    plant.look();
    expect(plant.events).toMatchObject([{ at: BEGIN + 7_240_000 }]);
    expect(plant.events[0]?.text).toContain("odd since 2026-11-22 08:00:40 UTC");
    for (let poll = 0; poll < 4; poll += 1) {
      plant.at += LOOK;
      plant.pass(() => 0);
    }
    plant.putAhead(7_200_000);
    plant.look();
    expect(plant.events.slice(1)).toMatchObject([{ at: BEGIN + 14_440_000, alertType: "success" }]);
    expect(plant.events[1]?.text).toContain("odd from 2026-11-22 10:00:40 UTC to 2026-11-22 10:00:40 UTC");
    expect(plant.events[1]?.text).toContain("at 2026-11-22 10:00:40 UTC. Score");
  });

  test("is one event where many series go odd together, which names the worst", () => {
    const plant = new Plant(1000);
    plant.poll((index) => (index === 700 ? 10 : 9));
    expect(plant.titles).toEqual(["1000 series of one are odd, metric.701 most: 10 bar, expected -2 to 2 bar"]);
    const lines = plant.events[0]?.text.split("\n") ?? [];
    expect(lines).toHaveLength(11);
    expect(lines[0]).toMatch(/^metric\.701: odd since/u);
    expect(lines[10]).toBe("And 990 more.");
    for (let poll = 0; poll < 4; poll += 1) plant.poll(() => 0);
    expect(plant.titles[1]).toBe("1000 series of one are as usual again");
    expect(plant.events[1]?.text.split("\n").at(-1)).toBe("And 990 more.");
  });

  test("is bounded while a thousand series come and go for an hour, and leaves none out", () => {
    const plant = new Plant(1000);
    // Each series is odd for ten seconds in every five minutes, another one than the last.
    for (let poll = 0; poll < 360; poll += 1) plant.poll((index) => (index % 30 === poll % 30 ? 10 : 0));
    expect(plant.events.length).toBeLessThanOrEqual((6 * 360 * LOOK) / 600_000 + 6);
    expect(plant.events.length).toBeGreaterThan(20);
    expect(Math.max(...plant.events.map(({ text }) => text.length))).toBeLessThan(4000);
    expect(plant.events.some(({ text }) => text.includes("There were more than 6 events of this instance"))).toBe(true);
    const over = plant.titles.flatMap((title) => /^(\d+) series .* as usual again/u.exec(title)?.[1] ?? []);
    const toldCount = over.reduce((sum, count) => sum + Number(count), 0);
    expect(toldCount).toBeGreaterThan(0.8 * 1000 * 12);
  });

  test("is told again each day for as long as it lasts", () => {
    const plant = new Plant(1);
    for (let poll = 0; poll < 6; poll += 1) {
      plant.poll(() => 10);
      plant.at += 12 * 3_600_000;
    }
    expect(plant.titles).toEqual([
      "metric.1 of one is odd: 10 bar, expected -2 to 2 bar",
      "metric.1 of one is still odd: 10 bar, expected -2 to 2 bar",
      "metric.1 of one is still odd: 10 bar, expected -2 to 2 bar",
    ]);
  });

  test("says how long ago things were where the clock does not know the date", () => {
    const plant = new Plant(1);
    plant.isTrusted = false;
    plant.poll(() => 10);
    expect(plant.events[0]?.text).toContain("odd since 0 s ago. Furthest out: 10 bar");
  });

  test("says that a series is not watched any more, and nothing of one that was not told of", () => {
    const plant = new Plant(2);
    plant.poll((index) => (index === 0 ? 10 : 0));
    plant.marker.unwatch(1);
    plant.look();
    expect(plant.titles[1]).toBe("metric.1 of one is not watched any more");
    const quiet = new Plant(1);
    const batch = new SampleBuilder();
    batch.push(1, quiet.at, 10, 0);
    quiet.marker.pass(batch, new SampleBuilder(), momentOf(quiet.at));
    quiet.marker.unwatch(1);
    quiet.look();
    expect(quiet.titles).toEqual([]);
  });
});

describe("the service check of an instance", () => {
  test("is said when it changes and each five minutes, and names the worst series", () => {
    const plant = new Plant(2);
    plant.checks.length = 0;
    for (let poll = 0; poll < 60; poll += 1) plant.poll(() => 0);
    expect(plant.checks.map(({ status }) => status)).toEqual([0, 0]);
    plant.poll((index) => (index === 0 ? 9 : 10));
    const said = plant.checks.at(-1);
    expect(said).toMatchObject({
      name: "tidegate.anomaly",
      status: 1,
      tags: ["check:fake", "instance:one", "plant:1"],
    });
    expect(said?.message).toMatch(/^metric\.2: odd since .* Score 1\.00\. One more is odd\.$/u);
  });

  test("is critical while a threshold is crossed", () => {
    const plant = new Plant(1, { limits: [-5, 5] });
    plant.poll(() => 6);
    plant.poll(() => 4);
    expect(plant.checks.slice(-2).map(({ status }) => status)).toEqual([2, 1]);
  });

  test("ends well where nothing is watched any more", () => {
    const plant = new Plant(1);
    plant.poll(() => 10);
    plant.marker.unwatch(1);
    plant.oddities.leave("fake:one");
    plant.look();
    expect(plant.checks.at(-1)?.status).toBe(0);
    const count = plant.checks.length;
    plant.at += millis(600_000);
    plant.look();
    expect(plant.checks).toHaveLength(count);
  });
});
