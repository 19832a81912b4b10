import { describe, expect, test } from "vitest";
import { formatReplay } from "../../../src/cli/filter/replay-layout.ts";
import type { OddReport, ReplayReport, SeriesReport } from "../../../src/cli/filter/replay-report.ts";

const AT = Date.UTC(2026, 10, 21, 6);
const TAGS = ["check:modbus", "instance:press-hall-north", "point:discharge-pressure", "profile:tidegate/pump"];

const SERIES: SeriesReport = {
  metric: "plant.pressure",
  tags: TAGS,
  unit: "Pa",
  mode: "reduce",
  readings: 86_400,
  name: 1440,
  full: 301,
  companions: 144,
  is_learning: false,
  hour_differs_percent: 0,
};

const ODD: OddReport = {
  metric: "plant.pressure",
  tags: TAGS,
  unit: "Pa",
  start_at: AT,
  end_at: AT + 61_000,
  is_under_way: false,
  score: 0.93,
  peak_at: AT + 30_000,
  peak_value: 1_234_567.89,
  expected: { low: 201_000.123, high: 203_000.456 },
};

const REPORT: ReplayReport = {
  schema: 1,
  from_at: AT,
  to_at: AT + 86_399_000,
  options: "",
  intake: "datadog",
  is_thinning: true,
  flush_interval_s: 10,
  before: { points: 86_400, bytes: 1_000_000, requests: 8640, series: 1 },
  after: { points: 1885, bytes: 50_000, requests: 1500, series: 3 },
  series: [SERIES],
  odd: [],
  odd_left_out: 0,
  hours_compared: 24,
  unreadable: 0,
  is_stopped: false,
};

function lay(changes: Partial<ReplayReport>, isBySeries = false): string[] {
  return formatReplay({ ...REPORT, ...changes }, isBySeries).split("\n");
}

describe("a replay on a terminal", () => {
  test("keeps to 80 columns and a screen or two, whatever there is to tell", () => {
    const series = Array.from({ length: 30 }, (_, index) => ({
      ...SERIES,
      metric: `namespace.of.a.customer.${"very.".repeat(index % 9)}long.name.${index}`,
      is_learning: index < 2,
      hour_differs_percent: index / 100,
    }));
    const odd = Array.from({ length: 15 }, () => ({ ...ODD, tags: [...TAGS, `line:${"x".repeat(120)}`] }));
    const more = { odd_left_out: 7, unreadable: 12, is_stopped: true, is_thinning: false };
    const options =
      "--mode reduce --detector ensemble --sensitivity watch --keep swinging-door --deadband 0.5 --window 30";
    for (const isBySeries of [false, true]) {
      const lines = lay({ ...more, series, odd, options }, isBySeries);
      for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
      expect(lines.length).toBeLessThan(200);
      const text = lines.join("\n");
      for (const said of [
        "Stopped before its end",
        "`thinning: false`",
        "2 series still learned",
        "Up to 12 samples are damaged",
        "Odd: 22 stretches",
        "and 10 more; --json has the first 1,000",
        "and 10 more; --json has all",
        "differ by 0.29 % at most",
      ]) {
        expect(text).toContain(said);
      }
    }
  });

  test("names the end of what is over, and says of the rest that it goes on", () => {
    const text = lay({ odd: [ODD, { ...ODD, is_under_way: true, expected: null }] }).join("\n");
    expect(text).toContain("2026-11-21 06:00:00 to 06:01:01, 1m 1s; score 0.93");
    expect(text).toContain("peak 1234568 Pa at 06:00:30, expected 201000 to 203000");
    expect(text).toContain("2026-11-21 06:00:00 goes on; score 0.93");
  });

  test("says of what costs hardly more than before that it saves nothing, and of a score what was reached", () => {
    const before = { points: 26_527, bytes: 559_411, requests: 283, series: 127 };
    const after = { points: 26_529, bytes: 559_500, requests: 283, series: 128 };
    const text = lay({ before, after, odd: [{ ...ODD, score: 0.8999 }] }).join("\n");
    expect(text).toMatch(/Points +26,527 +26,529 +0\.0 %/u);
    expect(text).not.toContain("-0.0");
    expect(text).toContain("score 0.89");
    expect(lay({ after: { ...REPORT.before, points: 172_800 } }).join("\n")).toMatch(/Points .* -100\.0 %/u);
  });

  test("joins the series of a metric, unless it is about single ones", () => {
    const other = { ...SERIES, tags: ["point:suction"] };
    expect(lay({ series: [SERIES, other] }).join("\n")).toContain(
      "172,800  2,880        602         288  plant.pressure (2 series)",
    );
    expect(lay({ series: [SERIES, other] }, true).join("\n")).toContain("plant.pressure{point:suction}");
  });

  test("says where the filter is for none of it, nothing was odd, or no whole hour was there", () => {
    const aside = { ...SERIES, mode: "all" as const, hour_differs_percent: null };
    const text = lay({ series: [aside], hours_compared: 0 }).join("\n");
    expect(text).toContain("The filter is not for any of these series.");
    expect(text).toContain("Nothing was odd.");
    expect(text).toContain("No whole hour was replayed");
  });
});
