/** What leaves the gateway, at the last gate before the wire: nothing that could change a machine. */

import { describe, expect, test } from "vitest";
import { encodeMbap } from "../../src/decode/mbap.ts";
import { encodeRtu } from "../../src/decode/rtu-frame.ts";
import { GatewayError } from "../../src/model/errors.ts";

const encoders = [
  { name: "Modbus TCP", encode: (pdu: Uint8Array) => encodeMbap(1, 1, pdu), offset: 7 },
  { name: "Modbus RTU", encode: (pdu: Uint8Array) => encodeRtu(1, pdu), offset: 1 },
];

function isRefusal(error: unknown, functionCode: number): boolean {
  if (!(error instanceof GatewayError)) throw error;
  return error.code === "INPUT_WRITE_REFUSED" && Reflect.get(error.context, "functionCode") === functionCode;
}

describe.each(encoders)("a frame of $name", ({ encode, offset }) => {
  test("is made of no content at all by nobody", () => {
    expect(() => encode(new Uint8Array(0))).toThrow(expect.objectContaining({ code: "INPUT_WRITE_REFUSED" }));
  });

  test("has one of the four function codes that read, or reads the identification of a device", () => {
    const passed: string[] = [];
    const strange: unknown[] = [];
    for (let functionCode = 0; functionCode < 256; functionCode += 1) {
      for (let second = 0; second < 256; second += 1) {
        const pdu = Uint8Array.of(functionCode, second, 0, 0, 1);
        try {
          const framed = encode(pdu).subarray(offset, offset + 5);
          if (Buffer.compare(framed, pdu) !== 0) strange.push(framed);
          if (second === 0 || functionCode > 4) passed.push(`${functionCode}/${second}`);
        } catch (error) {
          if (!isRefusal(error, functionCode)) strange.push(error);
        }
      }
      if (functionCode !== 1 && functionCode !== 43) continue;
      const short = (): Uint8Array => encode(Uint8Array.of(functionCode));
      if (functionCode === 43) expect(short).toThrow(expect.objectContaining({ code: "INPUT_WRITE_REFUSED" }));
    }
    expect(strange).toEqual([]);
    expect(passed).toEqual(["1/0", "2/0", "3/0", "4/0", "43/14"]);
  });
});
