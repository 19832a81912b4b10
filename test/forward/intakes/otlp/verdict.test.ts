import { describe, expect, test } from "vitest";
import { judgeOtlp, OTLP_VERDICTS } from "../../../../src/forward/intakes/otlp/verdict.ts";
import type { Verdict } from "../../../../src/model/intake.ts";
import { readmeVerdicts, toReadmeRows } from "../readme-verdicts.ts";

const PROTOBUF = "application/x-protobuf";
const JSON_TYPE = "application/json";

function judge(status: number, type: string, body: string, more: Readonly<Record<string, string>> = {}): Verdict {
  return judgeOtlp({ status, headers: { ...(type === "" ? {} : { "content-type": type }), ...more }, body });
}

describe("a verdict", () => {
  test.each([
    [200, "", "", "accepted"],
    [200, PROTOBUF, "", "accepted"],
    [200, PROTOBUF, "\n\x00", "accepted"],
    [200, JSON_TYPE, "{}", "accepted"],
    [200, JSON_TYPE, '{"partialSuccess":null}', "accepted"],
    [200, JSON_TYPE, '{"partialSuccess":{"rejectedDataPoints":"0","errorMessage":"slow down"}}', "accepted"],
    [200, JSON_TYPE, '{"status":"ok"}', "hold"],
    [200, JSON_TYPE, '{"partialSuccess":{"rejectedDataPoints":"some"}}', "hold"],
    [200, JSON_TYPE, '{"partialSuccess":', "hold"],
    [200, JSON_TYPE, "[]", "hold"],
    [200, PROTOBUF, "<html>", "hold"],
    [200, PROTOBUF, "\x0a", "hold"],
    [200, "text/html", "<html>Sign in</html>", "hold"],
    [200, "text/html", "{}", "hold"],
    [202, PROTOBUF, "", "hold"],
    [302, "", "", "hold"],
    [400, PROTOBUF, "\x12\x03bad", "rejected"],
    [400, PROTOBUF, "", "hold"],
    [400, JSON_TYPE, '{"message":"bad"}', "rejected"],
    [400, JSON_TYPE, '{"message":3}', "hold"],
    [400, "text/plain; charset=utf-8", "bad", "hold"],
    [400, "text/html", "<html></html>", "hold"],
    [401, PROTOBUF, "\x12\x03who", "hold"],
    [403, "", "", "hold"],
    [404, "text/plain", "404 page not found", "hold"],
    [405, "", "", "hold"],
    [407, "", "", "hold"],
    [408, "", "", "retry"],
    [413, "text/html", "<html></html>", "split"],
    [415, "text/plain", "415 unsupported media type", "hold"],
    [418, "", "", "retry"],
    [429, PROTOBUF, "\x12\x04wait", "retry"],
    [500, JSON_TYPE, '{"code":13,"message":"disk"}', "retry"],
    [500, "text/plain", "Permanent error: no", "retry"],
    [502, "", "", "retry"],
    [503, "", "", "retry"],
    [504, "", "", "retry"],
    [0, "", "", "retry"],
  ])("of %i of %j with %j is %s", (status, type, body, kind) => {
    expect(judge(status, type, body).kind).toBe(kind);
  });

  test("of a partial success halves the payload, because it is not told which points were rejected", () => {
    const message = "\x08\x83\x01\x12\x08too old\x07";
    expect(judge(200, PROTOBUF, `\n\x0d${message}`)).toEqual({
      kind: "rejected",
      isSure: true,
      reason: "200: 131 points rejected: too old\x07",
    });
    const json = '{"partialSuccess":{"rejectedDataPoints":"7","errorMessage":"too\\nold"}}';
    expect(judge(200, JSON_TYPE, json)).toMatchObject({
      kind: "rejected",
      isSure: true,
      reason: "200: 7 points rejected: too old",
    });
  });

  test("of a partial success that is cut off is one too", () => {
    const long = "\x0a\xd0\x8c\x01\x08\x05\x12\xc8\x8c\x01why";
    expect(judge(200, PROTOBUF, long)).toMatchObject({
      kind: "rejected",
      isSure: true,
      reason: "200: 5 points rejected: why",
    });
  });

  test("of what the collector calls permanent is that the payload is at fault", () => {
    const body = '{"code":13,"message":"Permanent error: no such unit"}';
    expect(judge(500, JSON_TYPE, body)).toEqual({ kind: "rejected", reason: "500: Permanent error: no such unit" });
  });

  /** Recorded: opentelemetry-collector 0.155, receiver/otlpreceiver, in front of consumers that fail. */
  test.each([
    [200, PROTOBUF, "\n\x00", "accepted"],
    [200, JSON_TYPE, '{"partialSuccess":{}}', "accepted"],
    [400, PROTOBUF, "\b\x03\x12\x0eunexpected EOF", "rejected"],
    [400, JSON_TYPE, '{"code":3,"message":"unexpected EOF"}', "rejected"],
    [500, PROTOBUF, "\b\r\x12\x1dPermanent error: no such unit", "rejected"],
    [500, JSON_TYPE, '{"code":13,"message":"Permanent error: no such unit"}', "rejected"],
    [503, PROTOBUF, "\b\x0e\x12\x0cdisk is full", "retry"],
    [503, JSON_TYPE, '{"code":14,"message":"disk is full"}', "retry"],
  ])("of the collector's own %i of %s, %j, is %s", (status, type, body, kind) => {
    expect(judge(status, type, body).kind).toBe(kind);
  });

  test("of a text with the mark of Go's servers is theirs", () => {
    const answer = judge(400, "text/plain; charset=utf-8", "out of bounds\n", { "x-content-type-options": "nosniff" });
    expect(answer).toEqual({ kind: "rejected", reason: "400: out of bounds" });
  });

  test("keeps the wait that is asked for", () => {
    expect(judge(503, "", "", { "retry-after": "7" })).toMatchObject({ kind: "retry", after: 7000 });
  });
});

describe("the README's table of verdicts", () => {
  test("is the one that judges", () => {
    expect(readmeVerdicts("otlp")).toEqual(toReadmeRows(OTLP_VERDICTS));
  });
});
