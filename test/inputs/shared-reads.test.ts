/** Instances of one unit that are read together. */

import { describe, expect, test } from "vitest";
import { createInput, createLinks } from "../../src/inputs/modbus/input.ts";
import { planTogether, type Readable } from "../../src/inputs/modbus/plan.ts";
import { costOfReadsAt } from "../../src/inputs/modbus/read-cost.ts";
import type { InstanceConfig } from "../../src/model/config.ts";
import type { Input } from "../../src/model/input.ts";
import { pointSeries } from "../../src/model/point-series.ts";
import { seconds } from "../../src/model/time.ts";
import { BusQueue } from "../../src/sampling/bus-queue.ts";
import { Poller } from "../../src/sampling/poller.ts";
import { readingsOf } from "../conformance/input-suite.ts";
import { FakeHost } from "../support/fake-byte-stream.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { createKeepingLogger } from "../support/keeping-logger.ts";
import { PacedLine } from "../support/paced-line.ts";
import { RegisterDevice } from "../support/register-device.ts";
import { type WordChanges, wordInstance, words } from "./word-instance.ts";

const signal = new AbortController().signal;

function openInputs(...instances: readonly InstanceConfig[]) {
  const clock = new FakeClock();
  const device = new RegisterDevice();
  const links = createLinks(clock, { openTcp: new FakeHost(device.play).open });
  const inputs = instances.map((instance) => createInput(instance, { clock, links }));
  const poll = async (input: Input | undefined) => {
    if (input === undefined) throw new Error("there is no such input");
    const outcome = await clock.until(input.poll(signal));
    return { ...outcome, values: readingsOf(input, outcome) };
  };
  return { clock, device, links, inputs, poll };
}

describe("two instances of one unit", () => {
  test("are read by one request, and each gets its own readings", async () => {
    const bench = openInputs(wordInstance(words(0, 1)), wordInstance(words(3, 2), { name: "other" }));
    const [one, other] = bench.inputs;
    for (let turn = 0; turn < 3; turn += 1) {
      const outcome = await bench.poll(one);
      expect(outcome.values).toEqual({ "word 0": 0, "word 1": 1 });
      expect(outcome).toMatchObject({ faults: [], isReachable: true });
      expect((await bench.poll(other)).values).toEqual({ "word 2": 2, "word 3": 3 });
      expect(bench.device.take()).toEqual(["3:0+4"]);
      await bench.clock.advance(seconds(15));
    }
  });

  test("are read together whichever of them is due first", async () => {
    const bench = openInputs(wordInstance(words(0)), wordInstance(words(1), { name: "other" }));
    const [one, other] = bench.inputs;
    for (const input of [one, other, other, one, one, other]) await bench.poll(input);
    expect(bench.device.take()).toEqual(["3:0+2", "3:0+2", "3:0+2"]);
  });

  test("each have the faults of their own points", async () => {
    const bench = openInputs(wordInstance(words(0)), wordInstance(words(50), { name: "other" }));
    bench.device.refuse = ({ address }) => (address === 50 ? 4 : undefined);
    const [one, other] = bench.inputs;
    expect((await bench.poll(one)).faults).toEqual([]);
    const outcome = await bench.poll(other);
    expect(outcome.faults).toMatchObject([{ code: "INPUT_EXCEPTION", points: ["word 50"] }]);
    expect(outcome.values).toEqual({});
    expect(bench.device.take()).toEqual(["3:0+1", "3:50+1"]);
  });

  test("are told by both that the unit is silent, for one request", async () => {
    const bench = openInputs(wordInstance(words(0)), wordInstance(words(1), { name: "other" }));
    bench.device.isSilent = true;
    for (const input of bench.inputs) {
      const outcome = await bench.poll(input);
      expect(outcome).toMatchObject({ isReachable: false, faults: [{ code: "INPUT_TIMEOUT" }] });
      expect(outcome.faults[0]?.points).toHaveLength(1);
    }
    expect(bench.device.take()).toHaveLength(1);
  });

  test("get a register once that a read clears, though both have it", async () => {
    const clearOnRead = [{ table: "holding-register", start: 5, end: 6 }] as const;
    const bench = openInputs(
      wordInstance(words(4, 5), { clearOnRead }),
      wordInstance(words(5, 6), { name: "other", id: "test/other" }),
    );
    const [one, other] = bench.inputs;
    expect((await bench.poll(one)).values).toEqual({ "word 4": 4, "word 5": 5 });
    expect((await bench.poll(other)).values).toEqual({ "word 5": 5, "word 6": 6 });
    expect(bench.device.take()).toEqual(["3:4+1", "3:5+1", "3:6+1"]);
  });

  test.each<[string, WordChanges]>([
    ["interval", { interval: seconds(5) }],
    ["timeout", { settings: { timeout: 2 } }],
    ["unit", { settings: { unit: 8 } }],
    ["host", { settings: { host: "10.0.0.6" } }],
  ])("are read apart when their %s is another", async (_, changes) => {
    const bench = openInputs(wordInstance(words(0)), wordInstance(words(1), { name: "other", ...changes }));
    for (const input of bench.inputs) await bench.poll(input);
    expect(bench.device.take()).toEqual(["3:0+1", "3:1+1"]);
  });

  test("go on alone when one of them leaves", async () => {
    const bench = openInputs(wordInstance(words(0)), wordInstance(words(1), { name: "other" }));
    const [one, other] = bench.inputs;
    await bench.poll(one);
    await bench.poll(other);
    await one?.[Symbol.asyncDispose]();
    expect((await bench.poll(other)).values).toEqual({ "word 1": 1 });
    expect(bench.device.take()).toEqual(["3:0+2", "3:1+1"]);
  });

  test("keep the bus no more once all have left", async () => {
    const bench = openInputs(wordInstance(words(0)), wordInstance(words(1), { name: "other" }));
    for (const input of bench.inputs) expect(input.busTime?.()).toBeGreaterThan(0);
    for (const input of bench.inputs) await input[Symbol.asyncDispose]();
    for (const input of bench.inputs) expect(input.busTime?.()).toBe(0);
  });

  test("do not get what was read for a check of a person, nor keep it from that person", async () => {
    const bench = openInputs(wordInstance(words(0)));
    const { clock, links } = bench;
    await bench.poll(bench.inputs[0]);
    const trial = createInput(wordInstance(words(0)), { clock, links, isSingle: true });
    expect((await bench.poll(trial)).values).toEqual({ "word 0": 0 });
    expect((await bench.poll(bench.inputs[0])).values).toEqual({ "word 0": 0 });
    expect(bench.device.take()).toHaveLength(3);
  });

  test("share what they are predicted to need, and are told of one device", async () => {
    const bench = openInputs(wordInstance(words(0)), wordInstance(words(1), { name: "other" }));
    const alone = openInputs(wordInstance(words(0, 1)));
    const [one, other] = bench.inputs;
    const times = bench.inputs.map((input) => input.busTime?.() ?? 0);
    expect((times[0] ?? 0) + (times[1] ?? 0)).toBeCloseTo(alone.inputs[0]?.busTime?.() ?? 0, 6);
    await bench.poll(one);
    bench.device.isSilent = true;
    await bench.poll(other);
    await bench.poll(one);
    for (const input of [one, other]) {
      expect(input?.counts?.()).toMatchObject({ device: "10.0.0.5:502 unit 7", requests: 2, timeouts: 1 });
    }
  });

  test("get nothing that is older than their interval", async () => {
    const bench = openInputs(wordInstance(words(0)), wordInstance(words(1), { name: "other" }));
    const [one, other] = bench.inputs;
    await bench.poll(one);
    await bench.clock.advance(seconds(15.1));
    await bench.poll(other);
    expect(bench.device.take()).toHaveLength(2);
  });
});

describe("a plan for several", () => {
  const costOf = costOfReadsAt({ kind: "tcp", host: "10.0.0.5", port: 502 });
  const plan = (...all: readonly Readable[]): string[] =>
    planTogether(all, costOf).map(({ request }) => `${request.functionCode}:${request.address}+${request.count}`);
  const readable = (addresses: readonly number[], changes: Partial<Readable> = {}): Readable => ({
    ...{ id: "a", points: words(...addresses), maxRegisters: 125, maxGap: 0 },
    ...changes,
  });

  test("bridges a gap between the points of one profile, in whichever instance they are", () => {
    expect(plan(readable([0], { maxGap: 8 }), readable([5], { maxGap: 8 }))).toEqual(["3:0+6"]);
    expect(plan(readable([0], { maxGap: 8 }), readable([5], { maxGap: 3 }))).toEqual(["3:0+1", "3:5+1"]);
  });

  test("bridges no gap between points of which no profile says that it is readable", () => {
    expect(plan(readable([0], { maxGap: 8 }), readable([5], { maxGap: 8, id: "b" }))).toEqual(["3:0+1", "3:5+1"]);
    expect(plan(readable([0, 8], { maxGap: 8 }), readable([5], { id: "b" }))).toEqual(["3:0+9"]);
  });

  test("asks for no more registers than the stricter of them says, unless that takes longer than each alone", () => {
    const many = Array.from({ length: 40 }, (_, address) => address);
    expect(plan(readable([0, 1]), readable([2, 3], { maxRegisters: 3 }))).toEqual(["3:0+3", "3:3+1"]);
    expect(plan(readable(many), readable([60], { maxRegisters: 8 }))).toEqual(["3:0+40", "3:60+1"]);
  });
});

describe("a point that is due often", () => {
  test("keeps its interval beside reads of a second and more, and they go on as well", async () => {
    const clock = new FakeClock();
    const line = new PacedLine(clock);
    const links = createLinks(clock, { openSerial: line.open });
    const bus = new BusQueue();
    const serial = { host: undefined, serial: "/dev/ttyAMA0", baud: 9600 };
    // Eight requests of 125 registers, of which each takes more than a quarter of a second.
    const bulk = words(...Array.from({ length: 1000 }, (_, address) => address));
    const instances = [
      ...[1, 2].map((unit) => wordInstance(bulk, { settings: { ...serial, unit }, interval: seconds(10) })),
      wordInstance(words(0), { settings: { ...serial, unit: 3 }, interval: seconds(0.5) }),
    ];
    const gaps: number[] = [];
    let fastAt = 0;
    const pollers = instances.map((instance, index) => {
      const input = createInput(instance, { clock, links });
      const series = input.points.map((point) => pointSeries(instance, point));
      const part = { interval: instance.interval, input, bus, series, seriesIds: series.map((_, row) => row) };
      return new Poller(instance, [part], {
        ...{ clock, logger: createKeepingLogger(), recordServiceCheck: () => undefined },
        record: (batch) => {
          if (index !== 2) return Promise.resolve(true);
          if (fastAt > 0) gaps.push((batch.at[0] ?? 0) - fastAt);
          fastAt = batch.at[0] ?? 0;
          return Promise.resolve(true);
        },
      });
    });
    for (const poller of pollers) poller.start();
    await clock.advance(seconds(60));
    expect(pollers.map((poller) => poller.status().late_polls)).toEqual([0, 0, 0]);
    expect(pollers.map((poller) => poller.status().failed_polls)).toEqual([0, 0, 0]);
    expect(gaps.length).toBeGreaterThan(110);
    expect(Math.max(...gaps)).toBeLessThan(1000);
    expect(pollers[0]?.status().polls).toBeGreaterThanOrEqual(6);
    expect(pollers[1]?.status().sampled).toBeGreaterThanOrEqual(5000);
    await Promise.all(pollers.map((poller) => poller.stop()));
  });
});
