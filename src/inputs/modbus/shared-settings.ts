import { busOf } from "../../model/bus-place.ts";
import type { SharedSettings } from "../../model/input.ts";
import type { ModbusSettings } from "./spec.ts";

/** Tells what an instance says of its bus: all instances there have to say the same. */
export function sharedSettingsOf(settings: ModbusSettings): SharedSettings {
  const { serial, framing, baud, parity, stop_bits, data_bits, rs485, rts_delay } = settings;
  const bus = busOf(settings, framing === "udp" ? "udp" : "tcp");
  const line = { baud, parity, stop_bits, data_bits };
  if (serial !== undefined) {
    const direction = rs485 === "adapter" ? { rs485 } : { rs485, rts_delay };
    return {
      bus,
      values: { framing: framing === "ascii" ? "ascii" : "rtu", ...line, ...direction },
      reason: "A port is opened once, and all units of its line speak alike.",
    };
  }
  return {
    bus,
    values: framing === "tcp" || framing === "udp" ? { framing } : { framing, ...line },
    reason: "What answers at one host and port speaks in one way, and so do all units of the line behind it.",
  };
}
