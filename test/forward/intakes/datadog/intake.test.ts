import { gunzipSync, inflateSync, zstdDecompressSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { readColumnSeries } from "../../../../hardware-sim/intake/column-series.ts";
import { IntakeServer } from "../../../../hardware-sim/intake/intake-server.ts";
import { createDatadogIntake } from "../../../../src/forward/intakes/datadog/intake.ts";
import { DATADOG_COMPRESSIONS, DATADOG_ENCODINGS, type DatadogConfig } from "../../../../src/model/config.ts";
import type { Payload } from "../../../../src/model/intake.ts";
import type { Series } from "../../../../src/model/series.ts";
import { intakeSuite } from "../../../conformance/intake-suite.ts";
import { decodePayload } from "../../fake-intake.ts";
import { API_KEY, createIntake, IDENTITY, INTAKE_CONFIG } from "../../forwarding.ts";
import { decodeMetricPayload, type SentSeries } from "./metric-payload.ts";

const COMMON = {
  decompress: ({ body }: Payload): Uint8Array => inflateSync(body),
  accepting: [
    { status: 202, headers: {}, body: '{"errors":[]}' },
    { status: 200, headers: {}, body: '{"status":"ok"}' },
  ],
  refusing: [{ status: 400, headers: {}, body: '{"errors":["Bad Request"]}' }],
  secret: API_KEY,
};

intakeSuite("Datadog v1", {
  ...COMMON,
  create: () => createDatadogIntake({ ...INTAKE_CONFIG, seriesApi: "v1" }, IDENTITY),
  decode: (raw) => {
    const { series } = JSON.parse(Buffer.from(raw).toString("utf8"));
    return series.flatMap((each: { metric: string; points: [number, number][] }) =>
      each.points.map(([second, value]) => ({ metric: each.metric, moment: second * 1000, value })),
    );
  },
});

const UNPACK = { deflate: inflateSync, gzip: gunzipSync, zstd: zstdDecompressSync } as const;

for (const encoding of DATADOG_ENCODINGS) {
  for (const compression of DATADOG_COMPRESSIONS) {
    intakeSuite(`Datadog v2 in ${encoding} with ${compression}`, {
      ...COMMON,
      create: () => createDatadogIntake({ ...INTAKE_CONFIG, encoding, compression }, IDENTITY),
      decompress: ({ body }) => UNPACK[compression](body),
      decode: (raw) => {
        const { series } =
          encoding === "protobuf" ? decodeMetricPayload(raw) : JSON.parse(Buffer.from(raw).toString("utf8"));
        return (series as readonly SentSeries[]).flatMap(({ metric, points }) =>
          points.map(({ timestamp, value }) => ({ metric, moment: timestamp * 1000, value })),
        );
      },
    });
  }
}

intakeSuite("Datadog v3", {
  ...COMMON,
  accepting: [...COMMON.accepting, { status: 202, headers: {}, body: "" }],
  create: () => createDatadogIntake({ ...INTAKE_CONFIG, seriesApi: "v3" }, IDENTITY),
  decompress: ({ body }) => zstdDecompressSync(body),
  decode: (raw) => {
    const { series } = readColumnSeries(raw) as { readonly series: readonly SentSeries[] };
    return series.flatMap(({ metric, points }) =>
      points.map(({ timestamp, value }) => ({ metric, moment: timestamp * 1000, value })),
    );
  },
});

const LEVEL: Series = { metric: "level", tags: ["check:modbus"], kind: "gauge", unit: "%" };
const POINT = { series: Uint32Array.of(0), moment: Float64Array.of(1000), value: Float64Array.of(2), count: 1 };

/** Reads the tags of the one series that an intake of this configuration would send. */
function tagsOf(config: Partial<DatadogConfig>): readonly string[] {
  const intake = createDatadogIntake({ ...INTAKE_CONFIG, ...config }, IDENTITY);
  return JSON.parse(inflateSync(intake.encode(POINT, () => LEVEL).body).toString("utf8")).series[0].tags;
}

describe("host tags", () => {
  const OWN = ["check:modbus"];
  const ALL = ["check:modbus", "site:north"];

  test.each([
    ["https://api.datadoghq.com", OWN],
    ["https://api.us5.datadoghq.com", OWN],
    ["https://api.datadoghq.eu", OWN],
    ["https://api.ddog-gov.com", OWN],
    ["http://127.0.0.1:8428", ALL],
    ["https://datadoghq.com.example", ALL],
    ["https://notdatadoghq.com", ALL],
  ])("of series to %s are %j unless the configuration says otherwise", (url, tags) => {
    expect(tagsOf({ url })).toEqual(tags);
    expect(tagsOf({ url, hostTagsOnSeries: true })).toEqual(ALL);
    expect(tagsOf({ url, hostTagsOnSeries: false })).toEqual(OWN);
  });
});

describe("the simulator's intake", () => {
  test.each<Partial<DatadogConfig>>([
    { seriesApi: "v1" },
    { seriesApi: "v1", compression: "gzip" },
    { seriesApi: "v2" },
    { compression: "gzip" },
    { compression: "zstd" },
    { encoding: "protobuf" },
    { encoding: "protobuf", compression: "gzip" },
    { encoding: "protobuf", compression: "zstd" },
    { seriesApi: "v3" },
  ])("holds what is sent as %o", async (form) => {
    await using witness = new IntakeServer({ apiKey: API_KEY });
    await witness.open();
    const intake = createDatadogIntake({ ...INTAKE_CONFIG, url: witness.url, ...form }, IDENTITY);
    const second = Math.floor(Date.now() / 1000);
    const { path, headers, body } = intake.encode({ ...POINT, moment: Float64Array.of(second * 1000) }, () => LEVEL);
    const request = { method: "POST", headers, body: new Uint8Array(body) };
    const response = await fetch(`${intake.url}${path}`, request);
    expect(intake.judge({ status: response.status, headers: {}, body: await response.text() })).toEqual({
      kind: "accepted",
    });
    expect(witness.violations).toEqual([]);
    const [point] = [...witness.ledger.held()];
    const tags = ["check:modbus", "site:north"];
    expect(point).toMatchObject({ metric: "level", host: "pi-1", tags, second, value: 2 });
  });
});

describe("the Datadog intake", () => {
  test("names itself and its compression in headers", () => {
    const payload = createIntake().encode(POINT, () => ({ ...LEVEL, tags: [] }));
    expect(payload.path).toBe("/api/v2/series");
    expect(payload.headers).toEqual({
      accept: "application/json",
      "content-encoding": "deflate",
      "content-type": "application/json",
      "dd-api-key": API_KEY,
      "user-agent": "tidegate/1.2.3",
    });
    const zipped = { ...INTAKE_CONFIG, compression: "zstd" } as const;
    const json = createDatadogIntake(zipped, IDENTITY).encode(POINT, () => LEVEL);
    expect(json.headers).toMatchObject({ "content-encoding": "zstd1", "content-type": "application/json" });
    const agents = createDatadogIntake({ ...zipped, encoding: "protobuf" }, IDENTITY).encode(POINT, () => LEVEL);
    expect(agents.headers).toMatchObject({
      "content-encoding": "zstd",
      "content-type": "application/x-protobuf",
      "dd-agent-payload": "4.87.0",
    });
    const columns = createDatadogIntake({ ...INTAKE_CONFIG, seriesApi: "v3" }, IDENTITY).encode(POINT, () => LEVEL);
    expect(columns.path).toBe("/api/intake/metrics/v3/series");
    expect(columns.headers).toMatchObject({ "content-encoding": "zstd", "content-type": "application/x-protobuf" });
    expect([...payload.body.subarray(0, 2)]).toEqual([0x78, 0x9c]);
    expect(decodePayload(payload.body)).toEqual([{ key: "level site:north 1", metric: "level", second: 1, value: 2 }]);
  });

  test.each([
    ["https://api.datadoghq.com", "https://app.datadoghq.com"],
    ["https://api.us5.datadoghq.com", "https://app.us5.datadoghq.com"],
    ["https://api.datadoghq.com.example", "https://api.datadoghq.com.example"],
    ["http://127.0.0.1:8428/datadog", "http://127.0.0.1:8428/datadog"],
  ])("of %s takes columns at %s, and all else where it is", (url, columnsUrl) => {
    expect(createDatadogIntake({ ...INTAKE_CONFIG, url, seriesApi: "v3" }, IDENTITY).url).toBe(columnsUrl);
    expect(createDatadogIntake({ ...INTAKE_CONFIG, url }, IDENTITY).url).toBe(url);
  });
});
