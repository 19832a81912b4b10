/** One sensor of an instance: what it is called, and how it is read. */

import { readCurrentLoop } from "../../decode/current-loop.ts";
import { parseOneWire } from "../../decode/one-wire.ts";
import { applyScale } from "../../decode/scale.ts";
import type { InputPoint } from "../../model/input.ts";
import { FLAG } from "../../model/samples.ts";
import type { SystemFiles } from "../../platform/system-files.ts";
import { listFound } from "./found-names.ts";
import {
  type ChannelReading,
  type DeviceKind,
  findDevice,
  HWMON,
  IIO,
  type Quantity,
  quantityOf,
  readHwmon,
  readIio,
} from "./kernel-channels.ts";
import { type SensorSettings, sensorName } from "./spec.ts";

/** Where the kernel shows 1-Wire devices. */
const ONE_WIRE_FOLDER = "/sys/bus/w1/devices";

/** The families of 1-Wire thermometers. Source: Linux, drivers/w1/slaves/w1_therm.c. */
const THERMOMETER = /^(10|22|28|3b|42)-/u;

/** What a sensor gave: a value in the point's unit with its flags, or in whole words why there is none. */
export type SensorReading = { readonly value: number; readonly flags: number } | { readonly fault: string };

/** A sensor that can be read. */
export interface Sensor {
  readonly point: InputPoint;
  /** Whether all of its kind hang on one wire, so that they are read one after the other. */
  readonly isOneWire: boolean;
  /** Reads it now. Errors: none. */
  read(files: SystemFiles): Promise<SensorReading>;
}

/** Makes a sensor of what the settings say. */
export function createSensor(settings: SensorSettings): Sensor {
  if (settings.one_wire !== undefined) return createThermometer(settings, settings.one_wire);
  const kind = settings.iio === undefined ? HWMON : IIO;
  return createChannel(settings, kind, settings.iio ?? settings.hwmon ?? "", settings.channel ?? "");
}

function createThermometer(settings: SensorSettings, id: string): Sensor {
  const point = pointOf(settings, { metric: "temperature", unit: "degC", scale: 1 });
  const file = `${ONE_WIRE_FOLDER}/${id}/w1_slave`;
  return {
    point,
    isOneWire: true,
    read: async (files) => {
      const read = await files.read(file);
      if ("failure" in read) {
        if (!read.isAbsent) return { fault: `${file} ${read.failure}.` };
        const others = (await files.list(ONE_WIRE_FOLDER)).filter((each) => THERMOMETER.test(each));
        const there =
          others.length === 0
            ? "nor any other. Look at the wires, and whether the kernel has the bus (`dtoverlay=w1-gpio`)."
            : `but ${listFound(others)}. Look at its wires and its id.`;
        return { fault: `No thermometer ${id} is on the 1-Wire bus, ${there}` };
      }
      const reading = parseOneWire(read.text);
      if ("failure" in reading) return { fault: `Thermometer ${id} ${reading.failure}.` };
      return tell(settings, `Thermometer ${id}`, reading.celsius);
    },
  };
}

function createChannel(settings: SensorSettings, kind: DeviceKind, device: string, channel: string): Sensor {
  const quantity = quantityOf(kind, channel) ?? { metric: channel, unit: "", scale: 1 };
  const label = `${kind.word} ${device} ${channel}`;
  return {
    point: pointOf(settings, quantity),
    isOneWire: false,
    read: async (files) => {
      const found = await findDevice(files, kind, device);
      if ("failure" in found) return { fault: `${device} ${found.failure}` };
      const read = kind === IIO ? readIio : readHwmon;
      return judge(settings, quantity, label, await read(files, found.folder, channel));
    },
  };
}

function judge(settings: SensorSettings, quantity: Quantity, label: string, read: ChannelReading): SensorReading {
  if ("failure" in read) return { fault: `${label} ${read.failure}${read.isAbsent ? ": is the channel right?" : "."}` };
  const { loop, loop_ohms: ohms } = settings;
  if (loop === undefined) return tell(settings, label, applyScale(read.value, quantity.scale, 0));
  // The kernel gives millivolts and milliamperes; by ohm, one is the other.
  const reading = readCurrentLoop(ohms === undefined ? read.value : read.value / ohms, loop[0], loop[1]);
  if ("failure" in reading) return { fault: `${label} ${reading.failure}.` };
  return tell(settings, label, reading.value, reading.isSaturated ? FLAG.suspect : 0);
}

function tell({ scale = 1, offset = 0 }: SensorSettings, label: string, measured: number, flags = 0): SensorReading {
  const value = applyScale(measured, scale, offset);
  if (Number.isFinite(value)) return { value, flags };
  return { fault: `${label} measures ${measured}, which \`scale\` and \`offset\` make too large for a number.` };
}

function pointOf(settings: SensorSettings, quantity: Quantity): InputPoint {
  const { metric, unit, tags } = settings;
  return {
    name: sensorName(settings),
    metric: metric ?? quantity.metric,
    unit: unit ?? (metric === undefined || metric === quantity.metric ? quantity.unit : ""),
    tags,
  };
}
