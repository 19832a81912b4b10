import { describe, expect, test } from "vitest";
import { FLAG } from "../../src/model/samples.ts";
import { findViolations } from "./checkers.ts";
import type { LoggedRow } from "./logged-rows.ts";
import { auditWindows } from "./told-windows.ts";
import { playWorld, type WorldEnd } from "./world.ts";

const { ordinary, suspect } = FLAG;

const read = (second: number, value: number, flags: number = ordinary): LoggedRow => ({
  ...{ name: "pump/flow", metric: "flow", kind: "read" },
  ...{ at: second * 1000, value, flags },
});
const summary = (second: number, value: number): LoggedRow => ({ ...read(second, value, 0), kind: "summary" });

function audit(...rows: readonly LoggedRow[]) {
  const { violations, untold, meanCount } = auditWindows(rows, { window: 10_000, isOfMeans: () => true });
  return { violations, untold: untold.map(({ at }) => at / 1000), meanCount };
}

describe("the audit of windows", () => {
  test("finds a mean that is none of what was read, and one of a moment at which nothing was", () => {
    expect(audit(read(1, 1), read(2, 3), summary(1, 2.1)).violations).toHaveLength(1);
    expect(audit(read(1, 1), read(2, 3), summary(3, 2)).violations).toHaveLength(1);
    expect(audit(read(1, 1), read(12, 3), summary(1, 2)).violations).toHaveLength(1);
  });

  test("finds rows that nothing tells of", () => {
    expect(audit(read(1, 1), read(2, 3), read(3, 5), summary(2, 4)).untold).toEqual([1]);
    expect(audit(read(1, 1), read(2, 3)).untold).toEqual([1, 2]);
  });

  test("takes means, the last row of a run, and doubted ones that are told of by themselves", () => {
    const rows = [read(0, 9, 0), read(1, 1), read(2, 3), summary(1, 2), summary(2, 3), read(3, 99, ordinary | suspect)];
    expect(audit(...rows, summary(3, 99))).toEqual({ violations: [], untold: [], meanCount: 1 });
  });
});

describe("a world whose gateway thins out", () => {
  const end = playWorld(6, { isReducing: true, isSeveral: false });

  test("has means of what was read, odd stretches in full, and keeps its promises", async () => {
    const { reduced, intakes } = await end;
    expect(findViolations(await end)).toEqual([]);
    const rows = reduced?.rows ?? [];
    const audited = auditWindows(rows, { window: reduced?.reduction.window ?? 0, isOfMeans: () => true });
    expect(audited.meanCount).toBeGreaterThan(100);
    expect(rows.filter(({ flags }) => (flags & FLAG.onset) !== 0).length).toBeGreaterThan(5);
    expect([...intakes.values()].some(({ traits }) => traits.isThinning)).toBe(true);
  });

  test.each<readonly [what: string, change: (row: LoggedRow) => LoggedRow | undefined, found: RegExp]>([
    [
      "a mean that is wrong",
      (row) => (row.kind === "summary" ? { ...row, value: row.value * 1.01 + 1 } : row),
      /is told to be/u,
    ],
    ["a window that is not told", (row) => (row.kind === "summary" ? undefined : row), /told of by nothing/u],
    ["a row that goes another way", (row) => ({ ...row, flags: 0 }), /never arrived/u],
    ["a row that nobody read", (row) => ({ ...row, value: row.value + 1 }), /arrived as .* where the log has/u],
  ])("is seen to break one: %s", async (_, change, found) => {
    const { reduced } = await end;
    if (reduced === undefined) throw new Error("this world thins out");
    const rows = reduced.rows.flatMap((row) => change(row) ?? []);
    const changed: WorldEnd = { ...(await end), reduced: { ...reduced, rows } };
    expect(findViolations(changed).join("\n")).toMatch(found);
  });
});
