import { describe, expect, test } from "vitest";
import { findViolations } from "./checkers.ts";
import { findCosts } from "./isolation.ts";
import { isFullMetric } from "./point-name.ts";
import { playWorld, type WorldEnd } from "./world.ts";

describe("several intakes of one gateway", () => {
  test("cost the first one nothing when all others are in trouble", async () => {
    expect(await findCosts(20)).toEqual({ others: 3, costs: [] });
  });

  test("are seen to cost it something where one waits for the answer of another", async () => {
    expect((await findCosts(20, "intakes-queue-up")).costs).not.toEqual([]);
  });
});

describe("several intakes of a gateway that filters", () => {
  test("have what is odd in full, beside all that is not ordinary, where they thin", async () => {
    const end = await playWorld(3, { isSeveral: true, isFiltered: true });
    expect(findViolations(end)).toEqual([]);
    const full = [...end.intakes.values()].map(({ traits, ledger }) => {
      return [traits.isThinning, [...ledger.held()].some(({ metric }) => isFullMetric(metric))];
    });
    expect(full).toContainEqual([true, true]);
    expect(full).not.toContainEqual([false, true]);
  });
});

describe("the checks of a world with several intakes", () => {
  const end = playWorld(3, { isSeveral: true });

  const changes: readonly (readonly [what: string, change: (end: WorldEnd) => WorldEnd, found: RegExp])[] = [
    ["a retry that never ends", changeRetry({ isRunning: true }), /a retry at .* has not ended well/u],
    ["what is refused after healing", changeRetry({ refused: 1 }), /a retry at .* has not ended well/u],
    ["a sample that waits for ever", changeBooks({ waiting: 1 }), /1 samples wait for intake-0 after healing/u],
    ["a sample that is held back without a budget", changeBooks({ held_back: 1 }), /samples for intake-0 were lost/u],
    ["a sample that counts as delivered and is not there", changeBooks({ delivered: 1 }), /which surely holds/u],
  ];

  test.each(changes)("notice what is amiss: %s", async (_, change, found) => {
    expect(findViolations(await end)).toEqual([]);
    expect(findViolations(change(await end)).join("\n")).toMatch(found);
  });
});

function changeRetry(change: Partial<WorldEnd["retries"][number]>): (end: WorldEnd) => WorldEnd {
  return (end) => ({ ...end, retries: end.retries.map((report) => ({ ...report, ...change })) });
}

/** Adds to the books of the first intake. */
function changeBooks(more: Readonly<Record<string, number>>): (end: WorldEnd) => WorldEnd {
  return (end) => {
    const intakes = end.last.intakes.map((intake, index) => {
      if (index > 0) return intake;
      const counts = new Map<string, unknown>(Object.entries(intake.books));
      for (const [key, count] of Object.entries(more)) counts.set(key, Number(counts.get(key) ?? 0) + count);
      return { ...intake, books: Object.fromEntries(counts) as unknown as typeof intake.books };
    });
    return { ...end, last: { ...end.last, intakes } };
  };
}
