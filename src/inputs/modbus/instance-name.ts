import { MODBUS_PORT, type ModbusSettings } from "./spec.ts";

/** What precedes the part of a serial port's name that tells it from others. */
const DEVICE_FOLDER = /^\/dev\/(serial\/by-[a-z]+\/)?/u;

/** Makes the name of an instance that has none, from where it is. */
export function instanceNameOf({ host, port, serial, unit }: ModbusSettings): string {
  if (serial !== undefined) return `${serial.replace(DEVICE_FOLDER, "")}-${unit}`;
  return port === MODBUS_PORT ? `${host}-${unit}` : `${host}-${port}-${unit}`;
}
