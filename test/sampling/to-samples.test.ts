import { describe, expect, test } from "vitest";
import type { InputPoint } from "../../src/model/input.ts";
import { FLAG, SampleBuilder } from "../../src/model/samples.ts";
import { addSamples, createSampleMap } from "../../src/sampling/to-samples.ts";
import { rowsOf } from "../support/samples.ts";

const POINTS: readonly InputPoint[] = [
  { name: "power", metric: "power.active", unit: "kW", tags: [] },
  { name: "energy", metric: "energy.active.import", unit: "kWh", tags: [] },
  { name: "voltage", metric: "voltage", unit: "V", tags: [] },
];

describe("readings to samples", () => {
  test("puts each value into the canonical unit of its metric, as the decimal a person expects", () => {
    const target = new SampleBuilder();
    const readings = {
      point: Uint16Array.of(2, 0, 1),
      at: Float64Array.of(1, 2, 3),
      value: Float64Array.of(230.1, 4.35, 1234.567),
      flags: Uint8Array.of(0, FLAG.suspect, 0),
      count: 3,
    };
    addSamples(readings, createSampleMap(POINTS, [10, 20, 30]), FLAG.clockUntrusted, target);
    expect(rowsOf(target)).toEqual([
      [30, 1, 230.1, FLAG.clockUntrusted],
      [10, 2, 4350, FLAG.clockUntrusted | FLAG.suspect],
      [20, 3, 1_234_567, FLAG.clockUntrusted],
    ]);
  });

  test("takes only the rows that count", () => {
    const target = new SampleBuilder();
    const readings = {
      point: Uint16Array.of(2, 2),
      at: Float64Array.of(1, 2),
      value: Float64Array.of(230, 231),
      flags: new Uint8Array(2),
      count: 1,
    };
    addSamples(readings, createSampleMap(POINTS, [10, 20, 30]), 0, target);
    expect(rowsOf(target)).toEqual([[30, 1, 230, 0]]);
  });
});
