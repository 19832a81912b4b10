import { describe, expect, test } from "vitest";
import { findJson, parseJsonPath, visitJson } from "../../src/decode/json-path.ts";

const document = {
  temp: 21.5,
  "odd key": 1,
  motor: { temp: 40, "a.b": 2 },
  sensors: [
    { id: "x", value: 1 },
    { id: "y", value: 2 },
  ],
  channels: { c1: { value: 7 }, c2: { other: 8 } },
};

function find(text: string): unknown[] {
  const path = parseJsonPath(text);
  if (path === undefined) throw new Error(`${text} is no path`);
  const found: unknown[] = [];
  visitJson(path, document, new Map(), (value, captures) => found.push([value, Object.fromEntries(captures)]));
  return found;
}

describe("a path", () => {
  test.each(["", "$.", ".a", "a..b", "a[", "a[x]", "a[-1]", "a[0", "{1}", "a{b}", "$$", '["x', "a b[", "[0]x"])(
    "is none: %j",
    (text) => expect(parseJsonPath(text)).toBeUndefined(),
  );

  test.each([
    ["temp", 21.5],
    ["$.temp", 21.5],
    ["$.motor.temp", 40],
    ['["odd key"]', 1],
    ['$.motor["a.b"]', 2],
    ["sensors[1].value", 2],
    ["$.sensors[1]['x']", undefined],
    ["sensors[2].value", undefined],
    ["motor.temp.deeper", undefined],
    ["$", document],
  ])("leads to a value, or nowhere: %s", (text, expected) => {
    const path = parseJsonPath(text);
    expect(path === undefined ? undefined : findJson(path, document)).toEqual(expected);
  });

  test("with a name in braces leads to every place, and says which", () => {
    expect(find("sensors[{sensor}].value")).toEqual([
      [1, { sensor: "0" }],
      [2, { sensor: "1" }],
    ]);
    expect(find("channels.{channel}.value")).toEqual([[7, { channel: "c1" }]]);
    expect(find("channels.*.{key}")).toEqual([
      [7, { key: "value" }],
      [8, { key: "other" }],
    ]);
  });

  test("finds nothing that every object has", () => {
    expect(find("constructor")).toEqual([]);
    expect(find("motor.__proto__")).toEqual([]);
    expect(find("sensors.length")).toEqual([[2, {}]]);
  });
});
