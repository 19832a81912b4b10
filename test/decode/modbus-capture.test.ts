import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { type MbapFrame, MbapSplitter } from "../../src/decode/mbap.ts";
import { decodeReadAnswer, type ReadRequest, readsBits } from "../../src/decode/modbus-pdu.ts";
import { readTcpPayloads } from "../support/pcap.ts";

const folder = new URL("../fixtures/modbus-pcap/", import.meta.url);

/** One row of tshark's decode, by the names of its columns. */
type Row = Readonly<Record<string, string>>;

function readRows(name: string): Row[] {
  const [head = "", ...lines] = readFileSync(new URL(name, folder), "utf8").trimEnd().split("\n");
  const columns = head.split("\t");
  return lines.map((line) => Object.fromEntries(line.split("\t").map((cell, index) => [columns[index], cell])));
}

const rows = readRows("modbus_test_data_part1.tsv");
const payloads = readTcpPayloads(readFileSync(new URL("modbus_test_data_part1.pcap", folder)));

interface CapturedFrame extends MbapFrame {
  /** The packet that completed it. */
  readonly frameNumber: number;
  readonly target: string;
}

/** What the splitter makes of the capture; a stream is read no further than its first bad header, as on a link. */
function splitCapture(): { frames: CapturedFrame[]; refusedAt: number[] } {
  const splitters = new Map<string, MbapSplitter | "ended">();
  const frames: CapturedFrame[] = [];
  const refusedAt: number[] = [];
  for (const { frameNumber, source, target, bytes } of payloads) {
    const stream = `${source} ${target}`;
    const splitter = splitters.get(stream) ?? new MbapSplitter();
    if (splitter === "ended") continue;
    splitters.set(stream, splitter);
    try {
      splitter.push(bytes, (frame) => frames.push({ frameNumber, target, ...frame }));
    } catch (error) {
      expect(error).toMatchObject({ code: "INPUT_BAD_REPLY" });
      refusedAt.push(frameNumber);
      splitters.set(stream, "ended");
    }
  }
  return { frames, refusedAt };
}

test("the frames of real traffic are those that tshark finds", () => {
  const found = splitCapture().frames.map(({ frameNumber, transactionId, unit, pdu }) => ({
    frameNumber,
    transactionId,
    unit,
    functionCode: (pdu[0] ?? 0) & 0x7f,
  }));
  expect(found.length).toBeGreaterThan(40);
  expect(found).toEqual(
    rows.map((row) => ({
      frameNumber: Number(row["frame.number"]),
      transactionId: Number(row["mbtcp.trans_id"]),
      unit: Number(row["mbtcp.unit_id"]),
      functionCode: Number(row["modbus.func_code"]),
    })),
  );
});

test("a stream is given up where real traffic stops to be Modbus, and tshark finds no frame there either", () => {
  // Packet 76 announces 34,820 bytes; packet 113 follows three bytes that its predecessor has too many.
  const { refusedAt } = splitCapture();
  expect(refusedAt).toEqual([76, 113]);
  for (const frameNumber of refusedAt) {
    expect(rows.some((row) => row["frame.number"] === String(frameNumber))).toBe(false);
  }
});

test("what real devices answered to a read is decoded as tshark does", () => {
  const rowOf = new Map(rows.map((row) => [Number(row["frame.number"]), row]));
  const lastRequests = new Map<string, ReadRequest>();
  const registers: string[] = [];
  const exceptions: number[] = [];
  let bitAnswerCount = 0;
  for (const { frameNumber, target, unit, pdu } of splitCapture().frames) {
    const functionCode = (pdu[0] ?? 0) & 0x7f;
    if (functionCode > 4) continue;
    const row = rowOf.get(frameNumber);
    if (target.endsWith(":502")) {
      const count = Number(row?.["modbus.word_cnt"] || row?.["modbus.bit_cnt"]);
      const request = { functionCode, address: Number(row?.["modbus.reference_num"]), count };
      lastRequests.set(`${unit} ${functionCode}`, request);
      continue;
    }
    // Some masters' requests are not in the capture; an exception to one needs no more than its function code.
    const request = lastRequests.get(`${unit} ${functionCode}`) ?? { functionCode, address: 0, count: 1 };
    const answer = decodeReadAnswer(request, pdu);
    if (answer.kind === "exception") {
      expect(answer.exceptionCode).toBe(Number(row?.["modbus.exception_code"]));
      exceptions.push(answer.exceptionCode);
    } else if (readsBits(functionCode)) {
      bitAnswerCount += 1;
    } else {
      const values = Array.from({ length: request.count }, (_, index) => answer.data.getUint16(2 * index));
      expect(values.join()).toBe(row?.["modbus.regval_uint16"]);
      registers.push(values.join());
    }
  }
  expect(registers).toEqual(["9,24"]);
  expect(exceptions.length).toBeGreaterThanOrEqual(10);
  expect(bitAnswerCount).toBe(2);
});
