import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { createInfluxIntake } from "../../../../src/forward/intakes/influx/intake.ts";
import type { InfluxConfig } from "../../../../src/model/config.ts";
import type { Payload, PointBatch } from "../../../../src/model/intake.ts";
import type { Series } from "../../../../src/model/series.ts";
import { millis, seconds } from "../../../../src/model/time.ts";
import { intakeSuite } from "../../../conformance/intake-suite.ts";
import { IDENTITY } from "../../forwarding.ts";
import { type Line, parseLines } from "./line-protocol.ts";

const TOKEN = "planted-token-of-the-bucket";
const PASSWORD = "planted-password";

const TARGETS = {
  1: { version: 1, database: "plant", login: { username: "gate", password: PASSWORD } },
  2: { version: 2, org: "works", bucket: "plant", token: TOKEN },
} as const satisfies Record<number, InfluxConfig["target"]>;

function configOf(target: InfluxConfig["target"]): InfluxConfig {
  return {
    name: "influx",
    kind: "influx",
    url: "http://influx.test:8086",
    target,
    flushInterval: seconds(10),
    timeout: seconds(20),
    maxAge: millis(Number.POSITIVE_INFINITY),
  };
}

const textOf = ({ body }: Payload): string => gunzipSync(body).toString("utf8");

for (const version of [1, 2] as const) {
  intakeSuite(`InfluxDB ${version}`, {
    create: () => createInfluxIntake(configOf(TARGETS[version]), IDENTITY),
    decompress: ({ body }) => gunzipSync(body),
    decode: (raw) =>
      parseLines(Buffer.from(raw).toString("utf8")).map(({ measurement, fields, timestamp }) => ({
        metric: measurement,
        moment: Number(timestamp),
        value: Number(fields["value"]),
      })),
    accepting: [{ status: 204, headers: {}, body: "" }],
    refusing: [
      { status: 400, headers: {}, body: '{"error":"partial write: field type conflict: ... dropped=1"}\n' },
      { status: 422, headers: {}, body: '{"code":"unprocessable entity","message":"failure writing points"}' },
    ],
    secret: version === 1 ? Buffer.from(`gate:${PASSWORD}`).toString("base64") : TOKEN,
  });
}

const LEVEL: Series = { metric: "level", tags: ["check:modbus"], kind: "gauge", unit: "%" };
const POINT: PointBatch = {
  series: Uint32Array.of(0),
  moment: Float64Array.of(1_795_323_600_123),
  value: Float64Array.of(2),
  count: 1,
};

/** The line that a series becomes, as it is written and as it is read. */
function lineOf(series: Partial<Series>, tags: readonly string[] = []): { readonly text: string; readonly line: Line } {
  const intake = createInfluxIntake(configOf(TARGETS[1]), { ...IDENTITY, tags });
  const text = textOf(intake.encode(POINT, () => ({ ...LEVEL, ...series })));
  const [line, ...more] = parseLines(text);
  if (line === undefined || more.length > 0) return expect.unreachable(`one line, not ${text}`);
  return { text, line };
}

describe("line protocol", () => {
  test("is the golden one", () => {
    const series: readonly Series[] = [
      { ...LEVEL, metric: "power.active", tags: ["check:modbus", "instance:Press 1, left", "spare"] },
      LEVEL,
    ];
    const intake = createInfluxIntake(configOf(TARGETS[1]), IDENTITY);
    const points = {
      series: Uint32Array.of(0, 0, 1),
      moment: Float64Array.of(1_795_323_600_123, 1_795_323_600_124, 1_795_323_600_123),
      value: Float64Array.of(230.1, -1e-7, 1e21),
      count: 3,
    };
    expect(textOf(intake.encode(points, (id) => series[id] ?? expect.unreachable()))).toBe(
      "power.active,check=modbus,host=pi-1,instance=Press\\ 1\\,\\ left,site=north,spare=true value=230.1 1795323600123\n" +
        "power.active,check=modbus,host=pi-1,instance=Press\\ 1\\,\\ left,site=north,spare=true value=-1e-7 1795323600124\n" +
        "level,check=modbus,host=pi-1,site=north value=1e+21 1795323600123\n",
    );
  });

  test.each([
    ["a,b", "a,b"],
    ["a b", "a b"],
    ["a=b", "a=b"],
    ['"a"', '"a"'],
    ["a\\b", "a\\b"],
    ["a\\,b", "a/,b"],
    ["a\\ b", "a/ b"],
    ["a\\=b", "a/=b"],
    ["a\\\\b", "a\\\\b"],
    ["a\\", "a/"],
    ["a\\\\", "a//"],
    ["a\nb\r\tc\0", "a_b__c_"],
    ["a\u{a0}b\u{2028}", "a_b_"],
    ["\ud800", "_"],
    ["#a", "#a"],
    ["zürich \u{1f642}", "zürich \u{1f642}"],
  ])("holds the value %j of a tag as %j", (value, expected) => {
    expect(lineOf({ tags: [`k:${value}`, "z:end"] }).line.tags).toEqual({ host: "pi-1", k: expected, z: "end" });
  });

  test.each([
    ["a,b", "a,b"],
    ["a b", "a b"],
    ["a=b", "a=b"],
    ["a\\", "a/"],
    ["#a", "_a"],
    ["", "_"],
    ["a\nb", "a_b"],
  ])("holds the metric %j as the measurement %j", (metric, expected) => {
    expect(lineOf({ metric }).line.measurement).toBe(expected);
  });

  test.each([
    [["spare"], { spare: "true" }],
    [["line:"], { line: "true" }],
    [[":x"], { ":x": "true" }],
    [["env:staging:east"], { env: "staging:east" }],
    [["a b,c=d\\:1"], { "a b,c=d/": "1" }],
    [["time:noon", "value:much", "_field:f"], { time_: "noon", value_: "much", _field_: "f" }],
    [["team:a", "team:b"], { team: "a,b" }],
    [["a\n:1", "a\r:2"], { a_: "1,2" }],
  ])("makes of the tags %j the pairs %j", (tags, pairs) => {
    expect(lineOf({ tags }).line.tags).toEqual({ host: "pi-1", ...pairs });
  });

  test("has the host tags, which give way to a tag of the series", () => {
    expect(lineOf({ tags: ["site:south"] }, ["site:north", "env:prod"]).text).toBe(
      "level,env=prod,host=pi-1,site=south value=2 1795323600123\n",
    );
  });
});

describe("a request", () => {
  test("names database and retention policy, and brings user and password", () => {
    const target = { ...TARGETS[1], database: "plant & co", retentionPolicy: "one year" };
    const { path, headers } = createInfluxIntake(configOf(target), IDENTITY).encode(POINT, () => LEVEL);
    expect(path).toBe("/write?db=plant+%26+co&rp=one+year&precision=ms");
    expect(headers).toEqual({
      authorization: `Basic ${Buffer.from(`gate:${PASSWORD}`).toString("base64")}`,
      "content-encoding": "gzip",
      "content-type": "text/plain; charset=utf-8",
      "user-agent": "tidegate/1.2.3",
    });
  });

  test("names organization and bucket, and brings the token", () => {
    const { path, headers } = createInfluxIntake(configOf(TARGETS[2]), IDENTITY).encode(POINT, () => LEVEL);
    expect(path).toBe("/api/v2/write?org=works&bucket=plant&precision=ms");
    expect(headers).toMatchObject({ authorization: `Token ${TOKEN}` });
  });

  test("brings nothing where there is nothing to bring", () => {
    const intake = createInfluxIntake(configOf({ version: 1, database: "plant" }), IDENTITY);
    const { path, headers } = intake.encode(POINT, () => LEVEL);
    expect(path).toBe("/write?db=plant&precision=ms");
    expect(headers).not.toHaveProperty("authorization");
  });

  test("has an answer that does not tell the password again", () => {
    const intake = createInfluxIntake(configOf(TARGETS[1]), IDENTITY);
    const verdict = intake.judge({ status: 400, headers: {}, body: `{"error":"no ${PASSWORD} here"}` });
    expect(verdict).toEqual({ kind: "rejected", reason: '400: {"error":"no (secret) here"}' });
  });
});
