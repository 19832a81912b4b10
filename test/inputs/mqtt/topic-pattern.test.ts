import { describe, expect, test } from "vitest";
import { matchTopic, parseTopicPattern } from "../../../src/inputs/mqtt/topic-pattern.ts";

function match(pattern: string, topic: string): Record<string, string> | undefined {
  const parsed = parseTopicPattern(pattern);
  if (typeof parsed === "string") throw new Error(parsed);
  const captures = matchTopic(parsed, topic);
  return captures === undefined ? undefined : Object.fromEntries(captures);
}

describe("a pattern", () => {
  test.each(["", "a/#/b", "a/{x...}/b", "a+/b", "a/b#", "a/{}", "a/{1x}", "a/{x", "a/{x}/{x}", "{x}y/z", "a/\0"])(
    "is none: %j",
    (text) => expect(parseTopicPattern(text)).toBeTypeOf("string"),
  );

  test.each([
    ["plant/{line}/+/temperature", "plant/+/+/temperature"],
    ["plant/#", "plant/#"],
    ["{all...}", "#"],
    ["$share/hall/plant/{line}", "$share/hall/plant/+"],
    ["$SYS/broker/{what...}", "$SYS/broker/#"],
    ["/leading//empty/", "/leading//empty/"],
  ])("is told to the broker without its names: %s", (text, filter) => {
    expect(parseTopicPattern(text)).toMatchObject({ filter });
  });

  test.each([
    ["plant/{line}/+/t", "plant/3/press/t", { line: "3" }],
    ["plant/{line}/+/t", "plant/3/press/t/x", undefined],
    ["plant/{line}/+/t", "plant/3/press", undefined],
    ["plant/{line}", "plant/", { line: "" }],
    ["plant/{rest...}", "plant/a/b", { rest: "a/b" }],
    ["plant/#", "plant", {}],
    ["#", "$SYS/uptime", undefined],
    ["+/uptime", "$SYS/uptime", undefined],
    ["$SYS/{what}", "$SYS/uptime", { what: "uptime" }],
    ["$share/hall/plant/{line}", "plant/3", { line: "3" }],
    ["a/b", "A/b", undefined],
  ])("fits, or does not: %s and %s", (pattern, topic, expected) => {
    expect(match(pattern, topic)).toEqual(expected);
  });
});
