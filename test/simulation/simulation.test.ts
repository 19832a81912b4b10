import { describe, expect, test } from "vitest";
import { findViolations } from "./checkers.ts";
import { ROOMY_POINTS } from "./faults.ts";
import { REGRESSIONS } from "./regressions.ts";
import { playWorld } from "./world.ts";

/** Worlds in which all that is rare happens often enough. `sim:fuzz` plays the others. */
const FIRST_SEED = 101;
const SEEDS = 60;

describe("the whole gateway on a fake clock, disk, bus and intake", () => {
  test.each(REGRESSIONS)(
    "keeps its promises in world $seed, where $found",
    async ({ seed, isSeveral = false, pointCountMax = ROOMY_POINTS }) => {
      expect(
        findViolations(await playWorld(seed, { isSeveral, isReducing: false, setting: { pointCountMax } })),
      ).toEqual([]);
    },
  );

  test(`keeps every promise in the weather of ${SEEDS} seeds`, { timeout: 120_000 }, async () => {
    const violations: string[] = [];
    const sum = { kills: 0, powerCuts: 0, flips: 0, thinned: 0, gaps: 0, heldBack: 0, tooOld: 0, rejected: 0, sums: 0 };
    for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed += 1) {
      const end = await playWorld(seed);
      sum.kills += end.kills;
      sum.sums += end.reduced?.rows.filter(({ kind }) => kind === "summary").length ?? 0;
      sum.gaps += end.gaps;
      sum.powerCuts += end.powerCuts;
      sum.flips += end.disk.flips;
      for (const { books } of end.last.intakes) {
        sum.thinned += books.thinned;
        sum.heldBack += books.held_back ?? 0;
        sum.tooOld += books.expired.too_old;
        sum.rejected += books.rejected;
      }
      violations.push(...findViolations(end));
    }
    expect(violations).toEqual([]);
    for (const count of Object.values(sum)) expect(count).toBeGreaterThan(20);
  });

  test.each([false, true])("does the same again from the same seed, with intakes of its own: %s", async (isSeveral) => {
    const change = { isSeveral };
    const { trace } = await playWorld(7, change);
    expect((await playWorld(7, change)).trace).toBe(trace);
    expect((await playWorld(8, change)).trace).not.toBe(trace);
  });

  test.each([3, 4, 5])("polls at the same moments whether the disk answers or not, in world %i", async (seed) => {
    const calm = { end: 0, restart: 0, diskRefuses: 0, bitFlip: 0, writeMsMax: 0, disk: new Map() };
    // What is left behind is waited for at the end, and polls go on meanwhile.
    const setting = { pointCountMax: ROOMY_POINTS };
    const change = { isSeveral: false, isReducing: false, setting };
    const healthy = await playWorld(seed, { swarm: { ...calm, diskStalls: 0 }, ...change });
    const stalled = await playWorld(seed, { swarm: { ...calm, diskStalls: 0.2 }, ...change });
    expect(stalled.disk.writeCount).not.toBe(healthy.disk.writeCount);
    for (const [index, { asked }] of healthy.buses.entries()) {
      expect(stalled.buses[index]?.asked).toEqual(asked);
    }
  });
});
