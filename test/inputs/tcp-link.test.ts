import { getEventListeners } from "node:events";
import { describe, expect, test } from "vitest";
import { TcpLink } from "../../src/inputs/modbus/tcp-link.ts";
import { seconds } from "../../src/model/time.ts";
import { FakeHost, type FakePeer } from "../support/fake-byte-stream.ts";
import { FakeClock, settle } from "../support/fake-clock.ts";
import { fromHex, toHex } from "../support/hex.ts";
import { toMbap } from "../support/wire-exchange.ts";

const readOne = fromHex("03 0000 0001");
const answerOne = fromHex("03 02 0001");

interface Setting {
  readonly clock: FakeClock;
  readonly host: FakeHost;
  readonly link: TcpLink;
  ask(unit?: number, signal?: AbortSignal): Promise<string>;
}

function set(device?: (bytes: Uint8Array, peer: FakePeer) => void): Setting {
  const clock = new FakeClock();
  const host = new FakeHost(device);
  const link = new TcpLink({ host: "10.0.0.5", port: 502 }, clock, host.open);
  const ask = async (unit = 1, signal = new AbortController().signal): Promise<string> =>
    toHex(await link.request({ unit, pdu: readOne, timeout: seconds(1), signal }));
  return { clock, host, link, ask };
}

/** The transaction id of a request as it was written. */
function idOf(bytes: Uint8Array | undefined): number {
  return ((bytes?.[0] ?? 0) << 8) | (bytes?.[1] ?? 0);
}

function answer(bytes: Uint8Array, peer: FakePeer): void {
  peer.send(toMbap(idOf(bytes), { unit: bytes[6] ?? 0, pdu: answerOne }));
}

/** The code a promise fails with. */
async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => "no error",
    (error: { code?: unknown }) => error.code ?? error,
  );
}

describe("a request", () => {
  test("that would write is refused before anything is sent", async () => {
    const { host, link } = set(answer);
    const pdu = fromHex("06 0000 0001");
    const refused = link.request({ unit: 1, pdu, timeout: seconds(1), signal: new AbortController().signal });
    expect(await codeOf(refused)).toBe("INPUT_WRITE_REFUSED");
    expect(host.written).toEqual([]);
  });

  test("connects by itself and gives what answers it", async () => {
    const { clock, host, link, ask } = set(answer);
    expect(await ask(17)).toBe("03020001");
    link.rest(false);
    expect(host.written.map(toHex)).toEqual(["000100000006110300000001"]);
    expect(clock.pending()).toEqual([]);
  });

  test("waits for its turn: one is on the wire at a time", async () => {
    const { host, ask } = set();
    const both = [ask(1), ask(2)];
    await settle();
    expect(host.written.length).toBe(1);
    host.play(answer);
    answer(host.written[0] ?? new Uint8Array(), host.peers[0] as FakePeer);
    expect(await Promise.all(both)).toEqual(["03020001", "03020001"]);
    expect(host.peers.length).toBe(1);
  });

  test("that comes in pieces is put together", async () => {
    const { ask } = set((bytes, peer) => {
      for (const byte of toMbap(idOf(bytes), { unit: 1, pdu: answerOne })) peer.send(Uint8Array.of(byte));
    });
    expect(await ask()).toBe("03020001");
  });

  test.each([
    ["zeros", "4366 0000 0000 0000 0000 0000"],
    ["an id that comes only after 65,000 others", "4366 ffff 0000 0000 0000 0000"],
  ])("that comes in pieces is put together where the second begins with %s", async (_what, registers) => {
    const pdu = fromHex(`03 0c ${registers}`);
    const { host, ask } = set((bytes, peer) => {
      const frame = toMbap(idOf(bytes), { unit: 1, pdu });
      peer.send(frame.subarray(0, 11));
      peer.send(frame.subarray(11));
    });
    expect([await ask(), await ask()]).toEqual([toHex(pdu), toHex(pdu)]);
    expect(host.peers.length).toBe(1);
  });

  test("has a transaction id of its own, through all 65,535 that are not zero", async () => {
    const { host, ask } = set(answer);
    for (let count = 0; count < 65_540; count += 1) await ask();
    const ids = host.written.map(idOf);
    expect(new Set(ids.slice(0, 65_535)).size).toBe(65_535);
    expect(ids).not.toContain(0);
    expect(ids.slice(65_535)).toEqual(ids.slice(0, 5));
  });
});

describe("an answer", () => {
  test("that is late is discarded, counted, and not taken for the next one's", async () => {
    const { clock, host, link, ask } = set();
    expect(await clock.until(codeOf(ask()))).toBe("INPUT_TIMEOUT");
    const late = toMbap(idOf(host.written[0]), { unit: 1, pdu: fromHex("03 02 dead") });
    host.play((bytes, peer) => {
      peer.send(late);
      answer(bytes, peer);
    });
    expect(await ask()).toBe("03020001");
    expect(link.discardedCount).toBe(1);
    expect(host.peers.length).toBe(1);
  });

  test("that comes twice or was never asked for is discarded and counted", async () => {
    const { host, link, ask } = set((bytes, peer) => {
      answer(bytes, peer);
      answer(bytes, peer);
    });
    expect(await ask()).toBe("03020001");
    host.peers[0]?.send(toMbap(999, { unit: 1, pdu: answerOne }));
    expect(link.discardedCount).toBe(2);
    expect(await ask()).toBe("03020001");
  });

  test("of another unit fails the request at once", async () => {
    const { clock, host, link, ask } = set((bytes, peer) => {
      peer.send(toMbap(idOf(bytes), { unit: 0xff, pdu: answerOne }));
    });
    await expect(ask()).rejects.toMatchObject({
      code: "INPUT_BAD_REPLY",
      message: expect.stringContaining("unit 1 was asked and unit 255 answered"),
    });
    link.rest(false);
    expect(clock.pending()).toEqual([]);
    host.play(answer);
    expect(await ask()).toBe("03020001");
    expect(host.peers.length).toBe(1);
  });

  test("that is no frame ends the connection at once; the next request makes a new one", async () => {
    const { clock, host, ask } = set((_bytes, peer) => peer.send(fromHex("0001 0000 ffff 01 03")));
    await expect(ask()).rejects.toMatchObject({
      code: "INPUT_BAD_REPLY",
      message: expect.stringMatching(/^10\.0\.0\.5:502: .*length 65535/),
    });
    expect(clock.pending()).toEqual([]);
    expect(host.peers[0]?.isClosedByGateway).toBe(true);
    host.play(answer);
    expect(await ask()).toBe("03020001");
    expect(host.peers.length).toBe(2);
  });
});

describe("silence", () => {
  test("of one unit costs the others no connection", async () => {
    const { clock, host, ask } = set((bytes, peer) => {
      if (bytes[6] !== 9) answer(bytes, peer);
    });
    for (let round = 0; round < 5; round += 1) {
      expect(await clock.until(codeOf(ask(9)))).toBe("INPUT_TIMEOUT");
      expect(await ask(1)).toBe("03020001");
    }
    expect(host.peers.length).toBe(1);
  });

  test("of all units three times in a row makes the next request connect anew", async () => {
    const { clock, host, ask } = set();
    for (const isClosed of [false, false, true]) {
      expect(await clock.until(codeOf(ask()))).toBe("INPUT_TIMEOUT");
      expect(host.peers[0]?.isClosedByGateway).toBe(isClosed);
    }
    host.play(answer);
    expect(await ask()).toBe("03020001");
    expect(host.peers.length).toBe(2);
  });

  test("in the middle of an answer ends the connection, so that its rest is never taken for a frame", async () => {
    const { clock, host, ask } = set((_bytes, peer) => peer.send(fromHex("0001 0000 0005 01 03 02")));
    expect(await clock.until(codeOf(ask()))).toBe("INPUT_TIMEOUT");
    expect(host.peers[0]?.isClosedByGateway).toBe(true);
  });

  test("lasts no longer than the timeout", async () => {
    const { clock, ask } = set();
    const before = clock.monotonic();
    await clock.until(codeOf(ask()));
    expect(clock.monotonic() - before).toBe(1000);
  });
});

describe("a connection", () => {
  test("that is refused fails the request, and the next one tries again", async () => {
    const { host, ask } = set(answer);
    host.refuseCount = 1;
    expect(await codeOf(ask())).toBe("INPUT_UNREACHABLE");
    expect(await ask()).toBe("03020001");
  });

  test("that closes with a request on its way fails it at once", async () => {
    const { clock, ask } = set((_bytes, peer) => {
      peer.send(Uint8Array.of(0, 1));
      peer.hangUp();
    });
    expect(await codeOf(ask())).toBe("INPUT_LINK_CLOSED");
    expect(clock.pending()).toEqual([]);
  });

  test("that the device closed between two requests is made again without a word", async () => {
    const { host, ask } = set(answer);
    await ask();
    host.peers[0]?.hangUp();
    expect(await ask()).toBe("03020001");
    expect(host.peers.length).toBe(2);
  });

  test("that turns out dead when it is used again has the request sent once more on a new one", async () => {
    const { host, ask } = set(answer);
    await ask();
    host.play((bytes, peer) => (peer === host.peers[0] ? peer.hangUp() : answer(bytes, peer)));
    expect(await ask()).toBe("03020001");
    expect(host.peers.length).toBe(2);
  });

  test("that is new and closes without an answer is not tried again and again", async () => {
    const { host, ask } = set((_bytes, peer) => peer.hangUp());
    expect(await codeOf(ask())).toBe("INPUT_LINK_CLOSED");
    expect(host.peers.length).toBe(1);
  });

  test("that closes before the request could be sent fails it at once", async () => {
    const { clock, host, ask } = set(answer);
    host.closesAtOnce = true;
    expect(await codeOf(ask())).toBe("INPUT_LINK_CLOSED");
    expect(clock.pending()).toEqual([]);
    expect(host.written).toEqual([]);
  });

  test("that died after the answer had begun is not tried again: the device did something", async () => {
    const { host, ask } = set(answer);
    await ask();
    host.play((_bytes, peer) => {
      peer.send(Uint8Array.of(0));
      peer.hangUp();
    });
    expect(await codeOf(ask())).toBe("INPUT_LINK_CLOSED");
    expect(host.peers.length).toBe(1);
  });

  test("is made once for all who ask for it", async () => {
    const { host, link, ask } = set(answer);
    const { signal } = new AbortController();
    await Promise.all([link.open(seconds(1), signal), link.open(seconds(1), signal), ask()]);
    await link.open(seconds(1), signal);
    expect(host.peers.length).toBe(1);
  });
});

describe("an abort", () => {
  test("before the request fails it with its reason, and sends nothing", async () => {
    const { host, ask } = set(answer);
    expect(await codeOf(ask(1, AbortSignal.abort("stopped")))).toBe("stopped");
    expect(host.written).toEqual([]);
  });

  test("during the request fails it at once, and its answer is discarded when it comes", async () => {
    const { clock, host, link, ask } = set();
    const controller = new AbortController();
    const asked = codeOf(ask(1, controller.signal));
    await settle();
    controller.abort("stopped");
    expect(await asked).toBe("stopped");
    expect(clock.pending()).toEqual([]);
    answer(host.written[0] ?? new Uint8Array(), host.peers[0] as FakePeer);
    expect(link.discardedCount).toBe(1);
    host.play(answer);
    expect(await ask()).toBe("03020001");
  });

  test("is listened for once for all requests it may end, and no longer than they come with its signal", async () => {
    const { clock, link, ask } = set(answer);
    const [one, other] = [new AbortController().signal, new AbortController().signal];
    await link.open(seconds(1), one);
    for (let count = 0; count < 3; count += 1) await ask(1, one);
    expect(getEventListeners(one, "abort")).toHaveLength(1);
    await ask(1, other);
    expect([one, other].map((signal) => getEventListeners(signal, "abort").length)).toEqual([0, 1]);
    link.close();
    await settle();
    expect(getEventListeners(other, "abort")).toEqual([]);
    expect(clock.pending()).toEqual([]);
  });

  test("while it waits for its turn fails it at once, and it is never sent", async () => {
    const { host, ask } = set();
    const controller = new AbortController();
    const first = ask();
    const second = codeOf(ask(2, controller.signal));
    await settle();
    controller.abort("stopped");
    expect(await second).toBe("stopped");
    answer(host.written[0] ?? new Uint8Array(), host.peers[0] as FakePeer);
    await first;
    await settle();
    expect(host.written.length).toBe(1);
  });

  test("while it connects leaves the connection to the next one", async () => {
    const { host, link, ask } = set(answer);
    host.isHanging = true;
    const controller = new AbortController();
    const opened = codeOf(link.open(seconds(1), controller.signal));
    await settle();
    controller.abort("stopped");
    expect(await opened).toBe("stopped");
    host.release();
    expect(await ask()).toBe("03020001");
    expect(host.peers.length).toBe(1);
  });
});

describe("closing for good", () => {
  test("fails what is on its way and what comes after, and connects no more", async () => {
    const { clock, host, link, ask } = set();
    const asked = codeOf(ask());
    await settle();
    link.close();
    link.close();
    expect(await asked).toBe("INPUT_LINK_CLOSED");
    expect(await codeOf(ask())).toBe("INPUT_LINK_CLOSED");
    expect(clock.pending()).toEqual([]);
    expect(host.peers.map((peer) => peer.isClosedByGateway)).toEqual([true]);
  });

  test("while it connects closes what was made in the end", async () => {
    const { host, link, ask } = set();
    host.isHanging = true;
    const asked = codeOf(ask());
    await settle();
    link.close();
    host.release();
    expect(await asked).toBe("INPUT_LINK_CLOSED");
    expect(host.peers.map((peer) => peer.isClosedByGateway)).toEqual([true]);
  });
});
