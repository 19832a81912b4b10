import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { createInput, createLinks } from "../../src/inputs/modbus/input.ts";
import type { ModbusSettings } from "../../src/inputs/modbus/spec.ts";
import { GatewayError } from "../../src/model/errors.ts";
import { millis } from "../../src/model/time.ts";
import { type InputBench, inputSuite, readingsOf } from "../conformance/input-suite.ts";
import { FakeHost } from "../support/fake-byte-stream.ts";
import { FakeClock, settle } from "../support/fake-clock.ts";
import { type Framing, parseWireScript, readWireScript, WirePlayer } from "../support/wire-exchange.ts";
import { smallMeterInstance } from "./small-meter.ts";

const fixtures = new URL("../fixtures/inputs/modbus/", import.meta.url).pathname;
const signal = new AbortController().signal;

interface ExpectedPoll {
  readonly readings: Readonly<Record<string, number>>;
  readonly absent: number;
  readonly isReachable: boolean;
  /** `says` is a part of the message. */
  readonly faults: readonly { readonly code: string; readonly points: readonly string[]; readonly says: string }[];
}

/** An answer without a byte count is noise on a line, and after a cut a line is asked something else first. */
const TCP_ONLY = ["reply-cut-short", "link-cut-by-request"];

const names = readdirSync(fixtures);
const cases = [
  ...names.map((name) => ({ framing: "tcp" as const, name })),
  ...names.filter((name) => !TCP_ONLY.includes(name)).map((name) => ({ framing: "rtu" as const, name })),
];

describe("an exchange with a device", () => {
  test.each(cases)("comes out as expected, framed as $framing: $name", async ({ framing, name }) => {
    const player = new WirePlayer(readWireScript(`${fixtures}${name}/exchange.wire`), framing);
    const expected = JSON.parse(readFileSync(`${fixtures}${name}/expected.json`, "utf8")) as { polls: ExpectedPoll[] };
    const clock = new FakeClock();
    const links = createLinks(clock, { openTcp: player.host.open });
    const input = createInput(smallMeterInstance({ framing }), { clock, links });
    expect(expected.polls.length).toBeGreaterThan(0);
    for (const poll of expected.polls) {
      const outcome = await clock.until(input.poll(signal));
      expect({
        readings: readingsOf(input, outcome),
        absent: outcome.absent,
        faults: outcome.faults.map(({ code, points }) => ({ code, points })),
        isReachable: outcome.isReachable,
      }).toEqual({ ...poll, faults: poll.faults.map(({ code, points }) => ({ code, points })) });
      for (const [index, { says }] of poll.faults.entries()) expect(outcome.faults[index]?.message).toContain(says);
    }
    expect(player.failures).toEqual([]);
    expect(player.unplayed).toEqual([]);
  });

  test("has to be written down without a flipped digit", () => {
    expect(() => parseWireScript("> 01 04 0000 0002 71CA\n! timeout")).toThrow(/exchange:1: the CRC is 71ca/);
    expect(() => parseWireScript("> 01 04 0000 0002 71CB")).toThrow(/nothing is said/);
    expect(() => parseWireScript("? 01")).toThrow(/exchange:1: expected >/);
  });

  test("fails in words when it is asked for what it does not have", async () => {
    const player = new WirePlayer(parseWireScript("> 01 04 0000 0002 71CB\n! timeout"));
    const clock = new FakeClock();
    const input = createInput(smallMeterInstance(), {
      clock,
      links: createLinks(clock, { openTcp: player.host.open }),
    });
    await clock.until(input.poll(signal));
    expect(player.failures.join()).toContain("has no request\n  unit 7 0200050002\nit has\n  unit 1 0400000002");
  });
});

describe("two units behind one gateway", () => {
  test("share one connection, which the last to leave closes", async () => {
    const clock = new FakeClock();
    const host = new FakeHost();
    const links = createLinks(clock, { openTcp: host.open });
    const seven = createInput(smallMeterInstance({ host: "Gateway.local" }), { clock, links });
    const eight = createInput(smallMeterInstance({ host: "gateway.local", unit: 8 }), { clock, links });
    await Promise.all([seven.open(signal), eight.open(signal)]);
    expect(seven.bus).toBe("tcp://gateway.local:502");
    expect(eight.bus).toBe(seven.bus);
    expect(host.peers.length).toBe(1);
    await seven[Symbol.asyncDispose]();
    await seven[Symbol.asyncDispose]();
    expect(host.peers[0]?.isClosedByGateway).toBe(false);
    await eight[Symbol.asyncDispose]();
    expect(host.peers[0]?.isClosedByGateway).toBe(true);
  });

  test("have one request on the wire at a time, though they poll at once", async () => {
    const clock = new FakeClock();
    const host = new FakeHost();
    const links = createLinks(clock, { openTcp: host.open });
    const inputs = [7, 8].map((unit) => createInput(smallMeterInstance({ unit }), { clock, links }));
    const polled = Promise.all(inputs.map((input) => input.poll(signal)));
    await settle();
    expect(host.written.map((bytes) => bytes[6])).toEqual([7]);
    await clock.until(polled);
    expect(host.written.map((bytes) => bytes[6])).toEqual([7, 8]);
  });
});

describe("a unit that is busy", () => {
  function openBusyUnit(codes: readonly number[], keys: Readonly<Record<string, unknown>> = {}) {
    const clock = new FakeClock();
    const left = [...codes];
    const at: number[] = [];
    const host = new FakeHost((bytes, peer) => {
      at.push(clock.monotonic());
      const code = left.shift();
      const count = bytes[11] ?? 0;
      const isBits = (bytes[7] ?? 0) <= 2;
      const data = new Uint8Array(isBits ? Math.ceil(count / 8) : count * 2);
      const pdu = code ? [(bytes[7] ?? 0) | 0x80, code] : [bytes[7] ?? 0, data.length, ...data];
      peer.send(Uint8Array.of(...bytes.subarray(0, 4), 0, pdu.length + 1, bytes[6] ?? 0, ...pdu));
    });
    const input = createInput(smallMeterInstance(keys), { clock, links: createLinks(clock, { openTcp: host.open }) });
    return { clock, input, at };
  }

  const waitsOf = (at: readonly number[]): readonly number[] => at.map((each) => each - (at[0] ?? 0));

  test.each([5, 6])("is asked once more a little later, which costs no reading: exception %i", async (code) => {
    const { clock, input, at } = openBusyUnit([code]);
    const outcome = await clock.until(input.poll(signal));
    expect(outcome.faults).toEqual([]);
    expect(outcome.readings.count).toBe(input.points.length);
    expect(at).toHaveLength(5);
    expect((at[1] ?? 0) - (at[0] ?? 0)).toBe(100);
  });

  test("keeps its bus waiting once, and not at all while it stays busy", async () => {
    const { clock, input, at } = openBusyUnit(Array<number>(13).fill(6));
    const first = await clock.until(input.poll(signal));
    expect(first.faults).toHaveLength(4);
    expect(first.isReachable).toBe(true);
    expect(at).toHaveLength(5);
    await clock.until(input.poll(signal));
    expect(at).toHaveLength(9);
    await clock.until(input.poll(signal));
    expect(at).toHaveLength(13);
    expect((await clock.until(input.poll(signal))).faults).toEqual([]);
  });

  test("is asked again for one of what it refused together, and for the others once that is answered", async () => {
    const patient = openBusyUnit([6, 6, 6, 6], { max_in_flight: 4 });
    const outcome = await patient.clock.until(patient.input.poll(signal));
    expect(outcome.faults).toEqual([]);
    expect(waitsOf(patient.at)).toEqual([0, 0, 0, 0, 100, 100, 100, 100]);
    const storm = openBusyUnit(Array<number>(99).fill(6), { max_in_flight: 4 });
    expect((await storm.clock.until(storm.input.poll(signal))).faults).toHaveLength(4);
    expect(waitsOf(storm.at)).toEqual([0, 0, 0, 0, 100]);
  });

  test.each([1, 4, 7, 8, 9])("is not what exception %i says, so nothing is asked again", async (code) => {
    const { clock, input, at } = openBusyUnit([code]);
    expect((await clock.until(input.poll(signal))).faults).toHaveLength(1);
    expect(at).toHaveLength(4);
  });

  test("is not what a gateway says of a silent unit, which is only probed after three polls", async () => {
    const { clock, input, at } = openBusyUnit([11, 10, 11]);
    for (let poll = 0; poll < 3; poll += 1) await clock.until(input.poll(signal));
    expect(at).toHaveLength(3);
    const { faults, isReachable, pollAgainAt } = await clock.until(input.poll(signal));
    expect(at).toHaveLength(3);
    expect(isReachable).toBe(false);
    expect(faults).toMatchObject([{ code: "INPUT_EXCEPTION", points: input.points.map(({ name }) => name) }]);
    expect(faults[0]?.message).toContain("unit 7 has not answered for 0 s; it is probed every 4 s.");
    await clock.advance(millis((pollAgainAt ?? 0) - clock.monotonic()));
    expect((await clock.until(input.poll(signal))).readings.count).toBe(input.points.length);
    expect(at).toHaveLength(8);
  });
});

test("an abort ends a poll with its reason, even a reason that looks like a fault", async () => {
  const clock = new FakeClock();
  const input = createInput(smallMeterInstance(), {
    clock,
    links: createLinks(clock, { openTcp: new FakeHost().open }),
  });
  const reason = new GatewayError("INPUT_TIMEOUT", "the whole poll took too long");
  await expect(input.poll(AbortSignal.abort(reason))).rejects.toBe(reason);
});

/** Device states of the small meter by what it answers to the same four requests. */
const wellText = readFileSync(`${fixtures}all-points-answered/exchange.wire`, "utf8");
const spoiledText = readFileSync(`${fixtures}exception-on-one-block/exchange.wire`, "utf8");

const ways = [
  { way: "Modbus TCP", framing: "tcp", settings: {} },
  { way: "RTU over TCP", framing: "rtu", settings: { framing: "rtu" } },
  { way: "a serial port", framing: "rtu", settings: { host: undefined, serial: "/dev/ttyAMA0" } },
] as const;

for (const { way, framing, settings } of ways) inputSuite(`modbus over ${way}`, () => createBench(framing, settings));

function createBench(framing: Framing, settings: Partial<ModbusSettings>): InputBench {
  const clock = new FakeClock();
  const well = new WirePlayer(parseWireScript(wellText), framing);
  const spoiled = new WirePlayer(parseWireScript(spoiledText), framing);
  // On a line, a unit that was silent is first asked something that the file does not have.
  well.refusesUnknown = framing === "rtu";
  const host = new FakeHost(well.device);
  const links = createLinks(clock, { openTcp: host.open, openSerial: host.openSerial });
  const input = createInput(smallMeterInstance(settings), { clock, links });
  return {
    clock,
    input,
    expected: { running: 0, alarm: 1, energy: 12_345.678, voltage: 230.1, current: -34, power: 123_456 },
    heldCount: () => host.peers.filter((peer) => !peer.isOver).length,
    fallSilent: () => host.play(() => undefined),
    vanish: () => {
      host.refuseCount = Number.POSITIVE_INFINITY;
      for (const peer of host.peers) peer.hangUp();
    },
    spoil: () => {
      host.play(spoiled.device);
      return ["energy"];
    },
    recover: () => {
      host.refuseCount = 0;
      host.play(well.device);
    },
  };
}
