/** The tables of `npm run bench:log`. */

import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { fixed, printTable } from "../store/table.ts";
import type { Appended, Appending } from "./appending.ts";
import { inChild, inFolder } from "./in-child.ts";
import { SERIES_COUNT } from "./mix-source.ts";

/** Each way of appending is measured so often. */
const RUNS = 3;

const NAMES = { log: "the log", level: "level", sqlite: "SQLite, WAL" } as const;

/** What is appended in each way: as much as takes some seconds. */
const APPENDINGS: readonly Appending[] = [
  { store: "log", batchRows: 1_000, isSynced: false, rows: 10e6 },
  { store: "log", batchRows: 100, isSynced: false, rows: 10e6 },
  { store: "level", batchRows: 1, isSynced: false, rows: 2e5 },
  { store: "level", batchRows: 1_000, isSynced: false, rows: 2e6 },
  { store: "sqlite", batchRows: 1, isSynced: false, rows: 2e5 },
  { store: "sqlite", batchRows: 1_000, isSynced: false, rows: 4e6 },
  { store: "log", batchRows: 1_000, isSynced: true, rows: 2e6 },
  { store: "log", batchRows: 100, isSynced: true, rows: 2e5 },
  { store: "level", batchRows: 1, isSynced: true, rows: 5e3 },
  { store: "level", batchRows: 100, isSynced: true, rows: 1e5 },
  { store: "level", batchRows: 1_000, isSynced: true, rows: 1e6 },
  { store: "sqlite", batchRows: 1, isSynced: true, rows: 5e3 },
  { store: "sqlite", batchRows: 100, isSynced: true, rows: 2e5 },
  { store: "sqlite", batchRows: 1_000, isSynced: true, rows: 2e6 },
];

/** How fast samples are taken, by all threads on one core: the fastest of some runs, as others use the disk too. */
export async function printAppending(share: number): Promise<void> {
  const table: string[][] = [];
  for (const appending of APPENDINGS) {
    const { rate, sealedRate, cpu, stored, written } = await bestAppending({
      ...appending,
      rows: appending.rows * share,
    });
    table.push([
      `${NAMES[appending.store]}, ${appending.batchRows} at a time${appending.isSynced ? ", each synced" : ""}`,
      toCount(rate),
      sealedRate === undefined ? "-" : toCount(sealedRate),
      fixed(cpu, 2),
      fixed(stored, 1),
      fixed(written, 1),
    ]);
  }
  const head = ["store", "readings/s", "until sealed", "CPU us", "stored B", "written B"];
  printTable(
    `Appending, ${SERIES_COUNT} series, one core, until all is synced; CPU, until then, and bytes per reading`,
    head,
    table,
  );
}

async function bestAppending(appending: Appending): Promise<Appended> {
  const results: Appended[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    results.push(await inFolder((folder) => inChild("append", folder, appending, true)));
  }
  return results.reduce((best, result) => (result.rate > best.rate ? result : best));
}

/** How long an append takes where a sync takes 50 ms. */
export async function printLatency(appends: number): Promise<void> {
  const table: string[][] = [];
  for (const durability of ["always", "interval"] as const) {
    const latency = await inFolder((folder) => inChild("latency", folder, { durability, appends, every: 5 }));
    const { median, p99, p999, most, callMost, loopP999, loopMost } = latency;
    table.push([durability, ...[median, p99, p999, most, callMost, loopP999, loopMost].map((ms) => fixed(ms, 1))]);
  }
  const head = ["durability", "p50", "p99", "p99.9", "most", "call, most", "loop p99.9", "loop, most"];
  printTable(`Appending 100 rows each 5 ms, a sync takes 50 ms, sealing included: milliseconds`, head, table);
}

/** How long sealing holds up everybody else. */
export async function printPieces(): Promise<void> {
  const table: string[][] = [];
  for (const series of [1, 20, 100, 500]) {
    const { count, longest, all } = await inFolder((folder) => inChild("pieces", folder, { series }));
    table.push([`${series} series`, String(count), fixed(longest, 1), fixed(all, 1)]);
  }
  printTable(
    "Sealing 65,500 rows, others in between: milliseconds of CPU",
    ["block", "pieces", "longest", "all"],
    table,
  );
}

/** What it costs to open, drain and search a log in which much is waiting. */
export async function printWaiting(counts: readonly number[], share: number): Promise<void> {
  const table: string[][] = [];
  for (const rows of counts) table.push(await inFolder((folder) => waitingRow(folder, rows, share)));
  const head = [
    "waiting",
    "filled/s",
    "blocks",
    "B each",
    "open ms",
    "RSS MB",
    "of it new",
    "heap MB",
    "drained/s",
    "read, most ms",
    "peak MB",
    "range ms",
    "p99",
  ];
  printTable(
    "Opening with samples waiting, not closed before and not in the page cache; then ranges of an hour, and draining",
    head,
    table,
  );
}

async function waitingRow(folder: string, rows: number, share: number): Promise<string[]> {
  const { rate } = await inChild("fill", folder, { rows });
  await leavePageCache(folder);
  const { elapsed, before, after, blockCount, blockBytes, waiting } = await inChild("reopen", folder, {});
  const ranges = await inChild("ranges", folder, { count: Math.ceil(500 * share) });
  const drained = await inChild("drain", folder, { rows: 1e7 * share });
  return [
    waiting.toLocaleString("en"),
    toCount(rate),
    String(blockCount),
    fixed(blockBytes / waiting, 2),
    fixed(elapsed, 0),
    toMegabytes(after.residentPeak),
    toMegabytes(after.resident - before.resident),
    toMegabytes(after.heap),
    toCount(drained.rate),
    fixed(drained.worstRead, 1),
    toMegabytes(drained.memory.residentPeak),
    fixed(ranges.median, 1),
    fixed(ranges.p99, 1),
  ];
}

/** Makes the kernel forget the files of a folder. */
async function leavePageCache(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    await promisify(execFile)("dd", [`if=${join(folder, name)}`, "iflag=nocache", "count=0", "status=none"]);
  }
}

/** Whether a queue that has deleted much still finds its oldest entry at once. */
export async function printTrimming(deletes: number): Promise<void> {
  const table: string[][] = [];
  for (const store of ["log", "level"] as const) {
    const trimmed = await inFolder((folder) => inChild("trim", folder, { store, deletes }));
    table.push([
      store === "log" ? "the log, a block for each row" : "level, its first key",
      trimmed.deletes.toLocaleString("en"),
      fixed(trimmed.before, 2),
      fixed(trimmed.after, 2),
      fixed(trimmed.worst, 2),
    ]);
  }
  printTable("Reading the oldest after deletes: milliseconds", ["store", "deletes", "before", "after", "worst"], table);
}

/** What a day of polls writes. */
export async function printDays(hours: number): Promise<void> {
  const days = [
    { name: "the log, synced each second, nothing delivered", store: "log", syncEvery: 1, isDelivered: false },
    { name: "the log, synced each second, delivered", store: "log", syncEvery: 1, isDelivered: true },
    { name: "the log, synced each 30 s, delivered", store: "log", syncEvery: 30, isDelivered: true },
    { name: "level, a synced batch each second", store: "level", syncEvery: 1, isDelivered: false },
    { name: "SQLite, a synced commit each second", store: "sqlite", syncEvery: 1, isDelivered: false },
  ] as const;
  const table: string[][] = [];
  for (const { name, ...day } of days) {
    const { asked, written, syncs, held } = await inFolder((folder) => inChild("day", folder, { ...day, hours }));
    const perReading = written / (86_400 * SERIES_COUNT);
    table.push([
      name,
      asked === undefined ? "-" : toMegabytes(asked),
      toMegabytes(written),
      fixed(perReading, 1),
      syncs.toLocaleString("en"),
      fixed(held, 2),
    ]);
  }
  const head = ["store", "asked MB", "written MB", "written B each", "syncs", "stored B each"];
  printTable(`A day of ${SERIES_COUNT} series at 1 Hz, reckoned from ${hours} hours of it`, head, table);
}

function toCount(rate: number): string {
  return Math.round(rate).toLocaleString("en");
}

function toMegabytes(bytes: number): string {
  return fixed(bytes / 1e6, 0);
}
