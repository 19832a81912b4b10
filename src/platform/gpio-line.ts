/** GPIO lines of this machine: the contract that the character device, sysfs and a simulated chip are read behind. */

import { GatewayError } from "../model/errors.ts";
import type { Clock } from "../model/time.ts";
import type { EdgeBatch, LineBias, LineEdges } from "./gpio-uapi.ts";

/** Ways to a line: the kernel's character device, its older files, or a folder that a simulator fills. */
export const GPIO_WAYS = ["character-device", "sysfs", "simulated"] as const;
export type GpioWay = (typeof GPIO_WAYS)[number];

/** Where a line is. */
export interface LinePlace {
  /** Labels of chips, of which the first that is there is meant; none means every chip, and needs a name. */
  readonly chips: readonly string[];
  /** Its number on the chip, or its name. */
  readonly line: number | string;
  /** As the user wrote it: pin 11. */
  readonly inWords: string;
}

/** How a line shall be read. */
export interface LineWish {
  readonly bias: LineBias;
  /** Whether a low level counts as active. */
  readonly isInverted: boolean;
  /** How long a level has to last to count; 0 means that every edge does. Units: milliseconds. */
  readonly debounceMs: number;
  readonly edges: LineEdges;
}

/** What a line tells. */
export interface LineEvents {
  /** Takes edges in the order they happened; the batch is filled anew after it returns. */
  onEdges(batch: EdgeBatch): void;
  /** The line is gone, for the reason given in words; nothing follows. */
  onClose(reason: string): void;
}

/** A line that is open. */
export interface GpioLine {
  readonly way: GpioWay;
  /** Chip and line, as the system calls them. */
  readonly inWords: string;
  /** Hands on the edges that wait, before it returns. */
  drain(): void;
  /** Whether the line is active. Errors: `INPUT_LINK_CLOSED`. */
  isActive(): boolean;
  /** Lets go of it; nothing is told after that. Idempotent. */
  close(): void;
}

/** Opens a line. Errors: `INPUT_UNREACHABLE`, with what was found and what to do. */
export type OpenGpioLine = (place: LinePlace, wish: LineWish, events: LineEvents, clock: Clock) => Promise<GpioLine>;

/** Under which name the kernel shows who uses a line. */
export const GPIO_CONSUMER = "tidegate";

/** Makes the error of a line that cannot be opened. `found` goes on from its name. */
export function lineUnreachable({ inWords }: Pick<LinePlace, "inWords">, found: string, cause?: unknown): GatewayError {
  const options = cause === undefined ? {} : { cause };
  return new GatewayError("INPUT_UNREACHABLE", `GPIO ${inWords} ${found}`, options);
}

/** Makes the error of a line that was open and cannot be read. */
export function lineClosed(inWords: string, found: string): GatewayError {
  return new GatewayError("INPUT_LINK_CLOSED", `GPIO ${inWords} cannot be read any more: ${found}.`);
}
