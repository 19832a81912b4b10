import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { createPrometheusIntake } from "../../../../src/forward/intakes/prometheus/intake.ts";
import type { PrometheusConfig } from "../../../../src/model/config.ts";
import type { Intake, IntakeResponse, PointBatch } from "../../../../src/model/intake.ts";
import { courseOf, toPrometheus } from "../../../../src/model/metrics.ts";
import type { Series } from "../../../../src/model/series.ts";
import { seconds } from "../../../../src/model/time.ts";
import { intakeSuite } from "../../../conformance/intake-suite.ts";
import { fromHex, toHex } from "../../../support/hex.ts";
import { decodeSnappy } from "../../../support/snappy-decoder.ts";
import { IDENTITY } from "../../forwarding.ts";
import { decodeWriteRequest, decodeWriteRequestV2, type WrittenSeries } from "./write-request.ts";

const CONFIG: PrometheusConfig = {
  name: "prom",
  kind: "prometheus",
  url: "http://prometheus.test:9090/api/v1/write",
  flushInterval: seconds(10),
  timeout: seconds(20),
  maxAge: seconds(3600),
};

const TOKEN = "planted-bearer-token";

const WRITTEN = "x-prometheus-remote-write-samples-written";

function open(changes: Partial<PrometheusConfig> = {}, told: string[] = []): Intake {
  return createPrometheusIntake({ ...CONFIG, ...changes }, IDENTITY, (sentence) => told.push(sentence));
}

function answer(status: number, body = "", headers: Readonly<Record<string, string>> = {}): IntakeResponse {
  return { status, headers, body };
}

function toPoints(written: readonly WrittenSeries[]) {
  return written.flatMap(({ labels, samples }) =>
    samples.map(({ value, timestamp }) => ({
      metric: Object.fromEntries(labels)["__name__"] ?? "",
      moment: timestamp,
      value,
    })),
  );
}

for (const version of ["1.0", "2.0"] as const) {
  const successes = Array.from({ length: 100 }, (_, index) => 200 + index);
  intakeSuite(`Prometheus remote write ${version}`, {
    create: () => open({ version, bearerToken: TOKEN }),
    decompress: ({ body }) => decodeSnappy(body),
    decode: (raw) => toPoints(version === "1.0" ? decodeWriteRequest(raw) : decodeWriteRequestV2(raw)),
    nameOf: ({ metric, unit }) => toPrometheus(metric, unit, courseOf(metric)).name,
    accepting:
      version === "1.0"
        ? successes.map((status) => answer(status))
        : [answer(204, "", { [WRITTEN]: "3" }), answer(200, "", { [WRITTEN]: "1" })],
    refusing: [
      answer(400, "out of order sample\n"),
      answer(400, "duplicate sample for timestamp\n"),
      answer(400, "out of bounds\n"),
      answer(409, "store locally for endpoint: out of order sample"),
      answer(500, "too old sample\n"),
      answer(400, "unexpected EOF\n"),
    ],
    secret: TOKEN,
  });
}

const SERIES: readonly Series[] = [
  {
    metric: "press 1.power.active",
    tags: ["check:modbus", 'instance:Press "1", hall A', "phase:l1", "site:zürich"],
    kind: "gauge",
    unit: "W",
  },
  { metric: "energy.active.import", tags: ["check:modbus", "profile:eastron/sdm630"], kind: "gauge", unit: "Wh" },
];

const seriesOf = (id: number): Series => SERIES[id] ?? expect.unreachable();

/** Rows of series, moment and value. */
function pointsOf(...rows: readonly (readonly [number, number, number])[]): PointBatch {
  return {
    series: Uint32Array.from(rows, ([series]) => series),
    moment: Float64Array.from(rows, ([, moment]) => moment),
    value: Float64Array.from(rows, ([, , value]) => value),
    count: rows.length,
  };
}

const POINTS = pointsOf([0, 1_795_323_600_000, 230.1], [0, 1_795_323_600_001, -0.5], [1, 1_795_323_600_000, 1e21]);

function golden(name: string): string {
  return toHex(fromHex(readFileSync(new URL(`../../../golden/forward/${name}.hex`, import.meta.url), "utf8")));
}

describe("a request", () => {
  test.each(["1.0", "2.0"] as const)("of version %s is what protoc makes of the same series", (version) => {
    const identity = { ...IDENTITY, tags: ["site:north", "env:prod"] };
    const intake = createPrometheusIntake({ ...CONFIG, version }, identity, () => expect.unreachable());
    for (let times = 0; times < 2; times += 1) {
      const { body } = intake.encode(POINTS, seriesOf);
      expect(toHex(decodeSnappy(body))).toBe(golden(`remote-write-${version[0]}`));
    }
  });

  test("names its version, its compression and who sends it", () => {
    expect(open({ version: "1.0" }).encode(POINTS, seriesOf)).toMatchObject({
      path: "",
      headers: {
        "content-encoding": "snappy",
        "content-type": "application/x-protobuf",
        "user-agent": "tidegate/1.2.3",
        "x-prometheus-remote-write-version": "0.1.0",
      },
    });
    expect(open().encode(POINTS, seriesOf).headers).toMatchObject({
      "content-type": "application/x-protobuf;proto=io.prometheus.write.v2.Request",
      "x-prometheus-remote-write-version": "2.0.0",
    });
  });

  test("is let in by a user and password, by a token, or by headers of one's own", () => {
    const headersOf = (changes: Partial<PrometheusConfig>) => open(changes).encode(POINTS, seriesOf).headers;
    expect(headersOf({})).not.toHaveProperty("authorization");
    expect(headersOf({ username: "plant", password: "pass word" })).toMatchObject({
      authorization: `Basic ${Buffer.from("plant:pass word").toString("base64")}`,
    });
    expect(headersOf({ bearerToken: TOKEN, headers: { "X-Scope-OrgID": "works" } })).toMatchObject({
      authorization: `Bearer ${TOKEN}`,
      "x-scope-orgid": "works",
    });
  });

  test("is not sent where two of its series cannot be told apart, and the log is told which", () => {
    const told: string[] = [];
    const intake = open({}, told);
    const twins = ["hall.flow", "hall_flow"].map(
      (metric): Series => ({ metric, tags: [], kind: "gauge", unit: "m3/h" }),
    );
    const { refusal } = intake.encode(pointsOf([0, 1000, 1], [1, 1000, 2]), (id) => twins[id] ?? expect.unreachable());
    expect(refusal).toMatch(/^hall_flow \{\} and hall\.flow \{\} are both hall_flow_cubic_meters_per_hour/u);
    expect(told).toEqual([`Intake prom sets samples aside: ${refusal}.`]);
    expect(intake.encode(pointsOf([0, 2000, 1]), (id) => twins[id] ?? expect.unreachable())).not.toHaveProperty(
      "refusal",
    );
  });
});

describe("the version", () => {
  function versionOf(intake: Intake): string | undefined {
    return intake.encode(POINTS, seriesOf).headers["x-prometheus-remote-write-version"];
  }

  test.each([
    ["415", answer(415, "unsupported")],
    ["an acceptance that does not tell what was written", answer(204)],
    ["an acceptance of nothing", answer(204, "", { [WRITTEN]: "0" })],
  ])("falls back to 1.0 after %s, and stays there", (_, response) => {
    const intake = open();
    expect(versionOf(intake)).toBe("2.0.0");
    expect(intake.judge(response)).toMatchObject({ kind: "retry", reason: expect.stringContaining("1.0 only") });
    expect(versionOf(intake)).toBe("0.1.0");
    expect(intake.judge(answer(204))).toEqual({ kind: "accepted" });
    expect(versionOf(intake)).toBe("0.1.0");
  });

  test("stays 2.0 where the receiver tells what it has written", () => {
    const intake = open();
    expect(versionOf(intake)).toBe("2.0.0");
    expect(intake.judge(answer(204, "", { [WRITTEN]: "3" }))).toEqual({ kind: "accepted" });
    expect(versionOf(intake)).toBe("2.0.0");
  });

  test.each([401, 404, 429, 500])("is not changed by an answer of %i", (status) => {
    const intake = open();
    versionOf(intake);
    intake.judge(answer(status));
    expect(versionOf(intake)).toBe("2.0.0");
  });

  test("that was asked for is kept, and what it does not fit holds", () => {
    const intake = open({ version: "2.0" });
    versionOf(intake);
    for (const response of [answer(204), answer(415)]) {
      expect(intake.judge(response)).toMatchObject({ kind: "hold", reason: expect.stringContaining("auto") });
    }
    expect(versionOf(intake)).toBe("2.0.0");
  });
});

describe("after an answer was lost", () => {
  const OUT_OF_ORDER = answer(400, "out of order sample\n");

  function momentsOf(intake: Intake, points: PointBatch): readonly number[] {
    const raw = decodeSnappy(intake.encode(points, seriesOf).body);
    return toPoints(decodeWriteRequest(raw)).map(({ moment }) => moment);
  }

  test("a sample refused as out of order counts as held, and what went with it goes no more", () => {
    const intake = open({ version: "1.0" });
    momentsOf(intake, pointsOf([0, 1, 1], [0, 2, 2], [0, 3, 3]));
    const all = pointsOf([0, 1, 1], [0, 2, 2], [0, 3, 3], [0, 4, 4]);
    expect(momentsOf(intake, all)).toEqual([1, 2, 3, 4]);
    expect(intake.judge(OUT_OF_ORDER)).toMatchObject({ kind: "rejected", isSure: true });
    momentsOf(intake, pointsOf([0, 1, 1]));
    expect(intake.judge(OUT_OF_ORDER)).toEqual({ kind: "accepted" });
    expect(momentsOf(intake, pointsOf([0, 2, 2], [0, 3, 3], [0, 4, 4]))).toEqual([4]);
    expect(intake.judge(answer(204))).toEqual({ kind: "accepted" });
    expect(momentsOf(intake, pointsOf([0, 3, 3]))).toEqual([3]);
  });

  test("no more is believed than the shortest of the requests that may have been taken would give", () => {
    const intake = open({ version: "1.0" });
    momentsOf(intake, pointsOf([0, 1, 1], [0, 2, 2], [0, 3, 3], [0, 4, 4]));
    momentsOf(intake, pointsOf([0, 1, 1], [0, 2, 2]));
    momentsOf(intake, pointsOf([0, 1, 1]));
    expect(intake.judge(answer(503))).toMatchObject({ kind: "retry" });
    momentsOf(intake, pointsOf([0, 2, 2]));
    expect(intake.judge(OUT_OF_ORDER)).toEqual({ kind: "accepted" });
    expect(momentsOf(intake, pointsOf([0, 3, 3], [0, 4, 4]))).toEqual([3, 4]);
  });

  test("a sample of another series, or a later one, that is refused is refused", () => {
    const intake = open({ version: "1.0" });
    momentsOf(intake, pointsOf([0, 1, 1], [0, 2, 2]));
    for (const row of [[1, 1, 1] as const, [0, 3, 3] as const]) {
      momentsOf(intake, pointsOf(row));
      expect(intake.judge(OUT_OF_ORDER)).toMatchObject({ kind: "rejected" });
    }
  });

  test.each([
    ["refused", answer(400, "out of bounds\n")],
    ["kept out", answer(401)],
    ["accepted", answer(204)],
  ])("nothing is believed to be held of what was %s", (_, response) => {
    const intake = open({ version: "1.0" });
    momentsOf(intake, pointsOf([0, 1, 1], [0, 2, 2]));
    intake.judge(response);
    momentsOf(intake, pointsOf([0, 1, 1]));
    expect(intake.judge(OUT_OF_ORDER)).toMatchObject({ kind: "rejected" });
  });

  test("nothing is believed to be held of what a receiver of 1.0 took for an empty request", () => {
    const intake = open();
    intake.encode(pointsOf([0, 1, 1], [0, 2, 2]), seriesOf);
    intake.judge(answer(204));
    momentsOf(intake, pointsOf([0, 1, 1]));
    expect(intake.judge(OUT_OF_ORDER)).toMatchObject({ kind: "rejected" });
  });

  test("everything goes again where the receiver takes samples out of order", () => {
    const intake = open({ version: "1.0", outOfOrderWindow: seconds(3600) });
    expect(intake.order).toBe("any");
    momentsOf(intake, pointsOf([0, 1, 1], [0, 2, 2]));
    momentsOf(intake, pointsOf([0, 1, 1]));
    expect(intake.judge(OUT_OF_ORDER)).toMatchObject({ kind: "rejected" });
  });
});
