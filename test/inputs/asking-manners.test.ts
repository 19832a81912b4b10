import { describe, expect, test } from "vitest";
import { createInput, createLinks } from "../../src/inputs/modbus/input.ts";
import type { ModbusSettings } from "../../src/inputs/modbus/spec.ts";
import type { Input, PollOutcome } from "../../src/model/input.ts";
import { millis } from "../../src/model/time.ts";
import { readingsOf } from "../conformance/input-suite.ts";
import { FakeHost, type FakePeer } from "../support/fake-byte-stream.ts";
import { FakeClock, settle } from "../support/fake-clock.ts";
import { toMbap } from "../support/wire-exchange.ts";
import { smallMeter, smallMeterInstance } from "./small-meter.ts";

const { signal } = new AbortController();

/** The small meter is read by four requests. */
const BLOCKS = 4;

interface Setting {
  readonly clock: FakeClock;
  readonly host: FakeHost;
  readonly input: Input;
  poll(): Promise<PollOutcome>;
}

function set(settings: Partial<ModbusSettings>): Setting {
  const clock = new FakeClock();
  const host = new FakeHost(answer);
  const input = createInput(smallMeterInstance(settings), { clock, links: createLinks(clock, { openTcp: host.open }) });
  return { clock, host, input, poll: () => clock.until(input.poll(signal)) };
}

/** Answers with data of the length that was asked for, of which the last byte is the lowest of the address. */
function answer(bytes: Uint8Array, peer: FakePeer): void {
  peer.send(answerTo(bytes));
}

function answerTo(bytes: Uint8Array): Uint8Array {
  const [functionCode = 0, , address = 0, , count = 0] = bytes.subarray(7);
  const data = new Uint8Array(functionCode <= 2 ? 1 : 2 * count);
  data[data.length - 1] = address;
  return toMbap(((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0), {
    unit: bytes[6] ?? 0,
    pdu: Uint8Array.of(functionCode, data.length, ...data),
  });
}

describe("a device that takes several requests at a time", () => {
  test.each([
    [1, 1],
    [3, 3],
    [16, BLOCKS],
  ])("up to %i is asked %i at once, and gives the same whatever answers first", async (inFlightMax, atOnce) => {
    const expected = await set({}).poll();
    const { host, input, clock } = set({ max_in_flight: inFlightMax });
    host.play(() => undefined);
    const polling = input.poll(signal);
    await settle();
    expect(host.written).toHaveLength(atOnce);
    const [peer] = host.peers;
    host.play(answer);
    for (const bytes of host.written.slice(0, atOnce).reverse()) answer(bytes, peer as FakePeer);
    const outcome = await clock.until(polling);
    expect(outcome.faults).toEqual([]);
    expect(readingsOf(input, outcome)).toEqual(readingsOf(input, expected));
    expect([host.written.length, host.peers.length]).toEqual([BLOCKS, 1]);
  });

  test("and falls silent is a fault of all that it has not answered, told once, and a silent poll", async () => {
    const { host, input, poll } = set({ max_in_flight: 16 });
    const [first] = smallMeter.points;
    host.play((bytes, peer) => {
      if (bytes[7] === 2) answer(bytes, peer);
    });
    const outcome = await poll();
    expect(Object.keys(readingsOf(input, outcome))).toContain(first?.name);
    const points = smallMeter.points.map(({ name }) => name).filter((name) => !/running|alarm/u.test(name));
    expect(outcome.faults.map(({ code, points: concerned }) => [code, [...concerned].sort()])).toEqual([
      ["INPUT_TIMEOUT", points.sort()],
    ]);
    expect(host.written).toHaveLength(BLOCKS);
  });

  test("is left with none of them when the poll is aborted", async () => {
    const { clock, host, input } = set({ max_in_flight: 16 });
    host.play(() => undefined);
    const abort = new AbortController();
    const polling = input.poll(abort.signal).catch((reason: unknown) => reason);
    await settle();
    abort.abort("stopped");
    expect(await polling).toBe("stopped");
    expect(clock.pending()).toEqual([]);
  });
});

describe("a device that wants to be left alone", () => {
  test("after it was connected to is not asked before that", async () => {
    const { clock, host, poll } = set({ connect_delay: 1.5 });
    const from = clock.monotonic();
    expect((await poll()).faults).toEqual([]);
    expect(clock.monotonic() - from).toBe(1500);
    await poll();
    expect(clock.monotonic() - from).toBe(1500);
    expect(host.peers).toHaveLength(1);
  });

  test("between polls is hung up on after each, and connected to for the next", async () => {
    const { host, poll } = set({ keep_connection: false });
    for (let count = 1; count <= 3; count += 1) {
      expect((await poll()).faults).toEqual([]);
      expect(host.peers).toHaveLength(count);
      expect(host.peers.every(({ isClosedByGateway }) => isClosedByGateway)).toBe(true);
    }
  });

  test("is hung up on also when it was silent, and after each try whether it is back", async () => {
    const { clock, host, poll } = set({ keep_connection: false });
    host.play(() => undefined);
    for (let count = 1; count <= 6; count += 1) {
      await poll();
      expect(host.peers.every(({ isOver }) => isOver)).toBe(true);
      await clock.advance(millis(60_000));
    }
    expect(host.peers.length).toBeGreaterThan(3);
  });
});
