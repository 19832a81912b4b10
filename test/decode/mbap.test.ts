import { describe, expect, test } from "vitest";
import { encodeMbap, MbapSplitter } from "../../src/decode/mbap.ts";
import { fromHex, toHex } from "../support/hex.ts";

const first = "0001 0000 0005 11 03 02 022b";
const second = "0002 0000 0003 12 83 02";

/** Splits chunks and writes each frame as `transaction/unit/pdu`. */
function split(...chunks: string[]): string[] {
  const frames: string[] = [];
  const splitter = new MbapSplitter();
  for (const chunk of chunks) {
    splitter.push(fromHex(chunk), ({ transactionId, unit, pdu }) =>
      frames.push(`${transactionId}/${unit}/${toHex(pdu)}`),
    );
  }
  return frames;
}

describe("a stream of frames", () => {
  test.each([
    ["a protocol id that is not 0", "0001 0001 0005 11 03 02 022b"],
    ["a length too small for a function code", "0001 0000 0001 11"],
    ["a length beyond the largest frame", "0001 0000 00ff 11"],
    ["the largest length there is", "0001 0000 ffff 11"],
    ["bytes of RTU over TCP", "11 03 02 022b 7898"],
  ])("ends at %s, at once and without waiting for more", (_what, bytes) => {
    expect(() => split(bytes)).toThrow(expect.objectContaining({ code: "INPUT_BAD_REPLY" }));
  });

  test("gives one frame", () => {
    expect(split(first)).toEqual(["1/17/0302022b"]);
  });

  test("gives two frames from one chunk", () => {
    expect(split(`${first} ${second}`)).toEqual(["1/17/0302022b", "2/18/8302"]);
  });

  test("gives one frame from two chunks, wherever it was cut", () => {
    const bytes = first.replaceAll(" ", "");
    for (let cut = 2; cut < bytes.length; cut += 2) {
      expect(split(bytes.slice(0, cut), bytes.slice(cut))).toEqual(["1/17/0302022b"]);
    }
  });

  test("gives a frame when its last byte comes alone, and not before", () => {
    expect(split("0001 0000 0005 11 03 02 02")).toEqual([]);
    expect(split("0001 0000 0005 11 03 02 02", "2b")).toEqual(["1/17/0302022b"]);
  });

  test("does not find the frame behind garbage, since nothing marks where one begins", () => {
    expect(() => split(`dead beef ${first}`)).toThrow(expect.objectContaining({ code: "INPUT_BAD_REPLY" }));
  });

  test("gives the good frames before a bad one, and a new stream after it starts clean", () => {
    const frames: number[] = [];
    const spoiled = new MbapSplitter();
    const push = (): void => spoiled.push(fromHex(`${first} 0001 ffff 0005`), ({ unit }) => frames.push(unit));
    expect(push).toThrow(expect.objectContaining({ code: "INPUT_BAD_REPLY" }));
    expect(frames).toEqual([17]);
    expect(split(second)).toEqual(["2/18/8302"]);
  });

  test("takes a header inside a payload for payload", () => {
    expect(split("0007 0000 0009 11 03 06 0001 0000 0005")).toEqual(["7/17/0306000100000005"]);
  });

  test("gives the largest and the smallest frame", () => {
    const largest = `0001 0000 00fe 01 ${"5a".repeat(253)}`;
    expect(split(`${largest} 0002 0000 0002 01 07`)).toEqual([`1/1/${"5a".repeat(253)}`, "2/1/07"]);
  });

  test("says whether it stands inside a frame", () => {
    const splitter = new MbapSplitter();
    splitter.push(fromHex(`${first} 00`), () => undefined);
    expect(splitter.isInsideFrame).toBe(true);
    splitter.push(fromHex("02 0000 0003 12 83 02"), () => undefined);
    expect(splitter.isInsideFrame).toBe(false);
  });

  test("gives frames that later bytes do not change", () => {
    const pdus: Uint8Array[] = [];
    const splitter = new MbapSplitter();
    splitter.push(fromHex(`${first} ${second}`), ({ pdu }) => pdus.push(pdu));
    expect(pdus.map(toHex)).toEqual(["0302022b", "8302"]);
  });
});

describe("a frame to send", () => {
  test("has the header of the standard's example in front", () => {
    expect(toHex(encodeMbap(0x1501, 0xff, fromHex("04 0000 0001")))).toBe("150100000006ff0400000001");
  });
});
