import { shortenPortName } from "../../model/bus-place.ts";
import { MODBUS_PORT, type ModbusSettings } from "./spec.ts";

/** Makes the name of an instance that has none, from where it is. */
export function instanceNameOf({ host, port, serial, unit }: ModbusSettings): string {
  if (serial !== undefined) return `${shortenPortName(serial)}-${unit}`;
  return port === MODBUS_PORT ? `${host}-${unit}` : `${host}-${port}-${unit}`;
}
