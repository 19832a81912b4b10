/** What the board tells of itself: how warm it is, whether its supply holds, and how worn its flash memory is. */

import type { SystemFiles } from "../../platform/system-files.ts";
import { showFound } from "../../telemetry/show-found.ts";
import { fitTag } from "./found-names.ts";
import type { GroupReport, HostValue } from "./host-report.ts";

/** Where a Raspberry Pi's firmware says what slows it down. */
const THROTTLED_FILE = "/sys/devices/platform/soc/soc:firmware/get_throttled";

/**
 * Bits of what a Raspberry Pi's firmware says: now, and 16 places up whether it happened since the start.
 *
 * Source: Raspberry Pi documentation, vcgencmd, get_throttled.
 */
const THROTTLED_BITS = [
  [0, "board.undervoltage"],
  [1, "board.frequency_capped"],
  [2, "board.throttled"],
  [3, "board.temperature_limited"],
] as const;

const SINCE_START_SHIFT = 16;

/** Thousandths of a degree, as many as 32 bits hold. */
const MILLI = /^-?\d{1,10}$/u;

/** Source: Linux, include/uapi/linux/thermal.h, THERMAL_NAME_LENGTH. */
const ZONE_TYPE = /^[^\p{Cc}\uFFFD]{1,20}$/u;

/** Reads temperatures and, on a Raspberry Pi, the flags of its firmware. Errors: none. */
export async function readBoard(files: SystemFiles): Promise<GroupReport> {
  const values: HostValue[] = [];
  const faults: string[] = [];
  const folder = "/sys/class/thermal";
  const taken = new Map<string, number>();
  for (const zone of (await files.list(folder)).filter((name) => name.startsWith("thermal_zone"))) {
    const kind = await files.read(`${folder}/${zone}/type`);
    const temperature = await files.read(`${folder}/${zone}/temp`);
    if (!("text" in kind && "text" in temperature)) continue;
    if (!MILLI.test(temperature.text)) {
      faults.push(`${folder}/${zone}/temp says "${showFound(temperature.text)}", which is no temperature.`);
      continue;
    }
    // Zones may be of one type; the first is called by it, as everybody expects of a board that has one.
    const type = ZONE_TYPE.test(kind.text) ? fitTag(kind.text) : zone;
    const count = (taken.get(type) ?? 0) + 1;
    taken.set(type, count);
    const tag = `zone:${type}${count === 1 ? "" : `-${count}`}`;
    values.push({ metric: "temperature", tags: [tag], value: Number(temperature.text) / 1000 });
  }
  const throttled = await files.read(THROTTLED_FILE);
  if ("text" in throttled) {
    const bits = /^(?:0x)?([\da-f]{1,8})$/iu.exec(throttled.text)?.[1];
    if (bits !== undefined) values.push(...readFlags(Number.parseInt(bits, 16)));
    else faults.push(`${THROTTLED_FILE} says "${showFound(throttled.text)}", which are no flags.`);
  }
  return { values, faults };
}

function readFlags(bits: number): readonly HostValue[] {
  return THROTTLED_BITS.flatMap(([bit, metric]) => [
    { metric, tags: ["since:now"], value: (bits >>> bit) & 1 },
    { metric, tags: ["since:start"], value: (bits >>> (bit + SINCE_START_SHIFT)) & 1 },
  ]);
}

/**
 * Reads how worn eMMC memory is, by its own estimate in steps of ten percent. SD cards do not tell.
 *
 * Errors: none. Source: JEDEC JESD84-B51, 7.4.14 and 7.4.15, EXT_CSD DEVICE_LIFE_TIME_EST_TYP_A and _B, PRE_EOL_INFO.
 */
export async function readWear(files: SystemFiles): Promise<GroupReport> {
  const values: HostValue[] = [];
  for (const name of (await files.list("/sys/block")).filter((each) => /^mmcblk\d{1,3}$/u.test(each))) {
    const device = `/sys/block/${name}/device`;
    const life = await files.read(`${device}/life_time`);
    const end = await files.read(`${device}/pre_eol_info`);
    if ("text" in life) {
      for (const [index, step] of life.text.split(/\s+/u).slice(0, 2).map(readByte).entries()) {
        if (!(step >= 1 && step <= 11)) continue;
        const tags = [`device:${name}`, `memory:${index === 0 ? "a" : "b"}`];
        values.push({ metric: "storage.wear", tags, value: Math.min(100, step * 10) });
      }
    }
    const state = "text" in end ? readByte(end.text) : 0;
    if (state >= 1 && state <= 3) values.push({ metric: "storage.reserve", tags: [`device:${name}`], value: state });
  }
  return { values, faults: [] };
}

/** Gives NaN for what is no byte in hexadecimal. */
function readByte(text: string): number {
  return /^0x[\da-f]{2}$/iu.test(text) ? Number(text) : Number.NaN;
}
