import { describe, expect, test } from "vitest";
import { companionsOf } from "../../src/model/companions.ts";
import { DEFAULT_FILTER, type FilterPolicy, filterOf } from "../../src/model/filter.ts";
import { FLAG } from "../../src/model/samples.ts";
import { fullOf, routeOf, summarizedBy, summaryOf } from "../../src/model/thinning.ts";

const REDUCE: FilterPolicy = { ...DEFAULT_FILTER, mode: "reduce" };
const PRESSURE = {
  metric: "plant.pressure",
  tags: ["check:modbus", "instance:pump"],
  kind: "gauge",
  unit: "Pa",
} as const;

describe("the policy of a point", () => {
  test("is its own before that of its instance, and nothing where neither says anything", () => {
    const own = { ...REDUCE, window: 10_000 } as FilterPolicy;
    const instance = { filter: REDUCE, pointFilters: { inlet: own } };
    expect(filterOf(instance, { name: "inlet", metric: "pressure" })).toBe(own);
    expect(filterOf(instance, { name: "outlet", metric: "pressure" })).toBe(REDUCE);
    expect(filterOf({}, { name: "outlet", metric: "pressure" })).toBe(DEFAULT_FILTER);
  });

  test.each([
    [["temperature.*"], [], "temperature.oil", true],
    [["temperature.*"], [], "pressure", false],
    [["*.oil", "pressure"], [], "temperature.oil", true],
    [["*.oil"], [], "temperature.oil.set", false],
    [["t*e*l"], [], "temperature.oil", true],
    [["te*er"], [], "ter", false],
    [[], ["*.setpoint"], "temperature.setpoint", false],
    [[], ["*.setpoint"], "temperature", true],
    [["temperature.*"], ["*.oil"], "temperature.oil", false],
  ])("is for what `only` %j and `except` %j let in of %s: %j", (only, except, metric, isMeant) => {
    const filter = { ...REDUCE, only, except };
    expect(filterOf({ filter }, { name: "any", metric })).toBe(isMeant ? filter : DEFAULT_FILTER);
  });
});

describe("the series of a filter", () => {
  test("cost nothing with `all`, one more with `mark`, two with `reduce`, and what is asked for beside", () => {
    const count = (policy: FilterPolicy): number => companionsOf(PRESSURE, "measurement", policy).length;
    expect(count(DEFAULT_FILTER)).toBe(0);
    expect(count({ ...DEFAULT_FILTER, mode: "mark" })).toBe(1);
    expect(count(REDUCE)).toBe(2);
    expect(count({ ...REDUCE, hasExpected: true, statistics: ["max", "count"] })).toBe(6);
    expect(companionsOf(PRESSURE, "total", REDUCE)).toEqual([]);
  });

  test("keep the tags of the one they are about", () => {
    for (const { metric, tags } of companionsOf(PRESSURE, "measurement", { ...REDUCE, hasExpected: true })) {
      expect(metric).toMatch(/^plant\.pressure\./u);
      expect(tags).toEqual(PRESSURE.tags);
    }
  });

  test("of summaries lead back to what they sum up, and no other series does", () => {
    expect(summarizedBy(summaryOf(PRESSURE))).toEqual(PRESSURE);
    expect(summarizedBy(PRESSURE)).toBeUndefined();
    expect(summarizedBy(fullOf(PRESSURE))).toBeUndefined();
  });
});

describe("the way of a sample at a reader that thins", () => {
  test.each([
    ["name", 0],
    ["name", FLAG.anomalous],
    ["none", FLAG.ordinary],
    ["full", FLAG.ordinary | FLAG.anomalous],
    ["full", FLAG.ordinary | FLAG.context],
    ["full", FLAG.ordinary | FLAG.anomalous | FLAG.onset],
    ["name", FLAG.suspect | FLAG.historical],
  ])("is %s with the flags %i", (route, flags) => expect(routeOf(flags)).toBe(route));
});
