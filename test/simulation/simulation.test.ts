import { describe, expect, test } from "vitest";
import { findViolations } from "./checkers.ts";
import { type PlantedBug, playWorld } from "./world.ts";

const SEEDS = 60;

describe("the whole gateway on a fake clock, disk, bus and intake", () => {
  test(`keeps every promise in the weather of ${SEEDS} seeds`, { timeout: 120_000 }, async () => {
    const violations: string[] = [];
    let kills = 0;
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const end = await playWorld(seed);
      kills += end.kills;
      violations.push(...findViolations(end));
    }
    expect(violations).toEqual([]);
    expect(kills).toBeGreaterThan(20);
  });

  test("does the same again from the same seed", async () => {
    expect((await playWorld(7)).trace).toBe((await playWorld(7)).trace);
    expect((await playWorld(7)).trace).not.toBe((await playWorld(8)).trace);
  });

  test.each<PlantedBug>(["disk-forgets-syncs", "intake-flatters", "late-answers-fit"])(
    "finds the planted bug %s",
    { timeout: 60_000 },
    async (bug) => {
      for (let seed = 1; seed <= 40; seed += 1) {
        const violations = await playWorld(seed, bug).then(findViolations, (error: unknown) => [String(error)]);
        if (violations.length > 0) return;
      }
      expect.unreachable(`${bug} went unnoticed`);
    },
  );
});
