import { describe, expect, test } from "vitest";
import { judgeDatadog, judgeDatadogColumns, VERDICT_RULES } from "../../../../src/forward/intakes/datadog/verdict.ts";
import { readmeVerdicts, toReadmeRows } from "../readme-verdicts.ts";

const OWN = '{"errors":["no"]}';

describe("a verdict", () => {
  test.each([
    [200, '{"errors":[]}', "accepted"],
    [202, '{"status":"ok"}', "accepted"],
    [202, OWN, "hold"],
    [202, '{"errors":"none"}', "hold"],
    [202, '{"errors":[', "hold"],
    [204, "", "hold"],
    [200, "<html>Sign in</html>", "hold"],
    [302, "", "hold"],
    [400, OWN, "rejected"],
    [400, '{"errors":[]}', "hold"],
    [400, "<html>Bad Request</html>", "hold"],
    [401, OWN, "hold"],
    [403, OWN, "hold"],
    [404, OWN, "hold"],
    [407, "", "hold"],
    [408, OWN, "retry"],
    [413, OWN, "split"],
    [413, "<html>Request Entity Too Large</html>", "split"],
    [418, OWN, "retry"],
    [425, OWN, "retry"],
    [429, OWN, "retry"],
    [500, OWN, "retry"],
    [503, "<html></html>", "retry"],
    [101, "", "retry"],
    [0, "", "retry"],
  ])("of %i with %j is %s", (status, body, kind) => {
    expect(judgeDatadog({ status, headers: {}, body }).kind).toBe(kind);
  });

  test("keeps the wait that is asked for, by either header", () => {
    const judge = (headers: Record<string, string>) => judgeDatadog({ status: 429, headers, body: OWN });
    expect(judge({ "retry-after": "7", "x-ratelimit-reset": "30" })).toMatchObject({ kind: "retry", after: 7000 });
    expect(judge({ "x-ratelimit-reset": "30" })).toMatchObject({ kind: "retry", after: 30_000 });
    expect(judge({ "x-ratelimit-reset": "soon" })).not.toHaveProperty("after");
  });

  test("says what to do where a person must act", () => {
    expect(judgeDatadog({ status: 403, headers: {}, body: OWN })).toMatchObject({
      reason: "the intake answered 403: the API key is refused; correct `api_key` in tidegate.yaml",
    });
  });
});

describe("a verdict on series in columns", () => {
  const PROTOBUF = { "content-type": "application/x-protobuf" };

  test.each<[number, string, Record<string, string>, string]>([
    [202, '{"errors":[]}', {}, "accepted"],
    [202, "", {}, "accepted"],
    [200, "", PROTOBUF, "accepted"],
    [200, "{}", {}, "accepted"],
    [200, '{"error":""}', {}, "accepted"],
    [200, "", {}, "hold"],
    [204, "", {}, "hold"],
    [200, "\n\u0002no", PROTOBUF, "hold"],
    [202, '{"error":"no"}', {}, "hold"],
    [200, "<html>Sign in</html>", {}, "hold"],
    [400, '{"error":"no"}', {}, "rejected"],
    [400, "\n\u0002no", PROTOBUF, "rejected"],
    [400, "", PROTOBUF, "hold"],
    [400, "{}", {}, "hold"],
    [400, OWN, {}, "rejected"],
  ])("of %i with %j and %o is %s", (status, body, headers, kind) => {
    expect(judgeDatadogColumns({ status, headers, body }).kind).toBe(kind);
  });
});

describe("the README's table of verdicts", () => {
  test("is the one that judges", () => {
    expect(readmeVerdicts("datadog")).toEqual(toReadmeRows(VERDICT_RULES));
  });
});
