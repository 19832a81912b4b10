/** The process in which one measurement is made; its result is a line of JSON. Arguments: task, folder, options. */

import { measureAppending } from "../appending.ts";
import { measureDay } from "../day.ts";
import { measureLatency } from "../latency.ts";
import { measurePieces } from "../pieces.ts";
import { measureTrimming } from "../trimming.ts";
import { drain, fill, readRanges, reopen } from "../waiting.ts";

const TASKS = {
  append: measureAppending,
  day: measureDay,
  latency: measureLatency,
  pieces: measurePieces,
  trim: measureTrimming,
  fill,
  reopen,
  drain,
  ranges: readRanges,
} as const;

/** A measurement by its name. */
export type Task = keyof typeof TASKS;
/** What a measurement is told. */
export type TaskArguments<Name extends Task> = Parameters<(typeof TASKS)[Name]>[1];
/** What a measurement gives. */
export type TaskResult<Name extends Task> = Awaited<ReturnType<(typeof TASKS)[Name]>>;

const [task = "", folder = "", options = "{}"] = process.argv.slice(2);
const measure = TASKS[task as Task] as (folder: string, options: unknown) => Promise<unknown>;
const result = await measure(folder, JSON.parse(options));
process.stdout.write(JSON.stringify(result));
process.exit(0);
