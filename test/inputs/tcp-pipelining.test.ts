import { describe, expect, test } from "vitest";
import type { ModbusRequest } from "../../src/inputs/modbus/link.ts";
import { TcpLink } from "../../src/inputs/modbus/tcp-link.ts";
import { millis, seconds } from "../../src/model/time.ts";
import { type FakeDevice, FakeHost, type FakePeer } from "../support/fake-byte-stream.ts";
import { FakeClock, settle } from "../support/fake-clock.ts";
import { createSeededRandom } from "../support/seeded-random.ts";
import { toMbap } from "../support/wire-exchange.ts";

const { signal } = new AbortController();
const IN_FLIGHT = 16;

interface Setting {
  readonly clock: FakeClock;
  readonly host: FakeHost;
  readonly link: TcpLink;
  /** Reads the register at an address; a device of this file gives the address itself. */
  ask(address: number, own?: Partial<ModbusRequest>): Promise<number>;
}

function set(device?: FakeDevice): Setting {
  const clock = new FakeClock();
  const host = new FakeHost(device);
  const link = new TcpLink({ host: "10.0.0.5", port: 502 }, clock, host.open);
  const ask = async (address: number, own: Partial<ModbusRequest> = {}): Promise<number> => {
    const pdu = Uint8Array.of(3, address >> 8, address & 0xff, 0, 1);
    const request = { unit: 1, pdu, timeout: seconds(1), signal, inFlightMax: IN_FLIGHT };
    const answered = await link.request({ ...request, ...own });
    return ((answered[2] ?? 0) << 8) | (answered[3] ?? 0);
  };
  return { clock, host, link, ask };
}

function idOf(bytes: Uint8Array): number {
  return ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0);
}

function addressOf(bytes: Uint8Array): number {
  return ((bytes[8] ?? 0) << 8) | (bytes[9] ?? 0);
}

function answerTo(bytes: Uint8Array): Uint8Array {
  return toMbap(idOf(bytes), { unit: 1, pdu: Uint8Array.of(3, 2, bytes[8] ?? 0, bytes[9] ?? 0) });
}

function answer(bytes: Uint8Array, peer: FakePeer): void {
  peer.send(answerTo(bytes));
}

async function outcomeOf(promise: Promise<number>): Promise<unknown> {
  return promise.catch((error: { code?: unknown }) => error.code ?? error);
}

describe("requests in flight", () => {
  test("are as many as each of them bears, in the order they were asked", async () => {
    const { host, ask } = set();
    const all = Array.from({ length: 20 }, (_, address) => ask(address));
    await settle();
    expect(host.written.map(addressOf)).toEqual(Array.from({ length: IN_FLIGHT }, (_, address) => address));
    host.play(answer);
    for (const bytes of [...host.written]) answer(bytes, host.peers[0] as FakePeer);
    expect(await Promise.all(all)).toEqual(Array.from({ length: 20 }, (_, address) => address));
    expect(host.peers).toHaveLength(1);
  });

  test("never overtake one that bears no other beside it", async () => {
    const { host, ask } = set();
    const all = [ask(1), ask(2), ask(3, { inFlightMax: 1 }), ask(4), ask(5)];
    const sent = async (): Promise<number[]> => {
      await settle();
      return host.written.map(addressOf);
    };
    const answerNumber = (index: number): void => answer(host.written[index] as Uint8Array, host.peers[0] as FakePeer);
    expect(await sent()).toEqual([1, 2]);
    answerNumber(0);
    expect(await sent()).toEqual([1, 2]);
    answerNumber(1);
    expect(await sent()).toEqual([1, 2, 3]);
    answerNumber(2);
    expect(await sent()).toEqual([1, 2, 3, 4, 5]);
    answerNumber(3);
    answerNumber(4);
    expect(await Promise.all(all)).toEqual([1, 2, 3, 4, 5]);
  });

  test("that are aborted in the queue hold up none behind them", async () => {
    const { host, ask } = set();
    const abort = new AbortController();
    const first = ask(1);
    const second = outcomeOf(ask(2, { inFlightMax: 1, signal: abort.signal }));
    const third = ask(3);
    await settle();
    expect(host.written.map(addressOf)).toEqual([1]);
    host.play(answer);
    abort.abort("enough");
    await settle();
    expect(host.written.map(addressOf)).toEqual([1, 3]);
    answer(host.written[0] as Uint8Array, host.peers[0] as FakePeer);
    expect([await first, await second, await third]).toEqual([1, "enough", 3]);
  });

  test.each([1, 2, 3])("get each its own answer, in whatever order, late or twice, seed %i", async (seed) => {
    const random = createSeededRandom(seed);
    const draw = (count: number): number => Math.floor(random.next() * count);
    const { clock, host, link, ask } = set();
    host.play((bytes, peer) => {
      const delay = draw(10) === 0 ? 1000 + draw(2000) : draw(900);
      clock.after("answer", millis(delay), () => peer.send(answerTo(bytes)));
      if (draw(5) === 0) clock.after("repeated answer", millis(delay + draw(50)), () => peer.send(answerTo(bytes)));
    });
    const count = 2000;
    const outcomes = await clock.until(
      Promise.all(Array.from({ length: count }, (_, address) => outcomeOf(ask(address)))),
    );
    const wrong = outcomes.filter((outcome, address) => outcome !== address && outcome !== "INPUT_TIMEOUT");
    expect(wrong).toEqual([]);
    const timeouts = outcomes.filter((outcome) => outcome === "INPUT_TIMEOUT").length;
    expect(timeouts).toBeGreaterThan(count / 20);
    expect(timeouts).toBeLessThan(count / 5);
    expect(link.discardedCount).toBeGreaterThan(timeouts);
    expect(host.peers).toHaveLength(1);
  });

  test("never have the transaction id of one that still waits", async () => {
    const { host, ask } = set((bytes, peer) => {
      if (addressOf(bytes) !== 7) answer(bytes, peer);
    });
    const waiting = ask(7, { timeout: seconds(60) });
    for (let count = 0; count < 65_540; count += 1) await ask(8);
    const [first, ...others] = host.written;
    expect(others.map(idOf)).not.toContain(idOf(first as Uint8Array));
    answer(first as Uint8Array, host.peers[0] as FakePeer);
    expect(await waiting).toBe(7);
  });
});

describe("silence of requests in flight", () => {
  test("counts once for all that were sent together, so that it costs no connection", async () => {
    const { clock, host, ask } = set();
    const burst = (): Promise<unknown[]> =>
      clock.until(Promise.all(Array.from({ length: 5 }, (_, address) => outcomeOf(ask(address)))));
    const silent = Array.from({ length: 5 }, () => "INPUT_TIMEOUT");
    expect(await burst()).toEqual(silent);
    expect(await burst()).toEqual(silent);
    expect(host.peers.map(({ isOver }) => isOver)).toEqual([false]);
    expect(await burst()).toContain("INPUT_TIMEOUT");
    await settle();
    expect(host.peers[0]?.isOver).toBe(true);
  });

  test("leaves answers their time of which a full segment has come", async () => {
    const { clock, host, ask } = set();
    const early = outcomeOf(ask(1, { inFlightMax: 64 }));
    await settle();
    await clock.advance(millis(900));
    const later = Array.from({ length: 50 }, (_, address) => ask(address, { inFlightMax: 64 }));
    await settle();
    const whole = Buffer.concat(host.written.slice(1).map(answerTo));
    host.peers[0]?.send(whole.subarray(0, 500));
    expect(await clock.until(early)).toBe("INPUT_TIMEOUT");
    host.peers[0]?.send(whole.subarray(500));
    expect(await Promise.all(later)).toEqual(Array.from({ length: 50 }, (_, address) => address));
    expect(host.peers).toHaveLength(1);
  });

  test("with half an answer ends the connection when nobody waits any more", async () => {
    const { clock, host, ask } = set();
    const all = Array.from({ length: 50 }, (_, address) => outcomeOf(ask(address, { inFlightMax: 64 })));
    await settle();
    host.peers[0]?.send(Buffer.concat(host.written.map(answerTo)).subarray(0, 500));
    expect(await clock.until(Promise.all(all))).toContain("INPUT_TIMEOUT");
    expect(host.peers[0]?.isOver).toBe(true);
  });
});

describe("an answer that was cut short", () => {
  const asked = [0x0101, 0x0102, 0x0103];

  /** Asks for three things at once, or one, answers as told, and gives what became of each. */
  async function hear(inFlightMax: number, answerWith: (whole: readonly Uint8Array[]) => Uint8Array[]) {
    const { clock, host, ask } = set();
    const all = Promise.all(asked.map((address) => outcomeOf(ask(address, { inFlightMax }))));
    await settle();
    for (const chunk of answerWith(host.written.map(answerTo))) host.peers[0]?.send(chunk);
    host.play(() => undefined);
    return { outcomes: await clock.until(all), isOver: host.peers[0]?.isOver };
  }

  const refused = "INPUT_BAD_REPLY";
  const noise = Uint8Array.of(0x3e, 0xf9);
  const nothing = new Uint8Array();
  const late = toMbap(0, { unit: 1, pdu: Uint8Array.of(3, 2, 0, 0) });

  test.each([
    ["by noise that goes on", noise],
    ["by just as much noise", noise.subarray(0, 1)],
  ])("is never filled up %s, while others are under way", async (_how, rest) => {
    const { outcomes, isOver } = await hear(3, ([, , third = nothing]) => [third.subarray(0, -1), rest]);
    expect(outcomes).toEqual([refused, refused, refused]);
    expect(isOver).toBe(true);
  });

  test("is never filled up by another that was cut short, while others are under way", async () => {
    const { outcomes } = await hear(3, ([a = nothing, b = nothing]) => [a.subarray(0, -3), b.subarray(0, 3)]);
    expect(outcomes).toEqual([refused, refused, refused]);
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])("is told by the answer it came with, %i bytes short", async (missing) => {
    const joined = ([a = nothing, b = nothing]: readonly Uint8Array[]): Uint8Array[] => [
      Buffer.concat([a.subarray(0, a.length - missing), b]),
    ];
    expect((await hear(3, joined)).outcomes).toEqual([refused, refused, refused]);
    const { outcomes } = await hear(1, ([a = nothing]) => joined([a, late]));
    expect(outcomes[0]).toBe(refused);
  });

  test.each([
    ["of anything longer", noise],
    ["of another, with a whole one behind that", Uint8Array.of(0, ...late)],
  ])("is never filled up by the beginning %s, with nothing else under way", async (_what, rest) => {
    const { outcomes, isOver } = await hear(1, ([a = nothing]) => [a.subarray(0, -1), rest]);
    expect(outcomes[0]).toBe(refused);
    expect(isOver).toBe(true);
  });

  test("ends the connection before anything else is asked, when it comes unasked", async () => {
    const { host, ask } = set(answer);
    expect(await ask(7, { inFlightMax: 1 })).toBe(7);
    host.peers[0]?.send(noise);
    expect(await ask(8, { inFlightMax: 1 })).toBe(8);
    expect(host.peers.map(({ isClosedByGateway }) => isClosedByGateway)).toEqual([true, false]);
  });
});

describe("a connection with requests in flight", () => {
  test("that turns out dead has them all sent once more, on one new connection", async () => {
    const { host, ask } = set(answer);
    expect(await ask(0)).toBe(0);
    host.play((_bytes, peer) => {
      host.play(answer);
      peer.hangUp();
    });
    expect(await Promise.all([ask(1), ask(2), ask(3)])).toEqual([1, 2, 3]);
    expect(host.peers).toHaveLength(2);
  });

  test("is hung up only when nothing is asked or about to be, and made anew when something is", async () => {
    const { host, link, ask } = set();
    const both = [ask(1, { inFlightMax: 1 }), ask(2, { inFlightMax: 1 })];
    await settle();
    link.rest(true);
    host.play(answer);
    answer(host.written[0] as Uint8Array, host.peers[0] as FakePeer);
    expect(await Promise.all(both)).toEqual([1, 2]);
    expect(host.peers.map(({ isClosedByGateway }) => isClosedByGateway)).toEqual([false]);
    link.rest(true);
    expect(host.peers.map(({ isClosedByGateway }) => isClosedByGateway)).toEqual([true]);
    expect(await ask(3)).toBe(3);
    expect(host.peers).toHaveLength(2);
  });

  test("that is new is left alone for as long as a request says, and one that is old is not", async () => {
    const { clock, host, ask } = set(answer);
    const first = ask(1, { connectDelay: seconds(2) });
    await settle();
    expect([host.peers.length, host.written.length]).toEqual([1, 0]);
    const openedAt = clock.monotonic();
    expect(await clock.until(first)).toBe(1);
    expect(clock.monotonic() - openedAt).toBe(2000);
    expect(await ask(2, { connectDelay: seconds(2) })).toBe(2);
    expect(await ask(3)).toBe(3);
    expect(clock.monotonic() - openedAt).toBe(2000);
  });

  test("is left alone even by one that came after another had made it", async () => {
    const { clock, host, ask } = set(answer);
    expect(await ask(1)).toBe(1);
    const second = ask(2, { connectDelay: seconds(2) });
    await settle();
    expect(host.written).toHaveLength(1);
    expect(await clock.until(second)).toBe(2);
  });
});
