import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { isOutOfOrder, judgeRemoteWrite, VERDICT_RULES } from "../../../../src/forward/intakes/prometheus/verdict.ts";

const HTML = "<html><body>out of order sample</body></html>";

describe("a verdict", () => {
  test.each([
    [200, "", "accepted"],
    [204, "", "accepted"],
    [200, "<html>Sign in</html>", "hold"],
    [302, "", "hold"],
    [400, "out of order sample\n", "rejected"],
    [400, HTML, "hold"],
    [400, "", "hold"],
    [400, "snappy: corrupt input\n", "rejected"],
    [401, "no", "hold"],
    [403, "no", "hold"],
    [404, "remote write receiver needs to be enabled with --web.enable-remote-write-receiver", "hold"],
    [407, "", "hold"],
    [408, "", "retry"],
    [409, "add 1 samples: out of bounds", "rejected"],
    [409, "", "retry"],
    [413, HTML, "split"],
    [415, "", "hold"],
    [422, "series too long", "rejected"],
    [425, "", "retry"],
    [429, "too many requests", "retry"],
    [500, "too old sample\n", "rejected"],
    [500, 'label name "a" is not unique: invalid sample\n', "rejected"],
    [500, HTML, "retry"],
    [500, "context deadline exceeded", "retry"],
    [503, "Service Unavailable", "retry"],
    [101, "", "retry"],
  ])("of %i with %j is %s", (status, body, kind) => {
    expect(judgeRemoteWrite({ status, headers: {}, body }).kind).toBe(kind);
  });

  test.each(["out of order sample\n", "duplicate sample for timestamp\n", "out of bounds\n", "too old sample\n"])(
    "of %j is sure, because it names the fault of a sample",
    (body) => {
      for (const status of [400, 500]) {
        const reason = `${status}: ${body.trim()}`;
        expect(judgeRemoteWrite({ status, headers: {}, body })).toEqual({ kind: "rejected", reason, isSure: true });
      }
    },
  );

  test("of a request nobody can read is not sure", () => {
    expect(judgeRemoteWrite({ status: 400, headers: {}, body: "unexpected EOF\n" })).not.toHaveProperty("isSure");
  });

  test("keeps the wait that is asked for", () => {
    const headers = { "retry-after": "7" };
    for (const status of [429, 503]) {
      expect(judgeRemoteWrite({ status, headers, body: "" })).toMatchObject({ kind: "retry", after: 7000 });
    }
  });

  test("tells an order that is broken from all else", () => {
    expect(isOutOfOrder({ status: 400, headers: {}, body: "out of order sample\n" })).toBe(true);
    const mimir = "failed pushing to ingester: err-mimir-sample-out-of-order\n";
    expect(isOutOfOrder({ status: 400, headers: {}, body: mimir })).toBe(true);
    expect(isOutOfOrder({ status: 400, headers: {}, body: HTML })).toBe(false);
    expect(isOutOfOrder({ status: 500, headers: {}, body: "too old sample" })).toBe(false);
  });
});

describe("the README's table of verdicts", () => {
  test("is the one that judges", () => {
    const rows = VERDICT_RULES.map(({ statuses: [first, last], body, verdict, otherwise, meaning }) => {
      const status = first === 0 ? "else" : first === last ? `${first}` : `${first} to ${last}`;
      const words = body === undefined ? "" : ", that names a fault";
      return `| ${status}${words} | ${verdict} | ${otherwise ?? verdict} | ${meaning} |`;
    });
    const readme = readFileSync(
      new URL("../../../../src/forward/intakes/prometheus/README.md", import.meta.url),
      "utf8",
    );
    expect(readme.split("\n").filter((line) => /^\| (\d|else)/u.test(line))).toEqual(rows);
  });
});
