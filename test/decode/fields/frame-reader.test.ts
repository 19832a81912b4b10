import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { fieldSchema, talkEntries } from "../../../src/config/serial-fields.ts";
import { buildTalk } from "../../../src/config/serial-talk.ts";
import { FrameReader, OUTCOME } from "../../../src/decode/fields/frame-reader.ts";

type Keys = Readonly<Record<string, unknown>>;

/** Reads one frame with one point, both as configuration has them. */
function read(point: Keys, frame: string | Uint8Array, talk: Keys = {}) {
  const keys: Keys = v.parse(fieldSchema, { metric: "a", ...point });
  const spoken: Keys = v.parse(v.strictObject(talkEntries), talk);
  const complaints: string[] = [];
  const { charset, decimal, separator, points } = buildTalk(
    {
      get: (key) => spoken[key] as never,
      getOfPoint: (_point, key) => keys[key] as never,
      pointNames: () => ["p"],
    },
    (path, { found }) => complaints.push(`${path.join(".")}: ${found}`),
    true,
  );
  expect(complaints).toEqual([]);
  const rules = { charset, decimal, ...(separator === undefined ? {} : { separator }) };
  const reader = new FrameReader(rules, points);
  const bytes = typeof frame === "string" ? Buffer.from(frame, "latin1") : frame;
  const isOwn = reader.read(bytes, bytes);
  const outcome = Object.entries(OUTCOME).find(([, code]) => code === reader.outcome[0])?.[0];
  return { outcome, value: reader.value[0], complaint: reader.complaint[0], isOwn };
}

function value(point: Keys, frame: string | Uint8Array, talk: Keys = {}): number | string | undefined {
  const seen = read(point, frame, talk);
  return seen.outcome === "value" ? seen.value : seen.outcome;
}

describe("a place in a frame", () => {
  test("is all of it, where nothing is said", () => {
    expect(value({}, " +1.5E+00 ")).toBe(1.5);
  });

  test("may be a part between blanks or separators, from the front or from behind", () => {
    expect(value({ position: 2 }, "a  7 b")).toBe(7);
    expect(value({ position: -1 }, "a 7 9")).toBe(9);
    expect(value({ position: 3 }, "a;;7", { separator: ";" })).toBe(7);
    expect(read({ position: 4 }, "a 7 9")).toMatchObject({
      ...{ outcome: "missing", isOwn: false },
      complaint: 'found "a 7 9", expected 4 parts or more',
    });
  });

  test("may be columns, counted from 1, of which some may lack", () => {
    expect(value({ columns: [3, 5] }, "ab123cd")).toBe(123);
    expect(value({ columns: [3, 9] }, "ab12")).toBe(12);
    expect(value({ columns: [5, 6] }, "ab12")).toBe("missing");
  });

  test("may be what a pattern catches", () => {
    expect(value({ pattern: "w=(?<value>\\d+)" }, "u=1 w=42")).toBe(42);
    expect(value({ pattern: "w=(?<value>\\d+)" }, "u=1")).toBe("missing");
  });

  test("may be a value of a JSON text", () => {
    expect(value({ json: "data.weight" }, '{"data":{"weight":12.5}}')).toBe(12.5);
    expect(value({ json: "list[1]" }, '{"list":[1,"2.5"]}')).toBe(2.5);
    expect(value({ json: "a" }, '{"b":1}')).toBe("missing");
    expect(value({ json: "a" }, '{"a":')).toBe("missing");
    expect(value({ json: "a", sentinels: ["null"] }, '{"a":null}')).toBe("absent");
  });

  const bytes = Uint8Array.of(0x01, 0xff, 0xfe, 0x42, 0xf6, 0xe9, 0x79, 0x12, 0x34);
  test.each([
    [{ at: 0, type: "uint8" }, 1],
    [{ at: 1, type: "int8" }, -1],
    [{ at: 1, type: "uint16" }, 0xfffe],
    [{ at: 1, type: "uint16", order: "low-byte-first" }, 0xfeff],
    [{ at: 1, type: "int16" }, -2],
    [{ at: 0, type: "uint24" }, 0x01fffe],
    [{ at: 0, type: "uint24", order: "low-byte-first" }, 0xfeff01],
    [{ at: 3, type: "float32" }, 123.456],
    [{ at: -2, type: "bcd16" }, 1234],
    [{ at: -2, type: "bcd16", order: "low-byte-first" }, 3412],
    [{ at: 3, bits: [4, 7] }, 4],
    [{ at: 3, bits: 1 }, 1],
    [{ at: -1, bits: 2 }, 1],
    [{ at: 8, type: "uint16" }, "missing"],
    [{ at: 20, bits: 0 }, "missing"],
  ])("may be bytes: %j is %s", (place, expected) => expect(value(place, bytes)).toBe(expected));
});

describe("a value", () => {
  test("is scaled, offset and rounded as decimals", () => {
    expect(value({ scale: 0.1, offset: -40 }, "2301")).toBe(190.1);
    expect(value({ scale: 0.333, decimals: 2 }, "10")).toBe(3.33);
  });

  test("may have its sign apart, as a minus or as a bit", () => {
    expect(value({ position: 2, sign: { position: 1 } }, "- 5")).toBe(-5);
    expect(value({ position: 2, sign: { position: 1 } }, "+ 5")).toBe(5);
    expect(value({ pattern: "(?<sign>-?) *(?<value>\\d+)" }, "-   5")).toBe(-5);
    expect(value({ at: 1, type: "uint8", sign: { at: 0, bits: 7 } }, Uint8Array.of(0x80, 9))).toBe(-9);
    expect(value({ at: 1, type: "uint8", sign: { at: 0, bits: 7 } }, Uint8Array.of(0, 9))).toBe(9);
  });

  test("is converted from the unit that the frame names", () => {
    const mass = { position: 1, unit: "kg", unit_in: { position: 2, words: { Kilo: "kg" } }, metric: "mass" };
    expect(value(mass, "1500 g")).toBe(1.5);
    expect(value(mass, "2 Kilo")).toBe(2);
    expect(value(mass, "1 lb")).toBe(0.45359237);
    expect(read(mass, "1 stone")).toMatchObject({
      outcome: "bad",
      complaint: 'found "stone", expected kg, g, mg, lb, oz, t, Kilo',
    });
    expect(value({ pattern: "(?<value>\\d+)(?<unit>k?g)", unit: "kg", metric: "mass" }, "1500g")).toBe(1.5);
  });

  test("may be multiplied by what the frame says", () => {
    const point = { columns: [2, 5], multiplier: { columns: [1, 1], words: { a: 0.01, b: 10 } } };
    expect(value(point, "a1234")).toBe(12.34);
    expect(value(point, "b1234")).toBe(12_340);
    expect(value(point, "c1234")).toBe("bad");
  });

  test("may be a word that stands for a number, or for none", () => {
    const point = { words: { ON: 1, OFF: 0, "--": "none" } };
    expect(["ON", " OFF ", "--", "on", "constructor"].map((text) => value(point, text))).toEqual([
      1,
      0,
      "absent",
      "bad",
      "bad",
    ]);
  });

  test("is absent where the device says so, by text or by number", () => {
    const point = { sentinels: ["OL", "9.9E+37"] };
    expect(value(point, "OL")).toBe("absent");
    expect(value(point, "+9.90000000E+37")).toBe("absent");
    expect(value(point, "9.8E+37")).toBe(9.8e37);
  });

  test("is marked where it has not settled, and absent where its status says that there is none", () => {
    const point = { position: 2, status: { position: 1, words: { S: "stable", D: "unstable", I: "none" } } };
    expect(read(point, "S 5")).toMatchObject({ outcome: "value", value: 5 });
    expect(read(point, "D 5")).toMatchObject({ outcome: "unsettled", value: 5 });
    expect(read(point, "I")).toMatchObject({ outcome: "absent" });
    expect(read(point, "X 5")).toMatchObject({ outcome: "bad", complaint: 'found "X", expected S, D, I' });
  });

  test("is of no concern where the frame is of another kind", () => {
    const point = { position: 2, when: { position: 1, equals: ["T", "U"] } };
    expect(value(point, "T 5")).toBe(5);
    expect(read(point, "H 5")).toMatchObject({ outcome: "other", isOwn: false });
    expect(read(point, "")).toMatchObject({ outcome: "other", isOwn: false });
  });

  test("is bad where there is no number, or one that nothing could hold", () => {
    expect(read({}, "abc\r\x01")).toMatchObject({
      outcome: "bad",
      complaint: 'found "abc\\r\\x01", expected a number',
    });
    expect(read({}, "1E999")).toMatchObject({ outcome: "bad" });
    expect(read({}, "9".repeat(39))).toMatchObject({ outcome: "value", value: 1e39 });
  });

  test("may have a decimal comma", () => {
    expect(value({}, "1,5", { decimal: "," })).toBe(1.5);
    expect(value({}, "1.5", { decimal: "," })).toBe("bad");
  });
});

describe("the charset of a frame", () => {
  test("is ASCII unless another one is named, and other bytes are no text", () => {
    expect(read({ position: 1 }, "1\xb0C")).toMatchObject({ outcome: "missing" });
    expect(value({ pattern: "(?<value>\\d+)°C" }, "21\xb0C", { charset: "latin1" })).toBe(21);
    const text = Buffer.from("21°C", "utf8");
    expect(value({ pattern: "(?<value>\\d+)°C" }, text, { charset: "utf-8" })).toBe(21);
    expect(value({ position: 1 }, Uint8Array.of(0x31, 0xc3), { charset: "utf-8" })).toBe("missing");
  });

  test("does not matter where only bytes are read", () => {
    expect(value({ at: 1, type: "uint8" }, Uint8Array.of(0xff, 7))).toBe(7);
  });
});
