import { readFileSync } from "node:fs";
import { gunzipSync, inflateSync, zstdDecompressSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { checkSeries } from "../../../../hardware-sim/intake/check-series.ts";
import { readColumnSeries } from "../../../../hardware-sim/intake/column-series.ts";
import { readProtobufSeries } from "../../../../hardware-sim/intake/protobuf-series.ts";
import { createSeriesEncoder } from "../../../../src/forward/intakes/datadog/encode.ts";
import { createColumnEncoder } from "../../../../src/forward/intakes/datadog/encode-columns.ts";
import { createProtobufEncoder } from "../../../../src/forward/intakes/datadog/encode-protobuf.ts";
import { SERIES_V1, SERIES_V2, type SeriesDialect } from "../../../../src/forward/intakes/datadog/series-dialects.ts";
import { judgeDatadog } from "../../../../src/forward/intakes/datadog/verdict.ts";
import type { PointBatch } from "../../../../src/model/intake.ts";
import type { Series } from "../../../../src/model/series.ts";
import { BUDGET, createEncoder } from "../../../bench/forward/forms.ts";
import { mixPoints } from "../../../bench/forward/mix-points.ts";
import { decodeMetricPayload } from "./metric-payload.ts";

const SERIES: readonly Series[] = [
  {
    metric: "press 1.power.active",
    tags: ["check:modbus", "instance:Press 1", "phase:l1", "site:north"],
    kind: "gauge",
    unit: "W",
  },
  { metric: "energy.active.import", tags: ["check:modbus", "profile:eastron/sdm630"], kind: "gauge", unit: "Wh" },
];

const POINTS: PointBatch = {
  series: Uint32Array.of(0, 0, 1),
  moment: Float64Array.of(1_795_323_600_000, 1_795_323_601_000, 1_795_323_600_000),
  value: Float64Array.of(230.1, -0.5, 1e21),
  count: 3,
};

const COUNT: Series = { metric: "pieces", tags: [], kind: "count", unit: "", intervalS: 45 };
const COUNTED: PointBatch = {
  series: Uint32Array.of(0),
  moment: Float64Array.of(1_795_323_600_000),
  value: Float64Array.of(7),
  count: 1,
};

const SENDER = { hostname: 'pi "1"', tags: ["site:north", "env:prod"], headers: () => ({}), bareHeaders: () => ({}) };
const encode = createSeriesEncoder(SENDER, SERIES_V2);
const seriesOf = (id: number): Series => SERIES[id] ?? { metric: "none", tags: [], kind: "gauge", unit: "" };

function textOf(points: PointBatch): string {
  return inflateSync(encode(points, seriesOf).body).toString("utf8");
}

function fixture(path: string): string {
  return readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8");
}

/** The kind of every value, under the path it has; lists are judged by their first element. */
function shapeOf(value: unknown, path = ""): Record<string, string> {
  if (Array.isArray(value)) return shapeOf(value[0], `${path}[]`);
  if (typeof value !== "object" || value === null) return { [path]: typeof value };
  return Object.assign({}, ...Object.entries(value).map(([key, inner]) => shapeOf(inner, `${path}.${key}`)));
}

describe("a Datadog payload", () => {
  test.each<[string, SeriesDialect]>([
    ["datadog-series", SERIES_V2],
    ["datadog-series-v1", SERIES_V1],
  ])("is the golden %s", (name, dialect) => {
    const { path, body } = createSeriesEncoder(SENDER, dialect)(POINTS, seriesOf);
    expect(path).toBe(dialect.path);
    const json = JSON.parse(inflateSync(body).toString("utf8"));
    expect(json).toEqual(JSON.parse(fixture(`golden/forward/${name}.json`)));
  });

  test.each<[string, () => unknown]>([
    ["v2", () => JSON.parse(inflateSync(createSeriesEncoder(SENDER, SERIES_V2)(COUNTED, () => COUNT).body).toString())],
    [
      "protobuf",
      () => readProtobufSeries(zstdDecompressSync(createProtobufEncoder(SENDER, "zstd")(COUNTED, () => COUNT).body)),
    ],
    ["columns", () => readColumnSeries(zstdDecompressSync(createColumnEncoder(SENDER)(COUNTED, () => COUNT).body))],
  ])("says in %s of a count that it is one, and how often it comes", (_, read) => {
    const { errors } = checkSeries(read(), 1_795_323_600);
    expect(errors).toEqual([]);
    expect(read()).toMatchObject({ series: [{ metric: "pieces", type: 1, interval: 45 }] });
  });

  test("says in v1 of a count that it is one, and how often it comes", () => {
    const { body } = createSeriesEncoder(SENDER, SERIES_V1)(COUNTED, () => COUNT);
    const json = JSON.parse(inflateSync(body).toString());
    expect(json).toMatchObject({
      series: [{ metric: "pieces", type: "count", interval: 45, points: [[1_795_323_600, 7]] }],
    });
  });

  test("is the same the second time, when the constant text of its series is kept", () => {
    expect(textOf(POINTS)).toBe(textOf(POINTS));
  });

  test.each([
    ["text", () => createSeriesEncoder(SENDER, SERIES_V2)],
    ["bytes", () => createProtobufEncoder(SENDER, "zstd")],
  ])("keeps the constant %s of a bounded number of series", (_, create) => {
    let asked = 0;
    const encodeMany = create();
    const encodeSeries = (first: number, count: number): number => {
      const series = Uint32Array.from({ length: count }, (_, row) => first + row);
      const columns = { series, moment: new Float64Array(count), value: new Float64Array(count), count };
      asked = 0;
      encodeMany(columns, () => {
        asked += 1;
        return { metric: "level", tags: [], kind: "gauge", unit: "%" };
      });
      return asked;
    };
    expect(encodeSeries(0, 20_000)).toBe(20_000);
    expect(encodeSeries(0, 20_000)).toBe(0);
    expect(encodeSeries(20_000, 1)).toBe(1);
    expect(encodeSeries(0, 1)).toBe(1);
  });

  test("says the same in protobuf as in JSON", () => {
    const { body } = createProtobufEncoder(SENDER, "gzip")(POINTS, seriesOf);
    expect(decodeMetricPayload(gunzipSync(body))).toEqual(JSON.parse(fixture("golden/forward/datadog-series.json")));
  });

  test("begins in protobuf with what is constant of a series, as that of the Agent does", () => {
    const { body } = createProtobufEncoder(SENDER, "gzip")({ ...POINTS, count: 1 }, seriesOf);
    // 0x22 begins a point, and 15 bytes follow its length: here nothing else comes after it.
    const raw = gunzipSync(body);
    expect(raw.subarray(-17).toString("hex")).toBe("220f10d0ed89d806093333333333c36c40");
  });

  test("takes less than four bytes for a reading of the stated mix, in protobuf with zstd where bytes are paid for", () => {
    const [points] = mixPoints(1, 10);
    expect(points?.count).toBe(1000);
    const { body } = createEncoder({ encoding: "protobuf", compression: "zstd" }, BUDGET)(points ?? POINTS);
    expect(body.length).toBeLessThan(4000);
    expect(decodeMetricPayload(zstdDecompressSync(body)).series).toHaveLength(100);
  });

  test("has the shape of a recorded one that Datadog accepted", () => {
    const recording = JSON.parse(fixture("fixtures/datadog/submit-metrics-v2.har")).log.entries[0];
    const recorded = shapeOf(JSON.parse(recording.request.postData.text));
    expect(shapeOf(JSON.parse(textOf(POINTS)))).toMatchObject(recorded);
    expect(encode(POINTS, seriesOf).path).toBe(new URL(recording.request.url).pathname);
  });
});

describe("the recorded answer of Datadog", () => {
  test("is judged to accept", () => {
    const { response } = JSON.parse(fixture("fixtures/datadog/submit-metrics-v2.har")).log.entries[0];
    expect(judgeDatadog({ status: response.status, headers: {}, body: response.content.text })).toEqual({
      kind: "accepted",
    });
  });
});
