/**
 * `npm run bench:modbus`: what reading costs beside others, and how near a serial line comes to what its wire allows.
 *
 * `--reads 15000`: requests of each run. `--rounds 7`: runs of which the best is shown. `--part reading` or `cycle`:
 * one part alone.
 */

import { parseArgs } from "node:util";
import { printCycles } from "./cycle.ts";
import { printReading } from "./reading.ts";

const { values } = parseArgs({
  options: {
    reads: { type: "string", default: "15000" },
    rounds: { type: "string", default: "7" },
    part: { type: "string", default: "reading,cycle" },
  },
});

if (values.part.includes("reading")) await printReading(Number(values.reads), Number(values.rounds));
if (values.part.includes("cycle")) await printCycles();
