import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { createOtlpIntake } from "../../../../src/forward/intakes/otlp/intake.ts";
import { OTLP_ENCODINGS, type OtlpConfig } from "../../../../src/model/config.ts";
import type { IntakeResponse, Payload, PointBatch } from "../../../../src/model/intake.ts";
import type { Series } from "../../../../src/model/series.ts";
import { millis, seconds } from "../../../../src/model/time.ts";
import { intakeSuite } from "../../../conformance/intake-suite.ts";
import { toHex } from "../../../support/hex.ts";
import { IDENTITY } from "../../forwarding.ts";
import { decodeMetricsRequest, parseMetricsRequest } from "./metrics-request.ts";

const TOKEN = "planted-token-of-the-collector";

const CONFIG: OtlpConfig = {
  name: "collector",
  kind: "otlp",
  url: "http://collector.test:4318",
  encoding: "protobuf",
  headers: { authorization: `Bearer ${TOKEN}` },
  isInOrder: false,
  flushInterval: seconds(10),
  timeout: seconds(20),
  maxAge: millis(Number.POSITIVE_INFINITY),
};

const DECODE = { protobuf: decodeMetricsRequest, json: parseMetricsRequest } as const;

const unzip = ({ body }: Payload): Uint8Array => gunzipSync(body);
const inProtobuf = (status: number, body: string): IntakeResponse => ({
  status,
  headers: { "content-type": "application/x-protobuf" },
  body,
});
const inJson = (status: number, body: string): IntakeResponse => ({
  status,
  headers: { "content-type": "application/json" },
  body,
});

for (const encoding of OTLP_ENCODINGS) {
  intakeSuite(`OTLP in ${encoding}`, {
    create: () => createOtlpIntake({ ...CONFIG, encoding }, IDENTITY),
    decompress: unzip,
    decode: (raw) =>
      DECODE[encoding](raw).resourceMetrics.flatMap(({ scopeMetrics }) =>
        scopeMetrics.flatMap(({ metrics }) =>
          metrics.flatMap(({ name, gauge }) =>
            gauge.dataPoints.map(({ timeUnixNano, asDouble }) => ({
              metric: name,
              moment: Number(BigInt(timeUnixNano) / 1_000_000n),
              value: asDouble,
            })),
          ),
        ),
      ),
    accepting: [
      { status: 200, headers: {}, body: "" },
      inProtobuf(200, "\n\x00"),
      inJson(200, "{}"),
      inJson(200, '{"partialSuccess":{}}'),
    ],
    refusing: [inJson(400, '{"code":3,"message":"400: bad"}'), inProtobuf(400, "\x08\x03\x12\x03bad")],
    secret: TOKEN,
  });
}

const SERIES: readonly Series[] = [
  { metric: "power.active", tags: ["check:modbus", "instance:Press 1", "spare"], kind: "gauge", unit: "W" },
  { metric: "level", tags: [], kind: "gauge", unit: "" },
];

const POINTS: PointBatch = {
  series: Uint32Array.of(0, 0, 1),
  moment: Float64Array.of(1_795_323_600_123, 1_795_323_600_124, 1_795_323_600_123),
  value: Float64Array.of(230.1, -0.5, 1e21),
  count: 3,
};

const PI = { hostname: 'pi "1"', tags: ["env:prod", "env:test", "site:north"], version: "1.2.3" };
const seriesOf = (id: number): Series => SERIES[id] ?? expect.unreachable();

function golden(name: string): string {
  return readFileSync(new URL(`../../../golden/forward/${name}`, import.meta.url), "utf8");
}

describe("a request of OTLP", () => {
  test("is in protobuf the bytes that protoc makes of the same", () => {
    const payload = createOtlpIntake(CONFIG, PI).encode(POINTS, seriesOf);
    expect(toHex(unzip(payload))).toBe(golden("otlp-metrics.hex").replaceAll("\n", ""));
  });

  test("is in JSON the golden one", () => {
    const payload = createOtlpIntake({ ...CONFIG, encoding: "json" }, PI).encode(POINTS, seriesOf);
    expect(parseMetricsRequest(unzip(payload))).toEqual(JSON.parse(golden("otlp-metrics.json")));
  });

  test.each([0, 1, 999_999, 1_048_575, 1_048_576, 1_795_323_600_123, 4_294_967_295, 9_223_372_036_854])(
    "has the moment %d to the nanosecond",
    (moment) => {
      const points = { ...POINTS, moment: Float64Array.of(moment), count: 1 };
      const request = decodeMetricsRequest(unzip(createOtlpIntake(CONFIG, PI).encode(points, seriesOf)));
      const [point] = request.resourceMetrics[0]?.scopeMetrics[0]?.metrics[0]?.gauge.dataPoints ?? [];
      expect(BigInt(point?.timeUnixNano ?? -1)).toBe(BigInt(moment) * 1_000_000n);
    },
  );

  test("goes to the route of metrics with the headers of the configuration and its own", () => {
    const { path, headers } = createOtlpIntake(CONFIG, IDENTITY).encode(POINTS, seriesOf);
    expect(path).toBe("/v1/metrics");
    expect(headers).toEqual({
      authorization: `Bearer ${TOKEN}`,
      "content-encoding": "gzip",
      "content-type": "application/x-protobuf",
      "user-agent": "tidegate/1.2.3",
    });
    const json = createOtlpIntake({ ...CONFIG, encoding: "json" }, IDENTITY).encode(POINTS, seriesOf);
    expect(json.headers).toMatchObject({ "content-type": "application/json" });
  });

  test("comes in the order of each series where the server wants it so", () => {
    expect(createOtlpIntake(CONFIG, IDENTITY).order).toBe("any");
    expect(createOtlpIntake({ ...CONFIG, isInOrder: true }, IDENTITY).order).toBe("per-series");
  });
});
