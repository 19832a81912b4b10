/** `npm run crash:kill -- [--count N] [--seed N]`: kills a program that appends to a log, and inspects the log. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type KillReport, killAppenders } from "./kill-appender.ts";

/** Kills in a row on one log, before the next begins with an empty folder. */
const ROUND = 50;

const { values } = parseArgs({ options: { seed: { type: "string" }, count: { type: "string" } } });
const seed = Number(values.seed ?? 1);
const count = Number(values.count ?? 1000);

const reports: KillReport[] = [];
for (let left = count; left > 0; left -= ROUND) {
  const folder = mkdtempSync(join(tmpdir(), "tidegate-kills-"));
  const roundSeed = seed + reports.length;
  const report = await killAppenders(folder, roundSeed, Math.min(ROUND, left));
  reports.push(report);
  for (const finding of report.findings) {
    process.stdout.write(`seed ${roundSeed}, kill ${report.kills}: ${finding} (the log is kept in ${folder})\n`);
  }
  if (report.findings.length === 0) rmSync(folder, { recursive: true });
}

const sum = (key: "kills" | "duringOpen" | "acknowledged" | "beyond"): number =>
  reports.reduce((total, report) => total + report[key], 0);
const broken = reports.filter((report) => report.findings.length > 0).length;
process.stdout.write(
  `${sum("kills")} kills from seed ${seed}, ${sum("duringOpen")} of them before the log was open: ` +
    `${sum("acknowledged")} samples acknowledged, ${sum("beyond")} more there unheard, ${broken} rounds broken\n`,
);
process.exitCode = broken > 0 ? 1 : 0;
