import { describe, expect, test } from "vitest";
import { type AnswerShape, crc16Modbus, encodeRtu, RtuScanner } from "../../src/decode/rtu-frame.ts";
import { fromHex, toHex } from "../support/hex.ts";
import { toRtu } from "../support/wire-exchange.ts";

const request = fromHex("01 04 0000 0002 71cb");
const answer = "01 04 04 4366 199a 85e4";
const exception = toHex(toRtu({ unit: 1, pdu: fromHex("84 02") }));
const ofAnotherUnit = toHex(toRtu({ unit: 9, pdu: fromHex("04 04 dead beef") }));

const isOurs = ({ unit, functionCode, dataBytes = 4 }: AnswerShape): boolean =>
  unit === 1 && functionCode === 4 && dataBytes === 4;

/** Pushes chunks after `sent` and writes each finding as `unit/pdu` or `echo`. */
function scan(chunks: readonly string[], sent: Uint8Array = request): { found: string[]; scanner: RtuScanner } {
  const scanner = new RtuScanner(isOurs);
  const found: string[] = [];
  scanner.begin(sent);
  for (const chunk of chunks) {
    scanner.push(fromHex(chunk), (finding) =>
      found.push(finding.kind === "echo" ? "echo" : `${finding.frame.unit}/${toHex(finding.frame.pdu)}`),
    );
  }
  return { found, scanner };
}

describe("the checksum", () => {
  test("is that of the catalogues", () => {
    expect(crc16Modbus(new TextEncoder().encode("123456789"))).toBe(0x4b37);
    expect(crc16Modbus(new Uint8Array(0))).toBe(0xffff);
  });

  test("over a frame with its own is 0", () => {
    expect(crc16Modbus(fromHex(answer))).toBe(0);
  });
});

describe("a request", () => {
  test("is framed with unit and checksum", () => {
    expect(toHex(encodeRtu(1, fromHex("04 0000 0002")))).toBe(toHex(request));
  });
});

describe("a stream of answers", () => {
  test("gives no frame whose checksum is wrong, and counts it", () => {
    const { found, scanner } = scan(["01 04 04 4366 199b 85e4"]);
    expect(found).toEqual([]);
    expect(scanner.brokenCount).toBe(1);
  });

  test("gives one frame", () => {
    const { found, scanner } = scan([answer]);
    expect(found).toEqual(["1/04044366199a"]);
    expect([scanner.bytesHeld, scanner.noiseBytes, scanner.brokenCount]).toEqual([0, 0, 0]);
  });

  test("gives an exception", () => {
    expect(scan([exception]).found).toEqual(["1/8402"]);
  });

  test("gives two frames from one chunk", () => {
    expect(scan([`${answer} ${exception}`]).found).toEqual(["1/04044366199a", "1/8402"]);
  });

  test("gives one frame from two chunks, wherever it was cut", () => {
    const bytes = answer.replaceAll(" ", "");
    for (let cut = 2; cut < bytes.length; cut += 2) {
      expect(scan([bytes.slice(0, cut), bytes.slice(cut)]).found).toEqual(["1/04044366199a"]);
    }
  });

  test("gives a frame when its last byte comes alone, and not before", () => {
    const { found, scanner } = scan([answer.slice(0, -2)]);
    expect(found).toEqual([]);
    expect(scanner.isInsideFrame).toBe(true);
    expect(scan([answer.slice(0, -2), answer.slice(-2)]).found).toEqual(["1/04044366199a"]);
  });

  test("finds the frame behind noise, even noise that looks like the beginning of another unit's answer", () => {
    const { found, scanner } = scan([`ff 00 05 03 f0 ${answer}`]);
    expect(found).toEqual(["1/04044366199a"]);
    expect(scanner.noiseBytes).toBe(5);
  });

  test("gives the good frame after a bad one", () => {
    expect(scan([`01 04 04 4366 199b 85e4 ${answer}`]).found).toEqual(["1/04044366199a"]);
  });

  test("gives what other units say by their own ids", () => {
    expect(scan([ofAnotherUnit, answer]).found).toEqual(["9/0404deadbeef", "1/04044366199a"]);
  });

  test("takes nothing inside an expected frame for a frame of its own", () => {
    const inner = toHex(toRtu({ unit: 1, pdu: fromHex("84 0b") }));
    const outer = toHex(toRtu({ unit: 1, pdu: fromHex(`04 06 ${inner} 00`) }));
    const scanner = new RtuScanner(({ dataBytes }) => dataBytes === 6);
    const found: string[] = [];
    scanner.push(fromHex(outer), (finding) => finding.kind === "frame" && found.push(toHex(finding.frame.pdu)));
    expect(found).toEqual([`0406${inner}00`]);
  });

  test("finds the beginning of the frame although its data hold the same bytes", () => {
    const data = toHex(toRtu({ unit: 1, pdu: fromHex("04 04 0104 0401") }));
    expect(scan([data]).found).toEqual(["1/040401040401"]);
  });

  test("that never ends is forgotten by and by, and the frame after it is found", () => {
    const { found, scanner } = scan([...Array.from({ length: 1000 }, () => "ab".repeat(97)), answer]);
    expect(found).toEqual(["1/04044366199a"]);
    expect(scanner.noiseBytes).toBe(97_000);
  });
});

describe("an echo of the request", () => {
  test("is told from the answer after it, wherever it was cut", () => {
    const bytes = (toHex(request) + answer).replaceAll(" ", "");
    for (let cut = 2; cut < bytes.length; cut += 2) {
      expect(scan([bytes.slice(0, cut), bytes.slice(cut)]).found).toEqual(["echo", "1/04044366199a"]);
    }
  });

  test("is known behind noise too", () => {
    const { found, scanner } = scan([`00 ff ${toHex(request)} ${answer}`]);
    expect(found).toEqual(["echo", "1/04044366199a"]);
    expect(scanner.noiseBytes).toBe(2);
  });

  test("is no answer although its beginning could be one, checksum and all", () => {
    // The first seven bytes of this request are an answer of two bytes, 0x0b00, with a checksum that holds.
    const sent = sentThatBeginsWithAnAnswer();
    const { found } = scan([toHex(sent)], sent);
    expect(found).toEqual(["echo"]);
  });

  test("that is not whole is noise before the answer", () => {
    expect(scan([toHex(request).slice(0, 10) + answer]).found).toEqual(["1/04044366199a"]);
  });
});

/** Looks for a read of one register whose frame begins with a frame: unit, 4, byte count 2, two bytes and checksum. */
function sentThatBeginsWithAnAnswer(): Uint8Array {
  for (let unit = 1; unit <= 247; unit += 1) {
    for (let low = 0; low <= 0xff; low += 1) {
      for (let count = 1; count <= 125; count += 1) {
        const sent = toRtu({ unit, pdu: Uint8Array.of(4, 2, low, 0, count) });
        if (crc16Modbus(sent, 0, 7) === 0) return sent;
      }
    }
  }
  throw new Error("there is no such request");
}
