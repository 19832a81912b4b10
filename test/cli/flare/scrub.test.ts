import { describe, expect, test } from "vitest";
import { collectSecrets, createScrubber, isSecretName } from "../../../src/cli/flare/scrub.ts";

const scrub = createScrubber(["hunter22", "ab"]);

describe("scrubbing", () => {
  test.each([
    ["password: x", "password: ********"],
    ["  - api_key: 'x y'  # mine", "  - api_key: ********"],
    ["# password: two words\n  host: h", "# password: ********\n  host: h"],
    ["key: |\n  one\n\n  two\nhost: h", "key: ********\nhost: h"],
    ["{ token: abc, host: h }", "{ token: ********, host: h }"],
    ["GET /x?api_key=abc&y=1", "GET /x?api_key=********&y=1"],
    ["authorization: Bearer abc.def", "authorization: ********"],
    ["sent Bearer abc.def on", "sent Bearer ******** on"],
    ["mqtt://anna:x@broker:1883", "mqtt://********@broker:1883"],
    ["http://anna:p@ss@proxy:3128/x", "http://********@proxy:3128/x"],
    ["it said hunter22 and aHVudGVyMjI=", "it said ******** and ********"],
  ])("turns %j into %j", (text, clean) => {
    expect(scrub(text)).toBe(clean);
  });

  test.each([
    "host: monkey",
    "monkey: banana",
    "keyboard: us",
    "passed: 3",
    "a tab and a label",
    "points:\n  key-l1: 1",
  ])("leaves %j as it is", (text) => {
    expect(scrub(text)).toBe(text);
  });

  test("knows secret names in every spelling", () => {
    expect(["api_key", "apiKey", "DD_API_KEY", "mqtt-password", "Token", "client_secret"].every(isSecretName)).toBe(
      true,
    );
    expect(["monkey", "key_file", "host", "tokens_used", "passage"].some(isSecretName)).toBe(false);
  });

  test("gathers values below secret names, however deep", () => {
    expect(collectSecrets({ a: [{ apiKey: "one" }], secrets: { b: "two\nthree" }, host: "no" })).toEqual([
      "one",
      "two",
      "three",
    ]);
  });
});
