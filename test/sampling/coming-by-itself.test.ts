import { describe, expect, test } from "vitest";
import type { InstanceConfig } from "../../src/model/config.ts";
import type { InputPoint } from "../../src/model/input.ts";
import type { DropCounts } from "../../src/model/log.ts";
import type { Event, ServiceCheck } from "../../src/model/note.ts";
import { pointSeries } from "../../src/model/point-series.ts";
import { millis, seconds } from "../../src/model/time.ts";
import { BusQueue } from "../../src/sampling/bus-queue.ts";
import { Poller } from "../../src/sampling/poller.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { FakeInput, type ScriptedPoll, voltagePoint } from "../support/fake-input.ts";
import { createKeepingLogger } from "../support/keeping-logger.ts";
import { rowsOf } from "../support/samples.ts";

const INSTANCE: InstanceConfig = {
  check: "mqtt",
  name: "floor",
  file: "conf.d/mqtt.yaml",
  line: 3,
  tags: ["line:4"],
  namespace: "",
  interval: seconds(60),
  settings: {},
};

/** A poller of an input whose readings come by themselves. `recording` is what the log makes of each batch. */
function openPoller(script: readonly ScriptedPoll[], recording = Promise.resolve(true)) {
  const clock = new FakeClock();
  const input = new FakeInput([], script, clock);
  const recorded: number[][] = [];
  const lost: DropCounts[] = [];
  const said: ServiceCheck[] = [];
  const events: Event[] = [];
  const define = (points: readonly InputPoint[]) => ({
    series: points.map((point) => pointSeries(INSTANCE, point)),
    seriesIds: points.map(({ name }) => Number(name)),
  });
  const part = { interval: INSTANCE.interval, input, bus: new BusQueue(), series: [], seriesIds: [], define };
  const poller = new Poller(INSTANCE, [part], {
    ...{ clock, logger: createKeepingLogger() },
    record: (batch, dropped) => {
      recorded.push(...rowsOf(batch));
      lost.push(dropped);
      return recording;
    },
    recordServiceCheck: (check) => said.push(check),
    recordEvent: (event) => events.push(event),
  });
  poller.start();
  return { clock, input, poller, recorded, lost, said, events };
}

describe("a poller of what comes by itself", () => {
  test("makes series of points that the input learns of, and keeps those it has", async () => {
    const { clock, poller, recorded } = openPoller([
      { newPoints: [voltagePoint("7")], values: [[0, 230]] },
      {
        newPoints: [voltagePoint("9"), voltagePoint("8")],
        values: [
          [2, 228],
          [0, 231],
        ],
      },
      {},
    ]);
    await clock.advance(seconds(130));
    expect(recorded.map(([series, , value]) => [series, value])).toEqual([
      [7, 230],
      [8, 228],
      [7, 231],
    ]);
    const { series, values } = poller.status();
    expect(series).toBe(3);
    expect(values.map(({ value }) => value)).toEqual([231, 228]);
    await poller.stop();
  });

  test("polls at once when the input is eager, once for all that comes together, and then as it is due", async () => {
    const { clock, input, poller } = openPoller([{}]);
    await clock.advance(seconds(61));
    const before = input.polls;
    for (let turn = 0; turn < 10; turn += 1) input.hurry();
    await clock.advance(millis(10));
    expect(input.polls).toBe(before + 1);
    await clock.advance(seconds(60));
    expect(input.polls).toBe(before + 2);
    await poller.stop();
    expect(clock.pending()).toEqual([]);
  });

  test("polls again when the input becomes eager while it is polled", async () => {
    let answer = (): void => undefined;
    const slow: ScriptedPoll = { answer: new Promise((resolve) => (answer = resolve)) };
    const { clock, input, poller } = openPoller([slow, {}]);
    await clock.advance(seconds(61));
    expect(input.polls).toBe(1);
    input.hurry();
    await clock.advance(seconds(1));
    answer();
    await clock.advance(millis(10));
    expect(input.polls).toBe(2);
    await poller.stop();
  });

  test.each([true, false])("tells the input once the log has what came: %s", async (isKept) => {
    const told: boolean[] = [];
    let settleLog = (_isKept: boolean): void => undefined;
    const recording = new Promise<boolean>((resolve) => (settleLog = resolve));
    const whenRecorded = (each: boolean): void => void told.push(each);
    const { clock, poller } = openPoller(
      [{ newPoints: [voltagePoint("7")], values: [[0, 1]], whenRecorded }, {}],
      recording,
    );
    await clock.advance(seconds(61));
    expect(told).toEqual([]);
    settleLog(isKept);
    await clock.advance(seconds(1));
    expect(told).toEqual([isKept]);
    await poller.stop();
  });

  test("tells the input at once where there was nothing to record", async () => {
    const told: boolean[] = [];
    const { clock, poller, lost } = openPoller([{ whenRecorded: (isKept) => void told.push(isKept) }, {}]);
    await clock.advance(seconds(61));
    expect([told, lost]).toEqual([[true], []]);
    await poller.stop();
  });

  test("counts what the input dropped as sampled, also where nothing else came", async () => {
    const { clock, poller, lost } = openPoller([{ dropped: { backpressure: 3, "series-limit": 2 } }, {}]);
    await clock.advance(seconds(61));
    expect(lost).toEqual([{ backpressure: 3, "series-limit": 2 }]);
    expect(poller.status().sampled).toBe(5);
    await poller.stop();
  });

  test("passes on what the input says and what happened, with the tags of the instance", async () => {
    const { clock, poller, said, events } = openPoller([
      {
        serviceChecks: [{ name: "press.safe", status: 2, tags: ["door:open"], message: "the door is open" }],
        events: [{ title: "Left the depot", text: "", aggregationKey: "depot", alertType: "info", tags: ["zone:a"] }],
      },
      {},
    ]);
    await clock.advance(seconds(61));
    expect(said.find(({ name }) => name === "press.safe")).toMatchObject({
      ...{ status: 2, message: "the door is open" },
      tags: ["door:open", "instance:floor", "line:4"],
    });
    expect(events).toMatchObject([{ alertType: "info", tags: ["instance:floor", "zone:a", "line:4"], source: "mqtt" }]);
    const ownChecks = said.filter(({ name }) => name !== "press.safe").length;
    expect(poller.status()).toMatchObject({
      events: { last_run: 0, total: 1 },
      service_checks: { total: 1 + ownChecks },
    });
    await poller.stop();
  });
});
