import { expect, test } from "vitest";
import { millis } from "../../src/model/time.ts";
import { findViolations } from "./checkers.ts";
import { ROOMY_POINTS } from "./faults.ts";
import { PLANTED_BUGS, type PlantedBug } from "./planted-bugs.ts";
import { playWorld, type WorldChange } from "./world.ts";

const SEEDS_MAX = 20;

/** What is rare among all worlds, and makes some bugs show soon. */
const CHANGES: Partial<Record<PlantedBug, WorldChange>> = {
  "disk-forgets-syncs": { swarm: { end: 0.05, powerCut: 1 } },
  "thinning-loses-a-row": {
    swarm: { outage: 0.05 },
    setting: { maxBytes: 6000, whenFull: "thin", sealing: { rowsMax: 200, blocksMax: 20 } },
  },
  "deleted-before-passed": {
    swarm: { end: 0.05, powerCut: 1 },
    setting: { durability: "os", history: millis(0) },
  },
  "gap-forgets-ceiling": {
    swarm: { outage: 0.05 },
    setting: { pointCountMax: 30, intervals: { press: millis(250), pump: millis(250), meter: millis(250) } },
  },
  "spent-is-forgotten": {
    isSeveral: true,
    swarm: { restart: 0.1 },
    traits: (traits) => ({
      ...traits,
      metering: {
        budget: { dayBytesMax: 100_000, monthStarts: 1 },
        schedule: [],
        isSendingAlarmsAtOnce: false,
        startJitter: millis(0),
      },
    }),
  },
  "placed-in-memory-only": { swarm: { end: 0.05, powerCut: 0.5, coldStart: 1, syncMsMax: 5000, outage: 0.05 } },
};

test.each(PLANTED_BUGS)("the simulation finds the planted bug %s", { timeout: 60_000 }, async (bug) => {
  for (let seed = 1; seed <= SEEDS_MAX; seed += 1) {
    const { setting, ...change } = CHANGES[bug] ?? {};
    const rest = { isSeveral: false, isReducing: false, ...change, bug };
    const end = playWorld(seed, { ...rest, setting: { pointCountMax: ROOMY_POINTS, ...setting } });
    const violations = await end.then(findViolations, (error: unknown) => [String(error)]);
    if (violations.length > 0) return;
  }
  expect.unreachable(`${bug} went unnoticed`);
});
