import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { LineTiming } from "../../src/inputs/modbus/line-timing.ts";
import { createLink, type Openers, placeOf } from "../../src/inputs/modbus/place.ts";
import { RtuLink } from "../../src/inputs/modbus/rtu-link.ts";
import { modbusSettings } from "../../src/inputs/modbus/spec.ts";
import { millis, seconds } from "../../src/model/time.ts";
import { FakeHost, type FakePeer } from "../support/fake-byte-stream.ts";
import { FakeClock, settle } from "../support/fake-clock.ts";
import { fromHex, toHex } from "../support/hex.ts";
import { toRtu } from "../support/wire-exchange.ts";

const settings = { baud: 9600, parity: "none", stopBits: 1 } as const;
const readTwo = fromHex("03 0000 0002");
const answerTwo = fromHex("03 04 0001 0002");
const late = fromHex("03 04 dead beef");

interface Setting {
  readonly clock: FakeClock;
  readonly host: FakeHost;
  readonly link: RtuLink;
  ask(unit?: number, pdu?: Uint8Array, signal?: AbortSignal): Promise<string>;
}

function set(device?: (bytes: Uint8Array, peer: FakePeer) => void, timeoutsInARowMax?: number): Setting {
  const clock = new FakeClock();
  const host = new FakeHost(device);
  const openLine: ConstructorParameters<typeof RtuLink>[0]["openLine"] = (timeout, events) =>
    host.open("line", 0, timeout, events);
  const limit = timeoutsInARowMax === undefined ? {} : { timeoutsInARowMax };
  const link = new RtuLink({ name: "line", settings, openLine, ...limit }, clock);
  const ask = async (unit = 1, pdu = readTwo, signal = new AbortController().signal): Promise<string> =>
    toHex(await clock.until(link.request({ unit, pdu, timeout: seconds(1), signal })));
  return { clock, host, link, ask };
}

/** Answers every read with as many words as were asked for, each the place of its word. */
function answer(bytes: Uint8Array, peer: FakePeer): void {
  const words = Array.from({ length: bytes[5] ?? 0 }, (_, index) => [0, index + 1]).flat();
  peer.send(toRtu({ unit: bytes[0] ?? 0, pdu: Uint8Array.of(bytes[1] ?? 0, words.length, ...words) }));
}

function send(pdu: Uint8Array, unit = 1): (bytes: Uint8Array, peer: FakePeer) => void {
  return (_bytes, peer) => peer.send(toRtu({ unit, pdu }));
}

describe("the silence between two frames", () => {
  test.each([
    [{ baud: 1200, parity: "even", stopBits: 1 } as const, 32.083],
    [{ baud: 9600, parity: "none", stopBits: 1 } as const, 3.646],
    [{ baud: 19_200, parity: "even", stopBits: 1 } as const, 2.005],
    [{ baud: 19_201, parity: "even", stopBits: 1 } as const, 1.75],
    [{ baud: 115_200, parity: "none", stopBits: 2 } as const, 1.75],
  ])("is 3.5 characters, and never less than 1.75 ms: %o", (line, silence) => {
    expect(new LineTiming(line).silence).toBeCloseTo(silence, 3);
  });

  test("is kept before every request, counted from the last byte on the line", async () => {
    const { clock, host, ask } = set();
    const bytesAt: number[] = [];
    host.play((bytes, peer) => {
      bytesAt.push(clock.monotonic());
      answer(bytes, peer);
      bytesAt.push(clock.monotonic());
    });
    for (let turn = 0; turn < 3; turn += 1) await ask();
    expect((bytesAt[2] ?? 0) - (bytesAt[1] ?? 0)).toBeCloseTo(3.646, 3);
    expect((bytesAt[4] ?? 0) - (bytesAt[3] ?? 0)).toBeCloseTo(3.646, 3);
  });

  test("that never comes fails the request without a byte sent", async () => {
    const { clock, host, ask } = set(answer);
    await ask();
    const chatter = (): void => {
      host.peers[0]?.send(Uint8Array.of(0x55));
      clock.after("chatter", millis(2), chatter);
    };
    chatter();
    await expect(ask()).rejects.toMatchObject({
      code: "INPUT_BAD_REPLY",
      message: expect.stringContaining("not silent"),
    });
    expect(host.written.length).toBe(1);
  });
});

describe("a request on a line", () => {
  test("that would write is refused before anything is sent", async () => {
    const { host, ask } = set(answer);
    await expect(ask(1, fromHex("06 0000 0001"))).rejects.toMatchObject({ code: "INPUT_WRITE_REFUSED" });
    expect(host.written).toEqual([]);
  });

  test("connects by itself and gives what answers it", async () => {
    const { clock, host, ask } = set(answer);
    expect(await ask(17)).toBe("030400010002");
    expect(host.written.map(toHex)).toEqual(["110300000002c69b"]);
    expect(clock.pending()).toEqual([]);
  });

  test("is given, beyond the timeout, the time that its bytes and those of its answer are on the wire", async () => {
    const { clock, ask } = set();
    const before = clock.monotonic();
    await expect(ask()).rejects.toMatchObject({ code: "INPUT_TIMEOUT" });
    expect(clock.monotonic() - before).toBeCloseTo(3.646 + 1000 + (8 + 9) * (10 / 9.6), 2);
  });

  test("is answered by an exception as it came", async () => {
    expect(await set(send(fromHex("83 02"))).ask()).toBe("8302");
  });

  test("whose answer has a wrong checksum fails soon and not at the timeout", async () => {
    const { clock, link, ask } = set((_bytes, peer) => peer.send(fromHex("01 03 04 0001 0002 0000")));
    const before = clock.monotonic();
    await expect(ask()).rejects.toMatchObject({
      code: "INPUT_BAD_REPLY",
      message: expect.stringContaining("checksum"),
    });
    expect(clock.monotonic() - before).toBeLessThan(60);
    expect(link.countsOf(1)).toMatchObject({ broken: 1, silent: 0 });
  });

  test("whose answer stops halfway says so", async () => {
    const { link, ask } = set((_bytes, peer) => peer.send(fromHex("01 03 04 0001")));
    await expect(ask()).rejects.toMatchObject({ code: "INPUT_BAD_REPLY", message: expect.stringContaining("5 bytes") });
    expect(link.countsOf(1).cutShort).toBe(1);
  });

  test("that another unit answers names that unit", async () => {
    const { link, ask } = set(send(answerTwo, 9));
    await expect(ask()).rejects.toMatchObject({
      code: "INPUT_BAD_REPLY",
      message: expect.stringContaining("unit 1 was asked and unit 9 answered"),
    });
    expect(link.countsOf(1).ofAnotherUnit).toBe(1);
  });

  test("that only noise answers is a timeout which says where noise comes from", async () => {
    const { link, ask } = set((_bytes, peer) => peer.send(fromHex("f8 00 7e")));
    await expect(ask()).rejects.toMatchObject({ code: "INPUT_TIMEOUT", message: expect.stringContaining("`baud`") });
    await expect(ask(2)).rejects.toMatchObject({ code: "INPUT_TIMEOUT" });
    expect(link.countsOf(1)).toMatchObject({ silent: 1, noiseBytes: 3 });
  });

  test("that comes back before its answer is counted and not taken for it", async () => {
    const { link, ask } = set((bytes, peer) => {
      peer.send(bytes);
      answer(bytes, peer);
    });
    expect(await ask()).toBe("030400010002");
    expect(link.countsOf(1)).toMatchObject({ echoed: 1, answered: 1, noiseBytes: 0 });
  });

  test.each([
    [
      { host: "10.0.0.5", framing: "rtu" },
      /^10\.0\.0\.5:502: .* before the answer was complete\. .*`framing`.*another client/,
    ],
    [{ serial: "/dev/ttyAMA0" }, /^\/dev\/ttyAMA0: .* before the answer was complete\.$/],
  ])("that is cut off says what to compare where a converter is in between: %o", async (given, words) => {
    const clock = new FakeClock();
    const host = new FakeHost((_bytes, peer) => peer.hangUp());
    const openSerial: Openers["openSerial"] = (_name, _settings, events) => host.open("line", 0, seconds(1), events);
    const place = placeOf(v.parse(modbusSettings, given));
    const link = createLink(place, clock, { openTcp: host.open, openUdp: host.open, openSerial });
    const { signal } = new AbortController();
    const asked = clock.until(link.request({ unit: 1, pdu: readTwo, timeout: seconds(1), signal }));
    await expect(asked).rejects.toMatchObject({ code: "INPUT_LINK_CLOSED", message: expect.stringMatching(words) });
  });

  test("is ended by closing the link while it waits for silence", async () => {
    const { clock, host, link, ask } = set(answer);
    await ask();
    host.play(() => undefined);
    const { signal } = new AbortController();
    const asked = link.request({ unit: 1, pdu: readTwo, timeout: seconds(1), signal });
    const failed = expect(asked).rejects.toMatchObject({ code: "INPUT_LINK_CLOSED" });
    await settle();
    link.close();
    await failed;
    expect(clock.pending()).toEqual([]);
  });
});

describe("an answer that is owed", () => {
  test.each([0, 10, 500, 2000, 9900])("and comes %i ms late is never taken for the next one's", async (lateness) => {
    const { clock, host, link, ask } = set();
    await expect(ask()).rejects.toMatchObject({ code: "INPUT_TIMEOUT" });
    clock.after("late", millis(lateness), () => host.peers[0]?.send(toRtu({ unit: 1, pdu: late })));
    host.play(answer);
    for (let turn = 0; turn < 100; turn += 1) {
      expect(await ask()).toBe("030400010002");
      await clock.advance(millis(120));
    }
    expect(link.countsOf(1).answered).toBe(101);
  });

  test("has one short read asked first, of registers that were asked for anyway", async () => {
    const { host, ask } = set();
    await expect(ask()).rejects.toMatchObject({ code: "INPUT_TIMEOUT" });
    host.play(answer);
    await ask();
    await ask();
    const counts = host.written.map((bytes) => bytes[5]);
    expect(counts).toEqual([2, 1, 2, 2]);
  });

  test("costs other units, and other lengths, nothing", async () => {
    const { host, ask } = set();
    await expect(ask()).rejects.toMatchObject({ code: "INPUT_TIMEOUT" });
    host.play(answer);
    await ask(2);
    await ask(1, fromHex("03 0000 0005"));
    await ask();
    expect(host.written.map((bytes) => `${bytes[0]} ${bytes[5]}`)).toEqual(["1 2", "2 2", "1 5", "1 2"]);
  });

  test("is forgotten after ten seconds", async () => {
    const { clock, host, ask } = set();
    await expect(ask()).rejects.toMatchObject({ code: "INPUT_TIMEOUT" });
    host.play(answer);
    await clock.advance(seconds(10));
    await ask();
    expect(host.written.map((bytes) => bytes[5])).toEqual([2, 2]);
  });

  test("does not keep a unit from being read that refuses the short read", async () => {
    const { host, ask } = set();
    await expect(ask(1, fromHex("03 0000 0001"))).rejects.toMatchObject({ code: "INPUT_TIMEOUT" });
    host.play((bytes, peer) => (bytes[5] === 1 ? answer(bytes, peer) : send(fromHex("83 02"))(bytes, peer)));
    expect(await ask(1, fromHex("03 0000 0001"))).toBe("03020001");
  });

  test("outlives the connection, since the line does", async () => {
    const { host, ask } = set(undefined, 1);
    await expect(ask()).rejects.toMatchObject({ code: "INPUT_TIMEOUT" });
    host.play(answer);
    await ask();
    expect(host.peers.length).toBe(2);
    expect(host.written.map((bytes) => bytes[5])).toEqual([2, 1, 2]);
  });
});
