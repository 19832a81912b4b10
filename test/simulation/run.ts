/**
 * `npm run sim:fuzz -- [--seed N] [--count N] [--jobs N] [--several] [--thinning]`: many worlds, and for each that
 * breaks a promise how to replay it. They are played by as many processes as there are cores, and told in the order of
 * their seeds. Intakes with traits of their own, and a gateway that thins out by itself, are there in some, or in all.
 */

import { fork } from "node:child_process";
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import type { SeedRequest, SeedResult } from "./worker.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    count: { type: "string" },
    jobs: { type: "string" },
    several: { type: "boolean" },
    thinning: { type: "boolean" },
  },
});
const first = Number(values.seed ?? 1);
const count = Number(values.count ?? 1000);
const asked = { isSeveral: values.several === true, isReducing: values.thinning === true };
const jobs = Math.min(count, Number(values.jobs ?? availableParallelism()));

const sum = { intakes: 0, kills: 0, gaps: 0, powerCuts: 0, samples: 0, points: 0, broken: 0 };
const waiting = new Map<number, SeedResult>();
let nextToPlay = first;
let nextToTell = first;

await Promise.all(Array.from({ length: jobs }, playSeeds));
process.stdout.write(
  `${count} worlds from seed ${first} with ${sum.intakes} intakes: ${sum.kills} kills and ${sum.powerCuts} power cuts, ${sum.gaps} gaps, ` +
    `${sum.samples} samples, ${sum.points} points delivered, ${sum.broken} worlds broken\n`,
);
process.exitCode = sum.broken > 0 ? 1 : 0;

/** Gives seeds to one process until there are none left. */
async function playSeeds(): Promise<void> {
  const worker = fork(new URL("worker.ts", import.meta.url));
  const ended = Promise.withResolvers<void>();
  const give = (): void => {
    if (nextToPlay >= first + count) worker.disconnect();
    else worker.send({ seed: nextToPlay++, ...asked } satisfies SeedRequest);
  };
  worker.on("message", (result) => {
    take(result as SeedResult);
    give();
  });
  worker.on("exit", (code) => {
    if (code === 0) ended.resolve();
    else ended.reject(new Error(`a process that plays worlds ended with ${code}`));
  });
  give();
  await ended.promise;
}

function take(result: SeedResult): void {
  waiting.set(result.seed, result);
  for (let next = waiting.get(nextToTell); next !== undefined; next = waiting.get(nextToTell)) {
    waiting.delete(nextToTell);
    nextToTell += 1;
    sum.intakes += next.intakes;
    sum.kills += next.kills;
    sum.gaps += next.gaps;
    sum.powerCuts += next.powerCuts;
    sum.samples += next.samples;
    sum.points += next.points;
    if (next.violations.length > 0) sum.broken += 1;
    for (const violation of next.violations) process.stdout.write(`${violation}\n`);
  }
}
