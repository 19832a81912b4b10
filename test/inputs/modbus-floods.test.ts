/** What comes unasked of a bus, by the thousand, and clocks that jump; other faults stand beside the links. */

import { describe, expect, test } from "vitest";
import { createInput, createLinks } from "../../src/inputs/modbus/input.ts";
import { type Millis, millis, seconds } from "../../src/model/time.ts";
import { readingsOf } from "../conformance/input-suite.ts";
import { FakeHost } from "../support/fake-byte-stream.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { RegisterDevice } from "../support/register-device.ts";
import { toMbap, toRtu } from "../support/wire-exchange.ts";
import { wordInstance, words } from "./word-instance.ts";

const { signal } = new AbortController();
const WELL = { "word 10": 0.01, "word 20": 0.02 };

const WAYS = [
  { framing: "tcp", settings: {} },
  { framing: "rtu", settings: { host: undefined, serial: "/dev/ttyAMA0" } },
] as const;

describe.each(WAYS)("a bus, framed as $framing", ({ framing, settings }) => {
  function open() {
    const clock = new FakeClock();
    const device = new RegisterDevice(framing);
    const host = new FakeHost(device.play);
    const links = createLinks(clock, { openTcp: host.open, openSerial: host.openSerial });
    const points = words(10, 20).map((point) => ({ ...point, scale: 0.001 }));
    const input = createInput(wordInstance(points, { settings }), { clock, links });
    return { clock, device, host, input, poll: () => clock.until(input.poll(signal)) };
  }

  /** An answer of another value that nobody asked for. */
  function strayAnswer(transactionId: number): Uint8Array {
    const frame = { unit: 7, pdu: Uint8Array.of(3, 2, 0xde, 0xad) };
    return framing === "tcp" ? toMbap(transactionId & 0xffff, frame) : toRtu(frame);
  }

  test("on which 10,000 answers a second come unasked has none of them taken, and is read once it is quiet", async () => {
    const { clock, host, input, poll } = open();
    expect(readingsOf(input, await poll())).toEqual(WELL);
    let left = 300;
    const flood = (): void => {
      const frames = Array.from({ length: 100 }, (_, index) => strayAnswer(index));
      host.peers.at(-1)?.send(Buffer.concat(frames));
      left -= 1;
      if (left > 0) clock.after("the flood", millis(10), flood);
    };
    flood();
    while (left > 0) {
      const outcome = await poll();
      for (const value of Object.values(readingsOf(input, outcome))) expect([0.01, 0.02]).toContain(value);
      expect(outcome.faults.length).toBeLessThanOrEqual(2);
      await clock.advance(millis(500));
    }
    await clock.advance(seconds(15));
    let outcome = await poll();
    for (let turn = 0; turn < 8 && outcome.faults.length > 0; turn += 1) {
      await clock.advance(seconds(15));
      outcome = await poll();
    }
    expect(outcome.faults).toEqual([]);
    expect(readingsOf(input, outcome)).toEqual(WELL);
    await input[Symbol.asyncDispose]();
    expect(clock.pending()).toEqual([]);
  });

  test("is waited for as long as ever when the wall clock jumps, and its answers are stamped by it as it is", async () => {
    const { clock, device, host, input, poll } = open();
    const waitOf = async (by: Millis): Promise<number> => {
      let jump: Millis | undefined = by;
      host.play((bytes, peer) => {
        if (jump !== undefined) clock.jumpWall(jump);
        jump = undefined;
        clock.after("the device answers", millis(300), () => device.play(bytes, peer));
      });
      const before = clock.monotonic();
      const { readings } = await poll();
      expect(readings.count).toBe(2);
      expect(Math.max(...readings.at.subarray(0, 2))).toBeLessThanOrEqual(clock.now());
      expect(clock.now() - Math.max(...readings.at.subarray(0, 2))).toBeLessThan(1000);
      return clock.monotonic() - before;
    };
    const usual = await waitOf(seconds(0));
    expect(await waitOf(seconds(-86_400))).toBeCloseTo(usual, -2);
    expect(await waitOf(seconds(400 * 86_400))).toBeCloseTo(usual, -2);
    device.isSilent = true;
    const before = clock.monotonic();
    expect(await poll()).toMatchObject({ isReachable: false });
    expect(clock.monotonic() - before).toBeLessThan(10_000);
    await input[Symbol.asyncDispose]();
  });
});
