/** How long sealing keeps everybody else from their turn: a block is encoded a column at a time. */

import { encodeSealedByColumn } from "../../../src/store/sealed/sealed-block.ts";
import { mixRows } from "../store/stated-mix.ts";

/** Rows of one sealed block, about. */
const ROWS = 65_500;
const RUNS = 12;
const SEED = 22;

/** Units: milliseconds of CPU. */
export interface Pieces {
  readonly count: number;
  readonly longest: number;
  readonly all: number;
}

/** Encodes a block of so many series, from the fastest of some runs. */
export async function measurePieces(_: string, { series }: { readonly series: number }): Promise<Pieces> {
  const rows = mixRows(series, Math.floor(ROWS / series), "each reading", SEED);
  let best: Pieces = { count: 0, longest: Number.POSITIVE_INFINITY, all: Number.POSITIVE_INFINITY };
  for (let run = 0; run < RUNS; run += 1) {
    const pieces = timePieces(encodeSealedByColumn(0, 1, rows));
    const longest = Math.min(best.longest, Math.max(...pieces));
    const all = Math.min(
      best.all,
      pieces.reduce((sum, piece) => sum + piece, 0),
    );
    best = { count: pieces.length, longest, all };
  }
  return best;
}

function timePieces(work: Generator<void, unknown>): number[] {
  const times: number[] = [];
  for (let isDone = false; !isDone; ) {
    const began = process.cpuUsage();
    isDone = work.next().done === true;
    const { user, system } = process.cpuUsage(began);
    times.push((user + system) / 1000);
  }
  return times;
}
