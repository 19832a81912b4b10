import { describe, expect, test } from "vitest";
import { INFLUX_VERDICTS, judgeInflux } from "../../../../src/forward/intakes/influx/verdict.ts";
import { readmeVerdicts, toReadmeRows } from "../readme-verdicts.ts";

const judge = (status: number, body: string, headers: Readonly<Record<string, string>> = {}) =>
  judgeInflux({ status, headers, body });

describe("a verdict", () => {
  test.each([
    [204, "", "accepted"],
    [200, "", "hold"],
    [200, "<html>Sign in</html>", "hold"],
    [302, "", "hold"],
    [400, '{"error":"partial write: field type conflict: x dropped=1"}\n', "rejected"],
    [400, '{"code":"invalid","message":"unable to parse"}', "rejected"],
    [400, '{"error":""}', "hold"],
    [400, '{"errors":["bad"]}', "hold"],
    [400, "<html>Bad Request</html>", "hold"],
    [401, '{"error":"authorization failed"}', "hold"],
    [403, "", "hold"],
    [404, '{"error":"database not found: \\"plant\\""}', "hold"],
    [404, '{"code":"not found","message":"bucket \\"plant\\" not found"}', "hold"],
    [407, "", "hold"],
    [408, "", "retry"],
    [413, "Request Entity Too Large", "split"],
    [418, "", "retry"],
    [422, '{"code":"unprocessable entity","message":"failure writing points"}', "rejected"],
    [422, "", "hold"],
    [429, "", "retry"],
    [500, '{"error":"timeout"}', "retry"],
    [500, '{"error":"retention policy not found: y"}', "hold"],
    [503, "", "retry"],
    [0, "", "retry"],
  ])("of %i with %j is %s", (status, body, kind) => {
    expect(judge(status, body).kind).toBe(kind);
  });

  test("believes the beginning of an answer that is cut off", () => {
    const body = `{"error":"partial write: unable to parse '${"x".repeat(5000)}`.slice(0, 4096);
    expect(judge(400, body).kind).toBe("rejected");
  });

  test.each([
    [400, '{"error":"partial write: field type conflict: input field dropped=1"}', true],
    [422, '{"code":"unprocessable entity","message":"partial write: field type conflict: x dropped=1"}', true],
    [400, '{"error":"partial write: points beyond retention policy dropped=1"}', true],
    [400, '{"error":"partial write: max-series-per-database limit exceeded: (1) dropped=1"}', undefined],
    [400, '{"error":"unable to parse"}', undefined],
  ])("is sure of a sample's fault where %i with %j names it: %s", (status, body, isSure) => {
    expect(judge(status, body)).toMatchObject({ kind: "rejected" });
    expect(Reflect.get(judge(status, body), "isSure")).toBe(isSure);
    expect(judge(status, "<html>field type conflict, beyond retention policy</html>").kind).toBe("hold");
  });

  test("says how to create what is not there", () => {
    expect(judge(404, '{"error":"database not found: \\"plant\\""}')).toMatchObject({
      reason: expect.stringContaining("CREATE DATABASE"),
    });
    expect(judge(404, '{"code":"not found","message":"..."}')).toMatchObject({
      reason: expect.stringContaining("create the bucket"),
    });
  });

  test("says what to do where readings are older than the server keeps", () => {
    expect(judge(400, '{"error":"partial write: points beyond retention policy dropped=2"}')).toMatchObject({
      kind: "rejected",
      reason: expect.stringMatching(/^400: older than the server keeps, set max_age to that: /u),
    });
  });

  test("keeps the wait that is asked for", () => {
    expect(judge(429, "", { "retry-after": "30" })).toMatchObject({ kind: "retry", after: 30_000 });
  });
});

describe("the README's table of verdicts", () => {
  test("is the one that judges", () => {
    expect(readmeVerdicts("influx")).toEqual(toReadmeRows(INFLUX_VERDICTS));
  });
});
