import type { LinePlace, LineWish } from "../../platform/gpio-line.ts";
import { HEADER_CHIPS, lineAtPin } from "./header.ts";
import type { GpioSettings } from "./spec.ts";

/** Measures for which one edge of each pulse is enough. */
const PULSE_MEASURES: readonly string[] = ["pulses", "rate", "frequency", "rpm", "missed"];

/** Takes from an instance's settings where its line is. */
export function placeOf({ pin, gpio, line, chip }: GpioSettings): LinePlace {
  if (line !== undefined) {
    const where = chip === undefined ? "" : ` of ${chip}`;
    return { chips: chip === undefined ? [] : [chip], line, inWords: `line ${line}${where}` };
  }
  if (pin !== undefined) {
    const number = Number(lineAtPin(pin));
    return { chips: HEADER_CHIPS, line: number, inWords: `pin ${pin} (line ${number})` };
  }
  if (chip === undefined) return { chips: HEADER_CHIPS, line: gpio ?? 0, inWords: `${gpio}` };
  return { chips: [chip], line: gpio ?? 0, inWords: `${gpio} of ${chip}` };
}

/** How the line shall be read for what is measured: both edges only where the level matters. */
export function wishOf({ bias, invert, debounce, measure }: GpioSettings): LineWish {
  const edges = measure.every((each) => PULSE_MEASURES.includes(each)) ? "rising" : "both";
  return { bias, isInverted: invert, debounceMs: debounce, edges };
}

/**
 * Names the bus, which has this one line. A line of the header has one name, however it is written: a Raspberry Pi has
 * one of the header's chips, and calls those of their lines that carry their number as a name `GPIO17` and so on.
 *
 * Source: raspberrypi/linux, arch/arm/boot/dts/broadcom, gpio-line-names.
 */
export function lineBusOf(settings: GpioSettings): string {
  const { chip } = settings;
  const { chips, line } = placeOf(settings);
  const mayBeHeader = chip === undefined || HEADER_CHIPS.includes(chip);
  const numberInName = mayBeHeader ? /^GPIO(\d|1\d|2[0-7])$/u.exec(String(line))?.[1] : undefined;
  if (numberInName !== undefined) return `gpio://header/${numberInName}`;
  const where = mayBeHeader && chips.length > 0 ? "header" : (chip ?? "*");
  return `gpio://${where.replace(/^\/+/u, "")}/${line}`;
}

/** The name of an instance that gives none. */
export function instanceNameOf({ pin, gpio, line, chip }: GpioSettings): string {
  if (pin !== undefined) return `pin-${pin}`;
  const own = line ?? `gpio-${gpio}`;
  return chip === undefined ? own : `${chip.split("/").at(-1)}-${own}`;
}
