/** What goes wrong on a line, and what must come of it. */

import { describe, expect, test } from "vitest";
import { createInput, createLinks } from "../../../src/inputs/gpio/input.ts";
import { LineTally } from "../../../src/inputs/gpio/line-tally.ts";
import { millis, seconds } from "../../../src/model/time.ts";
import { EdgeBatch } from "../../../src/platform/gpio-uapi.ts";
import { createGpioOpener } from "../../../src/platform/open-gpio-line.ts";
import { headerChip } from "../../support/fake-gpio-kernel.ts";
import { valuesOf } from "../../support/polled-values.ts";
import { LineBench, lineInstance } from "./line-bench.ts";

/** A gateway that is busy gives the reader no turn: time passes, and nobody looks at the line. */
async function pulsesUnread(bench: LineBench, count: number): Promise<void> {
  for (let pulse = 0; pulse < count; pulse += 1) bench.line.pulse();
  await bench.clock.advance(millis(1));
}

/** Changes the line so often at once, while nobody reads. */
async function changesUnread(bench: LineBench, count: number): Promise<void> {
  for (let change = 0; change < count; change += 1) bench.line.set(1 - bench.line.level);
  await bench.clock.advance(millis(1));
}

/** An event of the kernel. Units: `at` milliseconds of the monotonic clock. */
function edgeOf(at: number, number: number): Uint8Array {
  const bytes = Buffer.alloc(48);
  bytes.writeBigUInt64LE(BigInt(Math.round(at * 1e6)), 0);
  bytes.writeUInt32LE(1, 8);
  bytes.writeUInt32LE(number, 20);
  return bytes;
}

describe("numbers of edges that begin anew at 0", () => {
  const tally = (edges: "both" | "rising", ...numbers: number[]): LineTally => {
    const counted = new LineTally(edges);
    counted.begin(0, false);
    const batch = new EdgeBatch(numbers.length);
    for (const [index, number] of numbers.entries()) batch.push(index, number % 2 === 1, number);
    counted.take(batch);
    return counted;
  };
  const LAST = 2 ** 32 - 1;

  test("count on, also over those that nobody saw meanwhile", () => {
    const before = tally("both", LAST - 2);
    const after = tally("both", LAST - 2, 3);
    expect([after.pulses - before.pulses, after.missed - before.missed]).toEqual([3, 5]);
    const whole = tally("both", LAST - 2, LAST - 1, LAST, 0, 1, 2, 3);
    expect([whole.pulses - before.pulses, whole.missed - before.missed]).toEqual([3, 0]);
    expect(tally("rising", LAST, 1).pulses - tally("rising", LAST).pulses).toBe(2);
  });
});

describe("pulses that come fast", () => {
  test("none of 2000 in a second is lost, for a minute of a gateway that looks every 100 ms", async () => {
    const bench = new LineBench({ measure: ["pulses", "missed", "frequency"] });
    await bench.open();
    await bench.poll();
    const from = bench.clock.monotonic();
    for (let tenth = 0; tenth < 600; tenth += 1) {
      for (let pulse = 0; pulse < 200; pulse += 1) bench.line.pulse();
      await bench.clock.advance((from + 100 * (tenth + 1) - bench.clock.monotonic()) as ReturnType<typeof millis>);
    }
    expect(bench.line.waiting).toBe(0);
    const { total, missed, frequency } = await bench.values();
    expect(total).toEqual([120_000]);
    expect(missed).toEqual([0]);
    expect(frequency?.[0]).toBeCloseTo(2000, -2);
  });

  test("none of 2000 in a second is lost while the gateway is busy for 10 s: their numbers tell", async () => {
    const bench = new LineBench({ measure: ["pulses", "missed"] });
    await bench.open();
    await bench.pulses(10, 100);
    // 20,000 pulses, of which the kernel keeps the newest 1,024 for whoever reads.
    await pulsesUnread(bench, 20_000);
    expect(await bench.values()).toEqual({ total: [20_010], missed: [20_000 - 1024] });
    await bench.pulses(10, 100);
    expect(await bench.values()).toEqual({ total: [20_020], missed: [20_000 - 1024] });
  });

  test("with both edges told, totals are whole too, and levels that nobody saw count as dropped", async () => {
    const bench = new LineBench({ measure: ["state", "pulses", "missed"] });
    await bench.open();
    await bench.poll();
    await pulsesUnread(bench, 2000);
    const outcome = await bench.poll();
    const values = valuesOf(bench.input, outcome);
    expect(values["total"]).toEqual([2000]);
    expect(values["missed"]).toEqual([4000 - 1024]);
    expect(values["state"]).toHaveLength(1024 + 1);
    expect(outcome.dropped).toEqual({ backpressure: 4000 - 1024 });
    expect(outcome.faults).toMatchObject([{ code: "INPUT_FLOODED", points: [] }]);
    const next = await bench.poll();
    expect(next.faults).toEqual([]);
    expect(next.dropped).toEqual({});
  });

  test.each([
    [1, "1 of them is dropped"],
    [2, "2 of them are dropped"],
  ])("says of %i change too many that %s", async (count, said) => {
    const bench = new LineBench({ measure: ["state", "pulses"] });
    await bench.open();
    await bench.poll();
    await changesUnread(bench, 1024 + count);
    const { dropped, faults } = await bench.poll();
    expect(dropped).toEqual({ backpressure: count });
    expect(faults[0]?.message).toContain(`changed more often than could be told of one by one; ${said} and counted,`);
  });

  test("10,000 edges in a second for a minute take no more room than 5,000, and all are in the books", async () => {
    const bench = new LineBench({ measure: ["state", "pulses"] });
    await bench.open();
    for (let tick = 0; tick < 3000; tick += 1) {
      for (let pulse = 0; pulse < 100; pulse += 1) bench.line.pulse();
      await bench.clock.advance(millis(20));
    }
    const { readings, dropped = {}, faults } = await bench.poll();
    const states = readings.point.subarray(0, readings.count).filter((point) => point === 0).length - 1;
    expect(states).toBe(5000);
    expect(states + (dropped.backpressure ?? 0)).toBe(600_000);
    expect(faults[0]?.code).toBe("INPUT_FLOODED");
    expect(readings.value[readings.count - 1]).toBe(300_000);
  });
});

describe("a line that fails", () => {
  test("is opened again when its chip was unplugged and is back, its total goes on, and that is told", async () => {
    const bench = new LineBench({ measure: ["pulses"] });
    await bench.open();
    await bench.pulses(3, 10);
    bench.line.unplug();
    bench.kernel.chips = [];
    const gone = await bench.poll();
    expect(gone.isReachable).toBe(false);
    expect(gone.readings.count).toBe(0);
    expect(gone.faults[0]).toMatchObject({ code: "INPUT_UNREACHABLE", points: ["total"] });
    bench.kernel.chips = [headerChip()];
    const back = await bench.poll();
    expect(valuesOf(bench.input, back)).toEqual({ total: [3] });
    expect(back.events).toEqual([
      {
        title: "GPIO pin 11 (line 17) was lost and is back",
        text: "It was gone because ENODEV: no such device, read, and was opened again. Edges in between were not counted.",
        aggregationKey: "gpio://header/17",
      },
    ]);
    await bench.pulses(2, 10);
    expect(await bench.values()).toEqual({ total: [5] });
    expect((await bench.poll()).events).toEqual([]);
  });

  test("costs its level alone when only that cannot be read", async () => {
    const bench = new LineBench({ measure: ["state", "pulses", "duty"] });
    await bench.open();
    await bench.pulses(3, 10);
    bench.line.levelError = "EIO";
    const outcome = await bench.poll();
    expect(outcome.isReachable).toBe(true);
    expect(valuesOf(bench.input, outcome)["total"]).toEqual([3]);
    expect(outcome.faults).toMatchObject([{ code: "INPUT_LINK_CLOSED", points: ["state", "duty"] }]);
  });

  test.each([
    ["an event that is none", () => new Uint8Array(48)],
    ["half an event", () => new Uint8Array(20)],
    ["another protocol", () => Buffer.from("GET / HTTP/1.1\r\nHost: gateway.local\r\nAccept: */*\r\n\r\n")],
    ["an edge with a huge number", (now: number) => edgeOf(now, 2 ** 32 - 1)],
    ["an edge with the number of the one before", (now: number) => edgeOf(now, 2)],
    ["an edge with a number from before", (now: number) => edgeOf(now, 1)],
    ["an edge that is still to come", (now: number) => edgeOf(now + 3_600_000, 3)],
    ["an edge of a huge moment", () => edgeOf(1.8e13, 3)],
    ["an edge of long ago", () => edgeOf(0, 3)],
  ])("is closed and opened again when its descriptor tells %s", async (_what, garbage) => {
    const bench = new LineBench({ measure: ["pulses", "on_time", "missed"] });
    await bench.open();
    bench.line.pulse();
    await bench.clock.advance(millis(5000));
    bench.line.push(garbage(bench.clock.monotonic()));
    await bench.clock.advance(millis(50));
    expect(bench.kernel.openCount).toBe(0);
    expect(await bench.values()).toEqual({ total: [1], "on-time": [0], missed: [0] });
    expect(bench.kernel.openCount).toBe(1);
    bench.line.pulse();
    expect(await bench.values()).toMatchObject({ total: [2] });
  });

  test("is named as far as its chip and its name can be read, in whatever charset these are", async () => {
    const chips = [{ label: "f\uFFFDhler\u0007", lines: [{ name: "a" }] }];
    const bench = new LineBench({ pin: undefined, line: "b" }, {}, { chips });
    const { faults } = await bench.poll();
    expect(faults[0]?.message).toMatch(/no line of f\?hler\? has this name/u);
  });

  test("bounces count where nothing is to leave them out, and never below zero or between", async () => {
    const bench = new LineBench({ measure: ["pulses", "state"] });
    await bench.open();
    for (let bounce = 0; bounce < 7; bounce += 1) bench.line.set(bounce % 2 === 0 ? 1 : 0);
    const { total, state } = await bench.values();
    expect(total).toEqual([4]);
    expect(state).toEqual([1, 0, 1, 0, 1, 0, 1, 1]);
  });
});

describe("a clock that jumps", () => {
  test("moves no pulse and no time in which a line was active", async () => {
    const bench = new LineBench({ measure: ["state", "pulses", "frequency", "duty", "on_time"] });
    await bench.open();
    await bench.poll();
    await bench.pulses(20, 10);
    bench.clock.jumpWall(seconds(-86_400));
    await bench.pulses(20, 10);
    bench.clock.jumpWall(seconds(400 * 86_400));
    await bench.pulses(20, 10);
    const { total, frequency, duty, "on-time": onTime } = await bench.values();
    expect(total).toEqual([60]);
    expect(frequency?.[0]).toBeCloseTo(10, 9);
    expect(duty?.[0]).toBeCloseTo(50, 9);
    expect(onTime).toEqual([3]);
  });

  test("stamps a change with the clock as it was when it was read, never after the poll", async () => {
    const bench = new LineBench();
    await bench.open();
    bench.line.set(1);
    await bench.clock.advance(millis(1));
    bench.clock.jumpWall(seconds(3600));
    const { readings } = await bench.poll();
    const [change = 0, polled = 0] = readings.at;
    expect(polled - change).toBe(3_600_001);
  });
});

describe("two instances on one line", () => {
  test("the second is told who has it", async () => {
    const bench = new LineBench();
    await bench.open();
    const links = createLinks(bench.clock, createGpioOpener(undefined, { findKernel: async () => bench.kernel }));
    await using second = createInput(lineInstance(), { clock: bench.clock, links });
    const { faults } = await bench.clock.until(second.poll(new AbortController().signal));
    expect(faults[0]?.message).toMatch(/belongs to "tidegate"/u);
  });
});
