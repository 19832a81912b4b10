/**
 * `npm run fuzz:frames -- [--count N] [--seed N] [--mqtt | --serial | --gpio | --linux | --custom]`: random and mutated
 * frames through the parsers, messages of a broker through the input `mqtt`, sayings of devices through what reads
 * serial lines, events of a line through `gpio`, files of a kernel through `linux`, or words of a process through what
 * runs checks of the user.
 */

import { parseArgs } from "node:util";
import { fuzzCustom } from "./custom-fuzz.ts";
import { fuzzFrames } from "./frame-fuzz.ts";
import { fuzzGpio } from "./gpio-fuzz.ts";
import { fuzzLinux } from "./linux-fuzz.ts";
import { fuzzMqtt } from "./mqtt-fuzz.ts";
import { fuzzSerial } from "./serial-fuzz.ts";

/** What every fuzz tells, beside counts of its own. */
interface Report {
  readonly heapGrowth: number;
  readonly findings: readonly string[];
}

/** A way to fuzz: what is counted, and its counts in words. */
interface Fuzz {
  readonly what: string;
  run(seed: number, count: number): Promise<Report & { readonly told: string }>;
}

/** What garbage collection may leave behind. Units: bytes. */
const HEAP_GROWTH_MAX = 4e6;

const FUZZES: Readonly<Record<string, Fuzz>> = {
  frames: tell("frames", fuzzFrames, ({ found, fitting, values, refused }) => {
    return `${found} given out, ${fitting} of them fit what was asked, ${values} values, ${refused} refused`;
  }),
  mqtt: tell("messages", fuzzMqtt, ({ readings, absent, connections }) => {
    return `${readings} readings, ${absent} of no value, ${connections} connections`;
  }),
  serial: tell("sayings", fuzzSerial, ({ frames, readings, broken, unseen }) => {
    return `${frames} frames, ${readings} readings, ${broken} broken, ${unseen} damaged ones whose sum held`;
  }),
  gpio: tell("polls", fuzzGpio, ({ pulses, readings, losses, refused }) => {
    return `${pulses} pulses, ${readings} readings, ${losses} times lost by garbage, ${refused} chips of sysfs refused`;
  }),
  linux: tell("polls", fuzzLinux, ({ spoilt, readings, faults }) => {
    return `${spoilt} files spoilt, ${readings} readings, ${faults} faults`;
  }),
  custom: tell("runs", fuzzCustom, ({ reports, readings, dropped, refused }) => {
    return `${reports} reports, ${readings} readings, ${dropped} dropped, ${refused} lines that are no word`;
  }),
};

const { values } = parseArgs({
  options: {
    ...{ seed: { type: "string" }, count: { type: "string" } },
    ...{ mqtt: { type: "boolean" }, serial: { type: "boolean" }, gpio: { type: "boolean" } },
    ...{ linux: { type: "boolean" }, custom: { type: "boolean" } },
  },
});
const seed = Number(values.seed ?? 1);
const count = Number(values.count ?? 100_000);
const chosen = Object.keys(FUZZES).find((name) => (values as Readonly<Record<string, unknown>>)[name] === true);

const { what, run } = FUZZES[chosen ?? "frames"] as Fuzz;
const startedAt = performance.now();
const { told, heapGrowth, findings } = await run(seed, count);
const elapsed = (performance.now() - startedAt) / 1000;
for (const finding of findings) process.stdout.write(`${finding}\n`);
const rss = Math.round(process.memoryUsage.rss() / 1e6);
process.stdout.write(
  `${count} ${what} from seed ${seed}: ${told}; ${Math.round(count / elapsed)} a second for ${Math.round(elapsed)} s; ` +
    `the heap grew by ${Math.round(heapGrowth / 1000)} kB after the first tenth, ${rss} MB resident; ` +
    `${findings.length} findings\n`,
);
process.exitCode = findings.length > 0 || heapGrowth > HEAP_GROWTH_MAX ? 1 : 0;

function tell<R extends Report>(
  what: string,
  fuzz: (seed: number, count: number) => R | Promise<R>,
  describe: (report: R) => string,
): Fuzz {
  return {
    what,
    run: async (seed, count) => {
      const report = await fuzz(seed, count);
      const { heapGrowth, findings } = report;
      return { heapGrowth, findings, told: describe(report) };
    },
  };
}
