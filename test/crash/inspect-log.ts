/** Opens the log of an appender that is no more, and compares what is there with what was promised. */

import { CURSOR_COUNTS, type Log, type Tally } from "../../src/model/log.ts";
import { countDropped } from "../../src/model/tally.ts";
import { systemClock } from "../../src/platform/system-clock.ts";
import { openLog } from "../../src/store/open-log.ts";
import { countMissing, LOG_OPTIONS } from "../support/log-options.ts";
import { CURSORS } from "./appender/orders.ts";
import type { Promises } from "./appender/promises.ts";
import { findLie, TOLD_SERIES, tellSamples, tellTally } from "./appender/told-samples.ts";

/** What an inspection found. */
export interface Inspection {
  /** Promises that were broken; empty when all is well. */
  readonly findings: readonly string[];
  /** What the log itself said of damage. */
  readonly notices: readonly string[];
  /** Samples that were there beyond the promised ones. */
  readonly beyond: number;
}

/** Inspects the log in `folder`. It has a limit of `maxBytes`, and goes on from there as a log that is used. */
export async function inspectLog(folder: string, promises: Promises, maxBytes: number): Promise<Inspection> {
  const notices: string[] = [];
  const notice = (what: string): unknown => notices.push(what);
  let beyond = 0;
  try {
    const options = { ...LOG_OPTIONS, durability: "always", maxBytes } as const;
    const log = await openLog({ ...options, path: folder, clock: systemClock, notice });
    try {
      beyond = log.stats().durable - promises.durable;
      const findings = [...findBrokenBooks(log, promises), ...(await findBrokenCursors(log, promises))];
      await appendOne(log);
      return { findings, notices, beyond };
    } finally {
      await log.close();
    }
  } catch (error) {
    return { findings: [`the log is of no use: ${String(error)}`], notices, beyond };
  }
}

function findBrokenBooks(log: Log, promises: Promises): string[] {
  const { durable, tally, head } = log.stats();
  const findings: string[] = [];
  if (durable < promises.durable) findings.push(`acknowledged up to ${promises.durable}, there are ${durable}`);
  if (head > durable) findings.push(`the oldest sample ${head} is after the newest ${durable}`);
  if (!isSameTally(tally, tellTally(0, durable))) {
    findings.push(`the tally of ${durable} samples is ${JSON.stringify(tally)}`);
  }
  return findings;
}

function isSameTally(one: Tally, other: Tally): boolean {
  return one.sampled === other.sampled && countDropped(one.dropped) === countDropped(other.dropped);
}

async function findBrokenCursors(log: Log, promises: Promises): Promise<string[]> {
  const findings: string[] = [];
  const { durable } = log.stats();
  for (const name of CURSORS) {
    const cursor = await log.cursor(name);
    const { position, counts, opening } = cursor;
    const promised = promises.passed.get(name) ?? 0;
    if (position < promised) findings.push(`cursor ${name} had passed ${promised} and stands at ${position}`);
    if (position > durable) findings.push(`cursor ${name} stands at ${position}, there are ${durable}`);
    const counted = CURSOR_COUNTS.reduce((sum, key) => sum + counts[key], 0);
    if (counted !== position - opening.sequence || opening.sequence !== 0 || counts.unreadable > 0) {
      findings.push(`the books of cursor ${name} at ${position} are ${JSON.stringify({ counts, opening })}`);
    }
    if (position >= durable) continue;
    const slice = await cursor.read(durable - position);
    if (countMissing(slice) > 0 || slice.from !== position || slice.to !== durable) {
      findings.push(`cursor ${name} at ${position} reads ${slice.batch.count} of ${durable - position} samples`);
    }
    const lie = findLie(log, slice);
    if (lie !== undefined) findings.push(lie);
  }
  return findings;
}

async function appendOne(log: Log): Promise<void> {
  const ids = TOLD_SERIES.map((series) => log.defineSeries(series));
  const { durable } = log.stats();
  await Promise.all([log.append(tellSamples(ids, durable, durable + 1), tellTally(durable, durable + 1)), log.sync()]);
}
