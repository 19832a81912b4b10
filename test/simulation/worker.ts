/** A process that plays the worlds whose seeds it is sent, and answers with what it found. */

import { findViolations } from "./checkers.ts";
import { findCosts } from "./isolation.ts";
import { playWorld } from "./world.ts";

/** So many worlds of several intakes are played twice more, to see what the trouble of one costs another. */
const COSTS_EVERY = 8;

/** A world to play. */
export interface SeedRequest {
  readonly seed: number;
  /** Whether it is to have intakes of its own. */
  readonly isSeveral: boolean;
  /** Whether its gateway is to thin out by itself. */
  readonly isReducing: boolean;
}

/** What one world came to. */
export interface SeedResult {
  readonly seed: number;
  readonly intakes: number;
  readonly kills: number;
  readonly gaps: number;
  readonly powerCuts: number;
  readonly samples: number;
  readonly points: number;
  readonly violations: readonly string[];
}

process.on("message", (request) => {
  void play(request as SeedRequest).then((result) => process.send?.(result));
});

async function play({ seed, isSeveral, isReducing }: SeedRequest): Promise<SeedResult> {
  try {
    const end = await playWorld(seed, { ...(isSeveral ? { isSeveral } : {}), ...(isReducing ? { isReducing } : {}) });
    const points = [...end.intakes.values()].reduce((sum, { ledger }) => sum + ledger.distinct, 0);
    const { kills, gaps, powerCuts, last } = end;
    const intakes = end.intakes.size;
    const costs = isSeveral && seed % COSTS_EVERY === 0 ? (await findCosts(seed)).costs : [];
    const violations = [...findViolations(end), ...costs.map((cost) => `world ${seed}: ${cost}`)];
    return { seed, intakes, kills, gaps, powerCuts, samples: last.log.durable, points, violations };
  } catch (error) {
    const options = `${isSeveral ? " --several" : ""}${isReducing ? " --thinning" : ""}`;
    const violations = [
      `${error instanceof Error ? error.stack : error} (npm run sim:fuzz -- --seed ${seed} --count 1${options})`,
    ];
    return { seed, intakes: 0, kills: 0, gaps: 0, powerCuts: 0, samples: 0, points: 0, violations };
  }
}
