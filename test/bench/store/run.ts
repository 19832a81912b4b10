/**
 * `npm run bench:size -- [folder]`: what a reading costs on disk and how fast it gets there and back. The folder holds
 * recorded series as CSV files of moment and value; without one it is `test/fixtures/nab`.
 */

import { parseArgs } from "node:util";
import { printForms, printSplit, printSweep, speedRows } from "./mix-tables.ts";
import { printRecorded } from "./recorded-table.ts";
import { printSpeed } from "./speed-table.ts";

const { positionals } = parseArgs({ allowPositionals: true });
const folder = positionals[0] ?? new URL("../../fixtures/nab", import.meta.url).pathname;

printSplit();
await printForms();
const { rows, small } = speedRows();
printSpeed(rows, small);
printSweep();
await printRecorded(folder);
