/**
 * Lines of a simulated chip: a folder with a folder for each line, in which a pipe `events` carries the records that
 * the kernel's character device would give, and a file `value` holds the level. They are read as those of a kernel are.
 */

import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../model/time.ts";
import { EDGES_MAX, EdgeReader } from "./edge-reader.ts";
import {
  type GpioLine,
  type LineEvents,
  type LinePlace,
  type LineWish,
  lineClosed,
  lineUnreachable,
} from "./gpio-line.ts";
import { EdgeBatch } from "./gpio-uapi.ts";
import { watchDescriptor } from "./line-descriptor.ts";

/** Opens a line of the chip in `folder`. Errors: `INPUT_UNREACHABLE`. */
export async function openSimulatedLine(
  folder: string,
  place: LinePlace,
  wish: LineWish,
  events: LineEvents,
  clock: Clock,
): Promise<GpioLine> {
  const line = join(folder, String(place.line));
  const descriptor = await watchDescriptor(openPipe(join(line, "events"), place), clock);
  const asked = new AskedEdges(wish, events);
  const origin = { at: Number.NEGATIVE_INFINITY, number: undefined };
  const reader = new EdgeReader(descriptor, { ...events, onEdges: (batch) => asked.take(batch) }, clock, origin);
  // A kernel tells of nothing that was before a line is opened, and a pipe keeps it.
  reader.drain();
  if (reader.isOver) throw lineUnreachable(place, "was gone as soon as it was opened: its pipe tells no events.");
  asked.begin();
  return {
    way: "simulated",
    inWords: `line ${place.line} of the simulated chip ${folder}`,
    drain: () => reader.drain(),
    isActive: () => {
      if (reader.isOver) throw lineClosed(place.inWords, "it was closed");
      const level = readLevel(join(line, "value"), place);
      return (level === "1") !== wish.isInverted;
    },
    close: () => reader.close(),
  };
}

/**
 * Makes of all edges of a line, numbered since its chip was made, those that were asked for, numbered since the line
 * was opened, as a kernel does. The line is low at first, so an odd number goes up.
 */
class AskedEdges {
  readonly #wish: LineWish;
  readonly #events: LineEvents;
  readonly #batch = new EdgeBatch(EDGES_MAX);
  #base: number | undefined;
  #hasBegun = false;

  constructor(wish: LineWish, events: LineEvents) {
    this.#wish = wish;
    this.#events = events;
  }

  /** What came until now is left out. */
  begin(): void {
    this.#hasBegun = true;
  }

  take({ at, isRising, number, count }: EdgeBatch): void {
    if (!this.#hasBegun) {
      this.#base = number[count - 1];
      return;
    }
    this.#base ??= (number[0] ?? 1) - 1;
    this.#batch.count = 0;
    for (let row = 0; row < count; row += 1) {
      const isActive = (isRising[row] === 1) !== this.#wish.isInverted;
      if (this.#wish.edges === "rising" && !isActive) continue;
      this.#batch.push(at[row] ?? 0, isActive, this.#askedUpTo(number[row] ?? 0) - this.#askedUpTo(this.#base));
    }
    if (this.#batch.count > 0) this.#events.onEdges(this.#batch);
  }

  #askedUpTo(number: number): number {
    if (this.#wish.edges === "both") return number;
    return this.#wish.isInverted ? Math.floor(number / 2) : Math.ceil(number / 2);
  }
}

/** Errors: `INPUT_LINK_CLOSED`. */
function readLevel(path: string, { inWords }: LinePlace): "0" | "1" {
  let level: string;
  try {
    level = readFileSync(path, "latin1").trim();
  } catch (cause) {
    throw lineClosed(inWords, `its level is not there (${cause instanceof Error ? cause.message : cause})`);
  }
  if (level === "0" || level === "1") return level;
  throw lineClosed(inWords, `${path} holds no level, which is 0 or 1`);
}

function openPipe(path: string, place: LinePlace): number {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause);
    throw lineUnreachable(place, `is not there: a simulated chip has a pipe for each line (${said}).`, cause);
  }
  if (fstatSync(fd).isFIFO()) return fd;
  closeSync(fd);
  throw lineUnreachable(place, `is not there: ${path} is no pipe. \`chip\` with a path means a simulated chip.`);
}
