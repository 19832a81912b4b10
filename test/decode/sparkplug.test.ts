import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  decodeSparkplug,
  encodeRebirth,
  isControl,
  parseSparkplugTopic,
  type SparkplugPayload,
  sparkplugNumber,
} from "../../src/decode/sparkplug.ts";
import { fromHex, toHex } from "../support/hex.ts";

/** Names, types and numbers of a message. */
function valuesOf({ metrics }: SparkplugPayload) {
  return metrics.map(({ name, alias, type, raw }) => [name === "" ? alias : name, type, sparkplugNumber(raw, type)]);
}

function fixture(name: string): SparkplugPayload {
  return decodeSparkplug(readFileSync(new URL(`../fixtures/sparkplug/${name}`, import.meta.url)));
}

/** A metric of one byte's length around its fields. */
function metric(fields: string): SparkplugPayload {
  const bytes = fromHex(fields);
  return decodeSparkplug(Uint8Array.of(0x12, bytes.length, ...bytes));
}

describe("a damaged message", () => {
  test.each([
    ["cut off within a metric", "12ff"],
    ["with a number that has no end", "08ffffffffffffffffffffff01"],
    ["with a field of no number", "00"],
    ["with a kind of field that is gone", "0b"],
    ["of text", "7b22746d70223a32317d"],
    ["with a metric that is a number", "1001"],
  ])("is refused %s", (_what, bytes) => {
    expect(() => decodeSparkplug(fromHex(bytes))).toThrow(expect.objectContaining({ code: "INPUT_BAD_REPLY" }));
  });

  test("is refused wherever it is cut within a field, and never read beyond its end", () => {
    const bytes = readFileSync(new URL("../fixtures/sparkplug/NBIRTH_V1.bin", import.meta.url));
    let refusedCount = 0;
    for (let end = 0; end < bytes.length; end += 1) {
      try {
        decodeSparkplug(bytes.subarray(0, end));
      } catch (error) {
        expect(error).toMatchObject({ code: "INPUT_BAD_REPLY" });
        refusedCount += 1;
      }
    }
    // Between two fields nothing tells that more was to come.
    expect(refusedCount).toBe(bytes.length - 5);
  });
});

describe("a message of another's making", () => {
  test("is read: a birth with an alias", () => {
    const birth = fixture("NBIRTH_V1.bin");
    expect(birth).toMatchObject({ at: 1_750_855_643_474, seq: 0 });
    expect(valuesOf(birth)).toEqual([
      ["bdSeq", "uint64", 88],
      ["Node Control/Rebirth", "boolean", 0],
      ["Temperature", "float64", 21.5],
    ]);
    expect(birth.metrics[2]?.alias).toBe(100);
  });

  test("is read: data that has the alias alone", () => {
    expect(valuesOf(fixture("NDATA_V1.bin"))).toEqual([[100, "float64", 22.5]]);
    expect(fixture("NDATA_V1.bin").seq).toBe(1);
  });

  test("is read: a death", () => {
    expect(valuesOf(fixture("NDEATH_V1.bin"))).toEqual([["bdSeq", "uint64", 0]]);
  });

  test("is read: every simple type of the reference encoder", () => {
    expect(valuesOf(fixture("tahujs_nbirth.bin"))).toEqual([
      ["bdSeq", "uint64", 0],
      ["t", "float32", 21.5],
      ["i8", "int8", -5],
      ["b", "boolean", 1],
      ["s", "text", Number.NaN],
      ["dt", "date", 0],
    ]);
  });
});

describe("a value", () => {
  // Whole messages were made by protoc 3.21.12. Field 4 is the type, 10 and 11 hold integers.
  // Source: sparkplug_b.proto; Sparkplug 3.0.0, 6.4.16.
  test.each([
    ["int8 in two's complement of 8 bits", "2001 50fb01", -5],
    ["int16 of all bits of 32", "2002 50d4feffff0f", -172],
    ["int32", "2003 50ffffffff0f", -1],
    ["uint32", "2007 50ffffffff0f", 4_294_967_295],
    ["uint8 with more bits than it has", "2005 50ff03", 255],
    ["int64 that is negative", "2004 58ffffffffffffffffff01", -1],
    ["uint64 up to what a double holds exactly", "2008 58ffffffffffffff0f", 9_007_199_254_740_991],
    ["uint64 beyond it", "2008 588080808080808010", Number.POSITIVE_INFINITY],
    ["int64 beyond it on the other side", "2004 58ffffffffffffffefff01", Number.NEGATIVE_INFINITY],
    ["a date, in seconds", "200d 58d0a8effdbd32", 1_734_625_449.04],
    ["a float, as the decimal it stands for", "2009 65cdcc2c41", 10.8],
    ["a float that is no number", "2009 650000c07f", Number.NaN],
    ["bytes, which are no number", "2011 820101ff", Number.NaN],
    ["an array, which is no number", "2016 820101ff", Number.NaN],
  ])("is read: %s", (_what, fields, expected) => {
    const { type, raw } = metric(fields).metrics[0] ?? expect.fail();
    expect(sparkplugNumber(raw, type)).toBe(expected);
  });

  test("without a type is none, where it may have a sign or not", () => {
    const { raw } = metric("50ff01").metrics[0] ?? expect.fail();
    expect(sparkplugNumber(raw, undefined)).toBeNaN();
    expect(sparkplugNumber(raw, "uint8")).toBe(255);
    expect(sparkplugNumber(raw, "int8")).toBe(-1);
  });

  test("says that it is null, that it is historical, when it was, and in which unit", () => {
    const message = "12240a017418d0a8effdbd322009280138014a120a07656e67556e69741207080c4203c2b043";
    const [found] = decodeSparkplug(fromHex(message)).metrics;
    expect(found).toMatchObject({ name: "t", at: 1_734_625_449_040, isHistorical: true, isNull: true, unit: "°C" });
  });

  test("of a template is that of each member, and its definition has none", () => {
    const instance = "121c0a0454616e6b2013920111120a0a0178200965cdcc2c412201542800";
    const definition = "12190a0454616e6b201392010e120a0a0178200965cdcc2c412801";
    expect(valuesOf(decodeSparkplug(fromHex(instance)))).toEqual([["Tank/x", "float32", 10.8]]);
    expect(valuesOf(decodeSparkplug(fromHex(definition)))).toEqual([]);
  });
});

describe("a topic", () => {
  test.each([
    ["spBv1.0/Plant 1/DDATA/edge/press", { group: "Plant 1", verb: "DDATA", node: "edge", device: "press" }],
    ["spBv1.0/g/NBIRTH/n", { group: "g", verb: "NBIRTH", node: "n" }],
    ["spBv1.0/g/NBIRTH/n/d", undefined],
    ["spBv1.0/g/DDATA/n", undefined],
    ["spBv1.0/g/DDATA/n/d/e", undefined],
    ["spBv1.0/g/NSONG/n", undefined],
    ["spAv1.0/g/NDATA/n", undefined],
    ["spBv1.0/STATE/host", undefined],
  ])("says whom it is about: %s", (topic, expected) => {
    expect(parseSparkplugTopic(topic)).toEqual(expected);
  });
});

describe("a request for births", () => {
  test("names the metric with the value true, and has no number of its own", () => {
    // Made by protoc 3.21.12 of the reference definition.
    const expected =
      "08d2eadff1bd32 1221 0a144e6f646520436f6e74726f6c2f52656269727468 18d2eadff1bd32 200b 7001".replaceAll(" ", "");
    const request = encodeRebirth(1_734_600_029_522);
    expect(toHex(request)).toBe(expected);
    const decoded = decodeSparkplug(request);
    expect(decoded).toMatchObject({ at: 1_734_600_029_522 });
    expect(decoded.seq).toBeUndefined();
    expect(valuesOf(decoded)).toEqual([["Node Control/Rebirth", "boolean", 1]]);
  });

  test("is no reading, as nothing of the protocol itself is", () => {
    expect(["bdSeq", "Node Control/Rebirth", "Device Control/Reboot"].map(isControl)).toEqual([true, true, true]);
    expect(["Temperature", "Node Controls/x"].map(isControl)).toEqual([false, false]);
  });
});
