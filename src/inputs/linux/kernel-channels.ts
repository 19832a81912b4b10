/**
 * The channels of IIO and hwmon devices: which files they have, and what their numbers mean.
 *
 * Source: Linux, Documentation/ABI/testing/sysfs-bus-iio; Documentation/hwmon/sysfs-interface.rst.
 */

import { applyScale } from "../../decode/scale.ts";
import type { SystemFiles } from "../../platform/system-files.ts";
import { showFound } from "../../telemetry/show-found.ts";
import { listFound } from "./found-names.ts";

/** What the kernel measures by a kind of channel. */
export interface Quantity {
  readonly metric: string;
  readonly unit: string;
  /** What the kernel's number is multiplied by to be in `unit`. */
  readonly scale: number;
}

/** The quantities of IIO, by the letters a channel begins with. */
const OF_IIO: Readonly<Record<string, Quantity>> = {
  voltage: { metric: "voltage", unit: "V", scale: 0.001 },
  altvoltage: { metric: "voltage", unit: "V", scale: 0.001 },
  current: { metric: "current", unit: "A", scale: 0.001 },
  power: { metric: "power.active", unit: "W", scale: 0.001 },
  temp: { metric: "temperature", unit: "degC", scale: 0.001 },
  humidityrelative: { metric: "humidity", unit: "%", scale: 0.001 },
  pressure: { metric: "pressure", unit: "kPa", scale: 1 },
  distance: { metric: "distance", unit: "m", scale: 1 },
  illuminance: { metric: "illuminance", unit: "lx", scale: 1 },
  accel: { metric: "acceleration", unit: "m/s2", scale: 1 },
};

/** The quantities of hwmon, by the letters a channel begins with. */
const OF_HWMON: Readonly<Record<string, Quantity>> = {
  in: { metric: "voltage", unit: "V", scale: 0.001 },
  curr: { metric: "current", unit: "A", scale: 0.001 },
  power: { metric: "power.active", unit: "W", scale: 1e-6 },
  temp: { metric: "temperature", unit: "degC", scale: 0.001 },
  fan: { metric: "speed.rotation", unit: "rpm", scale: 1 },
  humidity: { metric: "humidity", unit: "%", scale: 0.001 },
};

/** Where devices of a kind are, and what their channels mean. */
export interface DeviceKind {
  readonly word: "iio" | "hwmon";
  readonly folder: string;
  /** The files that name a device. */
  readonly nameFiles: readonly string[];
  readonly quantities: Readonly<Record<string, Quantity>>;
}

/** Devices of the kernel's Industrial I/O: converters, and sensors with a driver. */
export const IIO: DeviceKind = {
  word: "iio",
  folder: "/sys/bus/iio/devices",
  nameFiles: ["label", "name"],
  quantities: OF_IIO,
};

/** Devices that watch over hardware. */
export const HWMON: DeviceKind = {
  word: "hwmon",
  folder: "/sys/class/hwmon",
  nameFiles: ["name"],
  quantities: OF_HWMON,
};

/** What a channel measures; undefined for one whose letters the kernel's documents do not have. */
export function quantityOf({ quantities }: DeviceKind, channel: string): Quantity | undefined {
  const letters = /^[a-z]+/u.exec(channel)?.[0] ?? "";
  return Object.hasOwn(quantities, letters) ? quantities[letters] : undefined;
}

/** A number in the kernel's own unit, or in words why there is none, to go on from the name of the channel. */
export type ChannelReading = { readonly value: number } | { readonly failure: string; readonly isAbsent: boolean };

/** Finds the folder of a device; a failure names the devices there are. */
export async function findDevice(
  files: SystemFiles,
  { folder, nameFiles, word }: DeviceKind,
  name: string,
): Promise<{ readonly folder: string } | { readonly failure: string }> {
  const found: string[] = [];
  const known: string[] = [];
  for (const entry of await files.list(folder)) {
    const place = `${folder}/${entry}`;
    const names = [];
    for (const file of nameFiles) {
      const read = await files.read(`${place}/${file}`);
      if ("text" in read) names.push(read.text);
    }
    if (names.length === 0) continue;
    known.push(...names);
    if (entry === name || names.includes(name)) found.push(place);
  }
  const [first, second] = found;
  if (first === undefined) {
    const there = known.length === 0 ? "there is none" : `there are ${listFound([...new Set(known)])}`;
    return {
      failure: `is no ${word} device of this machine; ${there}. Is its driver loaded, and its overlay enabled?`,
    };
  }
  if (second !== undefined) {
    return {
      failure: `names more than one ${word} device: give each a label in the device tree, or write its folder's name`,
    };
  }
  return { folder: first };
}

/** Reads a channel of IIO: as the driver has worked it out, or raw with its offset and scale. */
export async function readIio(files: SystemFiles, folder: string, channel: string): Promise<ChannelReading> {
  const base = `${folder}/in_${channel}`;
  const worked = await readNumber(files, `${base}_input`);
  if (!("isAbsent" in worked) || !worked.isAbsent) return worked;
  const raw = await readNumber(files, `${base}_raw`);
  if ("failure" in raw) return raw;
  const offset = await readShared(files, folder, channel, "offset", 0);
  if ("failure" in offset) return offset;
  const scale = await readShared(files, folder, channel, "scale", 1);
  if ("failure" in scale) return scale;
  return { value: applyScale(raw.value + offset.value, scale.value, 0) };
}

/** A channel may have an offset or a scale of its own, or share that of all channels of its kind. */
async function readShared(
  files: SystemFiles,
  folder: string,
  channel: string,
  what: "offset" | "scale",
  otherwise: number,
): Promise<ChannelReading> {
  for (const owner of [channel, channel.replace(/\d.*$/u, "")]) {
    const read = await readNumber(files, `${folder}/in_${owner}_${what}`);
    if (!("failure" in read) || !read.isAbsent) return read;
  }
  return { value: otherwise };
}

/** Reads a channel of hwmon, unless its driver says that the sensor is out of order. */
export async function readHwmon(files: SystemFiles, folder: string, channel: string): Promise<ChannelReading> {
  const fault = await files.read(`${folder}/${channel}_fault`);
  if ("text" in fault && fault.text === "1") {
    return { failure: "is open or shorted, its driver says", isAbsent: false };
  }
  const input = await readNumber(files, `${folder}/${channel}_input`);
  if (!("failure" in input) || !input.isAbsent) return input;
  return await readNumber(files, `${folder}/${channel}_average`);
}

/** As drivers write them. Source: Linux, drivers/iio/industrialio-core.c, iio_format_value. */
const NUMBER = /^[+-]?\d{1,20}(\.\d{1,20})?$/u;

async function readNumber(files: SystemFiles, path: string): Promise<ChannelReading> {
  const read = await files.read(path);
  if ("failure" in read) return read;
  if (NUMBER.test(read.text)) return { value: Number(read.text) };
  return { failure: `says "${showFound(read.text)}", which is no number`, isAbsent: false };
}
