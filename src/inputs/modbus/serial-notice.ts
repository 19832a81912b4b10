import { adviseOnLine } from "../../platform/serial-advice.ts";
import type { ModbusSettings } from "./spec.ts";

/** Says of a line what works today, or on some ports, and may not tomorrow or on others. */
export function serialNoticeOf(settings: ModbusSettings): string | undefined {
  const { serial, framing } = settings;
  const hasLine = serial !== undefined || (framing !== "tcp" && framing !== "udp");
  return hasLine ? adviseOnLine(settings) : undefined;
}
