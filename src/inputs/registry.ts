/** Every input there is. The code of one is loaded only when a check uses it. */

import { heldPortOf } from "../model/bus-place.ts";
import type { HeldPort, InputEntry } from "../model/input.ts";
import { adviseOnLine } from "../platform/serial-advice.ts";
import { customSettings } from "./custom/spec.ts";
import { lineBusOf, instanceNameOf as lineNameOf } from "./gpio/place.ts";
import { pointsOf as linePointsOf } from "./gpio/points.ts";
import { type GpioSettings, gpioSettings } from "./gpio/spec.ts";
import { createSensor } from "./linux/sensor.ts";
import { type LinuxSettings, linuxSettings } from "./linux/spec.ts";
import { instanceNameOf } from "./modbus/instance-name.ts";
import { serialNoticeOf } from "./modbus/serial-notice.ts";
import { sharedSettingsOf } from "./modbus/shared-settings.ts";
import { type ModbusSettings, modbusSettings } from "./modbus/spec.ts";
import { describeMetric } from "./mqtt/describe-metric.ts";
import { brokerNameOf, type MqttSettings, mqttSettings } from "./mqtt/spec.ts";
import { instanceNameOf as receiverNameOf } from "./nmea/place.ts";
import { PointPlan } from "./nmea/points.ts";
import { type NmeaSettings, nmeaSettings } from "./nmea/spec.ts";
import { instanceNameOf as nameOfSerial } from "./serial/place.ts";
import { type SerialInputSettings, serialSettings } from "./serial/spec.ts";

/** The inputs, in the order the documentation lists them. */
export const inputs: readonly InputEntry[] = [
  {
    name: "modbus",
    usesProfile: true,
    settings: modbusSettings,
    defaultName: (settings) => tagSafe(instanceNameOf(settings as ModbusSettings)),
    noticeOf: (settings) => serialNoticeOf(settings as ModbusSettings),
    sharedOf: (settings) => sharedSettingsOf(settings as ModbusSettings),
    portOf: (settings) => heldBusOf(settings as ModbusSettings),
    load: () => import("./modbus/input.ts"),
  },
  {
    name: "nmea",
    usesProfile: false,
    settings: nmeaSettings,
    defaultName: (settings) => tagSafe(receiverNameOf(settings as NmeaSettings)),
    pointsOf: (settings) => new PointPlan(settings as NmeaSettings).points,
    noticeOf: (settings) => noticeOfReceiver(settings as NmeaSettings),
    portOf: (settings) => portOfReceiver(settings as NmeaSettings),
    load: () => import("./nmea/input.ts"),
  },
  {
    name: "mqtt",
    usesProfile: false,
    settings: mqttSettings,
    defaultName: (settings) => tagSafe(brokerNameOf(settings as MqttSettings)),
    describeMetric: (settings, metric) => describeMetric(settings as MqttSettings, metric),
    load: () => import("./mqtt/input.ts"),
  },
  {
    name: "linux",
    usesProfile: false,
    settings: linuxSettings,
    defaultName: (settings) => ((settings as LinuxSettings).host.length > 0 ? "host" : "sensors"),
    pointsOf: (settings) => (settings as LinuxSettings).sensors.map((sensor) => createSensor(sensor).point),
    load: () => import("./linux/input.ts"),
  },
  {
    name: "custom",
    usesProfile: false,
    usesCode: true,
    settings: customSettings,
    defaultName: () => "main",
    load: () => import("./custom/input.ts"),
  },
  {
    name: "serial",
    usesProfile: true,
    takesFields: true,
    settings: serialSettings,
    defaultName: (settings) => tagSafe(nameOfSerial(settings as SerialInputSettings)),
    noticeOf: (settings) => adviseOnLine(settings as SerialInputSettings),
    portOf: (settings) => heldPortOf(settings as SerialInputSettings),
    load: () => import("./serial/input.ts"),
  },
  {
    name: "gpio",
    usesProfile: false,
    settings: gpioSettings,
    defaultName: (settings) => tagSafe(lineNameOf(settings as GpioSettings)),
    pointsOf: (settings) => linePointsOf(settings as GpioSettings),
    portOf: (settings) => lineHeldBy(settings as GpioSettings),
    load: () => import("./gpio/input.ts"),
  },
];

/** Only a port of this machine has a rate. */
function noticeOfReceiver(settings: NmeaSettings): string | undefined {
  return settings.serial === undefined ? undefined : adviseOnLine(settings);
}

/** A daemon serves any number of clients; a port and a converter serve one. */
function portOfReceiver(settings: NmeaSettings): HeldPort | undefined {
  return settings.gpsd === undefined ? heldPortOf(settings) : undefined;
}

/** The kernel gives a line to one reader. */
function lineHeldBy(settings: GpioSettings): HeldPort {
  const { pin, line } = settings;
  const key = pin === undefined ? (line === undefined ? "gpio" : "line") : "pin";
  return { bus: lineBusOf(settings), key, isShared: false };
}

/** Units of one bus are asked by any number of instances. */
function heldBusOf(settings: ModbusSettings): HeldPort {
  return { ...heldPortOf(settings), bus: sharedSettingsOf(settings).bus, isShared: true };
}

/** The name of an instance becomes a tag value, so it keeps only what survives in one. */
function tagSafe(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9._-]/g, "_");
}
