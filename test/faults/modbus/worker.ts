/** A process that asks the lines and hosts it is sent, and answers with what came of it. */

import type { Tally } from "../../support/fault-tally.ts";
import { drawAnyFault, exchangeWithFaults } from "../../support/faulty-exchanges.ts";
import { drawAnyHostFault, exchangeOverTcp } from "../../support/faulty-tcp-exchanges.ts";

/** What one process does in one go. */
export interface FaultyJob {
  readonly kind: "rtu" | "tcp";
  readonly seed: number;
  readonly exchanges: number;
}

/** As many requests as are under way on every second host. */
const IN_FLIGHT_MAX = 4;

process.on("message", (job) => {
  void ask(job as FaultyJob).then((tally) => process.send?.(tally));
});

/** With an even seed a line has an echo, and a host is asked several things at once. */
function ask({ kind, seed, exchanges }: FaultyJob): Promise<Tally> {
  if (kind === "rtu") return exchangeWithFaults({ seed, exchanges, drawFault: drawAnyFault });
  const inFlightMax = seed % 2 === 0 ? IN_FLIGHT_MAX : 1;
  return exchangeOverTcp({ seed, exchanges, inFlightMax, drawFault: drawAnyHostFault });
}
