import { describe, expect, test } from "vitest";
import { METRICS, metricOf } from "../../src/model/metrics.ts";
import { isUnit, UNITS } from "../../src/model/units.ts";

describe.each(Object.entries(METRICS))("the metric %s", (name, { unit, description }) => {
  test("has a name that every intake takes, and a canonical unit", () => {
    expect(name).toMatch(/^[a-z]+(\.[a-z]+)*$/u);
    expect(name.startsWith("tidegate.")).toBe(false);
    expect(description).toMatch(/^[A-Z0-9]/u);
    if (unit !== "") expect(isUnit(unit) && UNITS[unit].factor).toBe(1);
  });
});

test("a name that is not in the catalogue is no metric, whatever a table has by itself", () => {
  expect(metricOf("voltege")).toBeUndefined();
  expect(metricOf("constructor")).toBeUndefined();
  expect(metricOf("power.active")?.unit).toBe("W");
});
