/** The log in a folder. */

import { GatewayError } from "../model/errors.ts";
import type { Log } from "../model/log.ts";
import type { Clock } from "../model/time.ts";
import { pathKind, removeFolder } from "../platform/files.ts";
import { type Database, openLevelDatabase } from "../platform/level-database.ts";
import { Quarantine, quarantineOf } from "../platform/quarantine.ts";
import { adoptStore } from "./adoption.ts";
import { admitStore } from "./format-record.ts";
import type { LogOptions } from "./group-commit-log.ts";
import { LateDatabase } from "./late-database.ts";
import { openLevelLog } from "./level-log.ts";

/** Where a log is and how it behaves. */
export interface LogPlace extends LogOptions {
  /** It is made when it is not there. */
  readonly path: string;
  readonly clock: Clock;
  /** Hears, in whole sentences, what was found damaged and what was done about it. */
  readonly notice: (what: string) => void;
}

/** The folder of the store that stands in where what is in the log's place is not for this version. */
export function besideOf(path: string): string {
  return `${path}.beside`;
}

/** Every folder from which a log takes over, in order; the second is for a disk that failed while there was a first. */
function besidesOf(path: string): readonly string[] {
  return [besideOf(path), `${besideOf(path)}-2`];
}

/**
 * Opens, or creates, the log in a folder, and mends what an earlier run or a worn disk left broken. Where a newer
 * format, or a file, is in its place, that is left as it is and a store beside it stands in; when the log opens again,
 * it takes over what that one held. Where the disk does not let it open, the log runs from memory.
 *
 * Errors: `STORE_LOCKED`; `STORE_FAILED` when the disk failed twice before and what was kept then still waits.
 */
export async function openLog(place: LogPlace): Promise<Log> {
  if (pathKind(place.path) === "file") return await openBeside(place, `${place.path} is a file and no folder`);
  try {
    for (const beside of besidesOf(place.path)) await adoptBeside(place, beside);
    return await openIn(place, place.path);
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    if (error.code === "STORE_NEWER_FORMAT") return await openBeside(place, error.message);
    const free = besidesOf(place.path).find((path) => pathKind(path) === "nothing");
    if (error.code !== "STORE_FAILED" || free === undefined) throw error;
    return await openLate(place, free, error.message);
  }
}

async function openBeside(place: LogPlace, why: string): Promise<Log> {
  const beside = besideOf(place.path);
  const standsIn = `${why}. It is left as it is, and samples go to ${beside} until the log can be opened, which then takes them over`;
  place.notice(`${standsIn}.`);
  return await openIn({ ...place, standsIn }, beside);
}

/** Runs from memory, until the disk takes a store at `beside`. */
async function openLate(place: LogPlace, beside: string, why: string): Promise<Log> {
  const standsIn = `${why}. Samples are kept in memory, and at ${beside} as soon as the disk takes them; when the disk is mended, restart the gateway, and the log takes them over`;
  place.notice(`${standsIn}.`);
  const quarantine = quarantineFor(place, beside);
  const database = new LateDatabase(() => openLevelDatabase(beside, quarantine));
  return await openLevelLog(database, place.clock, { ...place, quarantine, standsIn }, (what) => quarantine.say(what));
}

async function openIn(place: LogPlace, path: string): Promise<Log> {
  const quarantine = quarantineFor(place, path);
  const database = await openLevelDatabase(path, quarantine);
  try {
    const log = await openLevelLog(database, place.clock, { ...place, quarantine }, (what) => quarantine.say(what));
    await quarantine.report();
    return log;
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** What cannot be taken over now waits for the next start. Errors: `STORE_NEWER_FORMAT` of the log itself. */
async function adoptBeside(place: LogPlace, beside: string): Promise<void> {
  const { path, clock, notice } = place;
  if (pathKind(beside) !== "folder") return;
  const quarantine = quarantineFor(place, path);
  const say = (what: string): void => quarantine.say(what);
  let isAdmitted = false;
  try {
    await using main = await openForAdoption(path, quarantine);
    await using other = await openForAdoption(beside, quarantine);
    await admitStore(main, say);
    isAdmitted = true;
    const count = await adoptStore(main, other, String(clock.now()), say);
    if (count > 0) notice(`${count} samples that ${beside} held while the log could not be opened were taken over.`);
  } catch (error) {
    if (!(error instanceof GatewayError) || (error.code === "STORE_NEWER_FORMAT" && !isAdmitted)) throw error;
    notice(`What ${beside} holds could not be taken over and waits for the next start: ${error.message}.`);
    return;
  } finally {
    await quarantine.report();
  }
  await removeFolder(beside);
}

async function openForAdoption(path: string, quarantine: Quarantine): Promise<Database & AsyncDisposable> {
  const database = await openLevelDatabase(path, quarantine);
  return Object.assign(database, { [Symbol.asyncDispose]: () => database.close() });
}

function quarantineFor({ clock, freeBytesMin, measureFree, notice }: LogPlace, path: string): Quarantine {
  return new Quarantine({ folder: quarantineOf(path), now: () => clock.now(), freeBytesMin, measureFree, notice });
}
