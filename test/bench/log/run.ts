/**
 * `npm run bench:log`: what the log does in a second, a day and an outage, beside plain LevelDB and SQLite. Each figure
 * comes from a process of its own, on a real disk in the folder for temporary files.
 *
 * `--waiting 1e6,1e7,1e8`: samples that wait when a log is opened; the largest takes two minutes to make.
 * `--hours 4`: how much of a day is lived through. `--quick`: a million waiting, an hour, and less of all else.
 */

import { parseArgs } from "node:util";
import { printAppending, printDays, printLatency, printPieces, printTrimming, printWaiting } from "./tables.ts";

const { values } = parseArgs({
  options: { waiting: { type: "string" }, hours: { type: "string" }, quick: { type: "boolean", default: false } },
});
const { quick } = values;
const waiting = (values.waiting ?? (quick ? "1e6" : "1e6,1e7,1e8")).split(",").map(Number);
const hours = Number(values.hours ?? (quick ? 1 : 4));

await printAppending(quick ? 0.2 : 1);
await printLatency(quick ? 2_000 : 6_000);
await printPieces();
await printWaiting(waiting, quick ? 0.2 : 1);
await printTrimming(quick ? 1e5 : 1e6);
await printDays(hours);
