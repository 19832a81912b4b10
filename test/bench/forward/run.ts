/**
 * `npm run bench:forward`: what a reading takes on the wire and of the CPU, beside Telegraf's forms, and what the
 * forwarder does when much is waiting, each of those in a process of its own with a log on a real disk.
 *
 * `--waiting 1e6,1e7,1e8`: samples that wait; the largest takes two minutes to make. `--rows 5e6`: how many of them
 * are drained in each form. `--quick`: a million waiting. `--part sizes` or `waiting`: one part alone.
 */

import { parseArgs } from "node:util";
import { printLevels, printRates, printSizes } from "./size-tables.ts";
import { printWaiting } from "./waiting-table.ts";

const { values } = parseArgs({
  options: {
    waiting: { type: "string" },
    rows: { type: "string", default: "5e6" },
    quick: { type: "boolean", default: false },
    part: { type: "string", default: "sizes,waiting" },
  },
});
const waiting = (values.waiting ?? (values.quick ? "1e6" : "1e6,1e7,1e8")).split(",").map(Number);

if (values.part.includes("sizes")) {
  printSizes();
  printLevels();
  printRates();
}
if (values.part.includes("waiting")) await printWaiting(waiting, Number(values.rows));
