/** The log in a folder. */

import { dirname } from "node:path";
import { GatewayError } from "../model/errors.ts";
import { describeStandIn, type Log, type StandIn } from "../model/log.ts";
import type { Clock } from "../model/time.ts";
import { pathKind, removeFolder } from "../platform/files.ts";
import { type Database, openLevelDatabase } from "../platform/level-database.ts";
import { Quarantine, quarantineOf } from "../platform/quarantine.ts";
import { probeWriting } from "../platform/write-probe.ts";
import { adoptStore } from "./adoption.ts";
import { admitStore } from "./format-record.ts";
import type { LogOptions } from "./group-commit-log.ts";
import { LateDatabase } from "./late-database.ts";
import { openLevelLog } from "./level-log.ts";
import { Patrol } from "./patrol.ts";

/** Where a log is and how it behaves. */
export interface LogPlace extends LogOptions {
  /** It is made when it is not there. */
  readonly path: string;
  readonly clock: Clock;
  /** Whether everything in it is looked through first; leaving it out means after two ends without a close. */
  readonly isThorough?: boolean | undefined;
  /** Whether everything in it is looked through once a day while it is open; leaving it out means not. */
  readonly isPatrolled?: boolean;
  /** Hears, in whole sentences, what was found damaged and what was done about it. */
  readonly notice: (what: string) => void;
}

/** The folder of the store that stands in where what is in the log's place is not for this version. */
export function besideOf(path: string): string {
  return `${path}.beside`;
}

/** Every folder from which a log takes over, in order; the later ones are for disks that fail again and again. */
export function besidesOf(path: string): readonly string[] {
  return [besideOf(path), ...["2", "3", "4"].map((number) => `${besideOf(path)}-${number}`)];
}

/**
 * Opens, or creates, the log in a folder, and mends what an earlier run or a worn disk left broken. Where a newer
 * format, or a file, is in its place, that is left as it is and a store beside it stands in; when the log opens again,
 * it takes over what that one held. Where the disk does not let it open, the log runs from memory; one that is only
 * visited does not, because there would be nothing to see.
 *
 * Errors: `STORE_LOCKED`; of a visit, `STORE_FAILED`.
 */
export async function openLog(place: LogPlace): Promise<Log> {
  if (pathKind(place.path) === "file") {
    return await openBeside(place, `${place.path} is a file and no folder`, "Move the file away");
  }
  try {
    for (const beside of besidesOf(place.path)) await adoptBeside(place, beside);
    return await openIn(place, place.path);
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    if (error.code === "STORE_NEWER_FORMAT") {
      return await openBeside(place, error.message, "Install the version again that wrote it, or move the store away");
    }
    if (error.code !== "STORE_FAILED") throw error;
    return await openLate(place, error.message);
  }
}

/** Room in which a log opens and takes over what was kept beside it; a floor below that is enough. Units: bytes. */
const FREE_BYTES_TO_OPEN = 16 * 1024 * 1024;

/** Whether the disk of a log takes something again, with room to spare; then it can be opened anew. */
export async function isDiskWell({ path, freeBytesMin, measureFree }: LogPlace): Promise<boolean> {
  try {
    const free = await measureFree?.();
    await probeWriting(pathKind(path) === "folder" ? path : dirname(path));
    return free === undefined || free >= Math.min(freeBytesMin, FREE_BYTES_TO_OPEN);
  } catch {
    return false;
  }
}

/** Errors: `STORE_LOCKED`; `STORE_FAILED` of a visit where nothing stands in yet. */
async function openBeside(place: LogPlace, why: string, remedy: string): Promise<Log> {
  const beside = besideOf(place.path);
  if (place.isVisit === true && pathKind(beside) === "nothing") {
    throw new GatewayError("STORE_FAILED", `${why}. It is left as it is. ${remedy}.`);
  }
  const standsIn: StandIn = {
    reason: `${why}. It is left as it is, and samples go to ${beside}`,
    remedy: `${remedy}, then restart the gateway: the log takes over what was kept beside it`,
    endsByItself: false,
  };
  try {
    const log = await openIn({ ...place, standsIn }, beside);
    place.notice(describeStandIn(standsIn));
    return log;
  } catch (error) {
    if (!(error instanceof GatewayError) || error.code === "STORE_LOCKED") throw error;
    return await openLate(place, `${why}; ${error.message}`);
  }
}

/** Runs from memory, until the disk takes a store beside the log. Errors: `STORE_FAILED` of a visit. */
async function openLate(place: LogPlace, why: string): Promise<Log> {
  if (place.isVisit === true) throw new GatewayError("STORE_FAILED", `${why}. ${await adviseVisitor(place)}`);
  const free = besidesOf(place.path).find((path) => pathKind(path) === "nothing");
  const isWell = await isDiskWell(place);
  const kept = free === undefined ? "" : `, and at ${free} as soon as the disk takes them`;
  const standsIn: StandIn = {
    reason: `${why}. Samples are kept in memory${kept}`,
    remedy: isWell
      ? "Mend or move what is there, then restart the gateway: the log takes over what was kept beside it"
      : "Make room on the disk, or replace it: the gateway opens the log again by itself within minutes. What is in memory alone is lost when the gateway ends before",
    endsByItself: !isWell,
  };
  place.notice(describeStandIn(standsIn));
  const beside = free ?? besideOf(place.path);
  const quarantine = quarantineFor(place, beside);
  const database = new LateDatabase(async () => {
    if (free === undefined) throw new GatewayError("STORE_FAILED", `every place beside ${place.path} is taken`);
    // A full disk would take the folder and then nothing in it: the next start would take that for a store.
    if (pathKind(free) === "nothing") await tryWriting(dirname(free));
    return await openLevelDatabase(free, quarantine);
  });
  // Until the disk takes it, all is in memory, which has a limit of its own.
  const measureFree = async (): Promise<number | undefined> => {
    return database.side === undefined ? undefined : await place.measureFree?.();
  };
  const options = { ...place, measureFree, quarantine, standsIn };
  return await openLevelLog(database, place.clock, options, (what) => quarantine.say(what));
}

/** Opening a database writes to it, so a disk that is only read shows a log to nobody but who has it open. */
async function adviseVisitor(place: LogPlace): Promise<string> {
  if (await isDiskWell(place)) return "Mend or move what is there, then try again.";
  return (
    `A log is opened by writing to it, and the disk of ${place.path} takes nothing: it is full, only read, or broken. ` +
    "Make room, or copy the folder to another disk and set run_path to where it lies then."
  );
}

async function tryWriting(folder: string): Promise<void> {
  try {
    await probeWriting(folder);
  } catch (cause) {
    const what = cause instanceof Error ? cause.message : String(cause);
    throw new GatewayError("STORE_FAILED", `${folder} cannot be written: ${what}`, { cause });
  }
}

async function openIn(place: LogPlace, path: string): Promise<Log> {
  const quarantine = quarantineFor(place, path);
  const database = await openLevelDatabase(path, quarantine, place);
  const patrol = place.isPatrolled === true ? new Patrol(database, place.clock) : undefined;
  const options = { ...place, quarantine, onClosing: () => patrol?.end() };
  try {
    const log = await openLevelLog(database, place.clock, options, (what) => quarantine.say(what));
    await quarantine.report();
    return log;
  } catch (error) {
    patrol?.end();
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
