/**
 * `npm run fault:modbus`: asks lines and hosts with faults for registers, far more often than the suite does, and
 * compares every word with what the unit held. Ends with a table by fault, and with exit code 1 when one was wrong.
 *
 * `--seeds 50`: lines, and as many hosts. `--count 100000`: exchanges with each. `--seed 1`: the first seed. `--kind
 * rtu|tcp`: only lines, or only hosts. `--jobs 2`: processes; left out, as many as there are cores.
 */

import { fork } from "node:child_process";
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { addTally, createTally, type OutcomeCounts, type Tally } from "../../support/fault-tally.ts";
import type { FaultyJob } from "./worker.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "50" },
    count: { type: "string", default: "100000" },
    seed: { type: "string", default: "1" },
    kind: { type: "string" },
    jobs: { type: "string", default: `${availableParallelism()}` },
  },
});
const first = Number(values.seed);
const exchanges = Number(values.count);
const kinds = (["rtu", "tcp"] as const).filter((kind) => values.kind === undefined || values.kind === kind);
const jobs = Array.from({ length: Number(values.seeds) }, (_, index) =>
  kinds.map((kind): FaultyJob => ({ kind, seed: first + index, exchanges })),
).flat();
const totals = new Map(kinds.map((kind): [string, Tally] => [kind, createTally()]));

await Promise.all(Array.from({ length: Math.min(jobs.length, Number(values.jobs)) }, ask));
for (const [kind, total] of totals) {
  say(`\n${kind}, ${values.seeds} seeds from ${first}: ${describe(total)}`);
  say(formatTable(total));
}
process.exitCode = [...totals.values()].some(({ wrong }) => wrong > 0) ? 1 : 0;

/** Gives jobs to one process until there are none left. */
async function ask(): Promise<void> {
  const worker = fork(new URL("worker.ts", import.meta.url));
  const ended = Promise.withResolvers<void>();
  let job = jobs.shift();
  const give = (): void => {
    if (job === undefined) worker.disconnect();
    else worker.send(job);
  };
  worker.on("message", (tally) => {
    if (job !== undefined) take(job, tally as Tally);
    job = jobs.shift();
    give();
  });
  worker.on("exit", (code) => {
    if (code === 0) ended.resolve();
    else ended.reject(new Error(`a process that asks ended with ${code}`));
  });
  give();
  await ended.promise;
}

function take({ kind, seed }: FaultyJob, tally: Tally): void {
  const total = totals.get(kind);
  if (total !== undefined) addTally(total, tally);
  say(`${kind}, seed ${seed}: ${describe(tally)}`);
}

function describe(tally: Tally): string {
  const asked = countOf(tally);
  const again = tally.drawnAnew === 0 ? "" : `, ${tally.drawnAnew} drawn anew as no checksum would tell`;
  return (
    `${asked} exchanges, ${tally.wrong} wrong, ${shareOf(tally)} % answered right, ` +
    `${(tally.sent / asked).toFixed(2)} requests for each${again}`
  );
}

/** Gives a row for each thing that can befall a request. */
function formatTable({ byFate }: Tally): string {
  const rows = Object.entries(byFate)
    .sort(([one], [other]) => one.localeCompare(other))
    .map(([fate, counts]) => [fate, countOf(counts), counts.wrong, shareOf(counts)]);
  return [["met by", "exchanges", "wrong", "right %"], ...rows]
    .map(([fate, ...cells]) => String(fate).padEnd(24) + cells.map((cell) => String(cell).padStart(11)).join(""))
    .join("\n");
}

function countOf({ right, refused, wrong }: OutcomeCounts): number {
  return right + refused + wrong;
}

function shareOf(counts: OutcomeCounts): string {
  return ((100 * counts.right) / countOf(counts)).toFixed(1);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
