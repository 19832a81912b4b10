import { describe, expect, test } from "vitest";
import { encodeHistoryRequest, hasHistory, judgeHistory } from "../../../../src/forward/intakes/datadog/history.ts";

const judge = (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}) =>
  judgeHistory({ status, headers, body: typeof body === "string" ? body : JSON.stringify(body) });

const MADE = { data: { type: "historical_metrics_configurations", id: "voltage", attributes: {} } };
const sayJsonApi = (detail: string) => ({ errors: [{ title: "Generic Error", detail, status: "404" }] });

describe("the answer about the history of a metric", () => {
  test.each([
    ["a page of HTML", 200, "<html>Log in</html>"],
    ["an empty map", 200, {}],
    ["something else that was made", 200, { data: { type: "metrics" } }],
    ["errors that are none", 200, { errors: [] }],
    ["a bare 404", 404, "unsupported path"],
    ["a proxy's 403", 403, "<html>Denied</html>"],
  ])("is not Datadog's where it is %s", (_, status, body) => {
    expect(judge(status, body).kind).toBe("stranger");
  });

  test.each([
    [201, MADE, { kind: "turned-on", said: "" }],
    [200, MADE, { kind: "on-already", said: "" }],
    [409, sayJsonApi("is there already"), { kind: "on-already", said: "409: is there already" }],
    [404, sayJsonApi("no such metric"), { kind: "unknown-metric", said: "404: no such metric" }],
    [403, { errors: ["Forbidden"] }, { kind: "forbidden", said: "403: Forbidden" }],
    [401, { errors: ["Unauthorized"] }, { kind: "forbidden", said: "401: Unauthorized" }],
    [422, sayJsonApi("is a distribution"), { kind: "refused", said: "422: is a distribution" }],
    [400, { errors: [{ title: "Bad Request" }] }, { kind: "refused", said: "400: Bad Request" }],
    [503, "", { kind: "later", said: "503" }],
  ])("is judged by its status: %d", (status, body, answer) => {
    expect(judge(status, body)).toEqual(answer);
  });

  test("says how long it wants to be left alone", () => {
    const body = { errors: ["Too many requests"] };
    expect(judge(429, body, { "x-ratelimit-reset": "7" })).toMatchObject({ kind: "later", after: 7000 });
    expect(judge(429, body, { "retry-after": "3" })).toMatchObject({ kind: "later", after: 3000 });
  });
});

test("the request about a metric has both keys in its headers, and neither in path or body", () => {
  const { path, headers, body } = encodeHistoryRequest({ apiKey: "planted-api" }, "planted-app", "power.active");
  expect(headers).toMatchObject({ "dd-api-key": "planted-api", "dd-application-key": "planted-app" });
  expect(path).toBe("/api/v2/metrics/historical-metrics-configurations");
  expect(JSON.parse(Buffer.from(body).toString())).toEqual({
    data: { type: "historical_metrics_configurations", id: "power.active" },
  });
});

test("sites for the government have no history", () => {
  const urls = ["https://api.ddog-gov.com", "https://api.us2.ddog-gov.com", "https://api.datadoghq.eu", "http://vm:1"];
  expect(urls.map((url) => hasHistory({ url }))).toEqual([false, false, true, true]);
});
