import { describe, expect, test } from "vitest";
import { createSeriesFilter } from "../../../src/cli/log/series-filter.ts";

const L1 = { metric: "voltage", tags: ["instance:press", "phase:l1"] };
const POWER = { metric: "power.active", tags: ["instance:main"] };

describe("a choice of series", () => {
  test.each(["voltage{", "voltage}", "voltage{a}b", "{a}{b}"])("%s is refused", (text) => {
    expect(() => createSeriesFilter(text)).toThrow("expected a series as voltage{phase:l1}");
  });

  test.each([
    ["", true, true],
    ["voltage", true, false],
    ["volt", false, false],
    ["power.*", false, true],
    ["*", true, true],
    ["{phase:l1}", true, false],
    ["voltage{phase:l1,instance:press}", true, false],
    ["voltage{phase:l2}", false, false],
    ["powerXactive", false, false],
  ])("%s takes voltage: %s, power: %s", (text, voltage, power) => {
    const matches = createSeriesFilter(text);
    expect([matches(L1), matches(POWER)]).toEqual([voltage, power]);
  });
});
