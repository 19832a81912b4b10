/** What dead units cost the others on their bus, on a line that takes its time. */

import { describe, expect, test } from "vitest";
import { createInput, createLinks } from "../../src/inputs/modbus/input.ts";
import { pointSeries } from "../../src/model/point-series.ts";
import type { ModbusProfile, Point } from "../../src/model/profile.ts";
import { type Millis, seconds } from "../../src/model/time.ts";
import { BusQueue } from "../../src/sampling/bus-queue.ts";
import { Poller } from "../../src/sampling/poller.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { createKeepingLogger } from "../support/keeping-logger.ts";
import { PacedLine } from "../support/paced-line.ts";
import { smallMeter, smallMeterInstance } from "./small-meter.ts";

const UNITS = 32;
const WORDS = 10;
const DEAD = [3, 9, 14, 20, 31];

const [samplePoint] = smallMeter.points;
if (samplePoint === undefined) throw new Error("the small meter has points");

/** Ten registers side by side: one request of 29 ms at 19,200 baud, so that 32 units fill most of a second. */
const tenWords: ModbusProfile = {
  ...smallMeter,
  points: Array.from(
    { length: WORDS },
    (_, address): Point => ({
      ...samplePoint,
      ...{ name: `word ${address}`, table: "holding-register", address, type: "uint16", tags: [`word:${address}`] },
    }),
  ),
};

interface Bus {
  readonly clock: FakeClock;
  readonly line: PacedLine;
  readonly pollers: readonly Poller[];
  readonly interval: Millis;
}

function openBus(units = UNITS, interval = seconds(1)): Bus {
  const clock = new FakeClock();
  const line = new PacedLine(clock);
  const links = createLinks(clock, { openSerial: line.open });
  const bus = new BusQueue();
  const pollers = Array.from({ length: units }, (_, index) => {
    const settings = { host: undefined, serial: "/dev/ttyAMA0", baud: 19_200, unit: index + 1 };
    const instance = { ...smallMeterInstance(settings), interval, profile: tenWords };
    const input = createInput(instance, { clock, links });
    const series = input.points.map((point) => pointSeries(instance, point));
    return new Poller(instance, [{ interval, input, bus, series, seriesIds: series.map((_each, row) => row) }], {
      ...{ clock, logger: createKeepingLogger() },
      record: () => Promise.resolve(true),
      recordServiceCheck: () => undefined,
    });
  });
  for (const poller of pollers) poller.start();
  return { clock, line, pollers, interval };
}

/** The part of their polls that the units got which are not among `dead`, the worst of them, from `since` on. */
function worstShare({ clock, line, pollers, interval }: Bus, dead: readonly number[], since: number): number {
  const due = (clock.monotonic() - since) / interval;
  const units = pollers.map((_, index) => index + 1).filter((unit) => !dead.includes(unit));
  return Math.min(...units.map((unit) => line.countOf(unit, since, WORDS) / due));
}

/** Lets time pass until each of `units` was polled, and gives how long the last of them took. Units: seconds. */
async function secondsUntilPolled({ clock, line }: Bus, units: readonly number[]): Promise<number> {
  const since = clock.monotonic();
  for (let tenths = 1; tenths <= 600; tenths += 1) {
    await clock.advance(seconds(0.1));
    if (units.every((unit) => line.countOf(unit, since, WORDS) > 0)) return tenths / 10;
  }
  return Number.POSITIVE_INFINITY;
}

async function stop({ pollers }: Bus): Promise<void> {
  await Promise.all(pollers.map((poller) => poller.stop()));
}

describe("a line of 32 units", () => {
  test("polls them all when none is dead", async () => {
    const bus = openBus();
    await bus.clock.advance(seconds(60));
    expect(worstShare(bus, [], bus.clock.monotonic() - seconds(50))).toBeGreaterThan(0.97);
    await stop(bus);
  });

  test("keeps 95 % of the others' polls from the moment on at which five die", async () => {
    const bus = openBus();
    await bus.clock.advance(seconds(10));
    bus.line.isDead = (unit) => DEAD.includes(unit);
    const since = bus.clock.monotonic();
    await bus.clock.advance(seconds(180));
    expect(worstShare(bus, DEAD, since)).toBeGreaterThan(0.95);
    expect(worstShare(bus, DEAD, since + seconds(20))).toBeGreaterThan(0.98);
    await stop(bus);
  });

  test("keeps 95 % of the others' polls when five were dead from the start", async () => {
    const bus = openBus();
    bus.line.isDead = (unit) => DEAD.includes(unit);
    const since = bus.clock.monotonic();
    await bus.clock.advance(seconds(180));
    expect(worstShare(bus, DEAD, since)).toBeGreaterThan(0.95);
    await stop(bus);
  });

  test("polls five units within ten seconds after they came back, whenever that is", async () => {
    const bus = openBus();
    await bus.clock.advance(seconds(10));
    const took: number[] = [];
    for (const deadFor of [31, 47.3, 60.9]) {
      bus.line.isDead = (unit) => DEAD.includes(unit);
      await bus.clock.advance(seconds(deadFor));
      bus.line.isDead = () => false;
      took.push(await secondsUntilPolled(bus, DEAD));
    }
    expect(Math.max(...took)).toBeLessThan(10);
    await stop(bus);
  });

  test("polls a unit soon that came back slower than it was", async () => {
    const bus = openBus();
    await bus.clock.advance(seconds(10));
    bus.line.isDead = (unit) => unit === 9;
    await bus.clock.advance(seconds(60));
    bus.line.isDead = () => false;
    bus.line.delayOf = (unit) => (unit === 9 ? 300 : 0);
    expect(await secondsUntilPolled(bus, [9])).toBeLessThan(10);
    await stop(bus);
  });

  test("polls all within ten seconds after the whole line came back", async () => {
    const bus = openBus();
    await bus.clock.advance(seconds(10));
    bus.line.isDead = () => true;
    await bus.clock.advance(seconds(300));
    bus.line.isDead = () => false;
    const took = await secondsUntilPolled(
      bus,
      Array.from({ length: UNITS }, (_, index) => index + 1),
    );
    expect(took).toBeLessThan(10);
    await stop(bus);
  });

  test.each([3, 7, 20, 61])(
    "loses one poll of twenty at most when five units come or go every %i s",
    async (period) => {
      const bus = openBus();
      await bus.clock.advance(seconds(10));
      const start = bus.clock.monotonic();
      const isOff = (unit: number): boolean =>
        Math.floor((bus.clock.monotonic() - start) / seconds(period) + unit / 3) % 2 === 0;
      bus.line.isDead = (unit) => DEAD.includes(unit) && isOff(unit);
      await bus.clock.advance(seconds(180));
      expect(worstShare(bus, DEAD, start)).toBeGreaterThan(0.95);
      for (const unit of DEAD) expect(bus.line.countOf(unit, start, WORDS)).toBeGreaterThan(0);
      await stop(bus);
    },
  );

  test("says for how long a unit has not answered, and how often it is probed", async () => {
    const bus = openBus(3);
    await bus.clock.advance(seconds(10));
    bus.line.isDead = (unit) => unit === 2;
    await bus.clock.advance(seconds(185));
    const status = bus.pollers[1]?.status();
    expect(status?.state).toBe("CRITICAL");
    expect(status?.faults).toHaveLength(1);
    expect(status?.faults[0]).toMatchObject({ code: "INPUT_TIMEOUT" });
    expect(status?.faults[0]?.message).toMatch(
      /^\/dev\/ttyAMA0 unit 2 has not answered for 3 min; it is probed every 4 s\. \/dev\/ttyAMA0 unit 2 did not answer/,
    );
    expect(bus.pollers[0]?.status().state).toBe("OK");
    await stop(bus);
  });

  test("polls a unit within ten seconds after it came back, though its own interval is a minute", async () => {
    const bus = openBus(3, seconds(60));
    await bus.clock.advance(seconds(130));
    bus.line.isDead = (unit) => unit === 2;
    await bus.clock.advance(seconds(300));
    bus.line.isDead = () => false;
    expect(await secondsUntilPolled(bus, [2])).toBeLessThan(10);
    await stop(bus);
  });
});
