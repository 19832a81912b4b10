import { describe, expect, test } from "vitest";
import { TriedRules } from "../../../src/cli/filter/tried-rules.ts";
import { anomalyOf, statisticOf } from "../../../src/model/companions.ts";
import type { InputPoint } from "../../../src/model/input.ts";
import { pointSeries } from "../../../src/model/point-series.ts";
import { loadFiles } from "../../config/config-folder.ts";

/** What is tried on series of a meter with no statistics configured. */
function rulesOfMeter() {
  const { config, problems } = loadFiles({
    "conf.d/modbus.yaml": "instances: [{ host: h, profile: eastron/sdm630, filter: { mode: reduce } }]\n",
  });
  expect(problems).toEqual([]);
  const [check] = config?.checks ?? [];
  const [instance] = check?.instances ?? [];
  const point = instance?.profile?.points[0] as InputPoint;
  return {
    rules: new TriedRules({ checks: config?.checks ?? [] }, {}),
    series: instance && pointSeries(instance, point),
  };
}

describe("what is tried on the series of a log", () => {
  test("is nothing for what an earlier setting made, be it configured no more", () => {
    const { rules, series } = rulesOfMeter();
    if (series === undefined) throw new Error("the meter has no points");
    expect(rules.of(series)).toMatchObject({ course: "measurement" });
    expect(rules.of(anomalyOf(series))).toBeUndefined();
    for (const each of ["min", "max", "count"] as const) expect(rules.of(statisticOf(series, each))).toBeUndefined();
  });

  test("is what is configured for a series that is named like a statistic, where there is no other it could be of", () => {
    const { rules, series } = rulesOfMeter();
    const own = { metric: "wind.max", tags: ["check:modbus", "instance:h-1"], kind: "gauge", unit: "m/s" } as const;
    expect(series?.metric).not.toBe("wind");
    expect(rules.of(own)).toMatchObject({ policy: { mode: "reduce" } });
  });

  test("is nothing for how many readings of a quantity came, which are not in its unit", () => {
    const { config } = loadFiles({
      "conf.d/mqtt.yaml":
        "instances: [{ broker: mqtt://h, filter: { mode: reduce, statistics: [count] }, topics: [{ topic: a, metric: a }] }]\n",
    });
    const rules = new TriedRules({ checks: config?.checks ?? [] }, {});
    const [instance] = config?.checks[0]?.instances ?? [];
    const tags = ["check:mqtt", `instance:${instance?.name}`];
    const flow = { metric: "flow", tags, kind: "gauge", unit: "m3/h" } as const;
    expect(rules.of(flow)).toMatchObject({ policy: { statistics: ["count"] } });
    expect(rules.of(statisticOf(flow, "count"))).toBeUndefined();
  });

  test("takes thresholds in the unit that a topic has, and what has names for its values for a state", () => {
    const { config, problems } = loadFiles({
      "conf.d/mqtt.yaml": `instances:
  - broker: mqtt://h
    namespace: acme
    filter: { mode: reduce, threshold: { high: 6 } }
    topics:
      - { topic: press/p, metric: pressure, unit: bar }
      - { topic: press/level, metric: level }
      - topic: press/all
        payload: json
        fields: [{ path: $.v, metric: volume }, { path: $.m, metric: mode, states: { 0: idle, 1: busy } }]
`,
    });
    expect(problems).toEqual([]);
    const rules = new TriedRules({ checks: config?.checks ?? [] }, {});
    const [instance] = config?.checks[0]?.instances ?? [];
    const tags = ["check:mqtt", `instance:${instance?.name}`];
    const of = (metric: string, unit: string) => rules.of({ metric: `acme.${metric}`, tags, kind: "gauge", unit });
    expect(of("pressure", "Pa")).toMatchObject({ course: "measurement", limits: [Number.NEGATIVE_INFINITY, 600_000] });
    expect(of("level", "%")).toMatchObject({ course: "measurement", limits: [Number.NEGATIVE_INFINITY, 6] });
    expect(of("mode", "")).toMatchObject({ course: "state" });
    expect(of("volume", "m3")).toMatchObject({ course: "total" });
    expect(of("unheard.of", "Pa")).toMatchObject({ limits: [Number.NEGATIVE_INFINITY, 6] });
  });
});
