import { describe, expect, test } from "vitest";
import {
  classifyException,
  decodeReadAnswer,
  describeException,
  encodeReadRequest,
  type ReadRequest,
} from "../../src/decode/modbus-pdu.ts";
import { fromHex, toHex } from "../support/hex.ts";

const twoRegisters: ReadRequest = { functionCode: 3, address: 0x6b, count: 2 };
const tenCoils: ReadRequest = { functionCode: 1, address: 0x13, count: 10 };

function bytesOf(request: ReadRequest, answer: string): string {
  const decoded = decodeReadAnswer(request, fromHex(answer));
  if (decoded.kind !== "data") throw new Error(`exception ${decoded.exceptionCode}`);
  const { data } = decoded;
  return toHex(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

describe("a request", () => {
  test("with any of the 256 function codes but the four that read is refused", () => {
    const accepted: number[] = [];
    for (let functionCode = 0; functionCode < 256; functionCode += 1) {
      try {
        encodeReadRequest({ functionCode, address: 0, count: 1 });
        accepted.push(functionCode);
      } catch (error) {
        expect(error).toMatchObject({ code: "INPUT_WRITE_REFUSED", context: { functionCode } });
      }
    }
    expect(accepted).toEqual([1, 2, 3, 4]);
  });

  test("for more than the standard allows is a bug of the caller", () => {
    expect(() => encodeReadRequest({ functionCode: 3, address: 0, count: 126 })).toThrow(/assert|falsy/i);
    expect(() => encodeReadRequest({ functionCode: 1, address: 0, count: 2001 })).toThrow(/assert|falsy/i);
    expect(() => encodeReadRequest({ functionCode: 4, address: 0xffff, count: 2 })).toThrow(/assert|falsy/i);
    expect(() => encodeReadRequest({ functionCode: 4, address: 0, count: 0 })).toThrow(/assert|falsy/i);
  });

  test("is five bytes, as the examples of the standard have them", () => {
    expect(toHex(encodeReadRequest({ functionCode: 3, address: 0x6b, count: 3 }))).toBe("03006b0003");
    expect(toHex(encodeReadRequest({ functionCode: 1, address: 0x13, count: 0x13 }))).toBe("0100130013");
  });

  test("reaches the last address and the largest count", () => {
    expect(toHex(encodeReadRequest({ functionCode: 4, address: 0xff83, count: 125 }))).toBe("04ff83007d");
    expect(toHex(encodeReadRequest({ functionCode: 2, address: 0, count: 2000 }))).toBe("02000007d0");
  });
});

describe("an answer", () => {
  test.each([
    ["of another function", "04 04 00010002", "INPUT_BAD_REPLY"],
    ["with the exception of another function", "84 02", "INPUT_BAD_REPLY"],
    ["with a byte count that does not fit the request", "03 02 0001", "INPUT_BAD_REPLY"],
    ["with more bytes than its count says", "03 04 00010002 00", "INPUT_BAD_REPLY"],
    ["with fewer bytes than its count says", "03 04 000100", "DECODE_SHORT_FRAME"],
    ["that ends after the function code", "03", "DECODE_SHORT_FRAME"],
    ["that is empty", "", "DECODE_SHORT_FRAME"],
  ])("%s is refused", (_what, answer, code) => {
    expect(() => decodeReadAnswer(twoRegisters, fromHex(answer))).toThrow(expect.objectContaining({ code }));
  });

  test("gives the bytes of the registers", () => {
    expect(bytesOf(twoRegisters, "03 04 022b0064")).toBe("022b0064");
  });

  test("for bits has as many bytes as they fill", () => {
    expect(bytesOf(tenCoils, "01 02 cd01")).toBe("cd01");
    expect(() => bytesOf(tenCoils, "01 01 cd")).toThrow(expect.objectContaining({ code: "INPUT_BAD_REPLY" }));
  });

  test("that lies inside a larger buffer is read from where it lies", () => {
    const pdu = fromHex("ffff 03 04 022b0064 ffff").subarray(2, 8);
    const answer = decodeReadAnswer(twoRegisters, pdu);
    expect(answer.kind === "data" && answer.data.getUint16(2)).toBe(0x64);
  });

  test("may be an exception, which is no error of the frame", () => {
    expect(decodeReadAnswer(twoRegisters, fromHex("83 02"))).toEqual({ kind: "exception", exceptionCode: 2 });
    expect(decodeReadAnswer(twoRegisters, fromHex("83 06 00"))).toEqual({ kind: "exception", exceptionCode: 6 });
  });
});

describe("an exception code", () => {
  test("has a name and an advice of its own from 1 to 11, and outside too", () => {
    const names = Array.from({ length: 11 }, (_, index) => describeException(index + 1).name);
    expect(new Set(names).size).toBe(11);
    expect(names[1]).toBe("illegal data address");
    expect(describeException(200).advice).toContain("manual");
  });

  test("says whom an exception is about", () => {
    const codes = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
    const about = (kind: string): number[] => codes.filter((code) => classifyException(code) === kind);
    expect(about("config")).toEqual([1, 2, 3]);
    expect(about("busy")).toEqual([5, 6]);
    expect(about("silent-unit")).toEqual([10, 11]);
    expect(about("device")).toEqual([4, 7, 8, 9, 12]);
  });
});
