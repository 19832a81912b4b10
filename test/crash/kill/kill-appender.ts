/** Kills appenders at random moments, one after the other on one log, and inspects the log after each. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as waitUntil } from "node:timers/promises";
import type { Random } from "../../../src/model/time.ts";
import { createSeededRandom } from "../../support/seeded-random.ts";
import { APPENDER, type Orders } from "../appender/orders.ts";
import { hearPromises, NO_PROMISES, type Promises } from "../appender/promises.ts";
import { inspectLog } from "../inspect-log.ts";

const MAX_BYTES = 1_000_000;

/** What many kills have shown. */
export interface KillReport {
  readonly kills: number;
  /** Lives that were killed before the log was open. */
  readonly duringOpen: number;
  /** Samples that were acknowledged while they lived; not those of the inspections. */
  readonly acknowledged: number;
  /** Samples that were there although nobody had heard of it. */
  readonly beyond: number;
  readonly findings: readonly string[];
}

/** Kills `count` times the program that appends to the log in `folder`; ends early with the first broken promise. */
export async function killAppenders(folder: string, seed: number, count: number): Promise<KillReport> {
  const random = createSeededRandom(seed);
  let promises = NO_PROMISES;
  let duringOpen = 0;
  let beyond = 0;
  for (let kills = 1; ; kills += 1) {
    const before = promises;
    promises = await liveAndDie(toOrders(folder, random), random, promises);
    if (promises.opened === before.opened) duringOpen += 1;
    const inspection = await inspectLog(folder, promises, MAX_BYTES);
    beyond += inspection.beyond;
    promises = { ...promises, durable: promises.durable + inspection.beyond + 1, notices: [] };
    const findings = [...inspection.findings, ...inspection.notices];
    const acknowledged = promises.durable - beyond - kills;
    if (findings.length > 0 || kills === count) return { kills, duringOpen, acknowledged, beyond, findings };
  }
}

function toOrders(folder: string, random: Random): Orders {
  const draw = (most: number): number => Math.floor(random.next() * most);
  const batchMax = [10, 300, 5_000][draw(3)] ?? 10;
  const noteLength = [0, 20_000, 400_000][draw(3)] ?? 0;
  return { folder, seed: draw(2 ** 32), syncIntervalMs: draw(4), maxBytes: MAX_BYTES, batchMax, noteLength };
}

/** One life: killed some milliseconds after its start, or after it has said some lines. */
async function liveAndDie(orders: Orders, random: Random, before: Promises): Promise<Promises> {
  const isEarly = random.next() < 0.1;
  const linesMax = isEarly ? 0 : 1 + Math.floor(random.next() ** 2 * 150);
  const delayMs = random.next() * (isEarly ? 400 : 4);
  const child = spawn(process.execPath, [APPENDER, JSON.stringify(orders)], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "close");
  let said = "";
  const enough = new Promise<void>((resolve) => {
    let lines = 0;
    if (linesMax === 0) resolve();
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
    createInterface(child.stdout).on("line", () => {
      lines += 1;
      if (lines === linesMax) resolve();
    });
  });
  await Promise.race([enough.then(() => waitUntil(delayMs)), ended]);
  child.kill("SIGKILL");
  await ended;
  if (child.signalCode !== "SIGKILL") throw new Error(`the appender ended by itself after it had said:\n${said}`);
  return hearPromises(before, said);
}
