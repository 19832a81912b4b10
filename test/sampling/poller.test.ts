import { describe, expect, test } from "vitest";
import type { InstanceConfig } from "../../src/model/config.ts";
import type { Fault, InputPoint } from "../../src/model/input.ts";
import type { DropCounts } from "../../src/model/log.ts";
import type { ServiceCheck } from "../../src/model/note.ts";
import { pointSeries } from "../../src/model/point-series.ts";
import { FLAG } from "../../src/model/samples.ts";
import { millis, seconds } from "../../src/model/time.ts";
import { BusQueue } from "../../src/sampling/bus-queue.ts";
import { Poller } from "../../src/sampling/poller.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { FakeInput, type ScriptedPoll, voltagePoint } from "../support/fake-input.ts";
import { createKeepingLogger } from "../support/keeping-logger.ts";
import { rowsOf } from "../support/samples.ts";

const INSTANCE: InstanceConfig = {
  check: "modbus",
  name: "meter",
  file: "conf.d/modbus.yaml",
  line: 3,
  tags: ["line:4"],
  namespace: "",
  interval: seconds(1),
  settings: {},
};

const TIMEOUT: Fault = {
  code: "INPUT_TIMEOUT",
  message: "10.0.0.5:502 unit 1 did not answer within 1000 ms.",
  points: [],
};

/** A poller with one part for each script: all points in the first, one more in each other, asked more seldom. */
function openParts(
  scripts: readonly (readonly ScriptedPoll[])[],
  clock = new FakeClock(),
  recording = Promise.resolve(true),
) {
  const logger = createKeepingLogger();
  const recorded: number[][] = [];
  const lost: DropCounts[] = [];
  const said: ServiceCheck[] = [];
  const inputs = scripts.map((script, index) => {
    const second = { ...voltagePoint("l2"), states: { 0: "dead", 1: "alive" } };
    const points = index === 0 ? [voltagePoint("l1"), second] : [voltagePoint(`l${index + 2}`)];
    return new FakeInput(points, script, clock);
  });
  const bus = new BusQueue();
  const parts = inputs.map((input, index) => ({
    define: (points: readonly InputPoint[]) => ({
      series: points.map((point) => pointSeries(INSTANCE, point)),
      seriesIds: points.map((_, row) => 70 + row),
    }),
    interval: seconds(1 + 9 * index),
    input,
    bus,
    series: input.points.map((point) => pointSeries(INSTANCE, point)),
    seriesIds: input.points.map((_, row) => 7 + index * 10 + row),
  }));
  const poller = new Poller(INSTANCE, parts, {
    clock,
    logger,
    record: (batch, dropped) => {
      recorded.push(...rowsOf(batch));
      lost.push(dropped);
      return recording;
    },
    recordServiceCheck: (check) => said.push(check),
  });
  return { clock, inputs, logger, poller, recorded, lost, said };
}

function openPoller(script: readonly ScriptedPoll[], clock = new FakeClock(), recording = Promise.resolve(true)) {
  const { inputs, ...rest } = openParts([script], clock, recording);
  const [input] = inputs;
  if (input === undefined) throw new Error("there is one part");
  return { ...rest, input };
}

describe("a poller", () => {
  test("tells beside the last value what it is called, where the number has a name", async () => {
    const { clock, poller } = openPoller([
      {
        values: [
          [0, 1],
          [1, 1],
        ],
      },
      { values: [[1, 2]] },
    ]);
    poller.start();
    await clock.advance(seconds(1));
    expect(poller.status().values.map(({ value, state }) => [value, state])).toEqual([
      [1, undefined],
      [1, "alive"],
    ]);
    await clock.advance(seconds(1));
    expect(poller.status().values.map(({ value, state }) => [value, state])).toEqual([
      [1, undefined],
      [2, undefined],
    ]);
    await poller.stop();
  });

  test("stops in the middle of a poll without recording anything of it, and disposes its input", async () => {
    const never = new Promise<void>(() => undefined);
    const { clock, input, poller, recorded, said } = openPoller([{ values: [[0, 230]], answer: never }]);
    poller.start();
    await clock.advance(seconds(1));
    expect(input.polls).toBe(1);
    await poller.stop();
    expect({ recorded, said, isDisposed: input.isDisposed, pending: clock.pending() }).toEqual({
      recorded: [],
      said: [],
      isDisposed: true,
      pending: [],
    });
  });

  test("records each reading under the number of its series, at the moment it was read", async () => {
    const { clock, poller, recorded } = openPoller([
      {
        values: [
          [1, 231.5],
          [0, 230.1],
        ],
      },
    ]);
    poller.start();
    const start = clock.now();
    await clock.advance(seconds(1));
    expect(recorded).toEqual([
      [8, start + 500, 231.5, 0],
      [7, start + 500, 230.1, 0],
    ]);
    await poller.stop();
  });

  test("polls once per interval", async () => {
    const { clock, input, poller } = openPoller([{ values: [[0, 1]] }]);
    poller.start();
    await clock.advance(seconds(10));
    expect(input.polls).toBe(10);
    expect(poller.status()).toMatchObject({ polls: 10, failed_polls: 0, late_polls: 0, sampled: 10, state: "OK" });
    await poller.stop();
  });

  test("polls an input again when that asks for it, and keeps to the interval beside that", async () => {
    const { clock, input, poller } = openPoller([{ pollAgainIn: millis(400) }, { pollAgainIn: seconds(5) }, {}]);
    poller.start();
    await clock.advance(millis(500));
    const polls = [input.polls];
    for (let step = 0; step < 4; step += 1) {
      await clock.advance(millis(400));
      polls.push(input.polls);
    }
    expect(polls).toEqual([1, 2, 2, 3, 3]);
    expect(poller.status().late_polls).toBe(0);
    await poller.stop();
  });

  test("counts the polls that a slow device makes it leave out", async () => {
    const clock = new FakeClock();
    const slow = new Promise<void>((resolve) => {
      clock.after("slow device", seconds(4), resolve);
    });
    const { input, poller } = openPoller([{ values: [[0, 1]], answer: slow }, { values: [[0, 2]] }], clock);
    poller.start();
    await clock.advance(seconds(10));
    expect(poller.status().late_polls).toBe(3);
    expect(input.polls).toBe(7);
    await poller.stop();
  });

  test("marks samples while the wall clock is not to be trusted", async () => {
    const { clock, poller, recorded } = openPoller([{ values: [[0, 1]] }]);
    clock.setTrusted(false);
    poller.start();
    await clock.advance(seconds(1));
    expect(recorded[0]?.[3]).toBe(FLAG.clockUntrusted);
    await poller.stop();
  });

  test("says a fault once when it comes and once when it goes, and never records a value for it", async () => {
    const fault: ScriptedPoll = { faults: [TIMEOUT], isReachable: false };
    const fine: ScriptedPoll = { values: [[0, 5]] };
    const { clock, logger, poller, recorded, said } = openPoller([fine, fault, fault, fault, fine]);
    poller.start();
    await clock.advance(seconds(4));
    expect(recorded).toHaveLength(1);
    expect(poller.status()).toMatchObject({
      state: "CRITICAL",
      failed_polls: 3,
      faults: [{ code: "INPUT_TIMEOUT", polls: 3 }],
    });
    await clock.advance(seconds(1));
    expect(logger.lines).toEqual([
      "warn modbus/meter: 10.0.0.5:502 unit 1 did not answer within 1000 ms.",
      "info modbus/meter: all points are read again",
    ]);
    expect(said.map((check) => check.status)).toEqual([0, 2, 0]);
    expect(said[1]).toMatchObject({ name: "modbus.can_connect", message: TIMEOUT.message });
    expect(poller.status().faults).toEqual([]);
    await poller.stop();
  });

  test("repeats an unchanged service check every minute, so that no intake forgets it", async () => {
    const { clock, poller, said } = openPoller([{ values: [[0, 1]] }]);
    poller.start();
    await clock.advance(seconds(150));
    expect(said.map((check) => check.status)).toEqual([0, 0, 0]);
    await poller.stop();
  });

  test("shows the last value of each point that had one", async () => {
    const { clock, poller } = openPoller([{ values: [[1, 231.5]] }]);
    poller.start();
    await clock.advance(seconds(1));
    expect(poller.status().values).toEqual([
      {
        metric: "voltage",
        tags: ["check:modbus", "instance:meter", "line:4", "phase:l2", "point:l2"],
        value: 231.5,
        unit: "V",
        at: clock.now() - 500,
      },
    ]);
    await poller.stop();
  });
});

describe("a poller of points with intervals of their own", () => {
  const fine: ScriptedPoll = { values: [[0, 5]] };
  const dead: ScriptedPoll = { faults: [TIMEOUT], isReachable: false };

  test("stops all of its parts", async () => {
    const { inputs, poller } = openParts([[fine], [fine]]);
    poller.start();
    await poller.stop();
    expect(inputs.map(({ isDisposed }) => isDisposed)).toEqual([true, true]);
  });

  test("is one instance: its parts are counted together, and its values are those of all", async () => {
    const { clock, poller } = openParts([[fine], [fine]]);
    poller.start();
    await clock.advance(seconds(20));
    expect(poller.status()).toMatchObject({ polls: 22, sampled: 22, series: 3, interval_s: 1, state: "OK" });
    expect(poller.status().values.map(({ tags }) => tags.at(-1))).toEqual(["point:l1", "point:l3"]);
    await poller.stop();
  });

  test("asks, of parts that are due at the same moment, first the one that has to be done first", async () => {
    const { clock, inputs, poller } = openParts([[fine], [fine]]);
    const asked: { part: number; at: number }[] = [];
    for (const [part, input] of inputs.entries()) {
      const poll = input.poll.bind(input);
      input.poll = (signal) => {
        asked.push({ part, at: clock.monotonic() });
        return poll(signal);
      };
    }
    poller.start();
    await clock.advance(seconds(31));
    const seldom = asked.filter(({ part }) => part === 1);
    expect(seldom).toHaveLength(4);
    for (const { at } of seldom) {
      expect(asked.filter((each) => each.at === at).map(({ part }) => part)).toEqual([0, 1]);
    }
    await poller.stop();
  });

  test("says of a part that fails that the device is there and lacks something, and does not flap", async () => {
    const { clock, poller, said } = openParts([[fine], [dead]]);
    poller.start();
    await clock.advance(seconds(35));
    expect(said.map(({ status }) => status)).toEqual([0, 1]);
    expect(poller.status()).toMatchObject({ state: "WARNING", faults: [{ code: "INPUT_TIMEOUT" }] });
    await poller.stop();
  });

  test("tells of a dead device once, however many parts miss it, and once when all are read again", async () => {
    const { clock, logger, poller, said } = openParts([
      [...Array.from({ length: 15 }, () => dead), fine],
      [dead, fine],
    ]);
    poller.start();
    await clock.advance(seconds(30));
    expect(logger.lines).toEqual([
      `warn modbus/meter: ${TIMEOUT.message}`,
      "info modbus/meter: all points are read again",
    ]);
    expect(said.map(({ status, message }) => [status, message])).toEqual([
      [2, TIMEOUT.message],
      [0, ""],
    ]);
    await poller.stop();
  });
});
