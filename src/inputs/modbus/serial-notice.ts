import { adviseOnName, adviseOnRate } from "../../platform/serial-advice.ts";
import type { ModbusSettings } from "./spec.ts";

/** Says of a line what works today, or on some ports, and may not tomorrow or on others. */
export function serialNoticeOf({ serial, framing, baud }: ModbusSettings): string | undefined {
  const hasLine = serial !== undefined || (framing !== "tcp" && framing !== "udp");
  const notices = [
    serial === undefined ? undefined : adviseOnName(serial),
    hasLine ? adviseOnRate(baud) : undefined,
  ].filter((each) => each !== undefined);
  return notices.length === 0 ? undefined : notices.join(" ");
}
