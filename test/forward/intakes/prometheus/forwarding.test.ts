import { describe, expect, test } from "vitest";
import type { EarlierRun } from "../../../../src/forward/earlier-run.ts";
import { createPrometheusIntake } from "../../../../src/forward/intakes/prometheus/intake.ts";
import { Uplink } from "../../../../src/forward/uplink.ts";
import type { PrometheusConfig } from "../../../../src/model/config.ts";
import { FLAG } from "../../../../src/model/samples.ts";
import { millis, seconds } from "../../../../src/model/time.ts";
import { createKeepingLogger } from "../../../support/keeping-logger.ts";
import { createSeededRandom } from "../../../support/seeded-random.ts";
import { Forwarding, IDENTITY, INTAKE_CONFIG } from "../../forwarding.ts";
import { FakeReceiver } from "./fake-receiver.ts";

const { name, flushInterval, timeout, maxAge } = INTAKE_CONFIG;
const CONFIG: PrometheusConfig = {
  name,
  kind: "prometheus",
  url: "http://prometheus.test/api/v1/write",
  version: "1.0",
  flushInterval,
  timeout,
  maxAge,
};

/** A gateway that forwards to a Prometheus which takes samples in order only. */
function start(changes: Partial<PrometheusConfig> = {}, earlierRun?: EarlierRun) {
  const receiver = new FakeReceiver();
  const tell = (): never => expect.unreachable();
  const intake = createPrometheusIntake({ ...CONFIG, ...changes }, IDENTITY, tell, earlierRun);
  const plant = new Forwarding({}, { intake });
  plant.http.react = receiver.take;
  return { receiver, plant };
}

/** Begins anew on what the cursor knows, as a gateway does. */
function openUplink({ cursor, clock, http }: Forwarding): Uplink {
  return new Uplink({
    config: CONFIG,
    identity: IDENTITY,
    cursor,
    events: undefined,
    log: {
      seriesOf: cursor.seriesOf,
      defineSeries: cursor.defineSeries,
      momentOf: cursor.momentOf,
      onWritten: cursor.wake,
      serviceChecks: () => [],
      arePlaced: () => true,
      care: { page: cursor.page, series: cursor.series },
      stats: () => ({ head: cursor.head }),
    },
    http,
    clock,
    random: createSeededRandom(7),
    logger: createKeepingLogger(),
  });
}

/** Every sample, in the order of its series. */
function expectAllHeldOnce({ receiver, plant }: ReturnType<typeof start>): void {
  const { series, at, value, count } = plant.cursor.samples;
  const sent = new Map<number, [number, number][]>();
  for (let row = 0; row < count; row += 1) {
    const id = series[row] ?? -1;
    sent.set(id, [...(sent.get(id) ?? []), [at[row] ?? 0, value[row] ?? 0]]);
  }
  expect([...receiver.held.values()].sort()).toEqual([...sent.values()].sort());
  expect(plant.cursor.counts).toMatchObject({ delivered: count, rejected: 0 });
}

describe("a Prometheus that takes samples in order only", () => {
  test("holds all there is", async () => {
    const world = start();
    world.plant.sample(1000, { seriesCount: 10 });
    world.plant.forwarder.start();
    await world.plant.clock.advance(seconds(1));
    expectAllHeldOnce(world);
  });

  test("holds every sample once after the answer to all of them was lost, found out in few requests", async () => {
    const world = start();
    const { plant, receiver } = world;
    plant.sample(1000, { seriesCount: 10 });
    plant.http.react = (request) => ({ lost: receiver.take(request) });
    plant.forwarder.start();
    await plant.clock.advance(seconds(1));
    expect(receiver.count).toBe(1000);
    plant.http.react = receiver.take;
    await plant.clock.advance(seconds(120));
    expectAllHeldOnce(world);
    expect(plant.cursor.waiting).toBe(0);
    expect(plant.http.requests.length).toBeLessThan(60);
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 8])("holds every sample once when every other answer is lost (%i)", async (seed) => {
    const world = start();
    const { plant, receiver } = world;
    const random = createSeededRandom(seed);
    plant.http.react = (request) => {
      const draw = random.next();
      if (draw < 0.2) return "unreachable";
      return draw < 0.5 ? { lost: receiver.take(request) } : receiver.take(request);
    };
    plant.forwarder.start();
    for (let round = 0; round < 30; round += 1) {
      plant.sample(60, { seriesCount: 6, firstValue: round * 60 });
      await plant.clock.advance(seconds(15));
    }
    plant.http.react = receiver.take;
    await plant.clock.advance(seconds(600));
    expect(plant.cursor.waiting).toBe(0);
    expectAllHeldOnce(world);
  });

  test.each([1, 2, 3, 4, 5, 6])(
    "holds what is odd in full, once and in order with what was before it, when every other answer is lost (%i)",
    async (seed) => {
      const { plant, receiver } = start();
      const { clock, cursor } = plant;
      const random = createSeededRandom(seed);
      plant.http.react = (request) => {
        const draw = random.next();
        if (draw < 0.2) return "unreachable";
        return draw < 0.5 ? { lost: receiver.take(request) } : receiver.take(request);
      };
      plant.forwarder.start();
      const { ordinary, anomalous, context, onset } = FLAG;
      const whole: number[] = [];
      let second = 0;
      for (let round = 0; round < 12; round += 1) {
        const length = 1 + Math.floor(random.next() * 60);
        const odd = [ordinary | anomalous | onset, ordinary | anomalous, ordinary | context];
        for (const flags of [...Array.from({ length }, () => ordinary), ...odd, 0]) {
          cursor.push(0, clock.now(), second, flags);
          if (flags === 0) whole.push(second);
          second += 1;
          cursor.publish();
          await clock.advance(seconds(1));
        }
      }
      plant.http.react = receiver.take;
      await clock.advance(seconds(900));
      expect(cursor.waiting).toBe(0);
      const names = [...receiver.held].map(
        ([labels, samples]) => [labels.includes("_full"), samples.map(([, value]) => value)] as const,
      );
      const full = Array.from({ length: second }, (_, value) => value).filter((value) => !whole.includes(value));
      expect(new Map(names)).toEqual(
        new Map([
          [true, full],
          [false, whole],
        ]),
      );
      expect(cursor.counts).toMatchObject({ delivered: 12 * 4, thinned: second - 12 * 4, rejected: 0, collapsed: 0 });
    },
  );

  test.each(["1.0", "2.0"] as const)(
    "holds every sample but one it has no room for, which alone is set aside (%s)",
    async (version) => {
      const world = start({ version });
      const { plant, receiver } = world;
      receiver.poison = 25;
      plant.sample(60, { seriesCount: 3 });
      plant.forwarder.start();
      await plant.clock.advance(seconds(60));
      expect(plant.cursor.setAside.map(({ value, answer }) => [value, answer])).toEqual([[25, "400: too old sample"]]);
      expect(receiver.count).toBe(59);
      expect(plant.cursor.counts).toMatchObject({ delivered: 59, rejected: 1 });
    },
  );

  test("holds every sample once after the gateway was killed with a request under way", async () => {
    const world = start();
    const { plant, receiver } = world;
    const { clock, forwarder, http } = plant;
    plant.sample(10, { seriesCount: 2 });
    forwarder.start();
    await clock.advance(seconds(30));
    plant.sample(30, { seriesCount: 2, firstValue: 100 });
    http.react = (request) => ({ lost: receiver.take(request) });
    await clock.advance(seconds(1));
    expect(receiver.count).toBe(40);
    await clock.until(forwarder.stop(seconds(0)));
    http.react = receiver.take;
    clock.setTrusted(false);
    clock.jumpWall(seconds(-86_400));
    openUplink(plant).start();
    clock.jumpWall(seconds(86_400));
    clock.setTrusted(true);
    await clock.advance(seconds(60));
    plant.sample(10, { seriesCount: 2, firstValue: 200 });
    await clock.advance(seconds(60));
    expect(plant.cursor.waiting).toBe(0);
    expectAllHeldOnce(world);
  });

  test("holds every sample once after a power cut took back what was known of it, and requests got no answer", async () => {
    const before = start();
    before.plant.sample(10, { seriesCount: 2 });
    before.plant.forwarder.start();
    await before.plant.clock.advance(seconds(1));
    expect(before.receiver.count).toBe(10);
    const { plant } = start();
    const world = { plant, receiver: before.receiver };
    plant.sample(10, { seriesCount: 2 });
    await plant.clock.advance(seconds(15));
    plant.sample(30, { seriesCount: 2, firstValue: 100 });
    plant.http.react = () => "unreachable";
    openUplink(plant).start();
    await plant.clock.advance(seconds(10));
    plant.http.react = before.receiver.take;
    await plant.clock.advance(seconds(60));
    plant.sample(10, { seriesCount: 2, firstValue: 200 });
    await plant.clock.advance(seconds(60));
    expect(plant.cursor.waiting).toBe(0);
    expectAllHeldOnce(world);
  });

  test("is not believed after a start to hold what is refused once it has taken something of the series", async () => {
    const { plant, receiver } = start({}, { hasDelivered: true, mayHaveSent: () => true });
    plant.sample(2, { seriesCount: 2 });
    plant.forwarder.start();
    await plant.clock.advance(seconds(11));
    const [first] = receiver.held.values();
    first?.push([plant.clock.now() + 5500, -1]);
    plant.sample(2, { seriesCount: 2, firstValue: 100 });
    await plant.clock.advance(seconds(60));
    expect(plant.cursor.setAside.map(({ value }) => value)).toEqual([100]);
  });

  test.each([
    ["never sent", false],
    ["sent in vain", true],
  ])("counts nothing as delivered that was %s, where the clock was put back after a lost answer", async (_, isAway) => {
    const { plant, receiver } = start();
    plant.sample(10);
    plant.http.react = (request) => ({ lost: receiver.take(request) });
    plant.forwarder.start();
    await plant.clock.advance(seconds(1));
    expect(receiver.count).toBe(10);
    // What waits moves with the clock; the receiver holds it where it lay.
    const back = 5_500;
    plant.clock.jumpWall(millis(-back));
    const { at } = plant.cursor.samples;
    for (let row = 0; row < at.length; row += 1) at[row] = (at[row] ?? 0) - back;
    plant.http.react = (request) => (isAway ? "unreachable" : receiver.take(request));
    for (let second = 1; second <= 20; second += 1) {
      await plant.clock.advance(seconds(1));
      plant.sample(1, { firstValue: 100 + second });
    }
    plant.http.react = receiver.take;
    await plant.clock.advance(seconds(300));
    const { delivered, rejected } = plant.cursor.counts;
    expect(delivered + rejected).toBe(30);
    expect(delivered).toBe(receiver.count - 10);
    expect(rejected).toBeGreaterThan(10);
  });

  test("believes no request without an answer to be held where something accepted was later", async () => {
    const { plant, receiver } = start({ maxAge: seconds(60) });
    plant.sample(10);
    plant.forwarder.start();
    await plant.clock.advance(seconds(1));
    expect(receiver.count).toBe(10);
    // What waits grows too old, and with it the gateway forgets what the receiver has.
    plant.http.react = () => "unreachable";
    plant.sample(1, { firstValue: 50 });
    await plant.clock.advance(seconds(200));
    plant.clock.jumpWall(millis(-260_000));
    plant.sample(5, { firstValue: 60 });
    await plant.clock.advance(seconds(20));
    plant.http.react = receiver.take;
    await plant.clock.advance(seconds(120));
    expect(plant.cursor.counts).toMatchObject({ delivered: receiver.count, rejected: 5, tooOld: 1 });
  });

  test("sets aside with its answer what another writer has overtaken, and nothing else", async () => {
    const { plant, receiver } = start();
    plant.sample(4, { seriesCount: 2 });
    plant.forwarder.start();
    await plant.clock.advance(seconds(11));
    const [first] = receiver.held.values();
    first?.push([plant.clock.now() + 5500, -1]);
    for (let round = 1; round <= 4; round += 1) {
      plant.sample(2, { seriesCount: 2, firstValue: 100 * round });
      await plant.clock.advance(seconds(3));
    }
    await plant.clock.advance(seconds(60));
    expect(plant.cursor.setAside.map(({ series, answer, value }) => [series, value, answer])).toEqual([
      [0, 100, "400: out of order sample"],
      [0, 200, "400: out of order sample"],
      [0, 300, "400: out of order sample"],
    ]);
    expect(plant.cursor.counts).toMatchObject({ delivered: 9, rejected: 3 });
  });
});
