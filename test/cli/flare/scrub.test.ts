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
    ["mqtt://anna:x@broker:1883", "mqtt://********@broker:1883"],
    ["http://anna:p@ss@proxy:3128/x", "http://********@proxy:3128/x"],
    ["http://anna:p/s@proxy:3128", "http://********@proxy:3128"],
    ["https_proxy=anna:p/s@proxy:3128", "https_proxy=********@proxy:3128"],
    ["  https: anna:pass@[::1]:3128", "  https: ********@[::1]:3128"],
    ["proxy proxy.example:3128 answered 407", "proxy proxy.example:3128 answered 407"],
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
