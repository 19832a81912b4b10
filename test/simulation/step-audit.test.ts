import { describe, expect, test } from "vitest";
import { SampleRoutes } from "../../src/forward/series-at-intake.ts";
import type { UnsurePolicy } from "../../src/model/config.ts";
import type { CursorCounts, LogSlice } from "../../src/model/log.ts";
import { FLAG } from "../../src/model/samples.ts";
import type { Series } from "../../src/model/series.ts";
import { type AuditedStep, auditStep } from "./step-audit.ts";

const START = 1_795_327_200_000;
const NONE = { moments: new Map(), ceilings: new Map() };

/** Samples of one series, so many seconds after the start. */
function sliceAt(...seconds: readonly number[]): LogSlice {
  const count = seconds.length;
  return {
    from: 0,
    to: count,
    batch: {
      count,
      series: new Uint32Array(count),
      at: Float64Array.from(seconds, (second) => START + 1000 * second),
      value: new Float64Array(count),
      flags: new Uint8Array(count),
    },
    sequences: Float64Array.from({ length: count }, (_, index) => index),
    missing: undefined,
  } as unknown as LogSlice;
}

/** The same, of which some have moments that are not sure. */
function withUnsure(slice: LogSlice, rows: readonly number[]): LogSlice {
  for (const row of rows) slice.batch.flags[row] = FLAG.clockUntrusted;
  return slice;
}

/** The same, marked. */
function withFlags(slice: LogSlice, flags: readonly number[]): LogSlice {
  slice.batch.flags.set(flags);
  return slice;
}

function routesOf(unsure?: UnsurePolicy): SampleRoutes {
  const seriesOf = (): Series => ({ metric: "power.active", tags: [], kind: "gauge", unit: "W" });
  return new SampleRoutes({ seriesOf, defineSeries: () => expect.unreachable() }, { unsure });
}

function audit(slice: LogSlice, counts: Partial<CursorCounts>, parts: Partial<AuditedStep> = {}): string[] {
  const step = { to: slice.to, counts, moments: new Map(), setAside: [] };
  const common: Omit<AuditedStep, "slice" | "from" | "step" | "bounds"> = {
    oldestAt: START - 60_000,
    resolution: 1000,
    isMetered: false,
    routes: routesOf(),
    holds: () => true,
  };
  return auditStep({ slice, from: 0, step, bounds: NONE, ...common, ...parts });
}

describe("the audit of a step", () => {
  test("finds nothing in a step that delivers what is there", () => {
    expect(audit(sliceAt(1, 2, 3), { delivered: 3 })).toEqual([]);
    expect(audit(sliceAt(1, 1.5, 2), { delivered: 2, collapsed: 1 })).toEqual([]);
  });

  test.each([
    ["tooOld", "too old"],
    ["collapsed", "collapsed"],
    ["thinned", "thinned"],
    ["heldBack", "held back"],
    ["unreadable", "unreadable"],
    ["rejected", "refused"],
  ] as const)("finds a sample that counts as %s without cause", (key, words) => {
    expect(audit(sliceAt(1, 2, 3), { delivered: 2, [key]: 1 })).toEqual([
      `1 samples of 0 to 3 counted as ${words}, and 0 could be`,
    ]);
  });

  test("finds a sample that counts as delivered and is not there", () => {
    const holds = (_: number, moment: number): boolean => moment !== START + 2000;
    expect(audit(sliceAt(1, 2, 3), { delivered: 3 }, { holds })).toEqual([
      "3 samples of 0 to 3 counted as delivered, and 2 could be",
    ]);
  });

  test("asks of a summary by the series it stands for, and says that it is one", () => {
    const asked: unknown[] = [];
    const holds = (...point: readonly unknown[]): boolean => asked.push(point) > 0;
    const slice = sliceAt(1, 2);
    slice.batch.series[1] = 7;
    expect(audit(slice, { delivered: 2 }, { routes: { of: () => 0 }, holds })).toEqual([]);
    expect(asked).toEqual([
      [0, START + 1000, false],
      [0, START + 2000, true],
    ]);
  });

  test("lets be held back what is not sure to be of its moment, where that is the policy", () => {
    const counts = { delivered: 2, heldBack: 1 };
    expect(audit(withUnsure(sliceAt(1, 2, 3), [1]), counts, { routes: routesOf("hold") })).toEqual([]);
    expect(audit(withUnsure(sliceAt(1, 2, 3), [1]), counts)).toHaveLength(1);
    expect(audit(withUnsure(sliceAt(1, 1, 3), [1]), { delivered: 3 })).toEqual([]);
  });

  test("lets expire what is older than the intake takes, and nothing else", () => {
    expect(audit(sliceAt(-70, -61, 3), { delivered: 1, tooOld: 2 })).toEqual([]);
    expect(audit(sliceAt(-70, -59, 3), { delivered: 1, tooOld: 2 })).toHaveLength(1);
  });

  test("lets be left out what is ordinary and not odd, where the intake thins", () => {
    const marked = withFlags(sliceAt(1, 2, 3), [FLAG.ordinary, FLAG.ordinary | FLAG.anomalous, 0]);
    expect(audit(marked, { delivered: 2, thinned: 1 })).toEqual([]);
    expect(audit(marked, { delivered: 1, thinned: 2 })).toHaveLength(1);
    expect(audit(marked, { delivered: 3 })).toHaveLength(1);
  });

  test("lets a minute be thinned to one point, and not to none", () => {
    const parts = { thinnedBefore: START + 120_000 };
    expect(audit(sliceAt(1, 2, 61, 62), { delivered: 2, thinned: 2 }, parts)).toEqual([]);
    expect(audit(sliceAt(1, 2, 61, 62), { delivered: 1, thinned: 3 }, parts)).toHaveLength(1);
    expect(audit(sliceAt(1, 2, 130, 131), { delivered: 2, thinned: 2 }, parts)).toHaveLength(1);
  });

  test("lets give way what lies before or after what the intake holds", () => {
    const bounds = { moments: new Map([[0, START + 3000]]), ceilings: new Map([[0, START + 6000]]) };
    expect(audit(sliceAt(2, 3, 4, 6), { delivered: 1, collapsed: 3 }, { bounds })).toEqual([]);
    expect(audit(sliceAt(2, 3, 4, 5), { delivered: 0, collapsed: 4 }, { bounds })).toHaveLength(1);
  });
});
