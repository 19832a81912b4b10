/** The process in which one client reads; its result is a line of JSON. Argument: a `ReadTask` as JSON. */

import { CLIENTS, type ClientName, FIRST_ADDRESS, openInput, type Reading, type ReadRegisters } from "../clients.ts";

/** What is measured: a client by name, or the whole input with all that it makes of what it reads. */
export interface ReadTask extends Reading {
  readonly client: ClientName | "input";
  /** How many requests. */
  readonly reads: number;
}

/** What came of it. */
export interface ReadResult {
  readonly perSecond: number;
  /** Units: microseconds of CPU, all threads. */
  readonly cpuPerRead: number;
  readonly residentMb: number;
}

/** Requests of one poll of the whole input. */
const BLOCKS = 16;

const task = JSON.parse(process.argv[2] ?? "{}") as ReadTask;
const run = task.client === "input" ? await prepareInput(task) : await prepareClient(task, task.client);
await run(Math.min(2000, task.reads / 5));
const from = performance.now();
const cpuFrom = process.cpuUsage();
await run(task.reads);
const cpu = process.cpuUsage(cpuFrom);
const result: ReadResult = {
  perSecond: (task.reads / (performance.now() - from)) * 1000,
  cpuPerRead: (cpu.user + cpu.system) / task.reads,
  residentMb: process.memoryUsage.rss() / 1e6,
};
process.stdout.write(JSON.stringify(result));
process.exit(0);

async function prepareClient(reading: ReadTask, name: ClientName): Promise<(reads: number) => Promise<void>> {
  const read = await CLIENTS[name](reading);
  return async (reads) => {
    const left = { count: Math.round(reads) };
    await Promise.all(Array.from({ length: reading.depth }, () => readOn(read, reading.count, left)));
  };
}

/** Reads one after the other, and looks whether each is what was asked for. */
async function readOn(read: ReadRegisters, count: number, left: { count: number }): Promise<void> {
  while (left.count > 0) {
    left.count -= 1;
    const address = FIRST_ADDRESS + (left.count & 0xff);
    const first = await read(address, count);
    if (first !== address) throw new Error(`register ${address} was read as ${first}`);
  }
}

async function prepareInput(reading: ReadTask): Promise<(reads: number) => Promise<void>> {
  const poll = await openInput(reading, BLOCKS);
  return async (reads) => {
    for (let read = 0; read < reads; read += BLOCKS) await poll();
  };
}
