import { describe, expect, test } from "vitest";
import { createInput } from "../../../src/inputs/gpio/input.ts";
import { GatewayError } from "../../../src/model/errors.ts";
import { millis, seconds } from "../../../src/model/time.ts";
import { inputSuite } from "../../conformance/input-suite.ts";
import { headerChip } from "../../support/fake-gpio-kernel.ts";
import { FakeMemory } from "../../support/fake-memory.ts";
import { valuesOf } from "../../support/polled-values.ts";
import { LineBench, lineInstance } from "./line-bench.ts";

inputSuite("gpio", () => {
  const bench = new LineBench({ measure: ["state", "pulses", "missed"] });
  const { kernel } = bench;
  kernel.firstLevel = 1;
  const { chips } = kernel;
  return {
    clock: bench.clock,
    input: bench.input,
    expected: { state: 1, total: 0, missed: 0 },
    heldCount: () => kernel.openCount,
    fallSilent: () => {
      kernel.isStuck = true;
      kernel.line.unplug();
    },
    vanish: () => {
      kernel.requested.at(-1)?.unplug();
      kernel.chips = [];
    },
    spoil: () => {
      kernel.line.levelError = "EIO";
      return ["state"];
    },
    recover: () => {
      kernel.isStuck = false;
      kernel.chips = chips;
    },
  };
});

describe("where a line is", () => {
  test("a pin of the header is a line of the board's own chip, found by its label", async () => {
    for (const label of ["pinctrl-rp1", "pinctrl-bcm2711", "pinctrl-bcm2835"]) {
      const other = { label: "raspberrypi-exp-gpio", lines: [{}] };
      const bench = new LineBench({ pin: 11 }, {}, { chips: [other, headerChip(label)] });
      await bench.open();
      expect(bench.line.request).toMatchObject({ offset: 17, consumer: "tidegate" });
      expect(bench.input.describeDevice?.()).toBe(`line 17 (GPIO17) of ${label}, by the character device`);
    }
  });

  test("a line is found by its name on any chip", async () => {
    const expander = { label: "tca9555", lines: [{ name: "door" }, { name: "sensor-1" }] };
    const bench = new LineBench({ pin: undefined, line: "sensor-1" }, {}, { chips: [headerChip(), expander] });
    await bench.open();
    expect(bench.line.request.offset).toBe(1);
    expect(bench.input.describeDevice?.()).toBe("line 1 (sensor-1) of tca9555, by the character device");
  });

  test("a name that two chips have is refused, with both", async () => {
    const bench = new LineBench(
      { pin: undefined, line: "in" },
      {},
      {
        chips: [
          { label: "one", lines: [{ name: "in" }] },
          { label: "two", lines: [{}, { name: "in" }] },
        ],
      },
    );
    const { faults } = await bench.poll();
    expect(faults[0]?.message).toBe(
      "GPIO line in is the name of line 0 of one and line 1 of two. Say which is meant by `chip: LABEL`.",
    );
  });

  test("a line of another chip is named by the chip's label and its number", async () => {
    const bench = new LineBench(
      { pin: undefined, gpio: 1, chip: "9030000.pl061" },
      {},
      { chips: [headerChip(), { label: "9030000.pl061", lines: [{}, {}] }] },
    );
    await bench.open();
    expect(bench.input.describeDevice?.()).toBe("line 1 of 9030000.pl061, by the character device");
  });
});

describe("why a line cannot be opened", () => {
  async function messageOf(bench: LineBench): Promise<string | undefined> {
    const { faults, isReachable } = await bench.poll();
    expect(isReachable).toBe(false);
    return faults[0]?.message;
  }

  test("no chip has the label", async () => {
    const bench = new LineBench({}, {}, { chips: [{ label: "tca9555", lines: [{}] }] });
    expect(await messageOf(bench)).toBe(
      "GPIO pin 11 (line 17) is not there: no chip here is that of a Raspberry Pi's header; there are tca9555. " +
        "Name the chip by `chip: LABEL`.",
    );
  });

  test("another program has the line, which is named", async () => {
    const lines = headerChip().lines.map((line, offset) =>
      offset === 17 ? { ...line, consumer: "fan-control" } : line,
    );
    const bench = new LineBench({}, {}, { chips: [{ label: "pinctrl-rp1", lines }] });
    expect(await messageOf(bench)).toBe(
      'GPIO pin 11 (line 17) is in use: line 17 of pinctrl-rp1 belongs to "fan-control". Stop that, or read another line.',
    );
  });

  test("the user is not of the group gpio", async () => {
    const bench = new LineBench({}, {}, { chips: [{ ...headerChip(), isDenied: true }] });
    expect(await messageOf(bench)).toBe(
      "GPIO pin 11 (line 17) may not be opened: /dev/gpiochip0 is closed to the gateway's user. Add that user to the " +
        "group gpio.",
    );
  });

  test("the machine has no GPIO", async () => {
    const bench = new LineBench({}, {}, { chips: [] });
    expect(await messageOf(bench)).toMatch(/there is no \/dev\/gpiochip\*/u);
  });

  test("the line has no interrupt, or does not do what is asked", async () => {
    const bench = new LineBench();
    bench.kernel.requestError = "ENXIO";
    expect(await messageOf(bench)).toMatch(/has no interrupt/u);
    bench.kernel.requestError = "EINVAL";
    expect(await messageOf(bench)).toMatch(/bias, debounce or edges on line 17 of pinctrl-bcm2711 \(EINVAL\)/u);
  });

  test("opening takes longer than it ever should", async () => {
    const bench = new LineBench();
    bench.kernel.isStuck = true;
    const { faults } = await bench.poll();
    expect(faults[0]).toMatchObject({ code: "INPUT_TIMEOUT" });
  });
});

describe("how a line is asked for", () => {
  test("pulses need one edge each, levels need both", async () => {
    const pulses = new LineBench({ measure: ["pulses", "frequency", "rpm"] });
    await pulses.open();
    expect(pulses.line.request.flags & 0b11_0000).toBe(16);
    const levels = new LineBench({ measure: ["pulses", "duty"] });
    await levels.open();
    expect(levels.line.request.flags & 0b11_0000).toBe(48);
  });

  test("bias, inversion and debouncing are the kernel's", async () => {
    const bench = new LineBench({ bias: "pull-up", invert: true, debounce: 2.5 });
    await bench.open();
    const { flags, debounceMicros, kept } = bench.line.request;
    expect(flags).toBe(2 | 4 | 16 | 32 | 256);
    expect(debounceMicros).toBe(2500);
    expect(kept).toBe(1024);
  });
});

describe("what a line tells", () => {
  test("each change of level is a reading with the moment the kernel saw it", async () => {
    const bench = new LineBench();
    await bench.open();
    const from = bench.clock.now();
    await bench.clock.advance(millis(100));
    bench.line.set(1);
    await bench.clock.advance(millis(30));
    bench.line.set(0);
    await bench.clock.advance(millis(5));
    const { readings } = await bench.poll();
    expect([...readings.value.subarray(0, readings.count)]).toEqual([1, 0, 0]);
    expect([...readings.at.subarray(0, readings.count)].map((at) => at - from)).toEqual([100, 130, 135]);
  });

  test("a change is told soon, and a chatter of them once a second", async () => {
    const bench = new LineBench();
    let calls = 0;
    bench.input.onEager?.(() => {
      calls += 1;
    });
    await bench.open();
    bench.line.set(1);
    await bench.clock.advance(millis(1));
    expect(calls).toBe(1);
    await bench.pulses(90, 100);
    expect(calls).toBe(1);
    await bench.pulses(20, 100);
    expect(calls).toBe(2);
  });

  test("where a low level is active, a contact to ground counts", async () => {
    const bench = new LineBench({ invert: true, measure: ["state", "pulses"] });
    bench.kernel.firstLevel = 1;
    await bench.open();
    expect(await bench.values()).toEqual({ state: [0], total: [0] });
    bench.line.set(0);
    expect(await bench.values()).toEqual({ state: [1, 1], total: [1] });
  });

  test("pulses are litres, and so is their pace", async () => {
    const bench = new LineBench({
      ...{
        measure: ["pulses", "rate", "frequency"],
        metric: "volume",
        unit: "l",
        pulses_per_unit: 10,
        start_at: 1234.5,
      },
    });
    await bench.open();
    await bench.pulses(50, 5);
    const { total, rate, frequency } = await bench.values();
    expect(total).toEqual([1239.5]);
    expect(frequency?.[0]).toBeCloseTo(5, 9);
    // 5 pulses a second are half a litre, and 1.8 m3 in an hour.
    expect(rate?.[0]).toBeCloseTo(1.8, 9);
    expect(bench.input.points).toMatchObject([
      { name: "total", metric: "volume", unit: "l" },
      { name: "rate", metric: "flow", unit: "m3/h" },
      { name: "frequency", metric: "pulse.frequency", unit: "Hz" },
    ]);
  });

  test("pulses of a meter are watt-hours, and their pace is power", async () => {
    const bench = new LineBench({
      ...{ measure: ["pulses", "rate"], metric: "energy.active.import", unit: "kWh", pulses_per_unit: 1000 },
    });
    await bench.open();
    await bench.pulses(10, 0.5);
    const { total, rate } = await bench.values();
    expect(total).toEqual([0.01]);
    // 0.5 Wh in a second.
    expect(rate?.[0]).toBeCloseTo(1800, 6);
  });

  test("a turning shaft has a speed, which dies away when it stands, and is 0 in the end", async () => {
    const bench = new LineBench({ measure: ["rpm"], pulses_per_turn: 2, zero_after: 30 });
    await bench.open();
    expect(await bench.values()).toEqual({});
    await bench.pulses(100, 50);
    expect((await bench.values())["rotation"]?.[0]).toBeCloseTo(1500, 6);
    await bench.clock.advance(seconds(10));
    const dying = (await bench.values())["rotation"]?.[0] ?? Number.NaN;
    expect(dying).toBeGreaterThan(0);
    expect(dying).toBeLessThanOrEqual(3);
    await bench.clock.advance(seconds(20));
    expect(await bench.values()).toEqual({ rotation: [0] });
  });

  test("one pulse in a long while is a pace once the next comes", async () => {
    const bench = new LineBench({ measure: ["frequency"] });
    await bench.open();
    bench.line.pulse();
    expect(await bench.values()).toEqual({});
    await bench.clock.advance(seconds(40));
    bench.line.pulse();
    expect((await bench.values())["frequency"]?.[0]).toBeCloseTo(0.025, 9);
  });

  test("the part of the time in which it is active, and how long that is in all", async () => {
    const bench = new LineBench({ measure: ["duty", "on_time"] });
    await bench.open();
    await bench.clock.advance(seconds(6));
    bench.line.set(1);
    await bench.clock.advance(seconds(2));
    expect(await bench.values()).toEqual({ duty: [25], "on-time": [2] });
    await bench.clock.advance(seconds(4));
    expect(await bench.values()).toEqual({ duty: [100], "on-time": [6] });
    bench.line.set(0);
    await bench.clock.advance(seconds(4));
    expect(await bench.values()).toEqual({ duty: [0], "on-time": [6] });
  });

  test("a running machine has its own metrics", () => {
    const { points } = new LineBench({ measure: ["state", "on_time"], metric: "machine.running" }).input;
    expect(points.map(({ metric }) => metric)).toEqual(["machine.running", "machine.uptime"]);
  });
});

describe("a look at a line that another instance reads", () => {
  test("tells what is known and takes nothing away", async () => {
    const bench = new LineBench({ measure: ["state", "pulses", "frequency"] });
    await bench.open();
    await bench.pulses(5, 10);
    const { clock, links } = bench;
    await using guest = createInput(lineInstance({ measure: ["state", "pulses", "frequency"] }), {
      ...{ clock, links, isSingle: true },
    });
    const looked = valuesOf(guest, await clock.until(guest.poll(new AbortController().signal)));
    expect(looked).toEqual({ state: [0] });
    expect(bench.kernel.openCount).toBe(1);
    const { state, total } = await bench.values();
    expect(state).toEqual([1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 0]);
    expect(total).toEqual([5]);
    const after = valuesOf(guest, await clock.until(guest.poll(new AbortController().signal)));
    expect(after).toMatchObject({ state: [0], total: [5] });
  });

  test("opens the line where nobody does, and keeps nothing", async () => {
    const memory = new FakeMemory();
    const bench = new LineBench({ measure: ["state", "pulses"] }, { isSingle: true, memory });
    expect(await bench.values()).toEqual({ state: [0], total: [0] });
    await bench.input[Symbol.asyncDispose]();
    expect(bench.kernel.openCount).toBe(0);
    expect(memory.writeCount).toBe(0);
  });
});

describe("a total", () => {
  const settings = { measure: ["pulses"], metric: "volume", unit: "l", pulses_per_unit: 10 };

  test("goes on after a restart with what came up to the stop", async () => {
    const memory = new FakeMemory();
    const before = new LineBench(settings, { memory });
    await before.open();
    expect(await before.values()).toEqual({ total: [0] });
    for (let pulse = 0; pulse < 123; pulse += 1) before.line.pulse();
    await before.input[Symbol.asyncDispose]();
    const after = new LineBench(settings, { memory });
    expect(await after.values()).toEqual({ total: [12.3] });
  });

  test("goes on after a power cut with the last that was logged, whatever the memory holds", async () => {
    const memory = new FakeMemory();
    const before = new LineBench(settings, { memory });
    expect(await before.values()).toEqual({ total: [0] });
    for (let pulse = 0; pulse < 77; pulse += 1) before.line.pulse();
    expect(await before.values()).toEqual({ total: [7.7] });
    // The log has it in cubic metres.
    const after = new LineBench(settings, { memory, lastLogged: async () => 0.0077 });
    expect(await after.values()).toEqual({ total: [7.7] });
    after.line.pulse();
    expect(await after.values()).toEqual({ total: [7.8] });
  });

  test("goes on from the memory where the log holds nothing any more", async () => {
    const memory = new FakeMemory();
    const before = new LineBench(settings, { memory });
    await before.open();
    for (let minute = 0; minute < 32; minute += 1) {
      before.line.pulse();
      await before.poll();
      await before.clock.advance(seconds(60));
    }
    // Once at the start, and once in a quarter of an hour.
    expect(memory.writeCount).toBe(3);
    const after = new LineBench(settings, { memory, lastLogged: async () => undefined });
    expect((await after.values())["total"]?.[0]).toBeGreaterThanOrEqual(1.6);
  });

  test("is held back while the log cannot tell, and nothing of it is lost", async () => {
    let isBroken = true;
    const lastLogged = async (): Promise<number> => {
      if (isBroken) throw new GatewayError("STORE_FAILED", "the log cannot be read: the disk fails");
      return 0.5;
    };
    const bench = new LineBench({ ...settings, measure: ["pulses", "missed"] }, { lastLogged });
    await bench.open();
    bench.line.pulse();
    const outcome = await bench.poll();
    expect(valuesOf(bench.input, outcome)).toEqual({ missed: [0] });
    expect(outcome.faults).toMatchObject([{ code: "STORE_FAILED", points: ["total"] }]);
    isBroken = false;
    expect(await bench.values()).toEqual({ total: [500.1], missed: [0] });
  });

  test("is set anew by another start, and only then", async () => {
    const memory = new FakeMemory();
    const lastLogged = async (): Promise<number> => 4;
    const first = new LineBench({ ...settings, start_at: 1000 }, { memory, lastLogged });
    expect(await first.values()).toEqual({ total: [4000] });
    const second = new LineBench({ ...settings, start_at: 250 }, { memory, lastLogged });
    expect(await second.values()).toEqual({ total: [250] });
    const third = new LineBench({ ...settings, start_at: 250 }, { memory });
    expect(await third.values()).toEqual({ total: [250] });
  });

  test("of another metric under the same name is another total", async () => {
    const memory = new FakeMemory();
    const first = new LineBench(settings, { memory });
    await first.open();
    first.line.pulse();
    await first.poll();
    await first.input[Symbol.asyncDispose]();
    expect(await new LineBench({ measure: ["pulses"] }, { memory }).values()).toEqual({ total: [0] });
  });

  test("does not wear a card when nothing happens", async () => {
    const memory = new FakeMemory();
    const bench = new LineBench(settings, { memory });
    for (let hour = 0; hour < 24; hour += 1) {
      await bench.poll();
      await bench.clock.advance(seconds(3600));
    }
    await bench.input[Symbol.asyncDispose]();
    expect(memory.writeCount).toBe(1);
  });
});
