/** Runs a measurement in a process of its own, so that memory and caches are its own too. */

import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Task, TaskArguments, TaskResult } from "./child/run.ts";

const CHILD = new URL("child/run.ts", import.meta.url).pathname;

/** Runs a task in a folder; `isOnOneCore` ties all its threads to one. */
export async function inChild<Name extends Task>(
  task: Name,
  folder: string,
  options: TaskArguments<Name>,
  isOnOneCore = false,
): Promise<TaskResult<Name>> {
  return (await runChild(CHILD, [task, folder, JSON.stringify(options)], isOnOneCore)) as TaskResult<Name>;
}

/** Runs a program of the benchmark, and gives the line of JSON it says; `isOnOneCore` ties all its threads to one. */
export async function runChild(program: string, args: readonly string[], isOnOneCore: boolean): Promise<unknown> {
  const command = [process.execPath, program, ...args];
  const [file = "", ...rest] = isOnOneCore ? ["taskset", "--cpu-list", "0", ...command] : command;
  const { stdout } = await promisify(execFile)(file, rest, { maxBuffer: 2 ** 24 });
  return JSON.parse(stdout);
}

/** Does something with a folder that is gone afterwards. */
export async function inFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "tidegate-bench-"));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}
