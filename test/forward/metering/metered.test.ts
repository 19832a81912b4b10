import { describe, expect, test } from "vitest";
import type { ForwarderParts } from "../../../src/forward/forwarder.ts";
import { UplinkMetering } from "../../../src/forward/metering/uplink-metering.ts";
import { SampleRoutes } from "../../../src/forward/series-at-intake.ts";
import type { MeteringConfig } from "../../../src/model/config.ts";
import type { Series, SeriesId } from "../../../src/model/series.ts";
import { type Millis, millis, seconds } from "../../../src/model/time.ts";
import type { HttpRequest } from "../../../src/platform/http-client.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { createSeededRandom } from "../../support/seeded-random.ts";
import { decodePayload } from "../fake-intake.ts";
import { Forwarding, type ForwardingParts } from "../forwarding.ts";

const HOUR = seconds(3600);
const METRICS = ["fault.code", "machine.running", "energy.active.import", "temperature"];
/** Forty series, ten of each class, by their number. */
const seriesOf = (id: SeriesId): Series => {
  const metric = METRICS[Math.floor(id / 10)] ?? "temperature";
  return { metric, tags: [`point:p${id}`], kind: "gauge", unit: metric.startsWith("energy") ? "Wh" : "" };
};

const NO_LIMITS: MeteringConfig = { schedule: [], isSendingAlarmsAtOnce: false, startJitter: millis(0) };

/** Bytes that went over the wire for sure: bodies, headers and paths, without any estimate. */
function weigh(requests: readonly HttpRequest[]): number {
  return requests.reduce((sum, { body, headers, url }) => {
    const named = Object.entries(headers).reduce((length, pair) => length + pair.join(": ").length + 2, 0);
    return sum + (body?.byteLength ?? 0) + named + url.href.length;
  }, 0);
}

/** A plant with forty series, read every ten seconds, behind a metered uplink. */
class Metered {
  readonly plant: Forwarding;
  /** The value of the alarms. */
  alarm = 0;
  #reading = 0;

  constructor(config: Partial<MeteringConfig>, parts: ForwardingParts = {}) {
    this.plant = new Forwarding({}, { seriesOf, metering: { ...NO_LIMITS, ...config }, ...parts });
  }

  /** Begins so long before midnight in UTC. */
  beginBefore(midnight: Millis): void {
    this.plant.clock.jumpWall(millis(18 * HOUR - midnight));
  }

  async run(duration: Millis, interval: Millis = seconds(10)): Promise<void> {
    const { clock } = this.plant;
    for (let elapsed = 0; elapsed < duration; elapsed += interval) {
      this.put(clock.now());
      await clock.advance(interval);
    }
  }

  /** Reads all series at a moment. */
  put(at: number): void {
    const { cursor } = this.plant;
    this.#reading += 1;
    for (let id = 0; id < 40; id += 1) {
      const values = [this.alarm, Math.floor(this.#reading / 30) % 2, this.#reading * 7, (this.#reading * 37) % 101];
      cursor.push(id, at, values[Math.floor(id / 10)] ?? 0);
    }
    cursor.publish();
  }

  /** How many points of each class the intake took, by its metric. */
  taken(): Readonly<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const { metric } of this.plant.intake.taken) counts[metric] = (counts[metric] ?? 0) + 1;
    return counts;
  }

  /** When requests went. Units: milliseconds since 1970. */
  watchRequests(): number[] {
    const { http, clock } = this.plant;
    const moments: number[] = [];
    const react = http.react;
    http.react = (request) => {
      moments.push(clock.now());
      return react(request);
    };
    return moments;
  }
}

const budgetOf = (dayBytesMax: number): Partial<MeteringConfig> => ({ budget: { dayBytesMax, monthStarts: 1 } });

describe("a budget", () => {
  test("that carries everything changes nothing", async () => {
    const metered = new Metered(budgetOf(100_000_000));
    const free = new Metered({});
    for (const { plant } of [metered, free]) plant.forwarder.start();
    await metered.run(seconds(300));
    await free.run(seconds(300));
    expect(metered.plant.http.requests).toEqual(free.plant.http.requests);
    expect(metered.plant.cursor.counts).toEqual(free.plant.cursor.counts);
    expect(metered.plant.cursor.counts.heldBack).toBe(0);
  });

  test("is not spent before the day is over, thins analog readings first, and begins anew with the next day", async () => {
    const metered = new Metered(budgetOf(140_000));
    const { plant } = metered;
    metered.beginBefore(millis(4 * HOUR));
    plant.forwarder.start();
    await metered.run(millis(4 * HOUR), seconds(30));
    const today = plant.http.requests.length;
    const spent = plant.cursor.spent?.dayBytes ?? 0;
    expect([spent > 0.6 * 140_000, spent < 140_000]).toEqual([true, true]);
    expect(weigh(plant.http.requests)).toBeLessThan(spent);
    const taken = metered.taken();
    expect(taken["temperature"]).toBeLessThan(taken["energy.active.import"] ?? 0);
    expect(taken["fault.code"]).toBe(4800);
    plant.expectBooksToBalance();
    expect(plant.cursor.counts.heldBack).toBeGreaterThan(2000);
    await metered.run(seconds(1200));
    expect(plant.http.requests.length).toBeGreaterThan(today);
    expect(plant.forwarder.state().metered?.day_bytes).toBeLessThan(40_000);
  });

  test("keeps its last part for alarms, which go when they change while all else is held back", async () => {
    const metered = new Metered(budgetOf(20_000));
    const { plant } = metered;
    metered.beginBefore(millis(20 * HOUR));
    plant.forwarder.start();
    await metered.run(HOUR);
    const before = metered.taken();
    metered.alarm = 7;
    await metered.run(seconds(60));
    expect(plant.intake.taken.at(-1)).toMatchObject({ metric: "fault.code", value: 7 });
    const { "fault.code": alarms, ...others } = metered.taken();
    expect({ ...others, "fault.code": before["fault.code"] }).toEqual(before);
    expect(alarms).toBeGreaterThan(before["fault.code"] ?? 0);
    await metered.run(seconds(1200));
    expect(plant.forwarder.state().metered?.day_bytes).toBeLessThanOrEqual(20_000);
    plant.expectBooksToBalance();
  });

  test("that does not even carry an alarm holds everything, and loses nothing, until the next day", async () => {
    const metered = new Metered(budgetOf(12_000));
    const { plant } = metered;
    metered.beginBefore(HOUR);
    plant.forwarder.start();
    for (metered.alarm = 1; metered.alarm <= 60; metered.alarm += 1) await metered.run(seconds(40));
    const { day_bytes: spent, opens_in_ms: opensIn, text } = plant.forwarder.state().metered ?? {};
    expect(spent).toBeLessThanOrEqual(12_000);
    expect(opensIn).toBe(1_200_000);
    expect(text).toMatch(/the budget is used up, and everything waits until 2026-11-23 00:00 UTC$/u);
    expect(plant.cursor.waiting).toBeGreaterThan(0);
    await metered.run(seconds(1500));
    expect(plant.intake.taken.some(({ metric, value }) => metric === "fault.code" && value === 61)).toBe(true);
    const { counts, waiting, samples } = plant.cursor;
    expect(Object.values(counts).reduce((sum, count) => sum + count, 0) + waiting).toBe(samples.count);
  });

  test("counts failed attempts, and what was spent outlives a restart", async () => {
    const metered = new Metered(budgetOf(1_000_000));
    const { plant } = metered;
    plant.http.react = () => "unreachable";
    plant.forwarder.start();
    await metered.run(seconds(600));
    await plant.forwarder.stop(seconds(1));
    const spent = plant.forwarder.state().metered?.day_bytes ?? 0;
    expect(spent).toBeGreaterThan(weigh(plant.http.requests));
    plant.http.react = plant.intake.take;
    const again = plant.restart(
      {},
      {},
      { seriesOf, ...plant.meter({ ...NO_LIMITS, ...budgetOf(1_000_000) }, seriesOf) },
    );
    expect(again.state().metered?.day_bytes).toBe(spent);
    again.start();
    await metered.run(seconds(60));
    expect(again.state().metered?.day_bytes).toBeGreaterThan(spent);
    expect(plant.cursor.spent?.dayBytes).toBe(again.state().metered?.day_bytes);
  });
});

describe("a schedule", () => {
  const schedule = [{ from: 6.75 * HOUR, to: 7 * HOUR }];

  test("lets nothing go outside of its windows, and loses nothing by that", async () => {
    const metered = new Metered({ schedule });
    const moments = metered.watchRequests();
    metered.plant.forwarder.start();
    await metered.run(seconds(2400));
    expect(metered.plant.forwarder.state().metered?.text).toBe("nothing goes until 2026-11-22 06:45 UTC");
    await metered.run(seconds(1800));
    const opening = Date.parse("2026-11-22T06:45Z");
    expect(Math.min(...moments)).toBeGreaterThanOrEqual(opening);
    expect(Math.max(...moments)).toBeLessThan(opening + 0.25 * HOUR);
    expect(metered.plant.cursor.counts).toMatchObject({ heldBack: 0, tooOld: 0 });
    metered.plant.expectBooksToBalance();
  });

  test("lets nothing go for which the log took until its window was over", async () => {
    const metered = new Metered({ schedule: [...schedule, { from: 7 * HOUR + 300_000, to: 8 * HOUR }] });
    const { clock, cursor, forwarder, http } = metered.plant;
    const read = cursor.read.bind(cursor);
    cursor.read = async (countMax) => {
      await new Promise<void>((done) => clock.after("slow log", seconds(3), done));
      return await read(countMax);
    };
    clock.jumpWall(millis(HOUR - 2000));
    metered.put(clock.now());
    forwarder.start();
    await clock.advance(seconds(120));
    expect(cursor.reads).toHaveLength(1);
    expect([http.requests.length, cursor.waiting]).toEqual([0, 40]);
    expect(forwarder.state()).toMatchObject({
      reason: "",
      metered: { text: "nothing goes until 2026-11-22 07:05 UTC" },
    });
    await clock.advance(seconds(240));
    expect([http.requests.length, cursor.waiting]).toEqual([1, 0]);
  });

  test("lets alarms go at once where that is wanted, and all readings once its window is open", async () => {
    const metered = new Metered({ schedule, isSendingAlarmsAtOnce: true });
    const { plant } = metered;
    const moments = metered.watchRequests();
    plant.forwarder.start();
    await metered.run(seconds(600));
    expect(moments).toEqual([]);
    metered.alarm = 3;
    await metered.run(seconds(600));
    expect(moments).toHaveLength(1);
    expect(decodePayload(plant.http.requests[0]?.body).map(({ value }) => value)).toEqual(new Array(10).fill(3));
    await metered.run(seconds(1800));
    const { samples, position, counts } = plant.cursor;
    expect(plant.cursor.gaps).toEqual([]);
    expect(counts).toMatchObject({ delivered: position, heldBack: 0 });
    expect(plant.intake.held.size).toBe(position);
    expect(samples.count - position).toBeLessThan(80);
  });

  test.each([
    ["while the clock is not set", (clock: FakeClock) => clock.setTrusted(false)],
    ["of a time that is still to come", (clock: FakeClock) => clock.jumpWall(seconds(-300))],
  ])("lets no alarm go %s", async (_, befall) => {
    const metered = new Metered({ schedule: [{ from: seconds(0), to: seconds(60) }], isSendingAlarmsAtOnce: true });
    const { clock, forwarder, http } = metered.plant;
    metered.beginBefore(HOUR);
    forwarder.start();
    metered.alarm = 1;
    await metered.run(seconds(10), seconds(10));
    const { length } = http.requests;
    expect(length).toBe(1);
    metered.alarm = 2;
    const now = clock.now();
    befall(clock);
    metered.put(now);
    await clock.advance(seconds(120));
    expect(http.requests).toHaveLength(length);
  });

  test("of an intake that wants order lets no alarm overtake what waits", async () => {
    const config = { schedule, isSendingAlarmsAtOnce: true };
    const metered = new Metered(config, { intake: { order: "per-series" } });
    metered.plant.forwarder.start();
    metered.alarm = 3;
    await metered.run(seconds(1200));
    expect(metered.plant.http.requests).toEqual([]);
  });
});

describe("two hundred gateways", () => {
  /** Starts them in one moment, with a sample each; gives when each was taken, and what makes their intake answer. */
  function startAll(startJitter: Millis) {
    const clock = new FakeClock();
    const takenAt: number[] = [];
    const intake = { isUp: true };
    for (let index = 0; index < 200; index += 1) {
      const { cursor, http, restart, intake: own } = crowdMember();
      http.react = (request) => {
        if (!intake.isUp) return "unreachable";
        takenAt.push(clock.monotonic());
        return own.take(request);
      };
      const random = createSeededRandom(index);
      const config = { ...NO_LIMITS, startJitter };
      const spreadName = `gw-${index} datadog`;
      const flushInterval = seconds(10);
      const routes = new SampleRoutes(cursor);
      const metering = new UplinkMetering({
        ...{ config, spreadName, cursor, seriesOf, routes, clock, random, flushInterval },
      });
      restart({ clock, random, metering }).start();
    }
    return { clock, takenAt, intake };
  }

  function crowdMember() {
    const plant = new Forwarding();
    plant.sample(1);
    return { ...plant, restart: (parts: Partial<ForwarderParts>) => plant.restart({}, {}, parts) };
  }

  function countInBusiestSecond(moments: readonly number[]): number {
    const perSecond = Map.groupBy(moments, (moment) => Math.floor(moment / 1000));
    return Math.max(...[...perSecond.values()].map(({ length }) => length));
  }

  test("that are switched on together do not come together", async () => {
    const { clock, takenAt } = startAll(seconds(100));
    await clock.advance(seconds(100));
    expect(takenAt).toHaveLength(200);
    expect(countInBusiestSecond(takenAt)).toBeLessThanOrEqual(8);
  });

  test("do not return together either, after an outage that met all of them", async () => {
    const { clock, takenAt, intake } = startAll(seconds(100));
    intake.isUp = false;
    await clock.advance(seconds(110));
    expect(takenAt).toHaveLength(0);
    intake.isUp = true;
    await clock.advance(seconds(300));
    expect(takenAt).toHaveLength(200);
    expect(countInBusiestSecond(takenAt)).toBeLessThanOrEqual(8);
  });
});
