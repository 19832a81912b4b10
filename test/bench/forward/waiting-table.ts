/** The forwarder in front of a log in which much is waiting. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { inChild, inFolder, runChild } from "../log/in-child.ts";
import { fixed, printTable } from "../store/table.ts";
import type { DrainOptions, Forwarded } from "./draining.ts";
import type { Writing } from "./forms.ts";

const CHILD = new URL("child/run.ts", import.meta.url).pathname;
const INTAKE = new URL("intake/run.ts", import.meta.url).pathname;

const JSON_DEFLATE: Writing = {};
const PROTOBUF_ZSTD: Writing = { encoding: "protobuf", compression: "zstd" };
const COLUMNS: Writing = { seriesApi: "v3" };

/** Memory while an intake is away, and how fast it is caught up with; `rows` are drained in each form. */
export async function printWaiting(counts: readonly number[], rows: number): Promise<void> {
  const intake = spawn(process.execPath, [INTAKE], { stdio: ["pipe", "pipe", "inherit"] });
  const [line] = (await once(intake.stdout, "data")) as [Buffer];
  const port = Number(line.toString());
  const table: string[][] = [];
  for (const count of counts) table.push(await inFolder((folder) => waitingRow(folder, count, rows, port)));
  intake.stdin.end();
  const head = [
    "waiting",
    "away: RSS MB",
    "heap MB",
    "JSON deflate/s",
    "us CPU",
    "B each",
    "peak MB",
    "protobuf zstd/s",
    "us CPU",
    "B each",
    "peak MB",
    "columns/s",
    "us CPU",
    "B each",
    "peak MB",
  ];
  printTable("The forwarder with samples waiting: its intake away, then on this machine and fast", head, table);
}

async function waitingRow(folder: string, count: number, rows: number, port: number): Promise<string[]> {
  await inChild("fill", folder, { rows: count });
  const away = await forwardIn(folder, { port: 0, rows: 0, writing: JSON_DEFLATE });
  const part = Math.min(rows, Math.floor(count / 4));
  const json = await forwardIn(folder, { port, rows: part, writing: JSON_DEFLATE });
  const protobuf = await forwardIn(folder, { port, rows: part, writing: PROTOBUF_ZSTD });
  const columns = await forwardIn(folder, { port, rows: part, writing: COLUMNS });
  const drained = [json, protobuf, columns].flatMap(({ rate, cpuEach, wireEach, memory }) => [
    Math.round(rate).toLocaleString("en"),
    fixed(cpuEach, 2),
    fixed(wireEach, 2),
    megabytes(memory.residentPeak),
  ]);
  return [
    away.waiting.toLocaleString("en"),
    megabytes(away.memory.residentPeak),
    megabytes(away.memory.heap),
    ...drained,
  ];
}

async function forwardIn(folder: string, options: DrainOptions): Promise<Forwarded> {
  return (await runChild(CHILD, [folder, JSON.stringify(options)], false)) as Forwarded;
}

function megabytes(bytes: number): string {
  return fixed(bytes / 1e6, 0);
}
