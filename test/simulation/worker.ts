/** A process that plays the worlds whose seeds it is sent, and answers with what it found. */

import { findViolations } from "./checkers.ts";
import { playWorld } from "./world.ts";

/** What one world came to. */
export interface SeedResult {
  readonly seed: number;
  readonly kills: number;
  readonly gaps: number;
  readonly powerCuts: number;
  readonly samples: number;
  readonly points: number;
  readonly violations: readonly string[];
}

process.on("message", (seed) => {
  void play(seed as number).then((result) => process.send?.(result));
});

async function play(seed: number): Promise<SeedResult> {
  try {
    const end = await playWorld(seed);
    const points = [...end.intakes.values()].reduce((sum, { ledger }) => sum + ledger.distinct, 0);
    const { kills, gaps, powerCuts, last } = end;
    return { seed, kills, gaps, powerCuts, samples: last.log.durable, points, violations: findViolations(end) };
  } catch (error) {
    const violations = [
      `${error instanceof Error ? error.stack : error} (npm run sim:fuzz -- --seed ${seed} --count 1)`,
    ];
    return { seed, kills: 0, gaps: 0, powerCuts: 0, samples: 0, points: 0, violations };
  }
}
