import { inflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { intakeSuite } from "../../../conformance/intake-suite.ts";
import { decodePayload } from "../../fake-intake.ts";
import { API_KEY, createIntake } from "../../forwarding.ts";

intakeSuite("Datadog", {
  create: () => createIntake(),
  decompress: ({ body }) => inflateSync(body),
  decode: (raw) => {
    const { series } = JSON.parse(Buffer.from(raw).toString("utf8"));
    return series.flatMap((each: { metric: string; points: { timestamp: number; value: number }[] }) =>
      each.points.map(({ timestamp, value }) => ({ metric: each.metric, second: timestamp, value })),
    );
  },
  accepting: [
    { status: 202, headers: {}, body: '{"errors":[]}' },
    { status: 200, headers: {}, body: '{"status":"ok"}' },
  ],
  refusing: [{ status: 400, headers: {}, body: '{"errors":["Bad Request"]}' }],
  secret: API_KEY,
});

describe("the Datadog intake", () => {
  test("names itself and its compression in headers", () => {
    const points = { series: Uint32Array.of(0), second: Float64Array.of(1), value: Float64Array.of(2), count: 1 };
    const payload = createIntake().encode(points, () => ({ metric: "level", tags: [], kind: "gauge", unit: "%" }));
    expect(payload.path).toBe("/api/v2/series");
    expect(payload.headers).toEqual({
      accept: "application/json",
      "content-encoding": "deflate",
      "content-type": "application/json",
      "dd-api-key": API_KEY,
      "user-agent": "tidegate/1.2.3",
    });
    expect([...payload.body.subarray(0, 2)]).toEqual([0x78, 0x9c]);
    expect(decodePayload(payload.body)).toEqual([{ key: "level site:north 1", metric: "level", second: 1, value: 2 }]);
  });
});
