// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is how references of the configuration look.

import { describe, expect, test } from "vitest";
import { SCRUBBED, Scrubber } from "../../src/telemetry/scrubber.ts";

function scrub(text: string, ...secrets: readonly string[]): string {
  return new Scrubber(secrets.map((secret) => ({ text: secret, shown: SCRUBBED }))).scrub(text);
}

describe("a scrubber", () => {
  test.each(["", "abc", "true", "press", "host", "1502", "2026"])(
    "leaves alone what is as short and common as %j",
    (secret) => {
      const text = "2026-05-01 true: host abc press on port 1502";
      expect(scrub(text, secret)).toBe(text);
    },
  );

  test.each([
    ["it said hunter22 and HUNTER22x", "it said ******** and ********x"],
    ["in a header: aHVudGVyMjI=", "in a header: ********"],
    ["mqtt://anna:x@broker:1883", "mqtt://********@broker:1883"],
    ["http://anna:p@ss@proxy:3128/x", "http://********@proxy:3128/x"],
  ])("turns %j into %j", (text, clean) => {
    expect(scrub(text, "hunter22")).toBe(clean);
  });

  test("finds a short one as a word only", () => {
    expect(scrub("pin-1, pin-11, xpin-1", "pin-1")).toBe("********, pin-11, xpin-1");
  });

  test("finds a secret in an address, in JSON, and line by line", () => {
    const secret = 'first "line"/\nsecond-line';
    for (const form of [encodeURIComponent('first "line"/'), JSON.stringify(secret), "  second-line"]) {
      expect(scrub(form, secret)).not.toMatch(/line/u);
    }
  });

  test("leaves no end of a secret that begins with another", () => {
    expect(scrub("hunter22-and-more", "hunter22", "hunter22-and-more")).toBe("********");
  });

  test("shows the reference that led to it, unless that would break the text around it", () => {
    const scrubber = new Scrubber([
      { text: "hunter22", shown: "${env:A}" },
      { text: "hunter33", shown: '${file:"}' },
    ]);
    expect(scrubber.scrub("hunter22 hunter33")).toBe("${env:A} ********");
  });

  test("keeps what it has learned, and cleans whole data", () => {
    const scrubber = new Scrubber([{ text: "hunter22", shown: SCRUBBED }]);
    scrubber.learn([{ text: "hunter33", shown: SCRUBBED }]);
    expect(scrubber.scrubAll({ a: ["hunter22", 1, null], b: { c: "hunter33" } })).toEqual({
      a: [SCRUBBED, 1, null],
      b: { c: SCRUBBED },
    });
  });
});
