/** `npm run fuzz:nmea -- [--count N] [--seed N]`: spoilt sentences and objects of gpsd through all that hears them. */

import { parseArgs } from "node:util";
import { heapAfterRest } from "../heap-after-rest.ts";
import { fuzzNmea } from "../nmea-fuzz.ts";

/** What garbage collection may leave behind. Units: bytes. */
const HEAP_GROWTH_MAX = 4e6;

const { values } = parseArgs({ options: { seed: { type: "string" }, count: { type: "string" } } });
const seed = Number(values.seed ?? 1);
const count = Number(values.count ?? 1_000_000);

const warmUp = fuzzNmea(seed, Math.ceil(count / 10));
const before = heapAfterRest();
const report = fuzzNmea(seed + 1, count);
const growth = heapAfterRest() - before;
const findings = [...warmUp.findings, ...report.findings];
for (const finding of findings) process.stdout.write(`${finding}\n`);
process.stdout.write(
  `${report.lines} lines from seed ${seed}: ${report.sentences} sentences, ${report.reports} reports, ` +
    `${report.positions} positions; ${Math.round(growth / 1000)} kB more heap than after the first tenth, ` +
    `${findings.length} findings\n`,
);
process.exitCode = findings.length > 0 || growth > HEAP_GROWTH_MAX ? 1 : 0;
