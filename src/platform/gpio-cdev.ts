/**
 * Lines through the GPIO character device of the kernel: it debounces, stamps each edge when it happens, numbers the
 * edges, so that those nobody read in time are known, and lets a line have one user.
 */

import type { GatewayError } from "../model/errors.ts";
import type { Clock } from "../model/time.ts";
import { EdgeReader } from "./edge-reader.ts";
import type { GpioKernel } from "./gpio-kernel.ts";
import {
  GPIO_CONSUMER,
  type GpioLine,
  type LineEvents,
  type LinePlace,
  type LineWish,
  lineClosed,
  lineUnreachable,
} from "./gpio-line.ts";
import {
  createChipInfo,
  createLineInfo,
  createLineValues,
  decodeChipInfo,
  decodeLineDescriptor,
  decodeLineInfo,
  decodeLineValue,
  EVENTS_KEPT_MAX,
  encodeLineRequest,
  GPIO_CALL,
  type LineInfo,
} from "./gpio-uapi.ts";

/** A chip of this machine. */
export interface GpioChip {
  readonly path: string;
  /** Empty where it may not be opened. */
  readonly label: string;
  readonly lineCount: number;
  /** Why it could not be asked; undefined where it was. */
  readonly lack: string | undefined;
}

interface FoundLine {
  readonly chip: GpioChip;
  readonly offset: number;
}

/** Lists the chips there are, in the order of their numbers. */
export function listGpioChips(kernel: GpioKernel): readonly GpioChip[] {
  return kernel.chipPaths().map((path) => {
    try {
      return withChip(kernel, path, (fd) => {
        const bytes = createChipInfo();
        const error = kernel.call(fd, GPIO_CALL.chipInfo, bytes);
        if (error !== undefined) return { path, label: "", lineCount: 0, lack: `does not answer (${error})` };
        return { path, ...decodeChipInfo(bytes), lack: undefined };
      });
    } catch (cause) {
      const code = codeOf(cause);
      const isDenied = code === "EACCES" || code === "EPERM";
      const lack = isDenied ? "may not be opened" : `cannot be opened (${code ?? cause})`;
      return { path, label: "", lineCount: 0, lack };
    }
  });
}

/**
 * Opens a line. `eventsKept` is how many edges the kernel keeps while nobody reads.
 *
 * Errors: `INPUT_UNREACHABLE`.
 */
export async function openCdevLine(
  kernel: GpioKernel,
  place: LinePlace,
  wish: LineWish,
  events: LineEvents,
  clock: Clock,
  eventsKept: number = EVENTS_KEPT_MAX,
): Promise<GpioLine> {
  const { chip, offset } = findLine(kernel, place);
  const openedAt = clock.monotonic();
  const [fd, info] = withChip(kernel, chip.path, (chipFd) => {
    const info = askLine(kernel, chipFd, offset);
    const request = encodeLineRequest({ ...wish, offset, consumer: GPIO_CONSUMER, eventsKept });
    const error = kernel.call(chipFd, GPIO_CALL.requestLine, request);
    if (error !== undefined) throw lineUnreachable(place, describeRefusal(error, info, chip, offset));
    return [decodeLineDescriptor(request), info] as const;
  });
  const descriptor = await kernel.watchLine(fd, clock);
  const name = info?.name ? ` (${info.name})` : "";
  const inWords = `line ${offset}${name} of ${chip.label}`;
  const values = createLineValues();
  const reader = new EdgeReader(descriptor, events, clock, { at: openedAt, number: 0 });
  return {
    way: "character-device",
    inWords,
    drain: () => reader.drain(),
    isActive: () => {
      const error = reader.isOver ? "it was closed" : kernel.call(fd, GPIO_CALL.lineValues, values);
      if (error !== undefined) throw lineClosed(place.inWords, error === "ENODEV" ? "its chip is gone" : error);
      return decodeLineValue(values);
    },
    close: () => reader.close(),
  };
}

/** Errors: `INPUT_UNREACHABLE`. */
function findLine(kernel: GpioKernel, place: LinePlace): FoundLine {
  const all = listGpioChips(kernel);
  if (all.length === 0) {
    throw lineUnreachable(
      place,
      "cannot be opened: there is no /dev/gpiochip*. This machine has no GPIO, or its kernel no driver for it.",
    );
  }
  const meant = place.chips.map((label) => all.find((chip) => chip.label === label)).find((chip) => chip !== undefined);
  if (place.chips.length > 0 && meant === undefined) throw describeMissingChip(place, all);
  if (typeof place.line === "string") return findName(kernel, place, place.line, meant === undefined ? all : [meant]);
  const chip = meant ?? all[0];
  if (chip === undefined || place.line >= chip.lineCount) {
    const lines = `its lines are 0 to ${(chip?.lineCount ?? 0) - 1}`;
    throw lineUnreachable(place, `is no line of ${chip?.label}: ${lines}. Look at the manual of the board.`);
  }
  return { chip, offset: place.line };
}

function findName(kernel: GpioKernel, place: LinePlace, name: string, chips: readonly GpioChip[]): FoundLine {
  const found: FoundLine[] = [];
  for (const chip of chips) {
    if (chip.lack !== undefined) continue;
    withChip(kernel, chip.path, (fd) => {
      for (let offset = 0; offset < chip.lineCount; offset += 1) {
        if (askLine(kernel, fd, offset)?.name === name) found.push({ chip, offset });
      }
    });
  }
  const [first, second] = found;
  if (first === undefined) {
    const denied = chips.find(({ lack }) => lack === "may not be opened");
    if (denied !== undefined) throw lineUnreachable(place, describeDenial(denied));
    const where = chips.map(({ label }) => label).join(", ");
    throw lineUnreachable(place, `is not there: no line of ${where} has this name. \`gpioinfo\` lists the names.`);
  }
  if (second !== undefined) {
    const where = found.map(({ chip, offset }) => `line ${offset} of ${chip.label}`).join(" and ");
    throw lineUnreachable(place, `is the name of ${where}. Say which is meant by \`chip: LABEL\`.`);
  }
  return first;
}

function describeMissingChip(place: LinePlace, all: readonly GpioChip[]): GatewayError {
  const denied = all.find(({ lack }) => lack === "may not be opened");
  if (denied !== undefined) return lineUnreachable(place, describeDenial(denied));
  const there = all.map(({ path, label, lack }) => `${label || path}${lack === undefined ? "" : `, which ${lack}`}`);
  const isNamed = place.chips.length === 1;
  const wanted = isNamed ? `no chip is labelled ${place.chips[0]}` : "no chip here is that of a Raspberry Pi's header";
  const remedy = isNamed ? "Write the label of one of these." : "Name the chip by `chip: LABEL`.";
  return lineUnreachable(place, `is not there: ${wanted}; there are ${there.join(", ")}. ${remedy}`);
}

function describeDenial({ path }: GpioChip): string {
  return `may not be opened: ${path} is closed to the gateway's user. Add that user to the group gpio.`;
}

function describeRefusal(error: string, info: LineInfo | undefined, { label }: GpioChip, offset: number): string {
  const line = `line ${offset} of ${label}`;
  if (error === "EBUSY") {
    const user = info?.consumer === undefined || info.consumer === "" ? "another program" : `"${info.consumer}"`;
    return `is in use: ${line} belongs to ${user}. Stop that, or read another line.`;
  }
  if (error === "ENXIO") {
    return `tells no edges: ${line} has no interrupt. Connect the sensor to a line that has one.`;
  }
  if (error === "EINVAL") {
    return `does not do what is asked: the kernel refuses bias, debounce or edges on ${line} (EINVAL). Leave them out.`;
  }
  return `cannot be opened: the kernel refuses ${line} (${error}).`;
}

function askLine(kernel: GpioKernel, fd: number, offset: number): LineInfo | undefined {
  const bytes = createLineInfo(offset);
  return kernel.call(fd, GPIO_CALL.lineInfo, bytes) === undefined ? decodeLineInfo(bytes) : undefined;
}

function withChip<T>(kernel: GpioKernel, path: string, use: (fd: number) => T): T {
  const fd = kernel.openChip(path);
  try {
    return use(fd);
  } finally {
    kernel.closeChip(fd);
  }
}

function codeOf(cause: unknown): string | undefined {
  return cause instanceof Error && "code" in cause ? String(cause.code) : undefined;
}
