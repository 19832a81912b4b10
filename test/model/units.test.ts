import { describe, expect, test } from "vitest";
import { datadogUnit, isUnit, UNIT_SYMBOLS, UNITS, unitFactor } from "../../src/model/units.ts";

describe("a unit", () => {
  test.each([
    ["W", "var"],
    ["W", "Wh"],
    ["degC", "K"],
    ["degF", "degC"],
    ["kw", "W"],
    ["", "V"],
    ["V", ""],
    ["toString", "toString"],
  ])("%s does not become %s", (from, to) => {
    expect(unitFactor(from, to)).toBeUndefined();
  });

  test.each([
    ["kW", "W", 1000],
    ["kWh", "Wh", 1000],
    ["MWh", "Wh", 1_000_000],
    ["kvarh", "varh", 1000],
    ["mA", "A", 0.001],
    ["A", "mA", 1000],
    ["bar", "Pa", 100_000],
    ["mbar", "hPa", 1],
    ["l/min", "m3/h", 0.06],
    ["h", "s", 3600],
    ["degC", "degC", 1],
    ["", "", 1],
  ])("%s becomes %s by a factor of %d", (from, to, factor) => {
    expect(unitFactor(from, to)).toBe(factor);
  });

  test("is never zero, and of each quantity exactly one is canonical", () => {
    const canonical = new Map<string, number>();
    for (const symbol of UNIT_SYMBOLS) {
      const { quantity, factor } = UNITS[symbol];
      expect(factor, symbol).toBeGreaterThan(0);
      if (factor === 1) canonical.set(quantity, (canonical.get(quantity) ?? 0) + 1);
    }
    const quantities = new Set(UNIT_SYMBOLS.map((symbol) => UNITS[symbol].quantity));
    for (const quantity of quantities) expect(canonical.get(quantity), quantity).toBe(1);
  });

  test("has a name at Datadog, or none rather than a wrong one", () => {
    expect(datadogUnit("V")).toBe("volt");
    expect(datadogUnit("degC")).toBe("degree_celsius");
    expect(datadogUnit("%")).toBe("percent");
    expect(datadogUnit("var")).toBeUndefined();
    expect(datadogUnit("parsec")).toBeUndefined();
    expect(datadogUnit("")).toBeUndefined();
  });

  test("is known by its symbol and by nothing a table has anyway", () => {
    expect(isUnit("m3/h")).toBe(true);
    expect(isUnit("constructor")).toBe(false);
  });
});
