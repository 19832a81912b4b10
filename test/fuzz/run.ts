/** `npm run fuzz:frames -- [--count N] [--seed N]`: random and mutated frames through the parsers. */

import { parseArgs } from "node:util";
import { fuzzFrames } from "./frame-fuzz.ts";

/** What garbage collection may leave behind. Units: bytes. */
const HEAP_GROWTH_MAX = 4e6;

const { values } = parseArgs({ options: { seed: { type: "string" }, count: { type: "string" } } });
const seed = Number(values.seed ?? 1);
const count = Number(values.count ?? 100_000);

const report = fuzzFrames(seed, count);
for (const finding of report.findings) process.stdout.write(`${finding}\n`);
const rss = Math.round(process.memoryUsage.rss() / 1e6);
process.stdout.write(
  `${count} frames from seed ${seed}: ${report.found} given out, ${report.fitting} of them fit what was asked, ` +
    `${report.values} values, ${report.refused} refused; the heap grew by ${Math.round(report.heapGrowth / 1000)} kB ` +
    `after the first tenth, ${rss} MB resident; ${report.findings.length} findings\n`,
);
process.exitCode = report.findings.length > 0 || report.heapGrowth > HEAP_GROWTH_MAX ? 1 : 0;
