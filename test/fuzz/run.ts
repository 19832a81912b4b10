/**
 * `npm run fuzz:frames -- [--count N] [--seed N] [--mqtt | --serial]`: random and mutated frames through the parsers,
 * messages of a broker through the input `mqtt`, or sayings of devices through what reads serial lines.
 */

import { parseArgs } from "node:util";
import { fuzzFrames } from "./frame-fuzz.ts";
import { fuzzMqtt } from "./mqtt-fuzz.ts";
import { fuzzSerial } from "./serial-fuzz.ts";

/** What garbage collection may leave behind. Units: bytes. */
const HEAP_GROWTH_MAX = 4e6;

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    count: { type: "string" },
    mqtt: { type: "boolean" },
    serial: { type: "boolean" },
  },
});
const seed = Number(values.seed ?? 1);
const count = Number(values.count ?? 100_000);

const report =
  values.mqtt === true
    ? await fuzzMqtt(seed, count)
    : values.serial === true
      ? fuzzSerial(seed, count)
      : fuzzFrames(seed, count);
for (const finding of report.findings) process.stdout.write(`${finding}\n`);
const rss = Math.round(process.memoryUsage.rss() / 1e6);
const outcome =
  "found" in report
    ? `${count} frames from seed ${seed}: ${report.found} given out, ${report.fitting} of them fit what was asked, ` +
      `${report.values} values, ${report.refused} refused`
    : "sayings" in report
      ? `${count} sayings from seed ${seed}: ${report.frames} frames, ${report.readings} readings, ${report.broken} broken`
      : `${count} messages from seed ${seed}: ${report.readings} readings, ${report.absent} of no value, ` +
        `${report.connections} connections`;
process.stdout.write(
  `${outcome}; the heap grew by ${Math.round(report.heapGrowth / 1000)} kB after the first tenth, ${rss} MB resident; ` +
    `${report.findings.length} findings\n`,
);
process.exitCode = report.findings.length > 0 || report.heapGrowth > HEAP_GROWTH_MAX ? 1 : 0;
