/**
 * Lines through the files of `/sys/class/gpio`, by the optional package `onoff`: for kernels that have no character
 * device. What they lack: pull resistors, the moments of edges, their numbers, and who uses a line.
 */

import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../model/time.ts";
import {
  type GpioLine,
  type LineEvents,
  type LinePlace,
  type LineWish,
  lineClosed,
  lineUnreachable,
} from "./gpio-line.ts";
import { EdgeBatch } from "./gpio-uapi.ts";
import { describeLackOf } from "./native-parts.ts";

/** Where the kernel has its files. */
export const SYSFS_GPIO = "/sys/class/gpio";

/** What of `onoff` is used. */
export interface OnOffLine {
  readSync(): number;
  watch(listener: (error: Error | null | undefined, value: number) => void): void;
  unwatchAll(): void;
  unexport(): void;
}

/** Makes a line of `onoff` by the number it has among all chips. Errors: any. */
export type CreateOnOffLine = (
  number: number,
  options: { readonly activeLow: boolean; readonly debounceTimeout: number },
) => OnOffLine;

/** Gives what makes lines, or in words why nothing does. */
export type FindOnOff = () => Promise<CreateOnOffLine | string>;

/** A chip as sysfs shows it. */
export interface SysfsChip {
  readonly label: string;
  /** The number of its first line among those of all chips; it changes from kernel to kernel. */
  readonly base: number;
  readonly lineCount: number;
}

interface OnOff {
  readonly Gpio: new (number: number, direction: "in", edge: "both", options: object) => OnOffLine;
}

/** Loads `onoff`, whose binding is built at home. */
export const findOnOff: FindOnOff = async () => {
  try {
    const { Gpio } = (await import("onoff" as string)) as OnOff;
    return (number, options) => new Gpio(number, "in", "both", options);
  } catch (cause) {
    return `the optional package onoff does not load: ${describeLackOf("onoff", cause)}`;
  }
};

/** Lists the chips that sysfs shows; none where the kernel has no such files. */
export function listSysfsChips(folder: string = SYSFS_GPIO): readonly SysfsChip[] {
  let names: readonly string[];
  try {
    names = readdirSync(folder).filter((name) => /^gpiochip\d+$/u.test(name));
  } catch {
    return [];
  }
  return names.map((name) => readChip(join(folder, name))).filter((chip) => chip !== undefined);
}

/** A text that prints, and numbers as the kernel counts lines. */
const LABEL = /^[^\p{Cc}\uFFFD]{1,100}$/u;
const COUNT = /^\d{1,6}$/u;

/** Undefined for a chip that goes while it is read, or that shows no such files. */
function readChip(folder: string): SysfsChip | undefined {
  try {
    const [label = "", base = "", lines = ""] = ["label", "base", "ngpio"].map((file) =>
      readFileSync(join(folder, file), "utf8").trim(),
    );
    if (!(LABEL.test(label) && COUNT.test(base) && COUNT.test(lines))) return undefined;
    return { label, base: Number(base), lineCount: Number(lines) };
  } catch {
    return undefined;
  }
}

/** Opens a line. Errors: `INPUT_UNREACHABLE`. */
export function openSysfsLine(
  create: CreateOnOffLine,
  place: LinePlace,
  wish: LineWish,
  events: LineEvents,
  clock: Clock,
  folder: string = SYSFS_GPIO,
): GpioLine {
  const { chip, offset } = findLine(place, folder);
  if (wish.bias !== "as-is") {
    const found = `has no bias through sysfs, which cannot set ${wish.bias}. Leave \`bias\` out and wire a resistor.`;
    throw lineUnreachable(place, found);
  }
  const number = chip.base + offset;
  if (existsSync(join(folder, `gpio${number}`))) release(folder, number);
  let line: OnOffLine | undefined;
  try {
    line = create(number, { activeLow: wish.isInverted, debounceTimeout: wish.debounceMs });
    const inWords = `line ${offset} of ${chip.label}`;
    const levelFile = join(folder, `gpio${number}`, "value");
    return new SysfsLine({ line, inWords, levelFile, place, wish, events, clock });
  } catch (cause) {
    if (line !== undefined) letGo(line);
    throw lineUnreachable(place, describeRefusal(cause, chip, offset), cause);
  }
}

function findLine(place: LinePlace, folder: string): { readonly chip: SysfsChip; readonly offset: number } {
  if (typeof place.line === "string") {
    throw lineUnreachable(place, "cannot be found through sysfs, which has no names. Write `chip` and `gpio: NUMBER`.");
  }
  const all = listSysfsChips(folder);
  const chip = place.chips.map((label) => all.find((each) => each.label === label)).find((each) => each !== undefined);
  if (chip === undefined) {
    const there = all.length === 0 ? "sysfs shows none" : `there are ${all.map(({ label }) => label).join(", ")}`;
    throw lineUnreachable(place, `is not there: no chip is labelled ${place.chips.join(" or ")}; ${there}.`);
  }
  if (place.line >= chip.lineCount) {
    throw lineUnreachable(place, `is no line of ${chip.label}: its lines are 0 to ${chip.lineCount - 1}.`);
  }
  return { chip, offset: place.line };
}

/** One that was killed leaves its line exported, with whatever edges it asked for. */
function release(folder: string, number: number): void {
  try {
    writeFileSync(join(folder, "unexport"), String(number));
  } catch {
    // Who may not give it back may still be let use it as it is.
  }
}

function describeRefusal(cause: unknown, { label }: SysfsChip, offset: number): string {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
  if (code === "EBUSY") return `is in use: line ${offset} of ${label} belongs to another program or driver. Stop that.`;
  if (code === "EACCES" || code === "EPERM") {
    return "may not be opened: sysfs is closed to the gateway's user. Add that user to the group gpio.";
  }
  return `cannot be opened through sysfs: line ${offset} of ${label} is refused (${code}).`;
}

/** What an open line is made of. */
interface SysfsLineParts {
  readonly line: OnOffLine;
  readonly inWords: string;
  /** Where the level can be read beside `line`. */
  readonly levelFile: string;
  readonly place: LinePlace;
  readonly wish: LineWish;
  readonly events: LineEvents;
  readonly clock: Clock;
}

function letGo(line: OnOffLine): void {
  try {
    line.unwatchAll();
    line.unexport();
  } catch {
    // The chip may be gone already.
  }
}

/**
 * An open line. The kernel only says that something happened; the level is read afterwards, by when it may have changed
 * again. So both edges are listened to: a level that is the same as before means that two edges happened in between.
 */
class SysfsLine implements GpioLine {
  readonly way = "sysfs";
  readonly inWords: string;
  readonly #parts: SysfsLineParts;
  readonly #batch = new EdgeBatch(1);
  #level: number;
  #number = 0;
  #isClosed = false;

  constructor(parts: SysfsLineParts) {
    const { line, inWords } = parts;
    this.inWords = inWords;
    this.#parts = parts;
    this.#level = line.readSync();
    line.watch((error, value) => {
      if (error) this.#end(error.message);
      else this.#take(value);
    });
  }

  /** What the kernel has told is handed on as it is told; there is nothing to fetch. */
  drain(): void {
    // Nothing waits.
  }

  /** Opens the file anew: an edge counts as told to whoever reads it through the descriptor that waits for edges. */
  isActive(): boolean {
    const { place, levelFile } = this.#parts;
    if (this.#isClosed) throw lineClosed(place.inWords, "it was closed");
    try {
      return readFileSync(levelFile, "latin1").startsWith("1");
    } catch (cause) {
      throw lineClosed(place.inWords, cause instanceof Error ? cause.message : String(cause));
    }
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    letGo(this.#parts.line);
  }

  /** Of the edges that are wanted each is numbered, those that were missed too. */
  #take(level: number): void {
    if (this.#isClosed) return;
    if (level !== 0 && level !== 1) {
      this.#end(`its file tells the level ${level}, where 0 and 1 are all there are`);
      return;
    }
    const isSame = level === this.#level;
    // A level that lasted is what debouncing waits for; that it was left and came back is what it is to leave out.
    const { wish, clock, events } = this.#parts;
    if (isSame && wish.debounceMs > 0) return;
    this.#level = level;
    const wantsBoth = wish.edges === "both";
    if (wantsBoth) this.#number += isSame ? 2 : 1;
    else if (isSame || level === 1) this.#number += 1;
    else return;
    this.#batch.count = 0;
    this.#batch.push(clock.monotonic(), wantsBoth ? level === 1 : true, this.#number);
    events.onEdges(this.#batch);
  }

  #end(reason: string): void {
    if (this.#isClosed) return;
    this.close();
    this.#parts.events.onClose(reason);
  }
}
