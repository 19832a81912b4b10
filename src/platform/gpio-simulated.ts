/**
 * Lines of a simulated chip: a folder with a folder for each line, in which a pipe `events` carries the records that
 * the kernel's character device would give, and a file `value` holds the level. They are read as those of a kernel are.
 */

import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../model/time.ts";
import { EdgeReader } from "./edge-reader.ts";
import { type GpioLine, type LineEvents, type LinePlace, lineClosed, lineUnreachable } from "./gpio-line.ts";
import { watchDescriptor } from "./line-descriptor.ts";

/** Opens a line of the chip in `folder`. Errors: `INPUT_UNREACHABLE`. */
export async function openSimulatedLine(
  folder: string,
  place: LinePlace,
  events: LineEvents,
  clock: Clock,
): Promise<GpioLine> {
  const line = join(folder, String(place.line));
  const fd = openPipe(join(line, "events"), place);
  const reader = new EdgeReader(await watchDescriptor(fd, clock), events, clock);
  return {
    way: "simulated",
    inWords: `line ${place.line} of the simulated chip ${folder}`,
    drain: () => reader.drain(),
    isActive: () => {
      if (reader.isOver) throw lineClosed(place.inWords, "it was closed");
      try {
        return readFileSync(join(line, "value"), "latin1").trim() === "1";
      } catch (cause) {
        throw lineClosed(place.inWords, `its level is not there (${cause instanceof Error ? cause.message : cause})`);
      }
    },
    close: () => reader.close(),
  };
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
