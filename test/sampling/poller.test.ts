import { describe, expect, test } from "vitest";
import type { InstanceConfig } from "../../src/model/config.ts";
import type { Fault } from "../../src/model/input.ts";
import type { ServiceCheck } from "../../src/model/note.ts";
import { pointSeries } from "../../src/model/point-series.ts";
import { FLAG } from "../../src/model/samples.ts";
import { seconds } from "../../src/model/time.ts";
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

function openPoller(script: readonly ScriptedPoll[], clock = new FakeClock()) {
  const input = new FakeInput([voltagePoint("l1"), voltagePoint("l2")], script, clock);
  const logger = createKeepingLogger();
  const recorded: number[][] = [];
  const said: ServiceCheck[] = [];
  const series = input.points.map((point) => pointSeries(INSTANCE, point));
  const poller = new Poller(INSTANCE, input, {
    clock,
    logger,
    bus: new BusQueue(),
    series,
    seriesIds: [7, 8],
    record: (batch) => recorded.push(...rowsOf(batch)),
    recordServiceCheck: (check) => said.push(check),
  });
  return { clock, input, logger, poller, recorded, said };
}

describe("a poller", () => {
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
