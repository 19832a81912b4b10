/** What goes wrong with the files of a machine, and what must come of it. */

import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { createInput } from "../../../src/inputs/linux/input.ts";
import { linuxSettings } from "../../../src/inputs/linux/spec.ts";
import { seconds } from "../../../src/model/time.ts";
import { readingsOf } from "../../conformance/input-suite.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { type FakeFile, FakeSystemFiles } from "../../support/fake-system-files.ts";

const THERMOMETER = "/sys/bus/w1/devices/28-0316a2795eff/w1_slave";
const ADC = "/sys/bus/iio/devices/iio:device0";
const FAN = "/sys/class/hwmon/hwmon2";
const ZONE = "/sys/class/thermal/thermal_zone0";
const THROTTLED = "/sys/devices/platform/soc/soc:firmware/get_throttled";
const LINE = "72 01 4b 46 7f ff 0e 10 57";

/** Bytes of Latin-1, as a reader of UTF-8 has them. */
const LATIN = Buffer.from("f\xfchler 7\xb0", "latin1").toString("utf8");
const HUGE = "9".repeat(400);

const WELL: Readonly<Record<string, string>> = {
  [THERMOMETER]: `${LINE} : crc=57 YES\n${LINE} t=23125`,
  [`${ADC}/name`]: "ads1115",
  [`${ADC}/in_voltage0_raw`]: "9600",
  [`${ADC}/in_voltage_scale`]: "0.1875",
  [`${FAN}/name`]: "rpi_volt",
  [`${FAN}/fan1_input`]: "1500",
  "/proc/stat": "cpu  100 0 100 800 0 0 0 0 0 0",
  "/proc/loadavg": "0.52 0.48 0.44 1/214 3310",
  "/proc/meminfo": "MemTotal: 1048576 kB\nMemFree: 262144 kB\nMemAvailable: 524288 kB",
  "/proc/uptime": "3610.52 7000.1",
  "/proc/net/dev": "  eth0: 1000 1 0 0 0 0 0 0 500 1 0 0 0 0 0 0\n  usb0: 9 9 0 0 0 0 0 0 9 9 0 0 0 0 0 0",
  "/proc/diskstats": "179 0 mmcblk0 0 0 2000 0 0 0 4000 0 0 100 0",
  [`${ZONE}/type`]: "cpu-thermal",
  [`${ZONE}/temp`]: "48312",
  [THROTTLED]: "50005",
};

const SENSORS = [
  { one_wire: "28-0316a2795eff", name: "top" },
  { iio: "ads1115", channel: "voltage0", name: "tank" },
  { hwmon: "rpi_volt", channel: "fan1", name: "fan" },
];

function open(settings: Readonly<Record<string, unknown>>, seriesMax = 1000) {
  const clock = new FakeClock();
  const system = new FakeSystemFiles(WELL);
  const instance = {
    ...{ check: "linux", name: "board", file: "conf.d/linux.yaml", line: 2, tags: [], namespace: "" },
    ...{ interval: seconds(15), seriesMax, settings: v.parse(linuxSettings, settings) },
  };
  const input = createInput(instance, { clock, links: () => system });
  return { clock, system, input, poll: () => clock.until(input.poll(new AbortController().signal)) };
}

describe("a sensor", () => {
  const rows: readonly [what: string, file: string, holds: FakeFile, point: string, says: RegExp][] = [
    ["garbage for a scratchpad", THERMOMETER, "\u0000\u0007GET /", "top", /no scratchpad of nine bytes\.$/u],
    ["a scratchpad cut short", THERMOMETER, LINE, "top", /a checksum that does not hold/u],
    ["a temperature cut short", THERMOMETER, `${LINE} : crc=57 YES\n${LINE} t=2312`, "top", /t=2312, which/u],
    ["a huge temperature", THERMOMETER, `${LINE} : crc=57 YES\n${LINE} t=${HUGE}`, "top", /without a temperature/u],
    ["garbage for a number", `${ADC}/in_voltage0_raw`, "\u0000\u0007x", "tank", /says "\?\?x", which is no number\.$/u],
    ["nothing for a number", `${ADC}/in_voltage0_raw`, "", "tank", /says "nothing", which is no number/u],
    ["another charset for a number", `${FAN}/fan1_input`, LATIN, "fan", /says "f\?hler 7\?", which is no number/u],
    ["a huge number", `${FAN}/fan1_input`, HUGE, "fan", /says "9{40}\.\.\. \(400 characters\)", which is no number/u],
    ["a number beyond any", `${FAN}/fan1_input`, "1e999", "fan", /says "1e999", which is no number/u],
    ["a scale that is none", `${ADC}/in_voltage_scale`, "0.18,75", "tank", /says "0\.18,75", which is no number/u],
    ["another charset for its name", `${ADC}/name`, LATIN, "tank", /no iio device .*; there are f\?hler 7\?\./u],
    ["a huge name", `${ADC}/name`, HUGE, "tank", /there are 9{40}\.\.\. \(400 characters\)\./u],
  ];

  test.each(rows)("whose file holds %s has a fault in words and no value", async (_what, file, holds, point, says) => {
    const { input, system, poll } = open({ sensors: SENSORS });
    const well = readingsOf(input, await poll());
    system.set({ [file]: holds });
    const outcome = await poll();
    expect(outcome.faults).toEqual([
      { code: "INPUT_EXCEPTION", message: expect.stringMatching(says), points: [point] },
    ]);
    expect(readingsOf(input, outcome)).toEqual(
      Object.fromEntries(Object.entries(well).filter(([key]) => key !== point)),
    );
    system.set(WELL);
    expect(readingsOf(input, await poll())).toEqual(well);
  });

  test("whose number its scale makes too large has a fault and no value", async () => {
    const { poll } = open({ sensors: [{ ...SENSORS[2], scale: 1e308 }] });
    const { faults, readings } = await poll();
    expect(readings.count).toBe(0);
    expect(faults[0]?.message).toMatch(/measures 1500, which `scale` and `offset` make too large for a number\.$/u);
  });

  test("that is unplugged is told of, with those that are there, and read again when it is back", async () => {
    const { input, system, poll } = open({ sensors: SENSORS });
    const well = readingsOf(input, await poll());
    for (const path of system.files.keys()) if (/^\/sys\/bus/u.test(path)) system.files.delete(path);
    const gone = await poll();
    expect(readingsOf(input, gone)).toEqual({ fan: 1500 });
    expect(gone.faults.map(({ points }) => points)).toEqual([["top"], ["tank"]]);
    expect(gone.faults[0]?.message).toMatch(/is on the 1-Wire bus, nor any other\./u);
    system.set(WELL);
    expect(readingsOf(input, await poll())).toEqual(well);
  });

  test("is stamped with the wall clock as it is, however that jumps", async () => {
    const { clock, poll } = open({ sensors: SENSORS });
    for (const by of [0, -86_400, 400 * 86_400]) {
      clock.jumpWall(seconds(by));
      const { readings } = await poll();
      expect([...readings.at.subarray(0, readings.count)]).toEqual([clock.now(), clock.now(), clock.now()]);
    }
  });
});

describe("the machine", () => {
  const rows: readonly [what: string, group: string, file: string, holds: FakeFile, says: RegExp][] = [
    ["garbage for processor times", "cpu", "/proc/stat", "cpu  1 x 3 4 5 6 7 8", /^\/proc\/stat says "cpu {2}1 x/u],
    ["half of the processor times", "cpu", "/proc/stat", "cpu  100 0 100 80", /which no kernel writes there\.$/u],
    ["nothing for loads", "load", "/proc/loadavg", "", /^\/proc\/loadavg says "nothing", which no kernel/u],
    ["huge loads", "load", "/proc/loadavg", `${HUGE} 0 0 1/2 3`, /says "9{40}\.\.\. \(\d+ characters\)", which/u],
    ["another charset for memory", "memory", "/proc/meminfo", LATIN, /^\/proc\/meminfo says "f\?hler 7\?"/u],
    ["an uptime that is none", "uptime", "/proc/uptime", "1e400 0", /^\/proc\/uptime says "1e400 0", which/u],
    ["interfaces cut short", "network", "/proc/net/dev", "  eth0: 1000 1 0", /^\/proc\/net\/dev says/u],
    ["garbage for disks", "io", "/proc/diskstats", "\u0000\u0001", /^\/proc\/diskstats says "\?\?", which/u],
    ["a temperature that is none", "board", `${ZONE}/temp`, HUGE, /temp says "9{40}.*, which is no temperature\.$/u],
    ["flags that are none", "board", THROTTLED, "f".repeat(9), /says "fffffffff", which are no flags\.$/u],
  ];

  test.each(rows)("that has %s says so, and has no value of it", async (_what, group, file, holds, says) => {
    const { clock, input, system, poll } = open({ host: [group] });
    const readTwice = async () => {
      await poll();
      await clock.advance(seconds(10));
      system.set({ "/proc/stat": "cpu  150 0 125 1625 100 0 0 0 0 0" });
      return await poll();
    };
    const known = Object.keys(readingsOf(input, await readTwice()));
    system.set({ [file]: holds });
    const outcome = await poll();
    expect(outcome.faults).toMatchObject([{ code: "INPUT_EXCEPTION", message: expect.stringMatching(says) }]);
    const read = Object.keys(readingsOf(input, outcome));
    expect([...read, ...(outcome.faults[0]?.points ?? [])].sort()).toEqual([...known].sort());
    for (const value of outcome.readings.value.subarray(0, outcome.readings.count)) expect(value).toBeLessThan(1e6);
    system.set(WELL);
    expect((await readTwice()).faults).toEqual([]);
  });

  test("whose zones have names of another charset calls them as the kernel does", async () => {
    const { input, system, poll } = open({ host: ["board"] });
    system.set({ [`${ZONE}/type`]: LATIN });
    expect(readingsOf(input, await poll())).toHaveProperty(["temperature zone:thermal_zone0"], 48.312);
  });

  test("whose interface is unplugged says so, and tells no rate of the time in which it was away", async () => {
    const { clock, input, system, poll } = open({ host: ["network"], interfaces: ["usb0"] });
    await poll();
    await clock.advance(seconds(10));
    expect((await poll()).readings.count).toBe(4);
    system.set({ "/proc/net/dev": (WELL["/proc/net/dev"] ?? "").split("\n")[0] ?? "" });
    const { faults } = await poll();
    expect(faults[0]?.message).toBe("There is no network interface usb0; there are eth0.");
    expect(faults[0]?.points).toEqual(input.points.map(({ name }) => name));
    system.set({ "/proc/net/dev": "  usb0: 900000 9 0 0 0 0 0 0 900000 9 0 0 0 0 0 0" });
    await clock.advance(seconds(10));
    expect((await poll()).readings.count).toBe(0);
    await clock.advance(seconds(10));
    expect(readingsOf(input, await poll())).toHaveProperty("system.net.bytes_rcvd device:usb0", 0);
  });

  test("that has 8,000 interfaces, others at each poll, has no more series than it may, and counts the others", async () => {
    const { clock, input, system, poll } = open({ host: ["network"] }, 50);
    for (let turn = 0; turn < 3; turn += 1) {
      const names = Array.from({ length: 8000 }, (_, index) => `if${turn}x${index}: 1 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0`);
      system.set({ "/proc/net/dev": names.join("\n") });
      await poll();
      await clock.advance(seconds(10));
      const { readings, dropped, faults } = await poll();
      const taken = turn === 0 ? 50 : 0;
      expect([readings.count, dropped]).toEqual([taken, { "series-limit": 32_000 - taken }]);
      expect(faults.map(({ code }) => code)).toEqual(["INPUT_SERIES_LIMIT"]);
    }
    expect(input.points).toHaveLength(50);
  });

  test("tells the same rates when its wall clock jumps between two looks", async () => {
    const { clock, input, system, poll } = open({ host: ["network"] });
    for (const by of [0, -86_400, 400 * 86_400]) {
      system.set({ "/proc/net/dev": "  eth0: 1000 1 0 0 0 0 0 0 500 1 0 0 0 0 0 0" });
      await poll();
      clock.jumpWall(seconds(by));
      await clock.advance(seconds(10));
      system.set({ "/proc/net/dev": "  eth0: 21000 1 0 0 0 0 0 0 500 1 0 0 0 0 0 0" });
      expect(readingsOf(input, await poll())).toHaveProperty("system.net.bytes_rcvd device:eth0", 2000);
    }
  });
});
