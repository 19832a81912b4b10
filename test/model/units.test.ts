import { describe, expect, test } from "vitest";
import {
  datadogUnit,
  homeAssistantUnit,
  isUnit,
  UNIT_SYMBOLS,
  UNITS,
  ucumUnit,
  unitFactor,
} from "../../src/model/units.ts";

/**
 * Those of Datadog's units that machines measure in.
 * Source: Datadog documentation, Metrics Units: bytes, time,
 * percentage, frequency, temperature, power, current, potential.
 */
const DATADOG_UNITS = [
  ...["byte", "kibibyte", "mebibyte"],
  ...["nanosecond", "microsecond", "millisecond", "second", "minute", "hour", "day", "week"],
  ...["percent_nano", "percent", "fraction", "hertz", "kilohertz", "megahertz", "gigahertz"],
  ...["decidegree_celsius", "degree_celsius", "degree_fahrenheit"],
  ...["nanowatt", "microwatt", "milliwatt", "deciwatt", "watt", "kilowatt", "megawatt", "gigawatt", "terrawatt"],
  ...["milliampere", "ampere", "millivolt", "volt"],
];

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

  test("has a name at Datadog only where Datadog's list has it", () => {
    const listed = new Set(DATADOG_UNITS);
    const names = UNIT_SYMBOLS.map((symbol) => datadogUnit(symbol)).filter((name) => name !== undefined);
    expect(names.filter((name) => !listed.has(name))).toEqual([]);
    expect(new Set(names).size).toBe(names.length);
  });

  test("has a word of its own for Prometheus", () => {
    const words = UNIT_SYMBOLS.map((symbol) => UNITS[symbol].prometheus);
    expect(new Set(words).size).toBe(words.length);
    for (const word of words) expect(word).toMatch(/^[a-z]+(_[a-z]+)*$/u);
  });

  test("is spelled as Home Assistant spells it", () => {
    expect(homeAssistantUnit("degC")).toBe("°C");
    expect(homeAssistantUnit("m3/h")).toBe("m³/h");
    expect(homeAssistantUnit("kWh")).toBe("kWh");
  });

  test("is known by its symbol and by nothing a table has anyway", () => {
    expect(isUnit("m3/h")).toBe(true);
    expect(isUnit("constructor")).toBe(false);
  });

  /** Source: The Unified Code for Units of Measure, tables of base, derived and customary units. */
  const UCUM_ATOMS = [
    "V",
    "A",
    "Hz",
    "W",
    "m",
    "L",
    "g",
    "t",
    "s",
    "min",
    "h",
    "Cel",
    "%",
    "Pa",
    "bar",
    "deg",
    "N",
    "By",
    "lx",
    "[lb_av]",
    "[oz_av]",
  ];
  const METRIC_ATOMS = ["V", "A", "Hz", "W", "m", "L", "g", "s", "Pa", "bar", "N", "By"];

  test.each(UNIT_SYMBOLS)("%s has a code that UCUM knows", (symbol) => {
    const terms = (ucumUnit(symbol) ?? "").split(/[./]/u);
    for (const term of terms) {
      const atom = term.replace(/\{[a-z]+\}$/u, "").replace(/(?<=[a-z])[23]$/u, "");
      const isPrefixed = METRIC_ATOMS.some((known) =>
        ["u", "m", "k", "M", "h", "Ki", "Mi"].some((prefix) => atom === prefix + known),
      );
      expect(atom === "" || UCUM_ATOMS.includes(atom) || isPrefixed, `${symbol} is ${term}`).toBe(true);
    }
  });

  test("that is none has no code in UCUM", () => {
    expect(ucumUnit("")).toBeUndefined();
    expect(ucumUnit("degF")).toBeUndefined();
  });
});
