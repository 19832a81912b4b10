import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { createInput } from "../../../src/inputs/linux/input.ts";
import { type LinuxSettings, linuxSettings } from "../../../src/inputs/linux/spec.ts";
import type { InstanceConfig } from "../../../src/model/config.ts";
import { FLAG } from "../../../src/model/samples.ts";
import { seconds } from "../../../src/model/time.ts";
import { type InputBench, inputSuite, readingsOf } from "../../conformance/input-suite.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { type FakeFile, FakeSystemFiles } from "../../support/fake-system-files.ts";

const TOP = "/sys/bus/w1/devices/28-0316a2795eff/w1_slave";
const BOTTOM = "/sys/bus/w1/devices/28-0416b19f02aa/w1_slave";
const ADC = "/sys/bus/iio/devices/iio:device0";
const HWMON = "/sys/class/hwmon/hwmon2";

const WELL: Readonly<Record<string, string>> = {
  [TOP]: "72 01 4b 46 7f ff 0e 10 57 : crc=57 YES\n72 01 4b 46 7f ff 0e 10 57 t=23125",
  [BOTTOM]: "5e ff 4b 46 7f ff 02 10 5a : crc=5a YES\n5e ff 4b 46 7f ff 02 10 5a t=-10125",
  [`${ADC}/name`]: "ads1115",
  [`${ADC}/in_voltage0_raw`]: "9600",
  [`${ADC}/in_voltage_scale`]: "0.1875",
  [`${ADC}/in_voltage1_raw`]: "100",
  [`${ADC}/in_voltage1_scale`]: "2",
  [`${ADC}/in_voltage1_offset`]: "50",
  [`${ADC}/in_temp_input`]: "41500",
  [`${HWMON}/name`]: "rpi_volt",
  [`${HWMON}/in0_input`]: "5050",
  [`${HWMON}/fan1_input`]: "1500",
};

function instanceOf(settings: unknown): InstanceConfig {
  return {
    ...{ check: "linux", name: "board", file: "conf.d/linux.yaml", line: 2, tags: [], namespace: "" },
    interval: seconds(15),
    settings: v.parse(linuxSettings, settings),
  };
}

/** An input of sensors in front of files. */
function open(
  sensors: readonly Partial<LinuxSettings["sensors"][number]>[],
  files: Readonly<Record<string, FakeFile>> = {},
) {
  const clock = new FakeClock();
  const system = new FakeSystemFiles({ ...WELL, ...files });
  const input = createInput(instanceOf({ sensors }), { clock, links: () => system });
  const poll = () => clock.until(input.poll(new AbortController().signal));
  return { clock, system, input, poll };
}

const signal = new AbortController().signal;

inputSuite("linux with sensors", (): InputBench => {
  const clock = new FakeClock();
  const system = new FakeSystemFiles(WELL);
  const sensors = [
    { one_wire: "28-0316a2795eff", name: "top" },
    { one_wire: "28-0416b19f02aa", name: "bottom" },
    { iio: "ads1115", channel: "voltage0" },
  ];
  const change = (file: FakeFile | undefined): void => {
    for (const path of Object.keys(WELL)) {
      if (file === undefined) system.files.delete(path);
      else system.files.set(path, file);
    }
  };
  return {
    clock,
    input: createInput(instanceOf({ sensors }), { clock, links: () => system }),
    expected: { top: 23.125, bottom: -10.125, "ads1115-voltage0": 1.8 },
    heldCount: () => 0,
    holdsNothing: true,
    fallSilent: () => change(null),
    vanish: () => change(undefined),
    spoil: () => {
      system.set({ [BOTTOM]: "garbage" });
      return ["bottom"];
    },
    recover: () => {
      system.set(WELL);
      system.release();
    },
  };
});

inputSuite("linux with a sensor and the host", (): InputBench => {
  const clock = new FakeClock();
  const files: Readonly<Record<string, string>> = {
    [TOP]: WELL[TOP] ?? "",
    "/proc/loadavg": "0.52 0.48 0.44 1/214 3310",
    "/proc/uptime": "3610.52 7000.1",
    "/proc/mounts": "/dev/mmcblk0p2 / ext4 rw 0 0",
  };
  const system = new FakeSystemFiles(files);
  system.spaces.set("/", { totalBytes: 8192, freeBytes: 4096, usableBytes: 4096, fileCountMax: 0, freeFileCount: 0 });
  const disk = "device:/dev/mmcblk0p2 device_name:mmcblk0p2";
  const settings = { host: ["load", "uptime", "disk"], sensors: [{ one_wire: "28-0316a2795eff", name: "top" }] };
  const loads = { "system.load.1": 0.52, "system.load.5": 0.48, "system.load.15": 0.44 };
  return {
    clock,
    input: createInput(instanceOf(settings), { clock, links: () => system }),
    expected: {
      ...{ ...loads, top: 23.125, "system.uptime": 3610, [`system.disk.total ${disk}`]: 8 },
      ...{ [`system.disk.used ${disk}`]: 4, [`system.disk.free ${disk}`]: 4, [`system.disk.in_use ${disk}`]: 0.5 },
    },
    heldCount: () => 0,
    holdsNothing: true,
    fallSilent: () => system.set(Object.fromEntries(Object.keys(files).map((path) => [path, null]))),
    vanish: () => system.files.clear(),
    spoil: () => {
      system.set({ "/proc/loadavg": "garbage" });
      return Object.keys(loads);
    },
    recover: () => {
      system.set(files);
      system.release();
    },
  };
});

describe("channels of the kernel", () => {
  test.each([
    ["a raw number with the scale of its kind", { iio: "ads1115", channel: "voltage0" }, 1.8, "V", "voltage"],
    ["a raw number with offset and scale of its own", { iio: "ads1115", channel: "voltage1" }, 0.3, "V", "voltage"],
    ["a number that the driver has worked out", { iio: "ads1115", channel: "temp" }, 41.5, "degC", "temperature"],
    ["a voltage of hwmon", { hwmon: "rpi_volt", channel: "in0" }, 5.05, "V", "voltage"],
    ["a fan", { hwmon: "rpi_volt", channel: "fan1" }, 1500, "rpm", "speed.rotation"],
    ["a device by its folder", { iio: "iio:device0", channel: "voltage0" }, 1.8, "V", "voltage"],
  ])("are read: %s", async (_what, sensor, value, unit, metric) => {
    const { input, poll } = open([{ ...sensor, name: "it" }]);
    expect(readingsOf(input, await poll())).toEqual({ it: value });
    expect(input.points).toEqual([{ name: "it", metric, unit, tags: [] }]);
  });

  test("are scaled and moved as settings say, and then have the unit that these say", async () => {
    const { input, poll } = open([
      { iio: "ads1115", channel: "voltage0", name: "tank", metric: "level", unit: "%", scale: 50, offset: -10 },
    ]);
    expect(readingsOf(input, await poll())).toEqual({ tank: 80 });
    expect(input.points[0]).toMatchObject({ metric: "level", unit: "%" });
  });

  test.each([
    ["an unknown device, with those there are", { iio: "ads1015", channel: "voltage0" }, {}, /no iio device.*ads1115/u],
    ["an unknown channel", { iio: "ads1115", channel: "voltage7" }, {}, /is the channel right/u],
    [
      "two devices of one name",
      { iio: "ads1115", channel: "voltage0" },
      { "/sys/bus/iio/devices/iio:device1/name": "ads1115" },
      /more than one/u,
    ],
    [
      "a number that is none",
      { iio: "ads1115", channel: "voltage0" },
      { [`${ADC}/in_voltage0_raw`]: "" },
      /no number/u,
    ],
    [
      "a driver that fails",
      { hwmon: "rpi_volt", channel: "in0" },
      { [`${HWMON}/in0_input`]: { failure: "cannot be read (EIO)" } },
      /EIO/u,
    ],
    [
      "a sensor out of order",
      { hwmon: "rpi_volt", channel: "temp1" },
      { [`${HWMON}/temp1_fault`]: "1", [`${HWMON}/temp1_input`]: "0" },
      /open or shorted/u,
    ],
    [
      "an unknown thermometer, with those there are",
      { one_wire: "28-000000000000" },
      {},
      /28-0316a2795eff, 28-0416b19f02aa/u,
    ],
  ])("have no value but a fault in words: %s", async (_what, sensor, files, words) => {
    const { poll } = open([{ ...sensor, name: "it" }], files);
    const { readings, faults } = await poll();
    expect(readings.count).toBe(0);
    expect(faults).toEqual([{ code: "INPUT_EXCEPTION", points: ["it"], message: expect.stringMatching(words) }]);
  });
});

describe("a current loop", () => {
  const sensor = {
    iio: "ads1115",
    channel: "voltage0",
    metric: "pressure",
    unit: "bar",
    loop: [0, 250] as [number, number],
  };
  /** The converter's raw number for a current through 150 ohm. */
  const rawOf = (milliamperes: number): string => String((milliamperes * 150) / 0.1875);

  test("is read by the resistor it flows through", async () => {
    const { input, poll } = open([{ ...sensor, name: "oil", loop_ohms: 150 }]);
    expect(readingsOf(input, await poll())).toEqual({ oil: 125 });
  });

  test("that is broken is a fault and no value", async () => {
    const { poll } = open([{ ...sensor, loop_ohms: 150 }], { [`${ADC}/in_voltage0_raw`]: "3" });
    const { readings, faults } = await poll();
    expect([readings.count, faults[0]?.message]).toEqual([0, expect.stringMatching(/wire is broken/u)]);
  });

  test("that shows an end of its range is flagged as suspect", async () => {
    const { system, poll } = open([{ ...sensor, loop_ohms: 150 }], { [`${ADC}/in_voltage0_raw`]: rawOf(20.8) });
    expect((await poll()).readings.flags[0]).toBe(FLAG.suspect);
    system.set({ [`${ADC}/in_voltage0_raw`]: rawOf(20) });
    expect((await poll()).readings.flags[0]).toBe(0);
  });
});

describe("a sensor that hangs in the kernel", () => {
  test("is not asked again before it has answered, and costs the others nothing", async () => {
    const { system, input, poll } = open(
      [
        { one_wire: "28-0316a2795eff", name: "top" },
        { hwmon: "rpi_volt", channel: "in0" },
      ],
      { [TOP]: null },
    );
    const first = await poll();
    expect(first.faults.map(({ code, points }) => [code, points])).toEqual([["INPUT_TIMEOUT", ["top"]]]);
    expect(readingsOf(input, first)).toEqual({ "rpi-volt-in0": 5.05 });
    const before = system.readCount;
    await poll();
    const ofOther = system.readCount - before;
    system.set(WELL);
    system.release();
    await poll();
    expect(readingsOf(input, await poll())).toEqual({ top: 23.125, "rpi-volt-in0": 5.05 });
    expect(ofOther).toBeGreaterThan(0);
  });

  test("is waited for no longer than the settings say", async () => {
    const { clock, poll } = open([{ one_wire: "28-0316a2795eff" }], { [TOP]: null });
    const from = clock.monotonic();
    await poll();
    expect(clock.monotonic() - from).toBe(seconds(5));
    expect(clock.pending()).toEqual([]);
  });
});

test("thermometers of all instances are read one after the other, on one bus", () => {
  const buses = [
    [{ one_wire: "28-0316a2795eff" }],
    [{ one_wire: "28-0416b19f02aa" }, { hwmon: "rpi_volt", channel: "in0" }],
    [{ hwmon: "rpi_volt", channel: "in0" }],
  ].map((sensors) => open(sensors).input.bus);
  expect(buses).toEqual(["linux://1-wire", "linux://1-wire", "linux://board"]);
});

test("a poll that is given up while a sensor hangs leaves no timer behind", async () => {
  const { clock, input } = open([{ one_wire: "28-0316a2795eff" }], { [TOP]: null });
  const polled = input.poll(signal);
  await input[Symbol.asyncDispose]();
  await polled;
  expect(clock.pending()).toEqual([]);
});
