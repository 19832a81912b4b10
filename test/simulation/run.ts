/** `npm run sim:fuzz -- [--seed N] [--count N]`: many worlds, and for each that breaks a promise how to replay it. */

import { parseArgs } from "node:util";
import { findViolations } from "./checkers.ts";
import { playWorld } from "./world.ts";

const { values } = parseArgs({ options: { seed: { type: "string" }, count: { type: "string" } } });
const first = Number(values.seed ?? 1);
const count = Number(values.count ?? 1000);

let broken = 0;
let kills = 0;
let samples = 0;
for (let seed = first; seed < first + count; seed += 1) {
  const end = await playWorld(seed);
  kills += end.kills;
  samples += end.last.log.durable;
  const violations = findViolations(end);
  if (violations.length > 0) broken += 1;
  for (const violation of violations) process.stdout.write(`${violation}\n`);
}
process.stdout.write(
  `${count} worlds from seed ${first}: ${kills} kills, ${samples} samples, ${broken} worlds broken\n`,
);
process.exitCode = broken > 0 ? 1 : 0;
