import { describe, expect, test } from "vitest";
import { describeOddity, formatFilter } from "../../src/cli/filter-layout.ts";
import { summarize } from "../../src/cli/status-summary.ts";
import type { FilterStatus, OddStatus } from "../../src/model/status.ts";
import { instance, status } from "../hardware-sim/statuses.ts";

const NOW = Date.UTC(2026, 10, 22, 3);

function odd(name: string, changes: Partial<OddStatus> = {}): OddStatus {
  return {
    ...{ metric: "pressure", tags: ["instance:pump", `point:${name}`], unit: "Pa", score: 0.97 },
    ...{ since: NOW - 1_500_000, value: 720_000.04, at: NOW - 120_000 },
    ...{ expected: { low: 310_000, high: 340_000 }, is_beyond_threshold: false, threshold: null },
    last_odd_at: NOW,
    ...changes,
  };
}

function filterOf(changes: Partial<FilterStatus> = {}): FilterStatus {
  return { watched: 12, learning: 0, learning_left_s: null, odd: 0, worst: [], ...changes };
}

describe("what status prints of detectors", () => {
  test("is nothing where none watches", () => {
    expect(formatFilter(undefined, NOW)).toEqual([]);
    expect(describeOddity(undefined, NOW)).toBeUndefined();
  });

  test("says that nothing is odd", () => {
    expect(formatFilter(filterOf(), NOW)).toEqual(["Watched By Detectors: 12 series", "Odd Now: nothing"]);
    expect(describeOddity(filterOf(), NOW)).toBeUndefined();
  });

  test.each([
    [1, "1 of them learns"],
    [3, "3 of them learn"],
    [12, "all learn"],
  ])("says for how much longer %i series learn", (learning, words) => {
    const lines = formatFilter(filterOf({ learning, learning_left_s: 7860 }), NOW);
    expect(lines).toEqual([
      "Watched By Detectors: 12 series",
      `  ${words} for about 2h 11m more, odd only beyond a threshold`,
      "Odd Now: nothing",
    ]);
  });

  test("says what is odd, since when, how far out it was and what was expected", () => {
    const beyond = { expected: null, is_beyond_threshold: true, score: 1 };
    const worst = [odd("outlet"), odd("inlet", { ...beyond, threshold: { low: 100_000, high: 700_000 } })];
    expect(formatFilter(filterOf({ odd: 2, worst }), NOW).slice(1)).toEqual([
      "Odd Now: 2 series",
      "  pressure outlet: for 25m",
      "    furthest out 720000 Pa, 2m ago, expected 310000 to 340000 Pa; score 0.97",
      "  pressure inlet: for 25m, beyond its threshold of 700000 Pa",
      "    furthest out 720000 Pa, 2m ago; score 1.00",
    ]);
  });

  test("says which end of a threshold is crossed, and neither where it cannot tell", () => {
    const told = (value: number) => {
      const worst = [odd("inlet", { value, is_beyond_threshold: true, threshold: { low: 10, high: 80 } })];
      return describeOddity(filterOf({ odd: 1, worst }), NOW);
    };
    expect(told(9.5)).toBe("pressure of inlet is beyond its threshold of 10 Pa, for 25m");
    expect(told(80.5)).toBe("pressure of inlet is beyond its threshold of 80 Pa, for 25m");
    expect(told(50)).toBe("pressure of inlet is beyond its threshold, for 25m");
  });

  test("says when it was odd last, of what is silent or as usual since", () => {
    const worst = [odd("outlet", { last_odd_at: NOW - 25_000 })];
    expect(formatFilter(filterOf({ odd: 1, worst }), NOW)[2]).toBe("  pressure outlet: for 25m; last odd 25s ago");
  });

  test("shows no score that was not reached", () => {
    expect(formatFilter(filterOf({ odd: 1, worst: [odd("outlet", { score: 0.8999 })] }), NOW)[3]).toMatch(
      /score 0\.89$/u,
    );
  });

  test("names a series once where its point has the name of its metric, or it has none", () => {
    for (const tags of [["point:pressure"], ["check:mqtt", "instance:pump"]]) {
      const filter = filterOf({ odd: 1, worst: [odd("", { tags })] });
      expect(formatFilter(filter, NOW)[2]).toBe("  pressure: for 25m");
      expect(describeOddity(filter, NOW)).toBe("pressure is odd, for 25m");
    }
  });

  test("stays short where much is odd", () => {
    const worst = Array.from({ length: 20 }, (_, index) => odd(`p${index}`));
    const lines = formatFilter(filterOf({ odd: 400, worst }), NOW);
    expect(lines).toHaveLength(2 + 2 * 5 + 1);
    expect(lines.at(-1)).toBe("  and 395 more, with lower scores");
  });

  test("stands in the first lines of the status", () => {
    const pump = instance("pump", { filter: filterOf({ odd: 3, worst: [odd("outlet")] }) });
    const [, ...troubles] = summarize({ ...status([pump]), now: NOW });
    expect(troubles).toContain(`  - ${pump.check}:pump: pressure of outlet is odd, for 25m, and 2 more.`);
  });
});
