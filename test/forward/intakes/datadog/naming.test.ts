import { describe, expect, test } from "vitest";
import { toMetricName, toTag } from "../../../../src/forward/intakes/datadog/naming.ts";

describe("a metric name", () => {
  test.each([
    ["power.active", "power.active"],
    ["Power_2.x", "Power_2.x"],
    ["druck (öl)/bar", "druck___l__bar"],
    ["a\u{1f600}b", "a_b"],
    ["1.flow", "m_1.flow"],
    ["", "m_"],
  ])("%j is sent as %j", (name, expected) => {
    expect(toMetricName(name)).toBe(expected);
  });

  test("has at most 200 characters", () => {
    expect(toMetricName("a".repeat(200))).toHaveLength(200);
    expect(toMetricName(`1${"a".repeat(200)}`)).toHaveLength(200);
  });
});

describe("a tag", () => {
  test.each([
    ["site:north", "site:north"],
    ["Site:North Hall", "site:north_hall"],
    ["env:staging:east", "env:staging:east"],
    ["profile:eastron/sdm630", "profile:eastron/sdm630"],
    ["halle:süd-öst", "halle:süd-öst"],
    ["line:", "line"],
    ["line:::", "line"],
    ["1st:floor", "t_1st:floor"],
    ["a,b:c", "a_b:c"],
  ])("%j is sent as %j", (tag, expected) => {
    expect(toTag(tag)).toBe(expected);
  });

  test("has at most 200 characters, none of them half, and no colon where it was cut", () => {
    expect([...toTag(`a${"\u{1d499}".repeat(300)}`)]).toHaveLength(200);
    expect(toTag(`${"a".repeat(199)}:b`)).toBe("a".repeat(199));
  });
});
