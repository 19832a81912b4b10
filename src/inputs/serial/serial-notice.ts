import { adviseOnName, adviseOnRate } from "../../platform/serial-advice.ts";
import type { SerialInputSettings } from "./spec.ts";

/** Says of a line what works today, or on some ports, and may not tomorrow or on others. */
export function serialNoticeOf({ serial, baud }: SerialInputSettings): string | undefined {
  const notices = [
    serial === undefined ? undefined : adviseOnName(serial),
    baud === undefined ? undefined : adviseOnRate(baud),
  ].filter((each) => each !== undefined);
  return notices.length === 0 ? undefined : notices.join(" ");
}
