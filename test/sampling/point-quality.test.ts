import { describe, expect, test } from "vitest";
import type { InputPoint } from "../../src/model/input.ts";
import { DEFAULT_VERDICTS } from "../../src/model/quality.ts";
import { seconds } from "../../src/model/time.ts";
import { canonicalQuality } from "../../src/sampling/point-quality.ts";

const PRESSURE: InputPoint = { name: "inlet", metric: "pressure", unit: "bar", tags: [] };

describe("the rules of a point", () => {
  test("are none where nothing is said", () => {
    expect(canonicalQuality(PRESSURE)).toBeUndefined();
    expect(canonicalQuality({ ...PRESSURE, quality: {} })).toBeUndefined();
  });

  test("are put into the canonical unit of its metric, rates by the millisecond", () => {
    const quality = {
      range: [-0.5, 16] as const,
      rateMax: 2,
      spike: 0.3,
      stuckAfter: seconds(60),
      staleAfter: seconds(5),
      verdicts: { spike: "mark" as const },
    };
    expect(canonicalQuality({ ...PRESSURE, quality })).toEqual({
      range: [-50_000, 1_600_000],
      perMillisMax: 200,
      spike: 30_000,
      stuckAfter: 60_000,
      staleAfter: 5_000,
      verdicts: { ...DEFAULT_VERDICTS, spike: "mark" },
    });
  });

  test("begin with the range of the point, which that of its quality replaces", () => {
    const point = { ...PRESSURE, range: [0, 10] as const };
    expect(canonicalQuality(point)).toEqual({ range: [0, 1_000_000], verdicts: DEFAULT_VERDICTS });
    expect(canonicalQuality({ ...point, quality: { range: [0, 16] } })?.range).toEqual([0, 1_600_000]);
    expect(canonicalQuality({ ...point, quality: { spike: 1 } })?.range).toEqual([0, 1_000_000]);
  });

  test("are those of the first entry whose metrics fit, for a point without any", () => {
    const ofMetrics = [
      { metrics: ["temperature", "press*"], spike: 1 },
      { metrics: ["*"], spike: 2 },
    ];
    expect(canonicalQuality(PRESSURE, ofMetrics)?.spike).toBe(100_000);
    expect(canonicalQuality({ ...PRESSURE, metric: "flow", unit: "m3/h" }, ofMetrics)?.spike).toBe(2);
    expect(canonicalQuality({ ...PRESSURE, quality: { rateMax: 1 } }, ofMetrics)?.spike).toBeUndefined();
    expect(canonicalQuality({ ...PRESSURE, metric: "xpressure", unit: "" }, ofMetrics.slice(0, 1))).toBeUndefined();
  });

  test("leave what counts, and what is a state, to jump and to stay, where metrics are meant by a pattern", () => {
    const ofMetrics = [{ metrics: ["*"], rateMax: 1, spike: 1, stuckAfter: seconds(9), range: [0, 5] as const }];
    const onlyRange = { range: [0, 5], verdicts: DEFAULT_VERDICTS };
    const state = { ...PRESSURE, metric: "digital.state", unit: "" };
    expect(canonicalQuality(state, ofMetrics)).toEqual(onlyRange);
    expect(canonicalQuality({ ...PRESSURE, metric: "machine.cycles", unit: "" }, ofMetrics)).toEqual(onlyRange);
    expect(canonicalQuality({ ...PRESSURE, metric: "own", unit: "", kind: "count" }, ofMetrics)).toEqual(onlyRange);
    expect(canonicalQuality({ ...state, metric: "own", states: { 1: "on" } }, ofMetrics)).toEqual(onlyRange);
  });
});
