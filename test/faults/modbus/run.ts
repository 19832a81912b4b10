/**
 * `npm run fault:modbus`: asks lines with faults for registers, far more often than the suite does, and compares every
 * word with what the unit held. Ends with exit code 1 when one was wrong.
 *
 * `--seeds 50`: lines. `--count 100000`: exchanges on each. `--seed 1`: the first seed.
 */

import { parseArgs } from "node:util";
import { drawAnyFault, exchangeWithFaults } from "../../support/faulty-exchanges.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "50" },
    count: { type: "string", default: "100000" },
    seed: { type: "string", default: "1" },
  },
});
const first = Number(values.seed);
const exchanges = Number(values.count);
const total = { right: 0, refused: 0, wrong: 0, sent: 0 };

for (let seed = first; seed < first + Number(values.seeds); seed += 1) {
  const tally = await exchangeWithFaults({ seed, exchanges, drawFault: drawAnyFault });
  for (const key of ["right", "refused", "wrong", "sent"] as const) total[key] += tally[key];
  if (tally.wrong > 0) say(`seed ${seed}: ${tally.wrong} wrong`);
}
const asked = total.right + total.refused + total.wrong;
const share = ((100 * total.right) / asked).toFixed(1);
say(
  `${values.seeds} lines from seed ${first}: ${asked} exchanges, ${total.wrong} wrong, ${share} % of them answered right, ` +
    `${(total.sent / asked).toFixed(2)} requests on the line for each`,
);
process.exitCode = total.wrong === 0 ? 0 : 1;

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
