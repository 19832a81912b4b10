/** How many reads a second, and for how much CPU: this engine beside others, against one server in C. */

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { installPackages } from "../../peers/debian-packages.ts";
import { startServer } from "../../peers/libmodbus/start-server.ts";
import { installNodePackages } from "../../peers/node-packages.ts";
import { inFolder } from "../log/in-child.ts";
import { fixed, printTable } from "../store/table.ts";
import type { ReadResult, ReadTask } from "./child/run.ts";
import { measureCollectd } from "./collectd.ts";

const CHILD = new URL("child/run.ts", import.meta.url).pathname;

const NAMES = {
  bare: "a bare socket",
  link: "this engine, its link",
  input: "this engine, whole polls",
  "modbus-serial": "modbus-serial",
  jsmodbus: "jsmodbus",
} as const;

const CLIENT_NAMES = Object.keys(NAMES) as (keyof typeof NAMES)[];

/** Registers in a request, and requests under way. */
const WAYS = [
  { count: 1, depth: 1 },
  { count: 125, depth: 1 },
  { count: 1, depth: 16 },
  { count: 125, depth: 16 },
] as const;

const SECONDS_MAX = 120;

type Measured = ReadonlyMap<keyof typeof NAMES, readonly ReadResult[]>;

/** Prints a table for each way of reading, the share of the bare socket, and what collectd takes. */
export async function printReading(reads: number, rounds: number): Promise<void> {
  const lack = installPackages(["gcc", "libc6-dev", "libmodbus-dev"], SECONDS_MAX) ?? installNodePackages(SECONDS_MAX);
  if (lack !== undefined) throw new Error(`nothing can be measured: ${lack}`);
  await inFolder(async (folder) => {
    await using server = await startServer(folder);
    const port = Number(await server.firstLine());
    for (const { count, depth } of WAYS) {
      const measured = await measure({ port, count, depth, reads }, rounds);
      const title = `${count} register${count === 1 ? "" : "s"}, ${depth} in flight, the best of ${rounds} runs`;
      printTable(title, ["client", "reads/s", "of bare", "us/read", "ns/value", "MB"], rowsOf(measured, count));
    }
    await measureCollectd(folder, port);
  });
}

/** All in turn, over and over, so that what else the machine does falls on all alike. */
async function measure(reading: Omit<ReadTask, "client">, rounds: number): Promise<Measured> {
  const measured = new Map<keyof typeof NAMES, ReadResult[]>(CLIENT_NAMES.map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const client of CLIENT_NAMES) {
      const task: ReadTask = { ...reading, client };
      const { stdout } = await promisify(execFile)(process.execPath, [CHILD, JSON.stringify(task)]);
      measured.get(client)?.push(JSON.parse(stdout) as ReadResult);
    }
  }
  return measured;
}

/** Of each figure the best: what else the machine does can only make it worse. */
function rowsOf(measured: Measured, count: number): string[][] {
  const figures = (name: keyof typeof NAMES, figure: keyof ReadResult): number[] =>
    (measured.get(name) ?? []).map((result) => result[figure]);
  const rate = (name: keyof typeof NAMES): number => Math.max(...figures(name, "perSecond"));
  return CLIENT_NAMES.map((name) => {
    const cpu = Math.min(...figures(name, "cpuPerRead"));
    return [
      NAMES[name],
      fixed(rate(name), 0),
      fixed(rate(name) / rate("bare"), 2),
      fixed(cpu, 1),
      fixed((1000 * cpu) / count, 0),
      fixed(Math.min(...figures(name, "residentMb")), 0),
    ];
  });
}
