import { describe, expect, test } from "vitest";
import { scrubPlaces } from "../../../src/cli/flare/scrub.ts";

describe("scrubbing by place", () => {
  test.each([
    ["password: x", "password: ********"],
    ["  - api_key: 'x y'  # mine", "  - api_key: ********"],
    ["# password: two words\n  host: h", "# password: ********\n  host: h"],
    ["key: |\n  one\n\n  two\nhost: h", "key: ********\nhost: h"],
    ["keys:\n- one\n- two\nhost: h", "keys: ********\nhost: h"],
    ["- key: one\n- host: h", "- key: ********\n- host: h"],
    ["secret_backend_arguments: [--config, x]", "secret_backend_arguments: ********"],
    ["{ token: abc, host: h }", "{ token: ********, host: h }"],
    ["GET /x?api_key=abc&y=1", "GET /x?api_key=********&y=1"],
    ["dd_url: 'https://host/x?t=abc'", "dd_url: 'https://host/x?********'"],
    ["authorization: Bearer abc.def", "authorization: ********"],
    ["sent Bearer abc.def on", "sent Bearer ******** on"],
  ])("turns %j into %j", (text, clean) => {
    expect(scrubPlaces(text)).toBe(clean);
  });

  test.each([
    "host: monkey",
    "monkey: banana",
    "keyboard: us",
    "passed: 3",
    "a tab and a label",
    "points:\n  key-l1: 1",
    "arguments: [a]",
  ])("leaves %j as it is", (text) => {
    expect(scrubPlaces(text)).toBe(text);
  });
});
