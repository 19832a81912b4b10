import { execFileSync } from "node:child_process";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync, zstdDecompressSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { createOtlpIntake } from "../../../src/forward/intakes/otlp/intake.ts";
import type { OtlpConfig } from "../../../src/model/config.ts";
import { millis, seconds } from "../../../src/model/time.ts";
import { decodeSnappy } from "../../support/snappy-decoder.ts";
import { createKnownIntake } from "../known-intake.ts";
import { createDecimalSeries, createDoubleSeries, HOST, type KnownSeries, toBatch } from "../known-points.ts";
import { createRemoteWriteIntake } from "../remote-write-samples.ts";

const DEFINITION = fileURLToPath(new URL("metric-payload.proto", import.meta.url));
const COLUMNS_DEFINITION = fileURLToPath(new URL("metric-columns.proto", import.meta.url));
const OTLP_DEFINITION = fileURLToPath(new URL("otlp-metrics.proto", import.meta.url));
const REMOTE_WRITE_DEFINITION = fileURLToPath(new URL("remote-write.proto", import.meta.url));
const LAST_SECOND = 1_795_323_600;

/** What `protoc` reads in a message, as the text of its own form. */
function readWithProtoc(definition: string, message: string, input: Uint8Array): string {
  const words = [`--decode=${message}`, `--proto_path=${dirname(definition)}`, definition];
  return execFileSync("protoc", words, { input, encoding: "utf8" });
}

/** What it reads in a payload for Datadog. */
function decode(known: readonly KnownSeries[]): string {
  const intake = createKnownIntake({
    url: "http://intake.test",
    apiKey: "0123456789abcdef0123456789abcdef",
    hostTagsOnSeries: false,
    encoding: "protobuf",
    compression: "zstd",
  });
  const { body } = intake.encode(toBatch(known), (id) => known[id]?.series ?? expect.unreachable());
  return readWithProtoc(DEFINITION, "datadog.agentpayload.MetricPayload", zstdDecompressSync(body));
}

/** The points of each series, in the order in which they came; a value that is left out is 0. */
function readPoints(text: string): readonly (readonly [second: number, value: number])[][] {
  return text
    .split(/^series \{$/mu)
    .slice(1)
    .map((series) =>
      [...series.matchAll(/ {2}points \{\n(?: {4}value: (\S+)\n)? {4}timestamp: (\d+)\n {2}\}/gu)].map(
        ([, value = "0", second]) => [Number(second), Number(value)] as const,
      ),
    );
}

const OTLP: OtlpConfig = {
  name: "peer",
  kind: "otlp",
  url: "http://intake.test",
  encoding: "protobuf",
  headers: {},
  isInOrder: false,
  flushInterval: seconds(10),
  timeout: seconds(20),
  maxAge: millis(Number.POSITIVE_INFINITY),
};

/** What it reads in a request of OTLP. */
function decodeOtlp(known: readonly KnownSeries[]): string {
  const intake = createOtlpIntake(OTLP, { hostname: HOST, tags: ["site:north"], version: "0.0.0" });
  const { body } = intake.encode(toBatch(known), (id) => known[id]?.series ?? expect.unreachable());
  return readWithProtoc(OTLP_DEFINITION, "opentelemetry.ExportMetricsServiceRequest", gunzipSync(body));
}

/** The text of a pair of key and value at a depth. */
function pairText(name: string, [key, value]: readonly [string, string], depth: number): string {
  const lines = [`${name} {`, `  key: "${key}"`, "  value {", `    string_value: "${value}"`, "  }", "}"];
  return lines.map((line) => `${" ".repeat(depth)}${line}\n`).join("");
}

describe("protoc", () => {
  test("reads every point of a request of OTLP as it was meant", () => {
    const known = [...createDecimalSeries(LAST_SECOND, 12), createDoubleSeries(LAST_SECOND)];
    const metrics = decodeOtlp(known)
      .split(/^ {4}metrics \{$/mu)
      .slice(1);
    const points = metrics.map((metric) =>
      [...metric.matchAll(/^ +time_unix_nano: (\d+)\n +as_double: (\S+)$/gmu)].map(
        ([, nanos = "", value]) => [Number(BigInt(nanos) / 1_000_000_000n), Number(value)] as const,
      ),
    );
    expect(points).toEqual(known.map(({ points: sent }) => sent));
  });

  test("reads all else of a request of OTLP, and no field that is not defined", () => {
    const known: KnownSeries = {
      series: { metric: "energy.active.import", tags: ["phase:l1"], kind: "gauge", unit: "Wh" },
      points: [[LAST_SECOND, 0.5]],
    };
    const resource = [
      ["site", "north"],
      ["host.name", HOST],
      ["service.instance.id", HOST],
      ["service.name", "tidegate"],
      ["service.version", "0.0.0"],
    ] as const;
    expect(decodeOtlp([known])).toBe(
      `resource_metrics {\n  resource {\n${resource.map((pair) => pairText("attributes", pair, 4)).join("")}  }\n` +
        '  scope_metrics {\n    scope {\n      name: "tidegate"\n      version: "0.0.0"\n    }\n    metrics {\n' +
        '      name: "energy.active.import"\n      unit: "W.h"\n      gauge {\n        data_points {\n' +
        `          time_unix_nano: ${LAST_SECOND}000000000\n          as_double: 0.5\n` +
        `${pairText("attributes", ["phase", "l1"], 10)}        }\n      }\n    }\n  }\n}\n`,
    );
  });

  test("reads every point as it was meant", () => {
    const known = [...createDecimalSeries(LAST_SECOND, 12), createDoubleSeries(LAST_SECOND)];
    expect(readPoints(decode(known))).toEqual(known.map(({ points }) => points));
  });

  test("reads all that is constant of a series, and no field that is not defined", () => {
    const [first] = createDecimalSeries(LAST_SECOND, 3);
    if (first === undefined) return expect.unreachable();
    const text = decode([{ ...first, points: first.points.slice(0, 1) }]);
    const [tags] = [first.series.tags.map((tag) => `  tags: "${tag.replace("ü", "\\303\\274")}"\n`).join("")];
    expect(text.replace(/ {2}points \{[^}]*\}\n/u, "")).toBe(
      `series {\n  resources {\n    type: "host"\n    name: "${HOST}"\n  }\n  metric: "peer.decimals"\n${tags}` +
        `  type: GAUGE\n  unit: "watt"\n  source_type_name: "tidegate"\n}\n`,
    );
  });
});

describe("protoc, of series in columns,", () => {
  test("reads every value and timestamp, and would write the same bytes", () => {
    const known = [...createDecimalSeries(LAST_SECOND, 12), createDoubleSeries(LAST_SECOND)];
    const intake = createKnownIntake({ url: "http://intake.test", apiKey: "abc", seriesApi: "v3" });
    const { body } = intake.encode(toBatch(known), (id) => known[id]?.series ?? expect.unreachable());
    const raw = zstdDecompressSync(body);
    const text = readWithProtoc(COLUMNS_DEFINITION, "columns.Payload", raw);
    // A field that is not defined would be a number, and would come back in another place.
    expect(text).not.toMatch(/^\s*\d+[ :]/mu);
    const words = ["--encode=columns.Payload", `--proto_path=${dirname(DEFINITION)}`, COLUMNS_DEFINITION];
    expect(Buffer.compare(execFileSync("protoc", words, { input: text }), raw)).toBe(0);
    const numbersOf = (field: string): readonly number[] =>
      [...text.matchAll(new RegExp(`^  ${field}: (\\S+)$`, "gmu"))].map(([, value]) => Number(value));
    const points = known.flatMap(({ points: sent }) => sent);
    let second = 0;
    expect(numbersOf("timestamps").map((delta) => (second += delta))).toEqual(points.map(([at]) => at));
    const values = ["vals_sint64", "vals_float32", "vals_float64"].flatMap(numbersOf);
    expect(values.sort((a, b) => a - b)).toEqual(points.map(([, value]) => value).sort((a, b) => a - b));
  });
});

describe("protoc, of remote write,", () => {
  test.each([
    ["1.0", "remote_write.WriteRequest"],
    ["2.0", "remote_write.RequestV2"],
  ] as const)("reads all of version %s, and would write the same bytes", (version, message) => {
    const known = createDecimalSeries(LAST_SECOND, 12);
    const intake = createRemoteWriteIntake({ url: "http://intake.test/api/v1/write", version });
    const { body } = intake.encode(toBatch(known), (id) => known[id]?.series ?? expect.unreachable());
    const raw = decodeSnappy(body);
    const text = readWithProtoc(REMOTE_WRITE_DEFINITION, message, raw);
    // A field that is not defined would be a number, and would come back in another place.
    expect(text).not.toMatch(/^\s*\d+[ :]/mu);
    const words = [`--encode=${message}`, `--proto_path=${dirname(DEFINITION)}`, REMOTE_WRITE_DEFINITION];
    expect(Buffer.compare(execFileSync("protoc", words, { input: text }), raw)).toBe(0);
    const samples = [...text.matchAll(/samples \{\n\s+value: (\S+)\n\s+timestamp: (\d+)/gu)];
    expect(samples.map(([, value, at]) => [Number(at) / 1000, Number(value)])).toEqual(
      known.flatMap(({ points }) => points),
    );
  });
});
