import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { createInput } from "../../../src/inputs/linux/input.ts";
import { linuxSettings } from "../../../src/inputs/linux/spec.ts";
import { metricOf } from "../../../src/model/metrics.ts";
import { seconds } from "../../../src/model/time.ts";
import { openSystemFiles } from "../../../src/platform/system-files.ts";
import { readingsOf } from "../../conformance/input-suite.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { type FakeFile, FakeSystemFiles } from "../../support/fake-system-files.ts";

const PI: Readonly<Record<string, string>> = {
  "/proc/stat": "cpu  100 0 100 800 0 0 0 0 0 0",
  "/proc/loadavg": "0.52 0.48 0.44 1/214 3310",
  "/proc/meminfo":
    "MemTotal: 1048576 kB\nMemFree: 262144 kB\nMemAvailable: 524288 kB\nBuffers: 1024 kB\nCached: 2048 kB\nSwapTotal: 0 kB\nSwapFree: 0 kB",
  "/proc/uptime": "3610.52 7000.1",
  "/proc/net/dev": "  eth0: 1000 1 0 0 0 0 0 0 500 1 0 0 0 0 0 0\n    lo: 9 9 0 0 0 0 0 0 9 9 0 0 0 0 0 0",
  "/proc/diskstats": "179 0 mmcblk0 0 0 2000 0 0 0 4000 0 0 100 0",
  "/proc/mounts": "/dev/mmcblk0p2 / ext4 rw 0 0",
  "/sys/class/thermal/thermal_zone0/type": "cpu-thermal",
  "/sys/class/thermal/thermal_zone0/temp": "48312",
  "/sys/class/thermal/cooling_device0/type": "fan",
  "/sys/devices/platform/soc/soc:firmware/get_throttled": "50005",
  "/sys/block/mmcblk0/device/life_time": "0x02 0x01",
  "/sys/block/mmcblk0/device/pre_eol_info": "0x01",
};

function open(
  settings: Readonly<Record<string, unknown>>,
  files: Readonly<Record<string, FakeFile>> = {},
  seriesMax = 1000,
) {
  const clock = new FakeClock();
  const system = new FakeSystemFiles({ ...PI, ...files });
  const space = {
    totalBytes: 1000 * 1024,
    freeBytes: 400 * 1024,
    usableBytes: 200 * 1024,
    fileCountMax: 100,
    freeFileCount: 25,
  };
  system.spaces.set("/", space);
  const instance = {
    ...{ check: "linux", name: "host", file: "conf.d/linux.yaml", line: 2, tags: [], namespace: "" },
    ...{ interval: seconds(15), seriesMax, settings: v.parse(linuxSettings, settings) },
  };
  const input = createInput(instance, { clock, links: () => system });
  const poll = () => clock.until(input.poll(new AbortController().signal));
  return { clock, system, input, poll };
}

const CARD = "device:/dev/mmcblk0p2 device_name:mmcblk0p2";

describe("the machine itself", () => {
  test.each([
    ["load", { "system.load.1": 0.52, "system.load.5": 0.48, "system.load.15": 0.44 }],
    ["uptime", { "system.uptime": 3610 }],
    [
      "memory",
      {
        ...{ "system.mem.total": 1024, "system.mem.free": 256, "system.mem.used": 768, "system.mem.usable": 512 },
        ...{ "system.mem.pct_usable": 0.5, "system.mem.cached": 2, "system.mem.buffered": 1, "system.swap.total": 0 },
      },
    ],
    [
      "disk",
      Object.fromEntries([
        ...["total", "used", "free", "in_use"].map((name, index) => [
          `system.disk.${name} ${CARD}`,
          [1000, 600, 200, 0.75][index],
        ]),
        [`system.fs.inodes.in_use ${CARD}`, 0.75],
      ]),
    ],
    [
      "board",
      {
        "temperature zone:cpu-thermal": 48.312,
        ...{ "board.undervoltage since:now": 1, "board.undervoltage since:start": 1 },
        ...{ "board.frequency_capped since:now": 0, "board.frequency_capped since:start": 0 },
        ...{ "board.throttled since:now": 1, "board.throttled since:start": 1 },
        ...{ "board.temperature_limited since:now": 0, "board.temperature_limited since:start": 0 },
      },
    ],
    [
      "wear",
      {
        ...{ "storage.wear device:mmcblk0 memory:a": 20, "storage.wear device:mmcblk0 memory:b": 10 },
        "storage.reserve device:mmcblk0": 1,
      },
    ],
  ])("tells of its %s", async (group, expected) => {
    const { input, poll } = open({ host: [group] });
    const outcome = await poll();
    expect(outcome.faults).toEqual([]);
    expect(readingsOf(input, outcome)).toEqual(expected);
  });

  test("tells rates from the second poll on, of what it did meanwhile", async () => {
    const { clock, system, input, poll } = open({ host: ["cpu", "network", "io"] });
    expect((await poll()).readings.count).toBe(0);
    await clock.advance(seconds(10));
    system.set({
      "/proc/stat": "cpu  150 0 125 1625 100 0 0 0 0 0",
      "/proc/net/dev": "  eth0: 21000 1 0 0 0 0 0 0 1500 1 0 0 0 0 0 0",
      "/proc/diskstats": "179 0 mmcblk0 0 0 2000 0 0 0 4200 0 0 1100 0",
    });
    expect(readingsOf(input, await poll())).toEqual({
      ...{ "system.cpu.user": 5, "system.cpu.system": 2.5, "system.cpu.iowait": 10, "system.cpu.idle": 82.5 },
      "system.cpu.stolen": 0,
      ...{ "system.net.bytes_rcvd device:eth0": 2000, "system.net.bytes_sent device:eth0": 100 },
      ...{ "system.net.packets_in.error device:eth0": 0, "system.net.packets_out.error device:eth0": 0 },
      ...{
        "system.io.rkb_s device:mmcblk0": 0,
        "system.io.wkb_s device:mmcblk0": 10,
        "system.io.util device:mmcblk0": 10,
      },
    });
  });

  test("tells no rate of what began anew, such as an interface that was plugged in again", async () => {
    const { clock, system, input, poll } = open({ host: ["network"] });
    await poll();
    await clock.advance(seconds(10));
    system.set({ "/proc/net/dev": "  eth0: 5 1 0 0 0 0 0 0 600 1 0 0 0 0 0 0" });
    const readings = readingsOf(input, await poll());
    expect(readings).not.toHaveProperty("system.net.bytes_rcvd device:eth0");
    expect(readings).toHaveProperty("system.net.bytes_sent device:eth0", 10);
  });

  test("tells rates at once where it is asked but once", async () => {
    const clock = new FakeClock();
    const system = new FakeSystemFiles(PI);
    const instance = {
      ...{ check: "linux", name: "host", file: "conf.d/linux.yaml", line: 2, tags: [], namespace: "" },
      ...{ interval: seconds(15), settings: v.parse(linuxSettings, { host: ["network"] }) },
    };
    const input = createInput(instance, { clock, links: () => system, isSingle: true });
    const { readings } = await clock.until(input.poll(new AbortController().signal));
    expect(readings.count).toBe(4);
  });

  test("says which disk is not mounted, and goes on with the others", async () => {
    const { poll } = open({ host: ["disk"], disks: ["/", "/mnt/usb"] });
    const { readings, faults } = await poll();
    expect(readings.count).toBe(5);
    expect(faults.map(({ message }) => message)).toEqual(["No disk is mounted at /mnt/usb; on disks are /."]);
  });

  test("says what it cannot read, and goes on with the other groups", async () => {
    const { input, poll } = open(
      { host: ["load", "uptime", "board"] },
      {
        "/proc/loadavg": { failure: "cannot be read (EIO)" },
        "/sys/devices/platform/soc/soc:firmware/get_throttled": "error",
      },
    );
    const outcome = await poll();
    expect(outcome.faults.map(({ message }) => message)).toEqual([
      "/proc/loadavg cannot be read (EIO).",
      expect.stringMatching(/says "error", which are no flags/u),
    ]);
    expect(Object.keys(readingsOf(input, outcome))).toEqual(["system.uptime", "temperature zone:cpu-thermal"]);
  });

  test("has no more series than its instance may have, and counts what it leaves out", async () => {
    const { input, poll } = open({ host: ["load", "uptime"] }, {}, 2);
    const { readings, dropped, faults } = await poll();
    expect([readings.count, dropped]).toEqual([2, { "series-limit": 2 }]);
    expect(faults.map(({ code }) => code)).toEqual(["INPUT_SERIES_LIMIT"]);
    expect(input.points.length).toBe(2);
  });

  test("is read whole here, wherever that is, in metrics that the catalogue has", async () => {
    const clock = new FakeClock();
    const instance = {
      ...{ check: "linux", name: "host", file: "conf.d/linux.yaml", line: 2, tags: [], namespace: "" },
      interval: seconds(15),
      settings: v.parse(linuxSettings, {
        host: ["cpu", "load", "memory", "disk", "io", "network", "uptime", "board", "wear"],
      }),
    };
    const input = createInput(instance, { clock, links: openSystemFiles });
    const outcome = await input.poll(new AbortController().signal);
    expect(outcome.faults).toEqual([]);
    expect(readingsOf(input, outcome)).toHaveProperty("system.load.1");
    for (const { metric } of input.points) expect(metricOf(metric), metric).toBeDefined();
  });
});
