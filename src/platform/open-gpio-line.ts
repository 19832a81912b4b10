/** Which way a GPIO line is read, and why: the character device where it is there, else sysfs. */

import { GatewayError } from "../model/errors.ts";
import { listGpioChips, openCdevLine } from "./gpio-cdev.ts";
import { type FindGpioKernel, findGpioKernel } from "./gpio-kernel.ts";
import { type GpioWay, lineUnreachable, type OpenGpioLine } from "./gpio-line.ts";
import { openSimulatedLine } from "./gpio-simulated.ts";
import { type FindOnOff, findOnOff, listSysfsChips, openSysfsLine } from "./gpio-sysfs.ts";

/** How the ways are found; what is left out is the real one. */
export interface GpioWays {
  readonly findKernel?: FindGpioKernel;
  readonly findOnOff?: FindOnOff;
  readonly listSysfs?: typeof listSysfsChips;
}

/** What this machine offers for GPIO. */
export interface GpioSurvey {
  /** The way that lines are read where a configuration leaves the choice; undefined where there is none. */
  readonly way: Exclude<GpioWay, "simulated"> | undefined;
  /** Labels of the chips that this way leads to. */
  readonly chips: readonly string[];
  /** Whole sentences: why it is this way, and why it is not another. */
  readonly reasons: readonly string[];
  /** Whether there are chips that this user may not open. */
  readonly isDenied: boolean;
}

/** Looks which way leads to the GPIO lines of this machine. It opens chips, and no line. */
export async function surveyGpio(ways: GpioWays = {}): Promise<GpioSurvey> {
  const kernel = await (ways.findKernel ?? findGpioKernel)();
  const reasons: string[] = [];
  const chips = typeof kernel === "string" ? [] : listGpioChips(kernel);
  const open = chips.filter(({ lack }) => lack === undefined).map(({ label }) => label);
  const denied = chips.filter(({ lack }) => lack === "may not be opened").map(({ path }) => path);
  if (open.length > 0) {
    reasons.push(`The character device is used, which debounces, stamps and numbers edges: ${open.join(", ")}.`);
    return { way: "character-device", chips: open, reasons, isDenied: false };
  }
  if (denied.length > 0) {
    reasons.push(`The character device is there and closed to this user: ${denied.join(", ")}.`);
    return { way: "character-device", chips: [], reasons, isDenied: true };
  }
  if (typeof kernel === "string") reasons.push(`The character device cannot be asked: ${kernel}.`);
  else reasons.push("There is no /dev/gpiochip*.");
  const old = (ways.listSysfs ?? listSysfsChips)().map(({ label }) => label);
  if (old.length === 0) {
    reasons.push("There is no chip in /sys/class/gpio either.");
    return { way: undefined, chips: [], reasons, isDenied: false };
  }
  const create = await (ways.findOnOff ?? findOnOff)();
  if (typeof create === "string") {
    reasons.push(`sysfs has ${old.join(", ")}, and cannot be used: ${create}.`);
    return { way: undefined, chips: [], reasons, isDenied: false };
  }
  reasons.push(
    `sysfs is used instead, without pull resistors and with the moments of this process: ${old.join(", ")}.`,
  );
  return { way: "sysfs", chips: old, reasons, isDenied: false };
}

/**
 * Makes what opens lines. A place whose chip is a path is one of a simulated chip; else `way` says how, and undefined
 * leaves the choice to what this machine has.
 */
export function createGpioOpener(way: "character-device" | "sysfs" | undefined, ways: GpioWays = {}): OpenGpioLine {
  return async (place, wish, events, clock) => {
    try {
      const [chip] = place.chips;
      if (chip?.startsWith("/")) return await openSimulatedLine(chip, place, wish, events, clock);
      const survey = way === undefined ? await surveyGpio(ways) : undefined;
      if ((way ?? survey?.way) === "sysfs") {
        const create = await (ways.findOnOff ?? findOnOff)();
        if (typeof create === "string") throw lineUnreachable(place, `cannot be opened: ${create}.`);
        return openSysfsLine(create, place, wish, events, clock);
      }
      const kernel = await (ways.findKernel ?? findGpioKernel)();
      if (typeof kernel === "string") {
        const reasons = survey?.reasons.join(" ") ?? `${kernel}.`;
        throw lineUnreachable(place, `cannot be opened. ${reasons} \`tidegate diagnose\` tells more.`);
      }
      return await openCdevLine(kernel, place, wish, events, clock);
    } catch (cause) {
      if (cause instanceof GatewayError) throw cause;
      const said = cause instanceof Error ? cause.message : String(cause);
      throw lineUnreachable(place, `cannot be opened: ${said}.`, cause);
    }
  };
}
