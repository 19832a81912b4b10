import { readFileSync } from "node:fs";
import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { readColumnSeries } from "../../../../hardware-sim/intake/column-series.ts";
import { createColumnEncoder } from "../../../../src/forward/intakes/datadog/encode-columns.ts";
import type { PointBatch } from "../../../../src/model/intake.ts";
import type { Series } from "../../../../src/model/series.ts";
import { BUDGET, createEncoder } from "../../../bench/forward/forms.ts";
import { mixPoints } from "../../../bench/forward/mix-points.ts";

const SENDER = { hostname: "pi-1", tags: [], headers: () => ({}), bareHeaders: () => ({}) };
const FIRST = 1_795_323_600;

const SERIES: readonly Series[] = [
  { metric: "c.level", tags: ["check:modbus", "line:3"], kind: "gauge", unit: "" },
  { metric: "b.count", tags: ["check:modbus", "line:3"], kind: "gauge", unit: "V" },
  { metric: "b.count", tags: ["check:modbus", "phase:l1"], kind: "gauge", unit: "W" },
  { metric: "a.state", tags: [], kind: "gauge", unit: "" },
];

const POINTS = pointsOf([0.5], [3, -70_000], [230.1, 2], [0, 0]);

/** The values of each series, a second apart. */
function pointsOf(...values: readonly (readonly number[])[]): PointBatch {
  const rows = values.flatMap((each, series) => each.map((value, index) => [series, FIRST + index, value] as const));
  return {
    series: Uint32Array.from(rows, ([series]) => series),
    moment: Float64Array.from(rows, ([, second]) => second * 1000),
    value: Float64Array.from(rows, ([, , value]) => value),
    count: rows.length,
  };
}

function encode(points: PointBatch, encodePoints = createColumnEncoder(SENDER)): Uint8Array {
  return zstdDecompressSync(encodePoints(points, (id) => SERIES[id] ?? expect.unreachable()).body);
}

/** The values of each series as another decoder reads them, by metric. */
function valuesOf(raw: Uint8Array): readonly (readonly number[])[] {
  const { series } = readColumnSeries(raw) as { series: readonly { points: readonly { value: number }[] }[] };
  return series.map(({ points }) => points.map(({ value }) => value));
}

describe("a payload in columns", () => {
  test("is the golden one, which protoc made of its definition", () => {
    const golden = readFileSync(new URL("../../../golden/forward/datadog-columns.hex", import.meta.url), "utf8");
    expect(Buffer.from(encode(POINTS)).toString("hex")).toBe(golden.replace(/\s/gu, ""));
  });

  test("is the same the second time, and after another one", () => {
    const encodePoints = createColumnEncoder(SENDER);
    const first = encode(POINTS, encodePoints);
    expect(encode(pointsOf([1, 2]), encodePoints)).toEqual(encode(pointsOf([1, 2])));
    expect(encode(POINTS, encodePoints)).toEqual(first);
  });

  test.each([
    ["integers to 2^48, either way", [2 ** 48, -(2 ** 48), 7]],
    ["integers that are wider", [2 ** 48 + 2, 1]],
    ["the widest integer of all", [Number.MAX_VALUE, -Number.MAX_VALUE]],
    ["halves", [0.5, -1024.25]],
    ["decimals", [0.1, 230.1]],
    ["a zero beside a decimal", [0, 0.1]],
    ["a half beside an integer that no float holds", [0.5, 2 ** 24 + 1]],
    ["the smallest number of all", [Number.MIN_VALUE, 0]],
    ["zeros", [0, 0]],
  ])("holds %s to the last bit", (_what, values) => {
    expect(valuesOf(encode(pointsOf(values)))).toEqual([values]);
  });

  test("has no more in its dictionaries than its own series need", () => {
    const encodePoints = createColumnEncoder(SENDER);
    encode(POINTS, encodePoints);
    expect(Buffer.from(encode(pointsOf([1]), encodePoints)).toString("latin1")).not.toMatch(/a\.state|phase|watt/u);
  });

  test.each([
    ["no more than three bytes for a reading", undefined, 3000],
    ["less where its uplink is paid by the byte", BUDGET, 2850],
  ])("takes %s of the stated mix, in a flush of 100 series", (_what, budget, bytesMax) => {
    const [points = POINTS] = mixPoints(1, 10);
    expect(points.count).toBe(1000);
    expect(createEncoder({ seriesApi: "v3" }, budget)(points).body.length).toBeLessThanOrEqual(bytesMax);
  });
});

describe("zstd", () => {
  test.each([
    ["quickly where nobody counts bytes", "time", 10, 7],
    ["hard in a flush where they are paid for", "bytes", 10, 16],
    ["quickly even so where much is filled in", "bytes", 100, 7],
  ] as const)("presses a payload %s", (_what, thrift, secondsEach, level) => {
    const [points = POINTS] = mixPoints(1, secondsEach);
    const encodePoints = createColumnEncoder(SENDER, thrift);
    const { body } = encodePoints(points, (id) => ({ metric: `m${id}`, tags: [], kind: "gauge", unit: "" }));
    const params = { [constants.ZSTD_c_compressionLevel]: level };
    expect(body).toEqual(zstdCompressSync(zstdDecompressSync(body), { params }));
  });
});
