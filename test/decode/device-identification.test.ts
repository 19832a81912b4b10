import { describe, expect, test } from "vitest";
import {
  decodeIdentificationAnswer,
  encodeIdentificationRequest,
  IDENTIFICATION_ACCESS,
  identificationBytesMin,
} from "../../src/decode/device-identification.ts";
import { type AnswerShape, encodeRtu, RtuScanner, UNCOUNTED } from "../../src/decode/rtu-frame.ts";
import { fromHex, toHex } from "../support/hex.ts";

const request = { access: IDENTIFICATION_ACCESS.basic, objectId: 0 };

/** As pymodbus 3.0 encodes "Acme Drives", "AD-400" and "V2.11" for unit 17, with its request. */
const asked = "11 2b0e0100 b1b4";
const frame = "11 2b0e0183000003 000b41636d6520447269766573 010641442d343030 020556322e3131 5b45";
const answer = frame.slice(3, -5);

const decode = (pdu: string) => decodeIdentificationAnswer(request, fromHex(pdu));

describe("the answer to a request for the identification", () => {
  test.each([
    ["2b", "DECODE_SHORT_FRAME"],
    ["2b0e0183000001", "DECODE_SHORT_FRAME"],
    ["2b0e0183000001 0003 4142", "DECODE_SHORT_FRAME"],
    ["2b0e0183000002 0001 41", "DECODE_SHORT_FRAME"],
    ["2b0e01830000ff 00ff 01ff 02ff", "DECODE_SHORT_FRAME"],
    ["2b0e0183000001 0001 4142", "INPUT_BAD_REPLY"],
    ["03020001", "INPUT_BAD_REPLY"],
    ["2b0d0183000000", "INPUT_BAD_REPLY"],
    ["2b0e0283000000", "INPUT_BAD_REPLY"],
    ["2b0e0184000000", "INPUT_BAD_REPLY"],
    ["2b0e0183010000", "INPUT_BAD_REPLY"],
    ["2b0e0183000002 0101 41 0001 42", "INPUT_BAD_REPLY"],
    ["2b0e0183000002 0001 41 0001 42", "INPUT_BAD_REPLY"],
    ["2b0e0183ff0001 0001 41", "INPUT_BAD_REPLY"],
    ["2b0e0183ff0000", "INPUT_BAD_REPLY"],
  ])("that cannot be one is refused: %s", (pdu, code) => {
    expect(() => decode(pdu)).toThrow(expect.objectContaining({ code }));
  });

  test("gives its objects and the conformity level", () => {
    const decoded = decode(answer);
    expect(decoded).toMatchObject({ kind: "data", data: { conformity: 0x83, nextObjectId: undefined } });
    const objects = decoded.kind === "data" ? decoded.data.objects : [];
    expect(objects.map(({ id, bytes }) => [id, new TextDecoder().decode(bytes)])).toEqual([
      [0, "Acme Drives"],
      [1, "AD-400"],
      [2, "V2.11"],
    ]);
  });

  test("says where to go on when more follows", () => {
    expect(decode("2b0e0101ff0201 0001 41")).toMatchObject({ data: { nextObjectId: 2 } });
  });

  test("may be an exception", () => {
    expect(decode("ab 01")).toEqual({ kind: "exception", exceptionCode: 1 });
    expect(decode("ab 01 00")).toEqual({ kind: "exception", exceptionCode: 1 });
  });

  test("has at least as many bytes as its part says, and never more than it has", () => {
    const pdu = fromHex(answer);
    let before = 0;
    for (let end = 0; end <= pdu.length; end += 1) {
      const bytesMin = identificationBytesMin(pdu.subarray(0, end), 0);
      expect(bytesMin).toBeGreaterThanOrEqual(before);
      expect(bytesMin).toBeLessThanOrEqual(pdu.length);
      if (end < pdu.length) expect(bytesMin).toBeGreaterThan(end);
      before = bytesMin;
    }
    expect(before).toBe(pdu.length);
  });
});

describe("an identification on a line", () => {
  const isOurs = ({ unit, functionCode, dataBytes = UNCOUNTED }: AnswerShape): boolean =>
    unit === 17 && functionCode === 43 && dataBytes === UNCOUNTED;

  function scan(...chunks: readonly string[]): { found: string[]; scanner: RtuScanner } {
    const scanner = new RtuScanner(isOurs);
    const found: string[] = [];
    scanner.begin(fromHex(asked));
    for (const chunk of chunks) {
      scanner.push(fromHex(chunk), (finding) =>
        found.push(finding.kind === "echo" ? "echo" : `${finding.frame.unit}/${toHex(finding.frame.pdu)}`),
      );
    }
    return { found, scanner };
  }

  const whole = `17/${toHex(fromHex(answer))}`;

  test("is asked for as others ask", () => {
    expect(toHex(encodeRtu(17, encodeIdentificationRequest(request)))).toBe(toHex(fromHex(asked)));
  });

  test("whose checksum is wrong is none, and is counted", () => {
    const { found, scanner } = scan(frame.replace("5b45", "9b44"));
    expect([found, scanner.brokenCount]).toEqual([[], 1]);
  });

  test("is found wherever it was cut, with noise and an echo before it", () => {
    const bytes = frame.replaceAll(" ", "");
    for (let cut = 2; cut < bytes.length; cut += 2) {
      expect(scan(bytes.slice(0, cut), bytes.slice(cut)).found).toEqual([whole]);
      expect(scan(`00ff${bytes.slice(0, cut)}`, bytes.slice(cut)).found).toEqual([whole]);
      expect(scan(asked, bytes.slice(0, cut), bytes.slice(cut)).found).toEqual(["echo", whole]);
    }
  });

  test("is not whole before its last byte", () => {
    const { found, scanner } = scan(frame.slice(0, -2));
    expect([found, scanner.isInsideFrame]).toEqual([[], true]);
  });

  test("that announces more than fits a line is given up at once, and the next is found", () => {
    const { found } = scan("11 2b0e01830000ff", frame);
    expect(found).toEqual([whole]);
    expect(scan("11 2b0e0183000002 00f0 01f0".replace("00f0", `00f0${"41".repeat(240)}`), frame).found).toEqual([
      whole,
    ]);
  });

  test("that is refused is found", () => {
    const { found } = scan(toHex(encodeException()));
    expect(found).toEqual(["17/ab01"]);
  });
});

/** As pymodbus 3.0 frames the refusal of unit 17. */
function encodeException(): Uint8Array {
  return fromHex("11 ab01 9f35");
}
