/** Spoilt files of a kernel through everything that reads them, and what must hold whatever they are. */

import * as v from "valibot";
import { createInput } from "../../src/inputs/linux/input.ts";
import { HOST_GROUPS, linuxSettings } from "../../src/inputs/linux/spec.ts";
import type { Input, PollOutcome } from "../../src/model/input.ts";
import { seconds } from "../../src/model/time.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { FakeSystemFiles } from "../support/fake-system-files.ts";
import { createSeededRandom } from "../support/seeded-random.ts";
import { heapAfterRest } from "./heap-after-rest.ts";
import { flawsOf } from "./outcome-flaws.ts";
import { spoilBytes } from "./spoil-bytes.ts";

/** What became of the files. */
export interface LinuxFuzzReport {
  readonly polls: number;
  readonly spoilt: number;
  readonly readings: number;
  readonly faults: number;
  /** By how much the heap was larger after the last poll than after the first tenth. Units: bytes. */
  readonly heapGrowth: number;
  /** What must not be, in words; empty where all is well. */
  readonly findings: readonly string[];
}

const FINDINGS_MAX = 10;
const SERIES_MAX = 200;

const ONE_WIRE = "/sys/bus/w1/devices/28-0316a2795eff/w1_slave";
const ADC = "/sys/bus/iio/devices/iio:device0";
const FAN = "/sys/class/hwmon/hwmon2";
const ZONE = "/sys/class/thermal/thermal_zone0";
const THROTTLED = "/sys/devices/platform/soc/soc:firmware/get_throttled";
const CARD = "/sys/block/mmcblk0/device";

const FILES: Readonly<Record<string, string>> = {
  "/proc/stat": "cpu  100 0 100 800 0 0 0 0 0 0\ncpu0 100 0 100 800 0 0 0 0 0 0\nintr 5",
  "/proc/loadavg": "0.52 0.48 0.44 1/214 3310",
  "/proc/meminfo":
    "MemTotal: 1048576 kB\nMemFree: 262144 kB\nMemAvailable: 524288 kB\nSwapTotal: 2048 kB\nSwapFree: 512 kB",
  "/proc/uptime": "3610.52 7000.1",
  "/proc/net/dev": "  eth0: 1000 1 0 0 0 0 0 0 500 1 0 0 0 0 0 0\n    lo: 9 9 0 0 0 0 0 0 9 9 0 0 0 0 0 0",
  "/proc/diskstats": "179 0 mmcblk0 0 0 2000 0 0 0 4000 0 0 100 0\n8 0 sda 0 0 2 0 0 0 4 0 0 1 0",
  "/proc/mounts": "/dev/mmcblk0p2 / ext4 rw 0 0\n/dev/sda1 /mnt/usb\\040stick vfat rw 0 0",
  [`${ZONE}/type`]: "cpu-thermal",
  [`${ZONE}/temp`]: "48312",
  [THROTTLED]: "50005",
  [`${CARD}/life_time`]: "0x02 0x01",
  [`${CARD}/pre_eol_info`]: "0x01",
  [ONE_WIRE]: "72 01 4b 46 7f ff 0e 10 57 : crc=57 YES\n72 01 4b 46 7f ff 0e 10 57 t=23125",
  [`${ADC}/name`]: "ads1115",
  [`${ADC}/in_voltage0_raw`]: "9600",
  [`${ADC}/in_voltage_scale`]: "0.1875",
  [`${ADC}/in_temp_input`]: "41500",
  [`${FAN}/name`]: "rpi_volt",
  [`${FAN}/fan1_input`]: "1500",
};

/** What comes of files that are whole: what is read of each, and which these are. */
const KNOWN: readonly { readonly point: string; readonly value: number; readonly files: readonly string[] }[] = [
  { point: "system.load.5", value: 0.48, files: ["/proc/loadavg"] },
  { point: "system.mem.usable", value: 512, files: ["/proc/meminfo"] },
  { point: "system.uptime", value: 3610, files: ["/proc/uptime"] },
  { point: "temperature zone:cpu-thermal", value: 48.312, files: [`${ZONE}/type`, `${ZONE}/temp`] },
  { point: "board.throttled since:now", value: 1, files: [THROTTLED] },
  { point: "storage.wear device:mmcblk0 memory:a", value: 20, files: [`${CARD}/life_time`] },
  { point: "top", value: 23.125, files: [ONE_WIRE] },
  { point: "oil", value: 125, files: [`${ADC}/name`, `${ADC}/in_voltage0_raw`, `${ADC}/in_voltage_scale`] },
  { point: "ads1115-temp", value: 41.5, files: [`${ADC}/name`, `${ADC}/in_temp_input`] },
  { point: "fan", value: 1500, files: [`${FAN}/name`, `${FAN}/fan1_input`] },
];

/** What values may be, by the beginning of the name of their point. */
const RANGES: readonly (readonly [start: string, least: number, most: number])[] = [
  ["system.cpu.", 0, 100],
  ["system.io.util", 0, 100],
  ["system.mem.pct_usable", 0, 1],
  ["system.swap.pct_free", 0, 1],
  ["system.disk.in_use", 0, 1],
  ["system.fs.inodes.in_use", 0, 1],
  ["system.", 0, Number.MAX_VALUE],
  ["board.", 0, 1],
  ["storage.wear", 10, 100],
  ["storage.reserve", 1, 3],
  ["temperature", -1e6, 1e7],
  ["top", -2048, 2048],
  ["oil", -10, 270],
];

const SENSORS = [
  { one_wire: "28-0316a2795eff", name: "top" },
  { iio: "ads1115", channel: "voltage0", name: "oil", metric: "pressure", unit: "bar", loop: [0, 250], loop_ohms: 150 },
  { iio: "ads1115", channel: "temp" },
  { hwmon: "rpi_volt", channel: "fan1", name: "fan", scale: 1 },
];

/** Polls a machine `count` times, with some of its files spoilt each time. The same seed spoils the same files. */
export async function fuzzLinux(seed: number, count: number): Promise<LinuxFuzzReport> {
  const { next } = createSeededRandom(seed);
  const draw = (below: number): number => Math.floor(below * next());
  const clock = new FakeClock();
  const system = new FakeSystemFiles(FILES);
  const instance = {
    ...{ check: "linux", name: "host", file: "conf.d/linux.yaml", line: 2, tags: [], namespace: "" },
    ...{ interval: seconds(15), seriesMax: SERIES_MAX },
    settings: v.parse(linuxSettings, { host: HOST_GROUPS, disks: ["/", "/mnt/usb stick"], sensors: SENSORS }),
  };
  const input = createInput(instance, { clock, links: () => system });
  const paths = Object.keys(FILES);
  const report = { polls: 0, spoilt: 0, readings: 0, faults: 0, findings: [] as string[] };
  let heapBefore = 0;
  for (; report.polls < count && report.findings.length < FINDINGS_MAX; report.polls += 1) {
    if (report.polls === Math.floor(count / 10)) heapBefore = heapAfterRest();
    system.set(FILES);
    const spoilt = new Set(Array.from({ length: 1 + draw(6) }, () => paths[draw(paths.length)] ?? ""));
    report.spoilt += spoilt.size;
    for (const path of spoilt) spoilFile(system, path, draw);
    for (const place of ["/", "/mnt/usb stick"]) system.spaces.set(place, drawSpace(draw));
    const outcome = await clock.until(input.poll(new AbortController().signal));
    report.readings += outcome.readings.count;
    report.faults += outcome.faults.length;
    const flaws = [
      ...flawsOf(input, outcome, { now: clock.now(), seriesMax: SERIES_MAX }),
      ...wrongIn(input, outcome, spoilt),
    ];
    const shown = [...spoilt].map((path) => `${path}: ${JSON.stringify(system.files.get(path))?.slice(0, 300)}`);
    report.findings.push(...flaws.map((flaw) => `${flaw}, by ${shown.join("; ")}`));
    await clock.advance(seconds(15));
  }
  await input[Symbol.asyncDispose]();
  return { ...report, heapGrowth: heapAfterRest() - heapBefore };
}

function spoilFile(system: FakeSystemFiles, path: string, draw: (below: number) => number): void {
  const kind = draw(12);
  if (kind === 0) system.files.delete(path);
  else if (kind === 1) system.files.set(path, { failure: "cannot be read (EIO)" });
  // As it is read of a disk: bytes that are no UTF-8 become what stands for them.
  else system.files.set(path, spoilBytes(Buffer.from(FILES[path] ?? ""), draw).toString("utf8"));
}

function drawSpace(draw: (below: number) => number) {
  const totalBytes = draw(3) * 1_024_000;
  const freeBytes = draw(3) === 0 ? totalBytes : draw(totalBytes + 1);
  const fileCountMax = draw(2) * 100;
  return {
    totalBytes,
    freeBytes,
    usableBytes: draw(freeBytes + 1),
    fileCountMax,
    freeFileCount: draw(fileCountMax + 1),
  };
}

/** What is not as whole files have it, or cannot be. */
function wrongIn(input: Input, { readings }: PollOutcome, spoilt: ReadonlySet<string>): readonly string[] {
  const values = new Map<string, number>();
  for (let row = 0; row < readings.count; row += 1) {
    values.set(input.points[readings.point[row] ?? -1]?.name ?? "", readings.value[row] ?? Number.NaN);
  }
  const flaws = KNOWN.filter(({ point, value, files }) => {
    return !files.some((file) => spoilt.has(file)) && values.get(point) !== value;
  }).map(({ point, value }) => `${point} is ${values.get(point)}, expected ${value}`);
  for (const [name, value] of values) {
    const [, least = -Infinity, most = Infinity] = RANGES.find(([start]) => name.startsWith(start)) ?? [];
    if (value < least || value > most) flaws.push(`${name} is ${value}`);
  }
  return flaws;
}
