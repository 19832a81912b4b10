/** Registers of 32 bits, as Enron's devices have them among others of 16. */

import { describe, expect, test } from "vitest";
import { createInput, createLinks } from "../../src/inputs/modbus/input.ts";
import { planReads } from "../../src/inputs/modbus/plan.ts";
import { costOfReadsAt } from "../../src/inputs/modbus/read-cost.ts";
import type { Point, PointType } from "../../src/model/profile.ts";
import { readingsOf } from "../conformance/input-suite.ts";
import { type FakeDevice, FakeHost } from "../support/fake-byte-stream.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { fromHex, toHex } from "../support/hex.ts";
import { toMbap, toRtu } from "../support/wire-exchange.ts";
import { wordInstance, words } from "./word-instance.ts";

function wide(type: PointType, ...addresses: readonly number[]): Point[] {
  return words(...addresses).map((point) => ({ ...point, name: `wide ${point.address}`, type, registerBits: 32 }));
}

const network = costOfReadsAt({ kind: "tcp", host: "10.0.0.5", port: 502 });

function plan(points: readonly Point[], maxGap = 0): string[] {
  return planReads({ points, maxRegisters: 125, maxGap }, network).map(
    ({ request: { functionCode, address, count, registerBytes = 2 } }) =>
      `${functionCode}:${address}+${count} of ${registerBytes}`,
  );
}

describe("registers of 32 bits", () => {
  test("are counted one to a value of 32 bits and two to one of 64", () => {
    expect(plan([...wide("float32", 7001, 7002, 7003), ...wide("float64", 7004)])).toEqual(["3:7001+5 of 4"]);
    expect(plan(wide("int32", 5001, 5003))).toEqual(["3:5001+1 of 4", "3:5003+1 of 4"]);
  });

  test("are at most 62 in a request, which fills its 250 bytes", () => {
    const points = wide("uint32", ...Array.from({ length: 63 }, (_, index) => 5001 + index));
    expect(plan(points).map((request) => request.replace(/.*\+/u, ""))).toEqual(["62 of 4", "1 of 4"]);
  });

  test("share no request with those of 16 bits", () => {
    expect(plan([...words(3001, 3003), ...wide("int32", 3002)], 5)).toEqual(["3:3001+3 of 2", "3:3002+1 of 4"]);
  });

  /** The floats 1.5 and -2.25 at 7001, and 513 at 3001. */
  const answers: Readonly<Record<string, string>> = {
    "031b590002": "03 08 3fc00000 c0100000",
    "030bb90001": "03 02 0201",
  };

  test.each(["tcp", "rtu"] as const)("are read over %s, between reads of others", async (framing) => {
    const device: FakeDevice = (bytes, peer) => {
      const pdu = framing === "tcp" ? bytes.slice(7) : bytes.slice(1, -2);
      const answer = fromHex(answers[toHex(pdu).replaceAll(" ", "").toLowerCase()] ?? "");
      const frame = { unit: 7, pdu: answer };
      peer.send(framing === "tcp" ? toMbap((bytes[0] ?? 0) * 256 + (bytes[1] ?? 0), frame) : toRtu(frame));
    };
    const clock = new FakeClock();
    const links = createLinks(clock, { openTcp: new FakeHost(device).open });
    const points = [...wide("float32", 7001, 7002), ...words(3001)];
    const input = createInput(wordInstance(points, { settings: { framing } }), { clock, links });
    for (let poll = 0; poll < 3; poll += 1) {
      const outcome = await clock.until(input.poll(new AbortController().signal));
      expect(outcome.faults).toEqual([]);
      expect(readingsOf(input, outcome)).toEqual({ "wide 7001": 1.5, "wide 7002": -2.25, "word 3001": 513 });
    }
  });
});
