import type { SharedSettings } from "../../model/input.ts";
import type { ModbusSettings } from "./spec.ts";

/** Tells what an instance says of its bus: all instances there have to say the same. */
export function sharedSettingsOf(settings: ModbusSettings): SharedSettings {
  const { host = "", port, serial, framing, baud, parity, stop_bits, data_bits, rs485, rts_delay } = settings;
  const line = { baud, parity, stop_bits, data_bits };
  if (serial !== undefined) {
    const direction = rs485 === "adapter" ? { rs485 } : { rs485, rts_delay };
    return {
      bus: `serial://${serial}`,
      values: { framing: framing === "ascii" ? "ascii" : "rtu", ...line, ...direction },
      reason: "A port is opened once, and all units of its line speak alike.",
    };
  }
  return {
    bus: `${framing === "udp" ? "udp" : "tcp"}://${host}:${port}`.toLowerCase(),
    values: framing === "tcp" || framing === "udp" ? { framing } : { framing, ...line },
    reason: "What answers at one host and port speaks in one way, and so do all units of the line behind it.",
  };
}
