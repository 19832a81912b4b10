import type { ModbusSettings } from "./spec.ts";

/** Names that the kernel gives out in the order of plugging in. */
const PASSING_NAME = /^\/dev\/tty(USB|ACM)\d+$/u;

/** Says of a serial port that its name will not stay. */
export function serialNoticeOf({ serial }: ModbusSettings): string | undefined {
  if (serial === undefined || !PASSING_NAME.test(serial)) return undefined;
  return (
    `${serial} may be another adapter after the next plugging in or start: name it by its link under ` +
    "/dev/serial/by-id, or as usb:VENDOR:PRODUCT."
  );
}
